"""Unfinished logins at the agency's OpenID provider."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from api.storage.tables import agency_logins


@dataclass(frozen=True)
class OidcLogin:
    """An unfinished login. `wanted` is the page that the user wanted."""

    state_hash: str
    nonce: str
    verifier: str
    wanted: str
    expires_at: datetime


class OidcLogins:
    """Unfinished logins in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, login: OidcLogin) -> None:
        self._connection.execute(insert(agency_logins), vars(login))

    def take(self, state_hash: str, *, at: datetime) -> OidcLogin | None:
        """Delete and return the login with this state, so that it is used only once."""
        taken = self._connection.execute(
            delete(agency_logins)
            .where(agency_logins.c.state_hash == state_hash, agency_logins.c.expires_at > at)
            .returning(agency_logins)
        ).first()
        return OidcLogin(**taken._mapping) if taken else None

    def end_but_latest(self, most: int) -> None:
        """Delete all except the latest."""
        latest_first = select(agency_logins.c.state_hash).order_by(agency_logins.c.expires_at.desc())
        self._connection.execute(
            delete(agency_logins).where(agency_logins.c.state_hash.in_(latest_first.offset(most)))
        )

    def end_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(agency_logins).where(agency_logins.c.expires_at <= at))
