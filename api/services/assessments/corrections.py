"""Corrections: a new assessment that replaces a wrong one, with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.services.assessments.assessments import find_submission
from api.services.context import Context
from rms.assessment import Assessment, AssessmentKind
from rms.assessment.carrying import Carried, changed_over
from rms.errors import Conflict, CorrectedAlready, InvalidInput, Problem
from rms.instrument import Instrument
from rms.submission import Submission

IDENTIFIED = ("sex", "date_of_birth", "release_date")  # what can be corrected besides the answers


def corrected(
    context: Context,
    id: str,
    right: Carried,
    *,
    identification: Mapping[str, Any],
    instrument: Instrument,
) -> Assessment:
    """The corrected assessment, not yet submitted.

    It keeps the date of the wrong one. `right` are the corrected answers; `identification` holds the
    corrected values of sex, date_of_birth and release_date.

    Raises
    ------
    NotFound
        If there is no such assessment.
    CorrectedAlready
        If it has already been corrected. Correct the assessment that replaced it instead.
    Conflict
        If it is a what-if. Make another what-if instead.
    InvalidInput
        If the result is not a valid assessment.
    """
    wrong = find_submission(context, id)
    if wrong.assessment.kind is AssessmentKind.WHAT_IF:
        raise Conflict(f"{id} is a what-if. Make another what-if of {wrong.assessment.baseline_id} instead.")
    refuse_corrected(context, wrong)
    changed = changed_over(wrong.assessment, instrument, right.answers, right.unknown)
    return replace(
        wrong.assessment,
        instrument=instrument,
        answers=changed.answers,
        unknown=changed.unknown,
        **identification,
    )


def refuse_corrected(context: Context, submission: Submission) -> None:
    """
    Raises
    ------
    CorrectedAlready
        If it has already been corrected. Correct the assessment that replaced it instead.
    """
    if submission.corrected_by is not None:
        with context.store.reading() as tx:
            raise CorrectedAlready(submission.id, replacement=tx.submissions.replacement_of(submission.id))


def corrected_as(context: Context, id: str, right: Assessment, *, instrument: Instrument) -> Assessment:
    """As `corrected`, with the corrections given as a whole assessment.

    Raises
    ------
    InvalidInput
        If it is about another person.
    """
    number = find_submission(context, id).assessment.offender_number
    if right.offender_number != number:
        detail = f"{id} is an assessment of {number}. A correction must be about the same person."
        raise InvalidInput([Problem("/offender_number", "another_person", detail)])
    return corrected(
        context,
        id,
        Carried(right.answers, right.unknown),
        identification={name: getattr(right, name) for name in IDENTIFIED},
        instrument=instrument,
    )


def corrected_by(context: Context, id: str) -> str | None:
    """The ID of the assessment that replaced this one, if it has been corrected."""
    with context.store.reading() as tx:
        replacement = tx.submissions.replacement_of(id)
    return None if replacement == id else replacement
