"""Logins whose password was right and that are no sessions yet."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from api.storage.tables import half_logins


class PendingLogins:
    """The pending logins as one transaction sees them. Tokens come here only as hashes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token_hash: str, *, user_id: int, expires_at: datetime) -> None:
        values = {"token_hash": token_hash, "user_id": user_id, "expires_at": expires_at}
        self._connection.execute(insert(half_logins), values)

    def user_of(self, token_hash: str, *, at: datetime) -> int | None:
        return self._connection.scalar(
            select(half_logins.c.user_id).where(
                half_logins.c.token_hash == token_hash, half_logins.c.expires_at > at
            )
        )

    def end(self, token_hash: str) -> bool:
        """False if it has ended already: of two who finish it at once, one does."""
        ended = self._connection.execute(delete(half_logins).where(half_logins.c.token_hash == token_hash))
        return bool(ended.rowcount)

    def end_of_user(self, user_id: int) -> None:
        self._connection.execute(delete(half_logins).where(half_logins.c.user_id == user_id))

    def end_but_latest(self, most: int, *, user_id: int) -> None:
        """Of one user's, the latest stay."""
        its = half_logins.c.user_id == user_id
        latest_first = select(half_logins.c.token_hash).where(its).order_by(half_logins.c.expires_at.desc())
        older = latest_first.offset(most)
        self._connection.execute(delete(half_logins).where(half_logins.c.token_hash.in_(older)))

    def end_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(half_logins).where(half_logins.c.expires_at <= at))
