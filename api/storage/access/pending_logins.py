"""Pending logins: the password was right, and the second factor is still needed."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from api.storage.tables import half_logins


class PendingLogins:
    """Pending logins in one transaction. Tokens are stored only as hashes."""

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
        """Delete the login; False if it has already ended, so that only one of two requests can finish it."""
        ended = self._connection.execute(delete(half_logins).where(half_logins.c.token_hash == token_hash))
        return bool(ended.rowcount)

    def end_of_user(self, user_id: int) -> None:
        self._connection.execute(delete(half_logins).where(half_logins.c.user_id == user_id))

    def end_but_latest(self, most: int, *, user_id: int) -> None:
        """Delete a user's pending logins except the latest."""
        of_user = half_logins.c.user_id == user_id
        latest_first = (
            select(half_logins.c.token_hash).where(of_user).order_by(half_logins.c.expires_at.desc())
        )
        older = latest_first.offset(most)
        self._connection.execute(delete(half_logins).where(half_logins.c.token_hash.in_(older)))

    def end_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(half_logins).where(half_logins.c.expires_at <= at))
