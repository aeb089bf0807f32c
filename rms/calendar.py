"""Days and months counted as people count them."""

from datetime import date

from dateutil.relativedelta import relativedelta


def months_between(earlier: date, later: date) -> int:
    """Whole months from one day to another.

    This is the inverse of `months_before`. `relativedelta` is not: it counts 31 August to 28 February as six
    months, but six months before 28 February is 28 August.

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
    before: date = day - relativedelta(months=months)
    return before
