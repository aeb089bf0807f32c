"""Assessments: submitted, found again, listed."""

from collections.abc import Iterator
from datetime import datetime

from api.storage import Cursor, ListedSubmission, Store, Transaction
from rms.assessment import Assessment, Kind
from rms.engine.library import Library
from rms.engine.simulation import simulate
from rms.errors import InvalidInput, NotFound, Problem
from rms.submission import Submission


def submit_assessment(
    assessment: Assessment, *, by: str, library: Library, store: Store, at: datetime
) -> Submission:
    """Simulate the assessment and store both; when this returns, they are on disk under their number.

    Raises
    ------
    InvalidInput
        If `baseline_id` or `based_on` names no earlier assessment of the same person.
    StorageUnavailable
        If nothing could be stored.
    """
    result = simulate(assessment, library)
    with store.transaction() as tx:
        _refuse_foreign_origin(assessment, tx)
        return tx.submissions.add(assessment, result, by=by, at=at)


def validate_assessment(assessment: Assessment, *, store: Store) -> None:
    """Refuse what `submit_assessment` would refuse, and store nothing.

    Raises
    ------
    InvalidInput
        If `baseline_id` or `based_on` names no earlier assessment of the same person.
    """
    with store.reading() as tx:
        _refuse_foreign_origin(assessment, tx)


def find_submission(id: str, *, store: Store) -> Submission:
    """The submission of that id.

    Raises
    ------
    NotFound
        If there is none.
    """
    with store.reading() as tx:
        submission = tx.submissions.get(id)
    if submission is None:
        raise NotFound("There is no assessment of this id.")
    return submission


def history(offender_number: str, *, store: Store) -> tuple[ListedSubmission, ...]:
    """Everything submitted about one person, what-ifs included, newest first; empty for a new number."""
    with store.reading() as tx:
        return tx.submissions.history(offender_number)


def page_of_submissions(
    *, store: Store, kinds: tuple[Kind, ...], limit: int, after: Cursor | None = None
) -> tuple[ListedSubmission, ...]:
    """Up to `limit` submissions of these kinds, newest first, after the one where the last page ended."""
    with store.reading() as tx:
        return tx.submissions.page(after=after, limit=limit, kinds=kinds)


def all_submissions(
    *, store: Store, kinds: tuple[Kind, ...] = (Kind.ASSESSMENT,)
) -> Iterator[ListedSubmission]:
    """Every submission of these kinds, newest first, page by page: nothing is held between two pages."""
    after = None
    while True:
        with store.reading() as tx:
            page = tx.submissions.page(after=after, kinds=kinds)
        if not page:
            return
        yield from page
        after = page[-1].cursor


def _refuse_foreign_origin(assessment: Assessment, tx: Transaction) -> None:
    origins = {"baseline_id": assessment.baseline_id, "based_on": assessment.based_on}
    problems = [
        Problem(f"/{name}", "unknown_origin", "There is no earlier assessment of this person with this id.")
        for name, id in origins.items()
        if id is not None and tx.submissions.offender_of(id) != assessment.offender_number
    ]
    if problems:
        raise InvalidInput(problems)
