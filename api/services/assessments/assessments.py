"""Submit, find and list assessments."""

from api.services.context import Context
from api.services.systems.idempotency import claimed
from api.storage import Draft, ListedSubmission, Once, Transaction
from api.telemetry.metrics import SIMULATIONS
from rms.assessment import Assessment, AssessmentKind, Change, changes
from rms.engine.library import Library
from rms.engine.simulation import simulate
from rms.errors import ChangedMeanwhile, InvalidInput, NotFound, Problem
from rms.submission import Correction, Submission

UNKNOWN = "There is no assessment with this number."


def submit_assessment(
    context: Context,
    assessment: Assessment,
    *,
    library: Library,
    draft: Draft | None = None,
    once: Once | None = None,
    correction: Correction | None = None,
) -> Submission:
    """Simulate the assessment and store both. They are on disk when this returns.

    `draft` is the draft it comes from, which is deleted. If the request `once` was already submitted, its
    submission is returned and nothing new is stored. `correction` names the assessment it replaces. All of
    this happens in one transaction, so it takes more arguments than most.

    Raises
    ------
    InvalidInput
        If `baseline_id` or `based_on` is not an earlier assessment of the same person, or is a what-if; or
        if a what-if or a correction changes nothing.
    Conflict
        If the assessment it corrects has already been corrected.
    HeldElsewhere
        If the person is known and the caller may not write about them.
    ChangedMeanwhile
        If the draft no longer exists or has changed since it was read.
    KeyReused
        If the key of `once` was used for another request.
    StorageUnavailable
        If nothing could be stored.
    """
    changed = changes_from_origin(context, assessment, correction=correction)
    with SIMULATIONS.time():
        result = simulate(assessment, library)
    with context.store.transaction() as tx:
        if once is not None and (earlier := claimed(once, tx, at=context.at)):
            return earlier
        if draft is not None and not tx.drafts.end(
            draft, action="draft.submitted", by=context.by, at=context.at
        ):
            raise ChangedMeanwhile("The draft has been submitted, changed or deleted since you read it.")
        submission = tx.submissions.add(
            assessment, result, by=context.by, at=context.at, changes=changed, correction=correction
        )
        if once is not None:
            tx.idempotency.keep(once, submission.id)
    return submission


def check_submission(
    context: Context, assessment: Assessment, *, correction: Correction | None = None
) -> None:
    """Check that the assessment could be submitted now.

    Raises
    ------
    InvalidInput
        As `submit_assessment`.
    HeldElsewhere
        If the person is known and the caller may not write about them.
    """
    with context.store.reading() as tx:
        tx.submissions.refuse_held_elsewhere(assessment.offender_number)
    changes_from_origin(context, assessment, correction=correction)


def changes_from_origin(
    context: Context, assessment: Assessment, *, correction: Correction | None = None
) -> tuple[Change, ...] | None:
    """What differs from the assessment it corrects or starts from; None if there is neither.

    Submitted assessments never change, so the result also holds in a later transaction.

    Raises
    ------
    InvalidInput
        As `submit_assessment`.
    """
    fields = {"baseline_id": assessment.baseline_id, "based_on": assessment.based_on}
    if correction is not None:
        fields = {"corrects": correction.corrects}
    ids = {name: id for name, id in fields.items() if id is not None}
    if not ids:
        return None
    with context.store.reading() as tx:
        origins = [_origin(name, id, assessment, tx) for name, id in ids.items()]
    changed = changes(origins[0], assessment)
    if not changed and (correction or assessment.kind is AssessmentKind.WHAT_IF):
        detail = "Change at least one answer. All answers are the same as in the assessment it is based on."
        raise InvalidInput([Problem("/answers", "nothing_changed", detail)])
    return changed


def find_submission(context: Context, id: str, *, as_report: bool = False) -> Submission:
    """The submission with this ID. The audit log says whether it leaves `as_report`, which is a file.

    Raises
    ------
    NotFound
        If there is none.
    """
    with context.store.reading() as tx:
        submission = tx.submissions.get(id, as_report=as_report)
    if submission is None:
        raise NotFound(UNKNOWN)
    return submission


def require_visible(context: Context, id: str) -> None:
    """Check that the caller may see the assessment, before showing what belongs to it. The read is audited.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    with context.store.reading() as tx:
        if not tx.submissions.is_visible(id):
            raise NotFound(UNKNOWN)


def history(context: Context, offender_number: str) -> tuple[ListedSubmission, ...]:
    """All submissions about one person, including what-ifs, newest first; empty for a new number."""
    with context.store.reading() as tx:
        return tx.submissions.history(offender_number)


def _origin(name: str, id: str, assessment: Assessment, tx: Transaction) -> Assessment:
    """The assessment with this ID, refused if nothing about this person can start from it."""
    origin = tx.submissions.assessment(id)
    if origin is None or origin.offender_number != assessment.offender_number:
        detail = "This person has no earlier assessment with this ID."
        raise InvalidInput([Problem(f"/{name}", "unknown_origin", detail)])
    if origin.kind is AssessmentKind.WHAT_IF:
        detail = f"{id} is a what-if. Start from the assessment {origin.baseline_id} instead."
        raise InvalidInput([Problem(f"/{name}", "origin_is_what_if", detail)])
    return origin
