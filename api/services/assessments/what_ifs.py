"""What-ifs: an assessment with some answers changed, to see what people with those answers did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import with_findings
from api.services.context import Context
from api.telemetry.metrics import SIMULATIONS
from rms.assessment import Assessment, AssessmentKind, Change, changes
from rms.assessment.carrying import changed_over
from rms.engine.library import Library
from rms.engine.result import Result
from rms.engine.simulation import simulate_each
from rms.errors import Conflict
from rms.instrument import Answer, Instrument
from rms.submission import Submission


@dataclass(frozen=True)
class Tried:
    """The result of a what-if and of its baseline. Neither is stored.

    `before` is the baseline simulated with the current library and the person's age today, so that only the
    changed answers make a difference; `resimulated` says that it differs from the stored result.
    """

    assessment: Assessment
    before: Result
    after: Result
    changes: tuple[Change, ...]
    resimulated: bool


def what_if_of(
    context: Context,
    baseline_id: str,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    instrument: Instrument,
) -> Assessment:
    """A what-if that changes only these answers of the baseline; not yet submitted.

    Raises
    ------
    NotFound
        If there is no such baseline.
    InvalidInput
        If the result is not a valid assessment.
    """
    baseline = find_submission(context, baseline_id)
    return _what_if(baseline, answers=answers, unknown=unknown, instrument=instrument, on=context.at.date())


def try_out(
    baseline: Submission,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    library: Library,
    on: date,
) -> Tried:
    """Simulate a what-if without storing anything. Reading the baseline was audited before.

    Raises
    ------
    InvalidInput
        If the result is not a valid assessment.
    Conflict
        If the baseline is itself a what-if.
    JudgementFirst
        If the caller must record a judgement of the baseline first.
    """
    stored = with_findings(baseline).result
    if baseline.assessment.kind is AssessmentKind.WHAT_IF:
        raise Conflict(
            f"{baseline.id} is a what-if. Try a what-if on {baseline.assessment.baseline_id} instead."
        )
    same = _what_if(baseline, answers={}, unknown={}, instrument=library.instrument, on=on)
    tried = _what_if(baseline, answers=answers, unknown=unknown, instrument=library.instrument, on=on)
    with SIMULATIONS.time():
        before, after = simulate_each([same, tried], library)
    resimulated = stored.library.sha256 != library.reference.sha256 or not np.array_equal(
        before.vector, stored.vector, equal_nan=True
    )
    changed = changes(baseline.assessment, tried)
    return Tried(tried, before if resimulated else stored, after, changed, resimulated)


def _what_if(
    baseline: Submission,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    instrument: Instrument,
    on: date,
) -> Assessment:
    original = baseline.assessment
    changed = changed_over(original, instrument, answers, unknown)
    return Assessment(
        instrument=instrument,
        offender_number=original.offender_number,
        sex=original.sex,
        date_of_birth=original.date_of_birth,
        assessed_on=on,
        answers=changed.answers,
        unknown=changed.unknown,
        release_date=original.release_date,
        kind=AssessmentKind.WHAT_IF,
        baseline_id=baseline.id,
    )
