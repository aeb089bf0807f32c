"""One spelling for each offence code, however a source system writes it."""

import re
from collections.abc import Iterable

from rms.errors import near

_CLASS_AND_NUMBER = re.compile(r"([0-9]{1,3})\s*/\s*([0-9]{1,2})", re.ASCII)
_DIGITS = re.compile(r"([0-9]{4,5})(?:\.0+)?", re.ASCII)  # a spreadsheet may have added `.0`
_CLASS_AND_LETTER = re.compile(r"0{0,2}([1-9][0-9]{0,2}[A-Z])", re.ASCII)
# The class of a code: the first three of five digits, or the number before a letter or alone.
_CLASS = re.compile(r"([0-9]{3}(?=[0-9]{2}$)|[0-9]{1,3}(?=[A-Z/]|$))", re.ASCII)
_OTHER = re.compile(r"(?=.*[A-Z])[A-Z0-9][A-Z0-9/.-]{0,15}", re.ASCII)
COMPLETE = (
    "a Home Office code with its class and number, such as 28/3 or 02803, a class with its letter, such as "
    "28E, or another code with letters, such as TH68032"
)
MOST_NEAR = 5


def codes_near(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to `MOST_NEAR` known codes of the same class, nearest number first; without any, by their spelling.

    >>> known = ["02801", "02803", "02809", "28E", "03401", "TH68032"]
    >>> [codes_near(text, known) for text in ("28", "028/02", "TH68023", "x!")]
    [('02801', '02803', '02809', '28E'), ('02801', '02803', '02809', '28E'), ('TH68032',), ()]
    """
    code, known = offence_code(text) or text.strip().upper(), tuple(known)
    start = _CLASS.match(code)
    if start is None:
        return near(code, known, most=MOST_NEAR)
    same = [one for one in known if (other := _CLASS.match(one)) and int(other[1]) == int(start[1])]
    number = int(code[3:]) if _DIGITS.fullmatch(code) else 0

    def distance(one: str) -> tuple[bool, int, str]:
        numbered = _DIGITS.fullmatch(one) is not None
        return not numbered, abs(int(one[3:]) - number) if numbered else 0, one

    return tuple(sorted(same, key=distance)[:MOST_NEAR])


def offence_code(text: str) -> str | None:
    """The code in the spelling that RMS stores and looks up; None if the text is no complete code.

    A class and number become five digits. A class with a letter, which the counting rules use, loses its
    leading zeros. Other codes are kept, in capitals. Nothing is completed: a class alone (`28`) does not say
    which offence it is, and three digits can be read in two ways. Whether a code is known is for the table
    that uses it.

    >>> [offence_code(text) for text in ("28/3", "028/03", "02803", "2803", "28e", "\\tth68032a ")]
    ['02803', '02803', '02803', '02803', '28E', 'TH68032A']
    >>> [offence_code(text) for text in ("028/", "28", "283", "28/103", "")]
    [None, None, None, None, None]
    """
    code = text.strip().upper()
    if match := _CLASS_AND_NUMBER.fullmatch(code):
        return f"{match[1]:0>3}{match[2]:0>2}"
    if match := _DIGITS.fullmatch(code):
        return f"{match[1]:0>5}"
    if match := _CLASS_AND_LETTER.fullmatch(code):
        return match[1]
    return code if _OTHER.fullmatch(code) else None
