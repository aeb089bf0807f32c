"""The offender number: the agency's own number of a person."""

import re

from rms.parsing import number_in

LONGEST = 20
OFFENDER_NUMBER = re.compile(rf"[A-Za-z0-9]{{1,{LONGEST}}}", re.ASCII)


def offender_number(text: str) -> str | None:
    """`text` as an offender number (letters upper-cased), or None if it is not valid.

    >>> offender_number("12pr"), offender_number("10000-01")
    ('12PR', None)
    """
    number = text.strip()
    # Checked before it is upper-cased: ß would become SS, and so another person's number.
    return number.upper() if OFFENDER_NUMBER.fullmatch(number) else None


def wrong_number(text: str) -> str:
    """What is wrong with a text that is not an offender number.

    >>> wrong_number("20005.0")
    'Offender number: a spreadsheet made this a decimal number. Format the column as text.'
    >>> wrong_number("80-A-1000").partition(". ")[0]
    'Offender number must be 1 to 20 letters A to Z and numbers 0 to 9'
    """
    if isinstance(number_in(text.strip().replace(",", ".", 1)), float):
        return "Offender number: a spreadsheet made this a decimal number. Format the column as text."
    return (
        "Offender number must be 1 to 20 letters A to Z and numbers 0 to 9. Leave out hyphens and spaces, as "
        "in 80A1000 for 80-A-1000, and a suffix such as -01: RMS adds it."
    )
