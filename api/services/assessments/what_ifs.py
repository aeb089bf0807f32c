"""What-ifs: an assessment with some answers changed, to see what people of the changed pattern did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import with_findings
from api.services.context import Context
from api.telemetry.metrics import SIMULATIONS
from rms.assessment import Assessment, Change, Kind, changes
from rms.assessment.carrying import changed_over
from rms.engine.library import Library
from rms.engine.result import Result
from rms.engine.simulation import simulate_each
from rms.errors import Conflict
from rms.instrument import Answer, Instrument
from rms.submission import Submission


@dataclass(frozen=True)
class Tried:
    """What a what-if would find, beside its baseline; nothing of it is stored.

    `before` is what the baseline finds today, with the library in use and at the person's present age, so
    that only the changed answers move it; `anew` says that this is not what was stored with it.
    """

    assessment: Assessment
    before: Result
    after: Result
    changes: tuple[Change, ...]
    anew: bool


def what_if_of(
    context: Context,
    baseline_id: str,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    instrument: Instrument,
) -> Assessment:
    """The what-if that changes these answers of the baseline and nothing else; not yet submitted.

    Raises
    ------
    NotFound
        If there is no such baseline.
    InvalidInput
        If what comes of it is no assessment.
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
    """Simulate a what-if of a baseline that somebody has found, which is on record, and store nothing.

    Raises
    ------
    InvalidInput
        If what comes of it is no assessment.
    Conflict
        If it is no baseline, but a what-if itself.
    JudgementFirst
        If whoever found the baseline has yet to judge it by themselves.
    """
    stored = with_findings(baseline).result
    if baseline.assessment.kind is Kind.WHAT_IF:
        raise Conflict(f"{baseline.id} is a what-if: try changes on {baseline.assessment.baseline_id}.")
    same = _what_if(baseline, answers={}, unknown={}, instrument=library.instrument, on=on)
    tried = _what_if(baseline, answers=answers, unknown=unknown, instrument=library.instrument, on=on)
    with SIMULATIONS.time():
        before, after = simulate_each([same, tried], library)
    anew = stored.library.sha256 != library.reference.sha256 or not np.array_equal(
        before.vector, stored.vector, equal_nan=True
    )
    found = changes(baseline.assessment, tried)
    return Tried(tried, before if anew else stored, after, found, anew)


def _what_if(
    found: Submission,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    instrument: Instrument,
    on: date,
) -> Assessment:
    baseline = found.assessment
    changed = changed_over(baseline, instrument, answers, unknown)
    return Assessment(
        instrument=instrument,
        offender_number=baseline.offender_number,
        sex=baseline.sex,
        date_of_birth=baseline.date_of_birth,
        assessed_on=on,
        answers=changed.answers,
        unknown=changed.unknown,
        release_date=baseline.release_date,
        kind=Kind.WHAT_IF,
        baseline_id=found.id,
    )
