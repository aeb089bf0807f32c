"""One reading of numbers and dates written as text: for CSV files, forms and files of past cases.

Numbers are read as in JSON, and as other programs write them: `.5`, `3.`, `+3.5` and `1e-05` too. The decimal
mark is a point. Nothing else is a number: no separators of thousands, no digits of other scripts, no NaN.
"""

import math
import re
from datetime import date

LONGEST_NUMBER = 400  # characters: every float has fewer, also without an exponent
LARGEST_WHOLE = 10**15  # a larger number with a decimal point or an exponent may have lost its last digits
# What databases, pandas, R and spreadsheets write where there is no value. In capitals.
NO_VALUE = frozenset({"NA", "N/A", "#N/A", "<NA>", "NAN", "NAT", "NONE", "NULL"})
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_DIGITS = re.compile(r"([0-9]{1,18})(\.0+)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def number_in(text: str) -> int | float | None:
    """The number that the text spells, as JSON reads it: an int without a point or exponent, else a float.

    None if the text is not a finite number of up to `LONGEST_NUMBER` characters.

    >>> [number_in(text) for text in ("412", "412.0", ".5", "3.", "+3.5", "1e-05", "0.3333333333333333")]
    [412, 412.0, 0.5, 3.0, 3.5, 1e-05, 0.3333333333333333]
    >>> [number_in(text) for text in ("", "3,5", "1_000", "nan", "1e999", "٣")]
    [None, None, None, None, None, None]
    """
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(text) if _WHOLE.fullmatch(text) else number


def as_whole(number: int | float | None) -> int | None:
    """The number as an int if it is whole: 412.0 is 412. None if it is not, or if it is None.

    >>> as_whole(412), as_whole(412.0), as_whole(412.5), as_whole(1e300)
    (412, 412, None, None)
    """
    if isinstance(number, float):
        return int(number) if number.is_integer() and abs(number) <= LARGEST_WHOLE else None
    return number


def whole_number_in(text: str) -> int | None:
    """The whole number that the text spells; None if it spells none.

    >>> [whole_number_in(text) for text in ("412", "412.0", "412.5", "")]
    [412, 412, None, None]
    """
    return as_whole(number_in(text))


def digits_in(text: str) -> str | None:
    """The digits of a number that names something, such as a case: its zeros count and it has no sign.

    A spreadsheet or pandas may have added `.0`. With an exponent, digits are lost, so that is no such number.

    >>> [digits_in(text) for text in ("00412", "412.0", "4.12E+05", "412.5", "-412")]
    ['00412', '412', None, None, None]
    """
    match = _DIGITS.fullmatch(text)
    if match is None or (match[2] and int(match[1]) > LARGEST_WHOLE):
        return None
    return match[1]


def date_in(text: str) -> date | None:
    """The date that the text spells as YYYY-MM-DD; None if it spells none.

    >>> date_in("2026-03-04"), date_in("2026-02-30"), date_in("20260304")
    (datetime.date(2026, 3, 4), None, None)
    """
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
