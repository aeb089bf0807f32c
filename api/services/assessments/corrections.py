"""Corrections: what was submitted wrongly is submitted anew, with a reason, and stands in its place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.services.assessments.assessments import find_submission
from api.services.context import Context
from rms.assessment import Assessment, Kind
from rms.assessment.carrying import Carried, changed_over
from rms.errors import Conflict, CorrectedAlready, InvalidInput, Problem
from rms.instrument import Instrument
from rms.submission import Submission

IDENTIFIED = ("sex", "date_of_birth", "release_date")  # what may be put right besides the answers


def corrected(
    context: Context,
    id: str,
    right: Carried,
    *,
    identification: Mapping[str, Any],
    instrument: Instrument,
) -> Assessment:
    """The assessment of that id with some of it put right; not yet submitted.

    It is still of the day that the wrong one was made on: that it was wrong changes nothing of what was
    so that day. `right` are the answers that were wrong, `identification` what was wrong of sex,
    date_of_birth and release_date.

    Raises
    ------
    NotFound
        If there is no such assessment.
    CorrectedAlready
        If it has been put right once: what stands in its place can be.
    Conflict
        If it is a what-if, of which another can be made.
    InvalidInput
        If what comes of it is no assessment.
    """
    found = find_submission(context, id)
    if found.assessment.kind is Kind.WHAT_IF:
        raise Conflict(f"{id} is a what-if: make another of {found.assessment.baseline_id}.")
    refuse_corrected(context, found)
    changed = changed_over(found.assessment, instrument, right.answers, right.unknown)
    return replace(
        found.assessment,
        instrument=instrument,
        answers=changed.answers,
        unknown=changed.unknown,
        **identification,
    )


def refuse_corrected(context: Context, found: Submission) -> None:
    """
    Raises
    ------
    CorrectedAlready
        If it has been put right once: what stands in its place can be.
    """
    if found.corrected_by is not None:
        with context.store.reading() as tx:
            raise CorrectedAlready(found.id, stands=tx.submissions.stands_for(found.id))


def corrected_as(context: Context, id: str, right: Assessment, *, instrument: Instrument) -> Assessment:
    """The same, where a whole assessment says what is right; errors as above.

    Raises
    ------
    InvalidInput
        If it is of somebody else.
    """
    number = find_submission(context, id).assessment.offender_number
    if right.offender_number != number:
        detail = f"{id} is an assessment of {number}."
        raise InvalidInput([Problem("/offender_number", "another_person", detail)])
    return corrected(
        context,
        id,
        Carried(right.answers, right.unknown),
        identification={name: getattr(right, name) for name in IDENTIFIED},
        instrument=instrument,
    )


def corrected_by(context: Context, id: str) -> str | None:
    """The id of what stands in the place of this one, if it has been put right."""
    with context.store.reading() as tx:
        stands = tx.submissions.stands_for(id)
    return None if stands == id else stands
