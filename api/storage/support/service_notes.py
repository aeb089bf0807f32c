"""Notes of other services about people, such as probation and youth justice. A note is never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from api.storage.audit import Audit
from api.storage.people.caseload import Caseload
from api.storage.tables import service_notes, users
from rms.support.service_notes import ServiceNote

_enterer, _withdrawer = users.alias("enterer"), users.alias("withdrawer")


@dataclass(frozen=True)
class StoredNote:
    """A note with who entered it. `withdrawn_by` and `withdrawn_at`: None unless it was withdrawn."""

    id: int
    note: ServiceNote
    enterer: int
    entered_by: str
    entered_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class ServiceNotes:
    """Notes in one transaction, of the people whom the viewer may see now."""

    def __init__(self, connection: Connection, audit: Audit, caseload: Caseload) -> None:
        self._connection = connection
        self._audit = audit
        self._caseload = caseload

    def of(self, person: int) -> tuple[StoredNote, ...]:
        """All notes about a person, the one that was written last first."""
        table = service_notes.c
        chosen = (
            select(
                service_notes,
                _enterer.c.username.label("enterer_name"),
                _withdrawer.c.username.label("withdrawer_name"),
            )
            .join_from(service_notes, _enterer, _enterer.c.id == table.entered_by)
            .outerjoin(_withdrawer, _withdrawer.c.id == table.withdrawn_by)
            .where(table.person == person, self._caseload.theirs(table.person))
            .order_by(table.written_on.desc(), table.id.desc())
        )
        return tuple(
            StoredNote(
                row.id,
                ServiceNote(row.service, row.written_by, row.written_on, row.text),
                row.entered_by,
                row.enterer_name,
                row.entered_at,
                row.withdrawer_name,
                row.withdrawn_at,
            )
            for row in self._connection.execute(chosen)
        )

    def add(self, person: int, record: int, note: ServiceNote, *, user: int, by: str, at: datetime) -> int:
        """Add a note about the person who has this source record. Returns its key."""
        values = {"person": person, "record": record, **vars(note), "entered_by": user, "entered_at": at}
        adding = insert(service_notes).returning(service_notes.c.id)
        key: int = self._connection.execute(adding, values).scalar_one()
        self._note("added", person, key, by=by, at=at)
        return key

    def withdraw(self, person: int, key: int, *, user: int, by: str, at: datetime) -> None:
        changing = update(service_notes).where(service_notes.c.id == key)
        self._connection.execute(changing.values(withdrawn_by=user, withdrawn_at=at))
        self._note("withdrawn", person, key, by=by, at=at)

    def _note(self, action: str, person: int, key: int, *, by: str, at: datetime) -> None:
        self._audit.append(
            f"service_note.{action}",
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(person),
            detail={"service_note": key},
        )
