"""Notes on assessments. A note cannot be edited; another note can withdraw it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.tables import assessments, notes, users
from rms.errors import Conflict

DOUBLE_CLICK = timedelta(minutes=1)  # the same note again within this time is not added
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
    """A note, numbered from 1 in its assessment. `withdraws` and `withdrawn_by` are numbers of notes."""

    id: int
    number: int
    text: str
    author: int
    by: str
    at: datetime
    withdraws: int | None = None
    withdrawn_by: int | None = None


class Notes:
    """The notes within one transaction. Assessments are identified by ID."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(
        self, id: str, text: str, *, author: int, by: str, at: datetime, withdraws: Note | None = None
    ) -> Note:
        """Add the next note of the assessment. A repeated request returns the note already stored.

        Raises
        ------
        Conflict
            If the note that it withdraws has already been withdrawn.
        """
        # The assessment's row is locked, so that two concurrent notes cannot get the same number.
        key = self._connection.execute(
            select(assessments.c.pk).where(assessments.c.id == id).with_for_update()
        ).scalar_one()
        withdrawn = withdraws.number if withdraws else None
        for note in self.of(id):
            is_same = (note.text, note.author, note.withdraws) == (text, author, withdrawn)
            if is_same and at - note.at < DOUBLE_CLICK:
                return note
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
            key_of_note = self._connection.execute(insert(notes).returning(notes.c.id), values).scalar_one()
        except IntegrityError as error:
            raise Conflict("This note has already been withdrawn.") from error
        self._audit.append(
            "note.withdrawn" if withdraws else "note.written",
            actor=by,
            at=at,
            object_kind="note",
            object_key=str(key_of_note),
            detail={"assessment": key},
        )
        return Note(key_of_note, number, text, author, by, at, withdrawn)

    def of(self, id: str) -> tuple[Note, ...]:
        """All notes on an assessment, oldest first, including withdrawn ones."""
        rows = self._connection.execute(_select.where(assessments.c.id == id))
        return tuple(Note(**row._mapping) for row in rows)
