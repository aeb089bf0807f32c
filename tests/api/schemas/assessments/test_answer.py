"""A past case as JSON: a number is a count, and a level has its label."""

from api.schemas.assessments.answer import comparable
from rms.instrument import instrument
from tests.rms.reports.cases import comparables


def test_a_column_that_has_levels_has_a_label() -> None:
    case = comparables()[0]._replace(shown={"violence": 1, "property": 3, "drug": None})
    shown = comparable(case, instrument("georgia"))
    assert (shown["violence"], shown["property"], shown["drug"]) == (1, 3, None)
    assert shown["levels"] == {"violence": "1 or more", "property": "3 or more"}


def test_a_count_has_no_label() -> None:
    case = comparables()[0]._replace(shown={"violence": 1, "years_served": 2.5})
    shown = comparable(case, instrument("rms"))
    assert (shown["violence"], shown["years_served"], shown["levels"]) == (1, 2.5, {})
