"""Notes on an assessment: written once; what was wrong is withdrawn by another note."""

from api.services.assessments.assessments import require_visible
from api.services.context import Context
from api.services.users import Role
from api.storage import Note
from rms.errors import Forbidden, InvalidInput, Problem


def write_note(context: Context, id: str, text: str, *, withdraws: int | None = None) -> Note:
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
    require_visible(context, id)
    with context.store.transaction() as tx:
        found = next((one for one in tx.notes.of(id) if one.number == withdraws), None)
        if withdraws is not None and found is None:
            detail = "This assessment has no note of that number."
            raise InvalidInput([Problem("/withdraws", "unknown_note", detail)])
        if found and found.author != context.user.id and context.user.role is not Role.SUPERVISOR:
            raise Forbidden("A note is withdrawn by whoever wrote it, or by a supervisor.")
        return tx.notes.add(id, text, author=context.user.id, by=context.by, at=context.at, withdraws=found)


def notes_of(context: Context, id: str) -> tuple[Note, ...]:
    """Every note of the assessment, withdrawn ones too.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return tx.notes.of(id)
