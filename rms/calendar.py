"""Days and months counted as people count them."""

from calendar import monthrange
from datetime import date


def months_between(earlier: date, later: date) -> int:
    """Whole months from one day to another.

    >>> [months_between(date(2026, 1, 31), day) for day in (date(2026, 2, 28), date(2027, 1, 31))]
    [0, 12]
    """
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (later.day < earlier.day)


def months_before(day: date, months: int) -> date:
    """The last day that lies that many whole months before another.

    >>> months_before(date(2026, 8, 31), 6), months_before(date(2026, 3, 4), 15)
    (datetime.date(2026, 2, 28), datetime.date(2024, 12, 4))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
