"""Offender numbers and assessment ids.

The first assessment of a person is `10000`, the next `10000-01`: the suffix is
the number of earlier assessments, what-ifs included (2005 manual, A30). A
number is assigned by the database and never by a client.
"""

import hashlib
import re

from rms.instrument import PersonMark
from rms.parsing import NO_VALUE, digits_in, number_in
from rms.people.offender_numbers import LONGEST, OFFENDER_NUMBER, offender_number

LATER_ID = re.compile(rf"[A-Za-z0-9]{{1,{LONGEST}}}-[0-9]{{2,9}}", re.ASCII)
HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


def number_sought(text: str) -> str | None:
    """The offender number, or its beginning, that someone typed to find a person; None if it is neither.

    Of an assessment ID it is the person's number.

    >>> number_sought(" a77 "), number_sought("10000-01"), number_sought("-01"), number_sought("straße")
    ('A77', '10000', None, None)
    """
    return offender_number(text.translate(HYPHENS).partition("-")[0])


def id_sought(text: str) -> str | None:
    """The assessment ID with a suffix that someone typed; None if it is none.

    >>> id_sought(" a204-02 "), id_sought("A204"), id_sought("A204-x")
    ('A204-02', None, None)
    """
    id = text.strip().translate(HYPHENS)
    return id.upper() if LATER_ID.fullmatch(id) else None


def display_id(number: str, sequence: int) -> str:
    """The id people see; `sequence` counts the earlier assessments.

    >>> [display_id("10000", n) for n in (0, 1, 99, 100)]
    ['10000', '10000-01', '10000-99', '10000-100']
    """
    return number if sequence == 0 else f"{number}-{sequence:02d}"


def person_key(mark: str, *, read: PersonMark = PersonMark.BEFORE_HYPHEN) -> int:
    """A 64-bit key that is the same for all assessments and past cases of one person.

    A library keeps this key instead of the offender number, so that a person is
    never compared with themselves. It is a pseudonym, not anonymity: anyone
    who has a number can test whether it is there.

    An offender number has the same key however marks are `read`.

    >>> person_key("10000") == person_key("10000-07") == person_key("10000 ") == person_key("10000.0")
    True
    >>> whole = PersonMark.WHOLE
    >>> person_key("80-a-1000", read=whole) == person_key("80A1000") != person_key("80-A-1001", read=whole)
    True
    """
    return int.from_bytes(hashlib.blake2b(_root(mark, read).encode(), digest_size=8).digest(), "big")


def wrong_with_mark(mark: str, *, read: PersonMark = PersonMark.BEFORE_HYPHEN) -> str | None:
    """Why a cell of a file is not the mark of a person, as a sentence; None if it is.

    >>> [bool(wrong_with_mark(mark)) for mark in ("20005", "20005.0", "12E5", "A204-02", "12.345.678-9")]
    [False, False, False, False, False]
    >>> [bool(wrong_with_mark(mark)) for mark in ("", "NaN", "-02", "20005.5", "1.2E+06", "20,005", "-5")]
    [True, True, True, True, True, True, True]
    """
    if not mark or mark.upper() in NO_VALUE or not _root(mark, read):
        return "There is no number or mark of a person."
    if OFFENDER_NUMBER.fullmatch(mark) or digits_in(mark):
        return None
    if number_in(mark) is not None or number_in(mark.replace(",", ".", 1)) is not None:
        return "A spreadsheet may have changed this number. Format the column as text."
    return None


def zeros_added_or_lost(mark: str, *, read: PersonMark = PersonMark.BEFORE_HYPHEN) -> frozenset[int]:
    """The keys of the marks that differ from a mark of digits only in their leading zeros.

    >>> person_key("00123") in zeros_added_or_lost("123"), person_key("123") in zeros_added_or_lost("00123")
    (True, True)
    """
    root = _root(mark, read)
    if not (root.isascii() and root.isdecimal()):
        return frozenset()
    least = root.lstrip("0") or "0"
    others = (least.zfill(length) for length in range(len(least), LONGEST + 1))
    return frozenset(person_key(other) for other in others if other != root)


def _root(mark: str, read: PersonMark) -> str:
    """The part of a mark that stands for the person, in upper case."""
    root = mark.strip().upper()
    if read is PersonMark.BEFORE_HYPHEN:
        root = root.translate(HYPHENS).split("-")[0].strip()
    return digits_in(root) or (
        root if read is PersonMark.BEFORE_HYPHEN else "".join(filter(str.isalnum, root))
    )
