"""The list of predictions as a file. Every row has the health warning, so that it stays with the row."""

from collections.abc import Callable, Iterator, Sequence

from api.services.context import Context
from api.services.harm.list_files import MOST_IN_SPREADSHEET, refuse_too_many
from api.services.harm.rules import HarmRules
from api.services.long_reads import LongStream, long_read
from api.services.prediction.listing import (
    PredictedPerson,
    PredictionFilter,
    all_predicted,
    audited,
    number_predicted,
)
from api.services.transfer.export_fields import Cells, Holds, as_it_is, safe_cells
from api.services.transfer.export_files import csv_parts, spreadsheet_content
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import wording
from rms.reports.prediction_words import FOR_WHAT, NOT_A_SCORE

PersonId = Callable[[int], str]  # the key of a person → their ID in the API


FIELDS = (
    as_it_is("rank", "Rank in this list", Holds.NUMBER),
    as_it_is("person", "Person ID in the API"),
    as_it_is("offender_number", "Offender number"),
    as_it_is("forename", "Forename"),
    as_it_is("surname", "Surname"),
    as_it_is("date_of_birth", "Date of birth", Holds.DAY),
    as_it_is("home_area_name", "Home area"),
    as_it_is("probability", "Predicted probability of becoming high harm within two years", Holds.NUMBER, 2),
    as_it_is("likely_offence_type", "Likely offence type"),
    as_it_is("predicted_on", "Day of the prediction", Holds.DAY),
    as_it_is("model", "Version of the model"),
    as_it_is("health_warning", "Health warning"),
)
NAMES = tuple(field.name for field in FIELDS)


def csv_of_predictions(
    context: Context, filter: PredictionFilter, *, rules: HarmRules, person_id: PersonId
) -> LongStream:
    """The CSV of the whole list, in parts, read as it is consumed. A long read."""

    def parts() -> Iterator[str]:
        based, batches = all_predicted(context, filter, rules=rules)
        cells = (_cells(people, person_id, based.version, str(based.day)) for people in batches)
        return csv_parts(NAMES, (safe_cells(part, FIELDS) for part in cells))

    return LongStream(context.by, parts)


def spreadsheet_of_predictions(
    context: Context, filter: PredictionFilter, *, rules: HarmRules, person_id: PersonId
) -> bytes:
    """The list as an .xlsx file. A long read.

    Raises
    ------
    InvalidInput
        If there is no such area or type of offence, or the list has more people than a spreadsheet can.
    AlreadyRunning, LongReadBusy
        As `long_read`.
    """
    with long_read(context.by):
        return _spreadsheet(context, filter, rules=rules, person_id=person_id)


def _spreadsheet(
    context: Context, filter: PredictionFilter, *, rules: HarmRules, person_id: PersonId
) -> bytes:
    refuse_too_many(number_predicted(context, filter, rules=rules, most=MOST_IN_SPREADSHEET + 1))
    based, batches = all_predicted(context, filter, rules=rules)
    cells = (_cells(people, person_id, based.version, str(based.day)) for people in batches)
    read_this = (
        ("Health warning", HEALTH_WARNING),
        ("What it is", NOT_A_SCORE),
        ("Use", FOR_WHAT),
        ("Filters", audited(filter)),
        ("Model", based.version),
        ("Predictions as at", wording.day(based.day)),
        ("Created", wording.moment(context.at.astimezone(context.zone))),
        ("Created for", context.by),
    )
    return spreadsheet_content(FIELDS, cells, read_this, title="Predictions")


def _cells(people: Sequence[PredictedPerson], person_id: PersonId, version: str, day: str) -> Cells:
    return list(zip(*(tuple(_texts(one, person_id, version, day)) for one in people), strict=True))


def _texts(one: PredictedPerson, person_id: PersonId, version: str, day: str) -> Iterator[str]:
    """The texts of a row, in the order of `FIELDS`."""
    person = one.person
    yield from (str(one.rank), person_id(person.person), person.offender_number or "")
    yield from (person.forename or "", person.surname or "")
    yield from ("" if person.born is None else str(person.born), person.home_area_name or "")
    yield from (f"{one.probability:.2f}", one.type, day, version, HEALTH_WARNING)
