"""Dates of birth: placeholders, and dates with one mistyped digit."""

from datetime import date

import pytest

from rms.people.dates_of_birth import known_date_of_birth, nearly_same_birth


@pytest.mark.parametrize(
    ("born", "known"),
    [
        (date(1900, 1, 1), None),
        (date(1970, 1, 1), None),
        (date(1990, 1, 1), date(1990, 1, 1)),
        (date(1970, 1, 2), date(1970, 1, 2)),
        (None, None),
    ],
)
def test_placeholders_are_missing(born: date | None, known: date | None) -> None:
    assert known_date_of_birth(born) == known


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (date(1990, 9, 14), date(1991, 9, 14), True),
        (date(1990, 9, 14), date(1960, 9, 14), False),  # a generation
        (date(1990, 9, 14), date(1890, 9, 14), False),
        (date(1990, 9, 14), date(1990, 9, 15), True),
        (date(1990, 9, 14), date(1990, 9, 24), True),
        (date(1990, 9, 14), date(1990, 8, 14), True),
        (date(1990, 9, 14), date(1991, 9, 15), False),
        (date(1990, 9, 14), date(1990, 9, 14), False),  # the same, so not only nearly
        (date(1989, 9, 14), date(1990, 9, 14), False),  # two digits
        (date(1970, 1, 1), date(1971, 1, 1), False),  # a placeholder is no date
        (None, date(1990, 9, 14), False),
        (None, None, False),
    ],
)
def test_dates_with_one_mistyped_digit(one: date | None, other: date | None, near: bool) -> None:
    assert nearly_same_birth(one, other) is near
    assert nearly_same_birth(other, one) is near
