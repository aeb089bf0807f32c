from datetime import date

import pytest

from rms.errors import InvalidInput
from rms.harm.history import DrugMarker, HarmHistory, IntelligenceReport
from tests.rms.harm.histories import history, offence

DAY = date(2026, 1, 1)


def test_the_same_offence_is_not_counted_13_times():
    with pytest.raises(InvalidInput, match="The ID o1 is there 13 times. Each ID must be there once"):
        history(*[offence("o1")] * 13)


def test_the_same_marker_and_the_same_report_are_refused():
    marker, report = DrugMarker("x", "supply", DAY), IntelligenceReport("x", "A", DAY)
    with pytest.raises(InvalidInput) as refused:
        HarmHistory((), (marker, marker), (report, report))
    assert [problem.pointer for problem in refused.value.problems] == ["/markers", "/reports"]


def test_an_offence_a_marker_and_a_report_can_have_one_id():
    history(
        offence("x"), markers=[DrugMarker("x", "supply", DAY)], reports=[IntelligenceReport("x", "A", DAY)]
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": -1}, "-1 is not allowed. days must be a number from 0 to 100,000"),
        ({"days": float("nan")}, "days must be"),
        ({"days": float("inf")}, "days must be"),
        ({"outcome": 0}, "0 is not allowed. outcome must be a whole number from 1 to 22"),
        ({"outcome": 23}, "outcome must be"),
        ({"stage": "guilty"}, '"guilty" is not allowed. stage must be one of suspected, charged'),
    ],
)
def test_an_offence_with_a_wrong_value_is_refused(changes, message):
    with pytest.raises(InvalidInput, match=message):
        offence(**changes)


def test_wrong_markers_and_grades_are_refused():
    with pytest.raises(InvalidInput, match="kind must be one of personal_use, class_a_dependent, supply"):
        DrugMarker("m", "alcohol", DAY)
    with pytest.raises(InvalidInput, match="last must be 2026-01-01, the first day, or later"):
        DrugMarker("m", "supply", DAY, date(2025, 12, 31))
    with pytest.raises(InvalidInput, match="grade must be one of A, B, C, D, E"):
        IntelligenceReport("r", "F", DAY)


@pytest.mark.parametrize(
    ("first", "last", "is_in_force"),
    [
        (DAY, DAY, True),
        (DAY, None, True),
        (date(2026, 1, 2), None, False),
        (date(2025, 1, 1), DAY, True),
        (date(2025, 1, 1), date(2025, 12, 31), False),
    ],
)
def test_a_marker_is_in_force_from_its_first_to_its_last_day(first, last, is_in_force):
    assert DrugMarker("m", "supply", first, last).in_force(DAY) is is_in_force
