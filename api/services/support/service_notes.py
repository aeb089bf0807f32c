"""Notes of other services about a person, such as probation and youth justice."""

from api.services.context import Context
from api.services.records.person import UNKNOWN, person_in
from api.services.users import Role
from api.storage import StoredNote, Transaction
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from rms.support.service_notes import ServiceNote

MOST_NOTES = 500  # about one person
NO_NOTE = "There is no such note about this person."
NOT_YOURS = "Only the user who entered a note, or a supervisor, can withdraw it."


def service_notes(context: Context, person: int) -> tuple[StoredNote, ...]:
    """Every note about a person, the one that was written last first.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        person_in(tx, person, on=context.today)
        tx.audit.looked("service_notes.read", person=person)
        return tx.service_notes.of(person)


def add_service_note(context: Context, person: int, note: ServiceNote) -> None:
    """Enter a note. The same note sent twice is entered once.

    Raises
    ------
    NotFound
        As `service_notes`.
    InvalidInput
        If it was written on a day to come.
    Conflict
        If there are too many notes about the person.
    """
    if note.written_on > context.today:
        raise InvalidInput([Problem("/written_on", "out_of_range", "Enter today or an earlier day.")])
    with context.store.transaction() as tx:
        record = _record(tx, context, person)
        earlier = tx.service_notes.of(person)
        if any(one.note == note and one.withdrawn_at is None for one in earlier):
            return
        if len(earlier) >= MOST_NOTES:
            raise Conflict(f"There are {MOST_NOTES} notes about this person, which is the maximum.")
        tx.service_notes.add(person, record, note, user=context.user.id, by=context.by, at=context.at)


def withdraw_service_note(context: Context, person: int, key: int) -> None:
    """Withdraw a note that is wrong. It stays on record as withdrawn.

    Raises
    ------
    NotFound
        As `service_notes`, and if there is no such note about the person.
    Forbidden
        If somebody else entered it, and the caller is no supervisor.
    """
    with context.store.transaction() as tx:
        _record(tx, context, person)
        found = next((one for one in tx.service_notes.of(person) if one.id == key), None)
        if found is None:
            raise NotFound(NO_NOTE)
        if not may_withdraw(context, found):
            raise Forbidden(NOT_YOURS)
        if found.withdrawn_at is None:
            tx.service_notes.withdraw(person, key, user=context.user.id, by=context.by, at=context.at)


def may_withdraw(context: Context, note: StoredNote) -> bool:
    """Whether the caller may withdraw this note."""
    return context.user.role is Role.SUPERVISOR or note.enterer == context.user.id


def _record(tx: Transaction, context: Context, person: int) -> int:
    """The source record that the note belongs to. Nobody erases the person meanwhile."""
    if not tx.people.keep(person):
        raise NotFound(UNKNOWN)
    return person_in(tx, person, on=context.today).records[0].id
