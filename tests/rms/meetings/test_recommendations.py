"""What can be recommended, and on which days a schedule is due."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.meetings.due_days import DueDays
from rms.meetings.recommendations import LONGEST_REASON, Kind, Proposal

# Kind, cohort, reason, and the codes of what is wrong.
PROPOSALS = [
    (Kind.SELECT, "flex", "Moved in with the group.", []),
    (Kind.SELECT, None, "Two robberies.\nNo plan.", []),
    (Kind.DESELECT, None, "Nothing for a year.", []),
    (Kind.SELECT, "flexible", "Why not.", ["invalid_value"]),
    (Kind.DESELECT, "free", "Nothing for a year.", ["cohort_of_deselected"]),
    (Kind.SELECT, None, " \n", ["required"]),
    (Kind.SELECT, None, "x" * (LONGEST_REASON + 1), ["too_long"]),
    (Kind.DESELECT, "none", "", ["invalid_value", "required"]),
]


@pytest.mark.parametrize(("kind", "cohort", "reason", "codes"), PROPOSALS)
def test_what_can_be_recommended(kind: Kind, cohort: str | None, reason: str, codes: list[str]) -> None:
    try:
        Proposal(kind, cohort, reason)
        found = []
    except InvalidInput as refused:
        found = [one.code for one in refused.problems]
    assert found == codes


# Day of the month or weekday, today, the last run, and the due day.
DUE = [
    ({"monthday": 1}, "2026-03-01", "2026-02-01", "2026-03-01"),
    ({"monthday": 1}, "2026-03-31", "2026-03-01", None),
    ({"monthday": 15}, "2026-03-14", "2026-02-15", None),
    ({"monthday": 28}, "2026-03-01", "2026-01-28", "2026-02-28"),
    ({"monthday": 28}, "2026-01-05", "2025-11-28", "2025-12-28"),
    ({"weekday": 0}, "2026-03-04", "2026-02-23", "2026-03-02"),
    ({"weekday": 2}, "2026-03-04", "2026-02-25", "2026-03-04"),
    ({"weekday": 2}, "2026-03-04", "2026-03-04", None),
    ({"weekday": 6}, "2026-03-04", "2025-12-28", "2026-03-01"),  # many were missed: one run
]


@pytest.mark.parametrize(("days", "today", "since", "due"), DUE)
def test_when_a_schedule_is_due(days: dict[str, int], today: str, since: str, due: str | None) -> None:
    found = DueDays(**days).due(date.fromisoformat(today), since=date.fromisoformat(since))
    assert found == (None if due is None else date.fromisoformat(due))


@pytest.mark.parametrize(
    "days", [{}, {"monthday": 29}, {"monthday": 0}, {"weekday": 7}, {"monthday": 1, "weekday": 1}]
)
def test_days_that_do_not_exist(days: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        DueDays(**days)


DAYS = st.builds(DueDays, monthday=st.integers(1, 28)) | st.builds(DueDays, weekday=st.integers(0, 6))


@given(DAYS, st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 200))
def test_each_due_day_is_run_once_however_long_rms_was_stopped(
    days: DueDays, start: date, stopped: int
) -> None:
    """Looked at each day, every due day comes once. After a stop, only the last one comes."""
    last, runs = start, []
    for number in range(1, stopped + 1):
        today = start + timedelta(days=number)
        if due := days.due(today, since=last):
            assert due == today
            runs.append(last := due)
    assert days.due(start + timedelta(days=stopped), since=start) == (runs[-1] if runs else None)
    assert all(day.day == days.monthday or day.weekday() == days.weekday for day in runs)
