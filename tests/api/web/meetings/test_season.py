"""The season hint under the offence filter, from counts of the whole force."""

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from rms.harm.seasons import LEAST_COUNTED, season, whole_years
from tests.api.case_records import FILES, load, officer
from tests.api.conftest import Clock
from tests.api.web.pages import opened

BURGLARY = "/harm?offence_category=Burglary"
# How many burglaries on the 5th of each month of 2025, besides those that are too old or too new, and one of
# January 2026 of which a person is only suspected: the hint is about offences and not about people.
MONTHS = {1: 2, 9: 4, 10: 14, 11: 11, 12: 5}


def burglaries(months: dict[int, int]) -> str:
    days = [date(2025, month, 5) for month, count in months.items() for _ in range(count)]
    days += [date(2023, 2, 28), date(2026, 3, 1)] * 3  # before and after the three years
    return FILES["offences"] + "".join(f"B{place},P3,02803,{day},W2,,8,\n" for place, day in enumerate(days))


@pytest.mark.parametrize(
    ("months", "sentence"),
    [
        (
            MONTHS,
            "Of the 37 offences on record in the last 3 years, most were in October (38%, 14), November "
            "(30%, 11) and December (14%, 5). If every month had the same number, each would have 8%.",
        ),
        ({10: 28}, "Too few offences on record in the last 3 years to name a season: 29."),
        ({}, "Too few offences on record in the last 3 years to name a season: 1."),
    ],
)
def test_the_hint(app: Flask, clock: Clock, months: dict[int, int], sentence: str) -> None:
    """A sergeant of another area reads it too: it is of the force, and says nothing about people."""
    load(app.extensions["rms"].store, {**FILES, "offences": burglaries(months)})
    sergeant = officer(app, clock)
    hints = [one.text for one in opened(sergeant, BURGLARY).all("p", **{"class": "govuk-hint"})]
    assert hints == [sentence]
    assert "offences on record in the last" not in opened(sergeant, "/harm").text


def test_three_whole_years() -> None:
    assert whole_years(date(2026, 3, 31)) == (date(2023, 3, 1), date(2026, 2, 28))
    assert whole_years(date(2026, 1, 1)) == (date(2023, 1, 1), date(2025, 12, 31))


@given(st.lists(st.integers(1, 12), max_size=200))
def test_the_months_with_most(months: list[int]) -> None:
    counts = Counter(months)
    found = season(counts)
    assert found.total == len(months)
    if len(months) < LEAST_COUNTED:
        assert found.most == ()
    else:
        assert [count for _, count in found.most] == sorted(counts.values(), reverse=True)[:3]
        assert all(counts[month] == count for month, count in found.most)
