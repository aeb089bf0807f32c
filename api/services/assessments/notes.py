"""Notes on an assessment. A note cannot be edited; another note can withdraw it."""

from api.services.assessments.assessments import require_visible
from api.services.context import Context
from api.services.users import Role
from api.storage import Note
from rms.errors import Forbidden, InvalidInput, Problem


def write_note(context: Context, id: str, text: str, *, withdraws: int | None = None) -> Note:
    """A new note. With `withdraws`, it says why an earlier note no longer applies.

    Raises
    ------
    NotFound
        If there is no such assessment.
    InvalidInput
        If it has no note with the number in `withdraws`.
    Forbidden
        If another user wrote that note and this user is not a supervisor.
    Conflict
        If that note has already been withdrawn.
    """
    require_visible(context, id)
    with context.store.transaction() as tx:
        withdrawn = next((one for one in tx.notes.of(id) if one.number == withdraws), None)
        if withdraws is not None and withdrawn is None:
            detail = "This assessment has no note with that number."
            raise InvalidInput([Problem("/withdraws", "unknown_note", detail)])
        if withdrawn and withdrawn.author != context.user.id and context.user.role is not Role.SUPERVISOR:
            raise Forbidden("Only the author of a note or a supervisor can withdraw it.")
        return tx.notes.add(
            id, text, author=context.user.id, by=context.by, at=context.at, withdraws=withdrawn
        )


def notes_of(context: Context, id: str) -> tuple[Note, ...]:
    """All notes on the assessment, including withdrawn ones.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    require_visible(context, id)
    with context.store.reading() as tx:
        return tx.notes.of(id)
