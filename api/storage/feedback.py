"""What people say of the pages they work with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from api.storage.audit import Audit
from api.storage.tables import feedback, users

_listed = (
    select(
        feedback.c.id,
        feedback.c.page,
        feedback.c.text,
        feedback.c.given_at.label("at"),
        users.c.username.label("by"),
    )
    .join(users, users.c.id == feedback.c.user_id)
    .order_by(feedback.c.id.desc())
)


@dataclass(frozen=True)
class Feedback:
    """`page` is the template of the route it was given from, empty if that is not known."""

    id: int
    page: str
    text: str
    at: datetime
    by: str


class Feedbacks:
    """What was said, as one transaction sees it."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, text: str, *, page: str, user_id: int, by: str, at: datetime) -> int:
        """Returns its id. The audit says that something was said, and of which page; never what."""
        values = {"user_id": user_id, "page": page, "text": text, "given_at": at}
        id = self._connection.execute(insert(feedback).returning(feedback.c.id), values).scalar_one()
        self._audit.append(
            "feedback.given",
            actor=by,
            at=at,
            object_kind="feedback",
            object_key=str(id),
            detail={"page": page},
        )
        return int(id)

    def number_since(self, moment: datetime, *, user_id: int) -> int:
        """How often one user has given some after that moment."""
        conditions = (feedback.c.user_id == user_id, feedback.c.given_at > moment)
        return self._connection.scalar(select(func.count()).where(*conditions)) or 0

    def latest(self, *, limit: int, before: int | None = None) -> tuple[Feedback, ...]:
        """Up to `limit`, the newest first; with `before` those older than the one of that id."""
        chosen = _listed if before is None else _listed.where(feedback.c.id < before)
        return tuple(Feedback(**row._mapping) for row in self._connection.execute(chosen.limit(limit)))
