"""On which days a schedule is due: a day of each month, or a day of each week.

A run that was missed, because RMS was stopped, is caught up once: the last due day counts.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from rms.calendar import months_before
from rms.errors import InvalidInput, Problem, not_allowed

LAST_MONTHDAY = 28  # every month has it


@dataclass(frozen=True)
class DueDays:
    """Each month on the day `monthday`, 1 to 28, or each week on the day `weekday`, 0 for Monday to 6.

    Raises
    ------
    InvalidInput
        If neither or both are given, or the day does not exist.
    """

    monthday: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        given = {"monthday": (self.monthday, 1, LAST_MONTHDAY), "weekday": (self.weekday, 0, 6)}
        if (self.monthday is None) == (self.weekday is None):
            raise InvalidInput(
                [Problem("/monthday", "required", "Choose a day of the month or of the week.")]
            )
        for name, (value, first, last) in given.items():
            if value is not None and not first <= value <= last:
                detail = not_allowed(value, allowed=f"a whole number from {first} to {last}")
                raise InvalidInput([Problem(f"/{name}", "invalid_value", detail)])

    def last(self, until: date) -> date:
        """The last due day up to a day, which may be that day itself.

        >>> DueDays(monthday=5).last(date(2026, 3, 4)), DueDays(monthday=5).last(date(2026, 3, 5))
        (datetime.date(2026, 2, 5), datetime.date(2026, 3, 5))
        >>> DueDays(weekday=0).last(date(2026, 3, 4))  # a Wednesday
        datetime.date(2026, 3, 2)
        """
        if self.weekday is not None:
            return until - timedelta(days=(until.weekday() - self.weekday) % 7)
        assert self.monthday is not None
        month = until if until.day >= self.monthday else months_before(until.replace(day=1), 1)
        return month.replace(day=self.monthday)

    def due(self, today: date, *, since: date) -> date | None:
        """The last due day after `since`, up to today; None if there is none.

        `since`: the last due day that has been run, or the day before the schedule was set.

        >>> monthly = DueDays(monthday=1)
        >>> monthly.due(date(2026, 3, 31), since=date(2026, 3, 1))
        >>> monthly.due(date(2026, 5, 9), since=date(2026, 2, 1))  # two were missed: one run
        datetime.date(2026, 5, 1)
        """
        last = self.last(today)
        return last if last > since else None
