"""Dates of birth: which ones systems write when they know none, and which two may be one mistyped."""

from datetime import date

# Not 1 January of every year: it is a real birthday too, and so is 1990-01-01.
PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1970, 1, 1)})
GENERATION_DIGITS = slice(0, 3)  # of YYYY-MM-DD: century and decade


def known_date_of_birth(born: date | None) -> date | None:
    """The date of birth; None if it is a placeholder.

    >>> known_date_of_birth(date(1970, 1, 1)), known_date_of_birth(date(1990, 1, 1))
    (None, datetime.date(1990, 1, 1))
    """
    return None if born in PLACEHOLDERS else born


def nearly_same_birth(one: date | None, other: date | None) -> bool:
    """Whether two different dates of birth may be one with a single mistyped digit.

    The digit may not be one of century or decade: that is how parent and child with one name differ. A date
    that is missing or a placeholder is near to none.

    >>> born = date(1990, 9, 14)
    >>> nearly_same_birth(born, date(1991, 9, 14)), nearly_same_birth(born, date(1960, 9, 14))
    (True, False)
    """
    if known_date_of_birth(one) is None or known_date_of_birth(other) is None:
        return False
    first, second = str(one), str(other)
    if first[GENERATION_DIGITS] != second[GENERATION_DIGITS]:
        return False
    return sum(a != b for a, b in zip(first, second, strict=True)) == 1
