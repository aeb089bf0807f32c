"""Days and months counted as people count them."""

from datetime import date

from dateutil.relativedelta import relativedelta


def completed_years(born: date, on: date) -> int:
    """The age, in completed years, on one day of a person born on another.

    >>> [completed_years(date(2004, 2, 29), day) for day in (date(2022, 2, 28), date(2022, 3, 1))]
    [17, 18]
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


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


def months_after(day: date, months: int) -> date:
    """The same day of the month that many months later, or the last one of that month.

    >>> months_after(date(2026, 8, 31), 6), months_after(date(2024, 2, 29), 12)
    (datetime.date(2027, 2, 28), datetime.date(2025, 2, 28))
    """
    after: date = day + relativedelta(months=months)
    return after


def born_after(years: int, *, on: date) -> date:
    """The day after which everybody was born who is younger than `years` on that day, and nobody else.

    With it a database filters by age: `date_of_birth > born_after(25, on=day)`.

    >>> born_after(18, on=date(2022, 2, 28)), born_after(25, on=date(2024, 2, 29))
    (datetime.date(2004, 2, 28), datetime.date(1999, 2, 28))
    """
    return months_before(on, 12 * years)
