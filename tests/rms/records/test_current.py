"""What records say about one day, as tables."""

from datetime import date
from typing import Any

import pytest

from rms.records.current import (
    age_on,
    cohort_on,
    is_hidden_in_custody,
    is_in_custody,
    is_in_force,
    is_juvenile,
    is_managed,
    is_under_25,
    mappa_level_on,
    stage_of_case,
)
from rms.records.rows import DrugMarkerRow, OffenceRow, PlanRow, RegistrationRow

DAY = date(2026, 11, 30)
BEFORE, AFTER = date(2026, 11, 29), date(2026, 12, 1)
LONG_AGO = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("from_day", "to_day", "in_force"),
    [
        (LONG_AGO, None, True),
        (DAY, DAY, True),  # both days are included
        (LONG_AGO, BEFORE, False),
        (AFTER, None, False),
        (LONG_AGO, AFTER, True),
    ],
)
def test_in_force(from_day: date, to_day: date | None, in_force: bool) -> None:
    assert is_in_force(DrugMarkerRow("D0001", "P0001", "supply", from_day, to_day), DAY) is in_force


# stated, custody from, release date, in custody, hidden
CUSTODY = [
    (True, None, None, True, True),
    (True, LONG_AGO, date(2030, 1, 1), True, True),
    (True, None, date(2027, 3, 1), True, True),  # three months before is 1 December
    (True, None, date(2027, 2, 28), True, False),  # three months before is 28 November
    (True, None, AFTER, True, False),
    (True, None, DAY, False, False),  # released today
    (True, AFTER, None, False, False),  # begins tomorrow
    (True, DAY, None, True, True),
    (False, LONG_AGO, date(2030, 1, 1), False, False),
    (None, LONG_AGO, None, True, True),
    (None, LONG_AGO, BEFORE, False, False),
    (None, None, date(2030, 1, 1), None, False),  # not known is not "yes"
    (None, None, None, None, False),  # and not "no"
]


@pytest.mark.parametrize(("stated", "custody_from", "release_date", "in_custody", "hidden"), CUSTODY)
def test_custody(
    stated: bool | None,
    custody_from: date | None,
    release_date: date | None,
    in_custody: bool | None,
    hidden: bool,
) -> None:
    facts: dict[str, Any] = {
        "stated": stated,
        "custody_from": custody_from,
        "release_date": release_date,
    }
    assert is_in_custody(DAY, **facts) is in_custody
    assert is_hidden_in_custody(DAY, **facts) is hidden


@pytest.mark.parametrize(
    ("release_date", "first_shown"),
    [
        (date(2026, 5, 31), date(2026, 2, 28)),
        (date(2024, 5, 29), date(2024, 2, 29)),
        (date(2026, 3, 1), date(2025, 12, 1)),
    ],
)
def test_three_months_before_release_are_calendar_months(release_date: date, first_shown: date) -> None:
    day_before = date.fromordinal(first_shown.toordinal() - 1)
    for day, hidden in ((day_before, True), (first_shown, False)):
        assert is_hidden_in_custody(day, stated=True, custody_from=None, release_date=release_date) is hidden


def registration(kind: str, level: str | None, from_day: date = LONG_AGO, to_day: date | None = None) -> Any:
    return RegistrationRow("R0001", "P0001", kind, level, from_day, to_day)


@pytest.mark.parametrize(
    ("registrations", "cohort", "mappa"),
    [
        ([], None, None),
        ([("iom", "fixed")], "fixed", None),
        ([("iom", "fixed"), ("iom", "fixed")], "fixed", None),
        ([("iom", "fixed"), ("iom", "flex")], "mixed", None),
        ([("iom", "fixed", LONG_AGO, BEFORE), ("iom", "flex", DAY)], "flex", None),
        ([("iom", "free", AFTER)], None, None),
        ([("iom", None)], "not stated", None),
        ([("iom", None), ("iom", "free")], "free", None),
        ([("mappa", "1"), ("mappa", "3"), ("mappa", None)], None, "3"),
        ([("mappa", None)], None, "not stated"),
        ([("mappa", "3", LONG_AGO, BEFORE), ("mappa", "1")], None, "1"),
        ([("domestic_abuse", None), ("home_office_interest", None)], None, None),
    ],
)
def test_cohort_and_mappa_level(registrations: list[Any], cohort: str | None, mappa: str | None) -> None:
    rows = [registration(*given) for given in registrations]
    assert cohort_on(rows, DAY) == cohort
    assert mappa_level_on(rows, DAY) == mappa


@pytest.mark.parametrize(
    ("plans", "managed"),
    [
        ([], None),  # not known
        ([(True, LONG_AGO, None)], True),
        ([(False, LONG_AGO, None)], False),
        ([(True, LONG_AGO, BEFORE)], None),
        ([(True, LONG_AGO, None), (False, BEFORE, None)], False),  # the later one
        ([(False, LONG_AGO, None), (True, LONG_AGO, None)], True),
        ([(True, AFTER, None), (False, LONG_AGO, None)], False),
    ],
)
def test_managed(plans: list[Any], managed: bool | None) -> None:
    rows = [PlanRow("L0001", "P0001", yes, None, from_day, to_day) for yes, from_day, to_day in plans]
    assert is_managed(rows, DAY) is managed


@pytest.mark.parametrize(
    ("offences", "stage"),
    [
        ([], None),
        ([("suspected", None, DAY)], "suspected"),
        ([("suspected", None, AFTER)], None),
        ([("charged", 1, DAY), ("suspected", None, DAY)], "charged"),
        ([("awaiting_court", 1, LONG_AGO), ("charged", 1, DAY)], "awaiting_court"),
        ([("convicted", 1, DAY)], None),  # the case is closed
        ([("convicted", 1, DAY), ("suspected", None, DAY)], "suspected"),
        ([("suspected", 16, DAY)], None),  # closed by its outcome
        ([(None, None, DAY)], None),
    ],
)
def test_stage_of_case(offences: list[Any], stage: str | None) -> None:
    rows = [
        OffenceRow("C0001", "P0001", "02803", day, stage=stage_, outcome=outcome)
        for stage_, outcome, day in offences
    ]
    assert stage_of_case(rows, DAY) == stage


@pytest.mark.parametrize(
    ("born", "age", "juvenile", "under_25"),
    [
        (date(2008, 11, 30), 18, False, True),
        (date(2008, 12, 1), 17, True, True),
        (date(2001, 11, 30), 25, False, False),
        (date(2001, 12, 1), 24, False, True),
        (AFTER, None, None, None),
        (None, None, None, None),
    ],
)
def test_age(born: date | None, age: int | None, juvenile: bool | None, under_25: bool | None) -> None:
    assert (age_on(born, DAY), is_juvenile(born, DAY), is_under_25(born, DAY)) == (age, juvenile, under_25)
