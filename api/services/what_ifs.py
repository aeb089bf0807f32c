"""What-ifs: an assessment with some answers changed, to see what people of the changed pattern did."""

from collections.abc import Mapping
from datetime import date

from api.services.assessments import find_submission
from api.storage import Store
from rms.assessment import Assessment, Kind
from rms.assessment.carrying import changed_over
from rms.instrument import Answer, Instrument


def what_if_of(
    baseline_id: str,
    *,
    answers: Mapping[str, Answer],
    unknown: Mapping[str, str],
    instrument: Instrument,
    on: date,
    store: Store,
) -> Assessment:
    """The what-if that changes these answers of the baseline and nothing else; not yet submitted.

    Raises
    ------
    NotFound
        If there is no such baseline.
    InvalidInput
        If what comes of it is no assessment.
    """
    baseline = find_submission(baseline_id, store=store).assessment
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
        baseline_id=baseline_id,
    )
