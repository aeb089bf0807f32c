from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.calendar import months_before, months_between

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
