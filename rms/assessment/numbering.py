"""Offender numbers and assessment ids.

The first assessment of a person is `10000`, the next `10000-01`: the suffix is
the number of earlier assessments, what-ifs included (2005 manual, A30). A
number is assigned by the database and never by a client.
"""

import hashlib
import re

OFFENDER_NUMBER = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)


def offender_number(text: str) -> str | None:
    """`text` as an offender number (letters upper-cased), or None if it is not valid.

    >>> offender_number("12pr"), offender_number("10000-01")
    ('12PR', None)
    """
    number = text.strip()
    # Checked before it is upper-cased: ß would become SS, and so another person's number.
    return number.upper() if OFFENDER_NUMBER.fullmatch(number) else None


def display_id(number: str, sequence: int) -> str:
    """The id people see; `sequence` counts the earlier assessments.

    >>> [display_id("10000", n) for n in (0, 1, 99, 100)]
    ['10000', '10000-01', '10000-99', '10000-100']
    """
    return number if sequence == 0 else f"{number}-{sequence:02d}"


def person_key(number: str) -> int:
    """A 64-bit key that is the same for all assessments of one person.

    A library keeps this key instead of the offender number, so that a person is
    never compared with themselves. It is a pseudonym, not anonymity: anyone
    who has a number can test whether it is there.

    >>> person_key("10000") == person_key("10000-07") == person_key("10000 ")
    True
    """
    root = number.strip().upper().split("-")[0]
    return int.from_bytes(hashlib.blake2b(root.encode(), digest_size=8).digest(), "big")
