"""Notes on an assessment: written once; what was wrong is withdrawn by another note."""

from datetime import datetime

from api.services.access.accounts import Role, User
from api.services.assessments.assessments import require_visible
from api.storage import Note, Store
from rms.errors import Forbidden, InvalidInput, Problem


def write_note(
    id: str, text: str, *, by: User, store: Store, at: datetime, withdraws: int | None = None
) -> Note:
    """A new note. With `withdraws` it says why an earlier one no longer holds.

    Raises
    ------
    NotFound
        If there is no such assessment.
    InvalidInput
        If it has no note of the number to be withdrawn.
    Forbidden
        If that is somebody else's note, and this user no supervisor.
    Conflict
        If that note has been withdrawn already.
    """
    require_visible(id, store=store)
    with store.transaction() as tx:
        found = next((one for one in tx.notes.of(id) if one.number == withdraws), None)
        if withdraws is not None and found is None:
            detail = "This assessment has no note of that number."
            raise InvalidInput([Problem("/withdraws", "unknown_note", detail)])
        if found and found.author != by.id and by.role is not Role.SUPERVISOR:
            raise Forbidden("A note is withdrawn by whoever wrote it, or by a supervisor.")
        return tx.notes.add(id, text, author=by.id, by=by.username, at=at, withdraws=found)


def notes_of(id: str, *, store: Store) -> tuple[Note, ...]:
    """Every note of the assessment, withdrawn ones too.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(id, store=store)
    with store.reading() as tx:
        return tx.notes.of(id)
