"""Police identifiers: the PNC number and the CRO number.

The text that a source sends is kept. Beside it stands the canonical form, or nothing if the number is not
valid: a number that is not valid never shows that two records are of one person.

The check letter is the remainder of the number (two digits of the year, then the serial number) divided by
23, as an index into `CHECK_LETTERS`. Source: Criminal Justice System data standards catalogue. The Ministry
of Justice's public person record service uses the same rule.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rms.parsing import NO_VALUE

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
PNC_SERIAL, CRO_SERIAL = 7, 6  # digits
# Years of two digits. Fixed, so that a number means the same whenever it is read. Years in between can be of
# either century: someone recorded in the 1930s, or after 2029.
FIRST_OF_1900S, LAST_OF_2000S = 40, 29

_PNC = re.compile(rf"([0-9]{{4}}|[0-9]{{2}})/([0-9]{{1,{PNC_SERIAL}}})([A-Z])", re.ASCII)
_PNC_UNBROKEN = re.compile(r"([0-9]{3,11})([A-Z])", re.ASCII)
_CRO = re.compile(rf"([0-9]{{1,{CRO_SERIAL}}})/([0-9]{{2}})([A-Z])", re.ASCII)
_CRO_SF = re.compile(rf"SF([0-9]{{2}})/([0-9]{{1,{CRO_SERIAL}}})([A-Z])", re.ASCII)
_POSTCODE_PLACEHOLDERS = frozenset({"NF11NF", "ZZ993VZ", "ZZ993WZ", "ZZ993CZ"})


class Standing(StrEnum):
    """Whether an identifier can be used to match records."""

    VALID = "valid"
    AMBIGUOUS = "ambiguous"  # well-formed, but it can be read in two ways
    INVALID = "invalid"
    MISSING = "missing"  # blank, or a placeholder


@dataclass(frozen=True)
class Identifier:
    """An identifier as a source sent it. Only one that is valid has a `canonical` form."""

    raw: str
    canonical: str | None
    standing: Standing


def pnc(text: str) -> Identifier:
    """The PNC number in a text: `1967/9893091D`, also with two digits of the year or without zeros.

    Without a slash it is read only if year and serial number can be told apart.

    >>> pnc("67/9893091D").canonical, pnc("2001/0171310S").standing.value, pnc("30/1G").standing.value
    ('1967/9893091D', 'invalid', 'ambiguous')
    """
    number = _compact(text)
    if number in NO_VALUE or not number:
        return Identifier(text, None, Standing.MISSING)
    readings = list(_pnc_readings(number))
    if readings and all(int(serial) == 0 for _, serial, _ in readings):
        return Identifier(text, None, Standing.MISSING)
    checked = [reading for reading in readings if _is_checked(reading[0][-2:], reading[1], reading[2])]
    if not checked:
        return Identifier(text, None, Standing.INVALID)
    year, serial, letter = checked[0]
    full_year = year if len(year) == 4 else _full_year(year)
    if len(readings) > 1 or full_year is None:
        return Identifier(text, None, Standing.AMBIGUOUS)
    return Identifier(text, f"{full_year}/{serial}{letter}", Standing.VALID)


def _pnc_readings(number: str) -> Iterator[tuple[str, str, str]]:
    """Year, serial number of seven digits and letter: in every way in which the number can be read."""
    if match := _PNC.fullmatch(number):
        if len(match[1]) == 2 or match[1][:2] in ("19", "20"):
            yield match[1], match[2].zfill(PNC_SERIAL), match[3]
    elif match := _PNC_UNBROKEN.fullmatch(number):
        digits, letter = match[1], match[2]
        if digits[:2] in ("19", "20") and 4 < len(digits) <= 4 + PNC_SERIAL:
            yield digits[:4], digits[4:].zfill(PNC_SERIAL), letter
        if len(digits) <= 2 + PNC_SERIAL:
            yield digits[:2], digits[2:].zfill(PNC_SERIAL), letter


def cro(text: str) -> Identifier:
    """The CRO number in a text: `065656/91H`, or `SF83/50058Z` of a small file, which has no fingerprints.

    >>> [cro(text).canonical for text in ("SF83/50058Z", "65656/91H", "85227/65G", "000000/00Z")]
    ['SF83/50058Z', '065656/91H', None, None]
    """
    number = _compact(text)
    if number in NO_VALUE or not number:
        return Identifier(text, None, Standing.MISSING)
    if match := _CRO_SF.fullmatch(number):
        year, serial, letter = match.groups()
        canonical = f"SF{year}/{serial}{letter}"
    elif match := _CRO.fullmatch(number):
        serial, year, letter = match[1].zfill(CRO_SERIAL), match[2], match[3]
        canonical = f"{serial}/{year}{letter}"
    else:
        return Identifier(text, None, Standing.INVALID)
    if int(serial) == 0:
        return Identifier(text, None, Standing.MISSING)
    if not _is_checked(year, serial, letter):
        return Identifier(text, None, Standing.INVALID)
    return Identifier(text, canonical, Standing.VALID)


def check_letter(year: str, serial: str) -> str:
    """The check letter of a number: `year` is its last two digits, `serial` as the kind of number writes it.

    >>> check_letter("67", "9893091"), check_letter("01", "0171310"), check_letter("83", "50058")
    ('D', 'W', 'Z')
    """
    return CHECK_LETTERS[int(year + serial) % len(CHECK_LETTERS)]


def is_placeholder_postcode(text: str) -> bool:
    """Whether a postcode stands for "no fixed abode" or "not known".

    >>> is_placeholder_postcode("nf1 1nf"), is_placeholder_postcode("B1 1BB")
    (True, False)
    """
    return _compact(text) in _POSTCODE_PLACEHOLDERS


def _is_checked(year: str, serial: str, letter: str) -> bool:
    return check_letter(year, serial) == letter


def _full_year(year: str) -> str | None:
    """The year with its century; None if it can be either."""
    if int(year) >= FIRST_OF_1900S:
        return f"19{year}"
    return f"20{year}" if int(year) <= LAST_OF_2000S else None


def _compact(text: str) -> str:
    return "".join(text.split()).upper()
