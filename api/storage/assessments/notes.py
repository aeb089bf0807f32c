"""Notes on an assessment: added, never altered; one is withdrawn by another."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.tables import assessments, notes, users
from rms.errors import Conflict

SECOND_CLICK = timedelta(minutes=1)
_withdrawn = notes.alias("withdrawn")
_withdrawing = notes.alias("withdrawing")
_select = (
    select(
        notes.c.id,
        notes.c.number,
        notes.c.text,
        notes.c.author,
        users.c.username.label("by"),
        notes.c.written_at.label("at"),
        _withdrawn.c.number.label("withdraws"),
        _withdrawing.c.number.label("withdrawn_by"),
    )
    .join(assessments, assessments.c.pk == notes.c.assessment)
    .join(users, users.c.id == notes.c.author)
    .outerjoin(_withdrawn, _withdrawn.c.id == notes.c.withdraws)
    .outerjoin(_withdrawing, _withdrawing.c.withdraws == notes.c.id)
    .order_by(notes.c.number)
)


@dataclass(frozen=True)
class Note:
    """One note, numbered from 1 within its assessment. `withdraws`, `withdrawn_by` are such numbers."""

    id: int
    number: int
    text: str
    author: int
    by: str
    at: datetime
    withdraws: int | None = None
    withdrawn_by: int | None = None


class Notes:
    """The notes as one transaction sees them. An assessment is told by its id."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(
        self, id: str, text: str, *, author: int, by: str, at: datetime, withdraws: Note | None = None
    ) -> Note:
        """Add the next note of the assessment; sent again at once, it is the one that stands already.

        Raises
        ------
        Conflict
            If the note that it withdraws has been withdrawn already.
        """
        # Whoever holds the assessment's row gives the next number: two at once would give the same.
        key = self._connection.execute(
            select(assessments.c.pk).where(assessments.c.id == id).with_for_update()
        ).scalar_one()
        withdrawn = withdraws.number if withdraws else None
        for one in self.of(id):
            if (one.text, one.author, one.withdraws) == (
                text,
                author,
                withdrawn,
            ) and at - one.at < SECOND_CLICK:
                return one
        last = select(func.max(notes.c.number)).where(notes.c.assessment == key)
        number = (self._connection.scalar(last) or 0) + 1
        values = {
            "assessment": key,
            "number": number,
            "text": text,
            "withdraws": withdraws and withdraws.id,
            "author": author,
            "written_at": at,
        }
        try:
            note = self._connection.execute(insert(notes).returning(notes.c.id), values).scalar_one()
        except IntegrityError as error:
            raise Conflict("This note has been withdrawn already.") from error
        self._audit.append(
            "note.withdrawn" if withdraws else "note.written",
            actor=by,
            at=at,
            object_kind="note",
            object_key=str(note),
            detail={"assessment": key},
        )
        return Note(note, number, text, author, by, at, withdrawn)

    def of(self, id: str) -> tuple[Note, ...]:
        """Every note of an assessment, the first one first, withdrawn ones too."""
        found = self._connection.execute(_select.where(assessments.c.id == id))
        return tuple(Note(**row._mapping) for row in found)
