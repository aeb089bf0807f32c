"""What forms that were sent are told, until the browser asks for it. Pages come here only sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from api.storage.tables import replies


@dataclass(frozen=True)
class Reply:
    """A page as it was answered; `sealed` is opened by a secret that the browser alone has.

    `keeper` says for whom it is kept: for a user, or for a stranger at an origin.
    """

    id: str
    status: int
    sealed: bytes
    expires_at: datetime
    keeper: str
    of_stranger: bool


class Replies:
    """The replies as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, reply: Reply) -> None:
        self._connection.execute(insert(replies), vars(reply))

    def find(self, id: str, *, at: datetime) -> Reply | None:
        query = select(replies).where(replies.c.id == id, replies.c.expires_at > at)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Reply(**row._mapping)

    def of_strangers(self) -> int:
        """How many are kept for strangers."""
        return self._connection.execute(select(func.count()).where(replies.c.of_stranger)).scalar_one()

    def end_but_latest(self, most: int, *, keeper: str, of_stranger: bool) -> None:
        """Of the replies for one keeper, the latest stay."""
        its = (replies.c.of_stranger == of_stranger, replies.c.keeper == keeper)
        latest_first = select(replies.c.id).where(*its).order_by(replies.c.expires_at.desc(), replies.c.id)
        self._connection.execute(delete(replies).where(replies.c.id.in_(latest_first.offset(most))))

    def end(self, id: str) -> bool:
        """False if it has ended already: of two who ask at once, one is shown it."""
        return self._connection.execute(delete(replies).where(replies.c.id == id)).rowcount > 0

    def end_of_user(self, user_id: int) -> None:
        its = (replies.c.keeper == str(user_id), replies.c.of_stranger.is_(False))
        self._connection.execute(delete(replies).where(*its))

    def end_all(self) -> None:
        self._connection.execute(delete(replies))

    def end_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(replies).where(replies.c.expires_at <= at))
