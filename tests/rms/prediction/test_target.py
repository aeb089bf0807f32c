"""Whom the prediction is about, and what became of them."""

from datetime import date

import numpy as np
import pytest

from rms.harm.catalogue import harm_settings
from rms.harm.columnar import HarmColumns, OffenceColumns, day_number
from rms.prediction.records import NEVER, OffenceFacts, Periods, Records
from rms.prediction.target import (
    can_become_high,
    last_complete_day,
    month_ends,
    outcomes,
    training_days,
    window_end,
)

NOBODY = Periods(*(np.zeros(0, int) for _ in range(3)))
DAY = date(2024, 11, 30)


def records(*offences: tuple[date, float, int]) -> Records:
    """One person with these offences: day, days of harm, type."""
    day = np.array([day_number(on) for on, *_ in offences])
    row = np.zeros(len(offences), int)
    return Records(
        HarmColumns(
            1, OffenceColumns(row, day, np.array([days for _, days, _ in offences]), np.ones(len(row), bool))
        ),
        OffenceFacts(np.array([kind for *_, kind in offences]), row > 0, row + NEVER, row > 0),
        *(np.zeros(1, int), np.full(1, NEVER), NOBODY, {}, NOBODY),
    )


OLD = (date(2023, 1, 1), 1.0, 0)
CASES = [
    ("nothing more", (), False, -1),
    ("a grave offence on the day itself", ((DAY, 5475.0, 1),), True, -1),  # it is high on 31 December
    ("the day after", ((date(2024, 12, 1), 5475.0, 1),), True, 1),
    ("on the last month's end", ((date(2026, 11, 30), 5475.0, 1),), True, 1),
    ("a day after the two years", ((date(2026, 12, 1), 5475.0, 1),), False, -1),
    (
        "a lesser one later the same month",
        ((date(2025, 3, 2), 5475.0, 2), (date(2025, 3, 9), 5.0, 1)),
        True,
        2,
    ),
    (
        "a graver one when already high",
        ((date(2025, 3, 2), 2000.0, 2), (date(2025, 6, 9), 5000.0, 1)),
        True,
        2,
    ),
]


@pytest.mark.parametrize(
    ("offences", "became", "kind"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_reaching_the_band_at_a_months_end(
    offences: tuple[tuple[date, float, int], ...], became: bool, kind: int
) -> None:
    found = outcomes(records(OLD, *offences), on=DAY, high=40.0, settings=harm_settings())
    assert (bool(found.became_high[0]), int(found.type[0])) == (became, kind)


def test_it_is_about_people_with_a_score_below_the_band_who_are_alive() -> None:
    scores = np.array([10.0, np.nan, 60.0, 60.0 - 1e-10, 59.9, 10.0])
    died = np.array([NEVER, NEVER, NEVER, NEVER, day_number(DAY), day_number(DAY) + 1])
    about = can_become_high(scores, died, on=DAY, high=60.0)
    assert about.tolist() == [True, False, False, False, False, True]


def test_a_window_has_24_months_ends() -> None:
    for day in (date(2024, 2, 29), date(2024, 11, 30), date(2024, 11, 15), date(2023, 12, 31)):
        ends = month_ends(day)
        assert len(ends) == 24
        assert day < ends[0]
        assert ends[-1] <= window_end(day)


@pytest.mark.parametrize(
    ("as_at", "day"),
    [
        (date(2026, 11, 30), date(2024, 11, 30)),
        (date(2026, 11, 29), date(2024, 10, 31)),
        (date(2026, 2, 28), date(2024, 2, 29)),
        (date(2026, 3, 1), date(2024, 2, 29)),
    ],
)
def test_the_last_day_with_two_complete_years(as_at: date, day: date) -> None:
    assert last_complete_day(as_at) == day
    assert window_end(day) <= as_at


def test_no_window_of_training_goes_beyond_the_test_day() -> None:
    for month in range(1, 13):
        test = month_ends(date(2023, month, 1))[0]
        days = training_days(test=test, earliest=date(2018, 1, 1))
        assert days
        assert all(window_end(day) <= test for day in days)
        assert all(month_ends(day)[-1] <= test for day in days)
