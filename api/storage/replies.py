"""What forms that were sent are told, until the browser asks for it. Pages come here only sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from api.storage.tables import replies


@dataclass(frozen=True)
class Reply:
    """A page as it was answered; `sealed` is opened by a secret that the browser alone has.

    `account` is whose it is; None: nobody was signed in.
    """

    id: str
    status: int
    sealed: bytes
    expires_at: datetime
    account: int | None = None


class Replies:
    """The replies as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, reply: Reply) -> None:
        self._connection.execute(insert(replies), vars(reply))

    def find(self, id: str, *, at: datetime) -> Reply | None:
        found = select(replies).where(replies.c.id == id, replies.c.expires_at > at)
        row = self._connection.execute(found).one_or_none()
        return None if row is None else Reply(**row._mapping)

    def end(self, id: str) -> bool:
        """False if it has ended already: of two who ask at once, one is shown it."""
        return self._connection.execute(delete(replies).where(replies.c.id == id)).rowcount > 0

    def end_oldest(self, account: int, *, but: int) -> None:
        """Every page kept for this account ends, save the newest `but`."""
        theirs = replies.c.account == account
        newest = select(replies.c.id).where(theirs).order_by(replies.c.expires_at.desc()).limit(but)
        self._connection.execute(delete(replies).where(theirs, replies.c.id.not_in(newest)))

    def end_all(self) -> None:
        self._connection.execute(delete(replies))

    def end_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(replies).where(replies.c.expires_at <= at))
