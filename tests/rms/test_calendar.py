from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.calendar import born_after, completed_years, months_before, months_between

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (date(2026, 3, 4), date(2026, 3, 4), 0),
        (date(2025, 9, 4), date(2026, 3, 4), 6),
        (date(2025, 9, 5), date(2026, 3, 4), 5),
        (date(2025, 12, 31), date(2026, 1, 1), 0),
        (date(2024, 2, 29), date(2026, 2, 28), 23),
    ],
)
def test_whole_months(earlier: date, later: date, months: int) -> None:
    assert months_between(earlier, later) == months


@given(earlier=DAYS, later=DAYS)
def test_before_and_between_agree(earlier: date, later: date) -> None:
    """What is due by one is due by the other: the work list and the form say the same."""
    months = months_between(earlier, later)
    assert months_before(later, months) >= earlier > months_before(later, months + 1)


@given(
    born=st.dates(date(1920, 1, 1), date(2060, 12, 31)),
    on=st.dates(date(1940, 1, 1), date(2060, 12, 31)),
    years=st.sampled_from([18, 25]),
)
def test_a_filter_by_date_of_birth_is_a_filter_by_age(born: date, on: date, years: int) -> None:
    assert (born > born_after(years, on=on)) == (completed_years(born, on) < years)
