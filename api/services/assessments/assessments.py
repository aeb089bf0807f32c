"""Assessments: submitted, found again, listed."""

from api.services.context import Context
from api.services.systems.idempotency import claimed
from api.storage import Draft, ListedSubmission, Once, Transaction
from api.telemetry.metrics import SIMULATIONS
from rms.assessment import Assessment, Change, Kind, changes
from rms.engine.library import Library
from rms.engine.simulation import simulate
from rms.errors import ChangedMeanwhile, InvalidInput, NotFound, Problem
from rms.submission import Correction, Submission

UNKNOWN = "There is no assessment of this id."


def submit_assessment(
    context: Context,
    assessment: Assessment,
    *,
    library: Library,
    draft: Draft | None = None,
    once: Once | None = None,
    correction: Correction | None = None,
) -> Submission:
    """Simulate the assessment and store both; when this returns, they are on disk under their number.

    `draft` is where it was written, and is gone with that. What was submitted before by the same request
    `once` is returned as it is, and nothing new is stored. A `correction` says in whose place it stands.
    All these arguments take effect in one transaction.

    Raises
    ------
    InvalidInput
        If `baseline_id` or `based_on` names no earlier assessment of the same person, or names a what-if;
        or if a what-if or a correction changes nothing.
    Conflict
        If what it corrects has been corrected already.
    HeldElsewhere
        If the person is known, and not one whom the caller may write about.
    ChangedMeanwhile
        If the draft is gone, or has been changed since it was read.
    KeyReused
        If the key of `once` was sent with another request.
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
            raise ChangedMeanwhile("The draft has been submitted, changed or thrown away meanwhile.")
        submission = tx.submissions.add(
            assessment, result, by=context.by, at=context.at, changes=changed, correction=correction
        )
        if once is not None:
            tx.idempotency.keep(once, submission.id)
    return submission


def check_submission(context: Context, assessment: Assessment) -> None:
    """Whether it could be submitted just now.

    Raises
    ------
    InvalidInput
        As `submit_assessment`.
    HeldElsewhere
        If the person is known, and not one whom the caller may write about.
    """
    with context.store.reading() as tx:
        tx.submissions.refuse_held_elsewhere(assessment.offender_number)
    changes_from_origin(context, assessment)


def changes_from_origin(
    context: Context, assessment: Assessment, *, correction: Correction | None = None
) -> tuple[Change, ...] | None:
    """What differs from the assessment it corrects or else starts from; None if there is neither.

    What is submitted is never altered, so that this holds for whatever transaction comes after.

    Raises
    ------
    InvalidInput
        As `submit_assessment`, which refuses by this.
    """
    origins = {"baseline_id": assessment.baseline_id, "based_on": assessment.based_on}
    if correction is not None:
        origins = {"corrects": correction.corrects}
    given = {name: id for name, id in origins.items() if id is not None}
    if not given:
        return None
    with context.store.reading() as tx:
        found = [_origin(name, id, assessment, tx) for name, id in given.items()]
    changed = changes(found[0], assessment)
    if not changed and (correction or assessment.kind is Kind.WHAT_IF):
        detail = "Nothing differs from the assessment it starts from: change one answer, or more."
        raise InvalidInput([Problem("/answers", "nothing_changed", detail)])
    return changed


def find_submission(context: Context, id: str) -> Submission:
    """The submission of that id.

    Raises
    ------
    NotFound
        If there is none.
    """
    with context.store.reading() as tx:
        submission = tx.submissions.get(id)
    if submission is None:
        raise NotFound(UNKNOWN)
    return submission


def require_visible(context: Context, id: str) -> None:
    """For what belongs to an assessment: that the assessment may be seen. That somebody looks is on record.

    Raises
    ------
    NotFound
        If there is no such assessment.
    """
    with context.store.reading() as tx:
        if not tx.submissions.is_visible(id):
            raise NotFound(UNKNOWN)


def history(context: Context, offender_number: str) -> tuple[ListedSubmission, ...]:
    """Everything submitted about one person, what-ifs included, newest first; empty for a new number."""
    with context.store.reading() as tx:
        return tx.submissions.history(offender_number)


def _origin(name: str, id: str, assessment: Assessment, tx: Transaction) -> Assessment:
    """The assessment of that id, refused where nothing about this person can start from it."""
    found = tx.submissions.assessment(id)
    if found is None or found.offender_number != assessment.offender_number:
        detail = "There is no earlier assessment of this person with this id."
        raise InvalidInput([Problem(f"/{name}", "unknown_origin", detail)])
    if found.kind is Kind.WHAT_IF:
        detail = f"{id} is a what-if, which says what was never so; start from {found.baseline_id}."
        raise InvalidInput([Problem(f"/{name}", "origin_is_what_if", detail)])
    return found
