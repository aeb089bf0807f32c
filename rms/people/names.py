"""Names for matching: one key for every spelling of a name. What is shown keeps its own spelling."""

import re
import unicodedata

# Written instead of a name. Not NO_VALUE of `rms.parsing`: Na, Nan and None are names.
NO_NAME = frozenset({"", "NULL", "N A", "UNKNOWN", "NOT KNOWN", "NOT STATED", "NO NAME"})
_DUPLICATE = re.compile(r"^\s*DUPLICATE[\s_:-]+", re.IGNORECASE)
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
# Letters that Unicode does not take apart into a letter and a mark.
_PLAIN = str.maketrans(
    {"Ø": "O", "Ł": "L", "Đ": "D", "Ħ": "H", "Ŧ": "T", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Ð": "D", "ı": "I"}
)


def name_key(name: str) -> str | None:
    """The name as records are matched by it: capitals without marks, words with a space between them.

    None if there is no name. A word that marks a doubled record is left out.

    >>> name_key("Mary-Jane O'Connor") == name_key("MARY JANE O’CONNOR")
    True
    >>> name_key("DUPLICATE_Brown"), name_key("Łukasz Gómez"), name_key("Null")
    ('BROWN', 'LUKASZ GOMEZ', None)
    """
    bare = _APOSTROPHES.sub("", _DUPLICATE.sub("", name))
    parts = unicodedata.normalize("NFKD", bare.upper()).translate(_PLAIN)
    letters = "".join(character for character in parts if not unicodedata.combining(character))
    key = _BETWEEN_WORDS.sub(" ", letters).strip()
    return None if key in NO_NAME else key


def full_name_key(*, forename: str | None, surname: str) -> str | None:
    """Forename and surname as one key; None unless both are known.

    A surname alone never shows that two records are of one person.

    >>> full_name_key(forename="Mary-Jane", surname="O'Connor")
    'MARY JANE OCONNOR'
    >>> full_name_key(forename=None, surname="Suharto")
    """
    keys = [name_key(forename or ""), name_key(surname)]
    return None if None in keys else " ".join(map(str, keys))


def unordered_name_key(*, forename: str | None, surname: str) -> str | None:
    """The same words in alphabetical order: equal where forename and surname may have been exchanged.

    >>> unordered_name_key(forename="Li", surname="Wei") == unordered_name_key(forename="Wei", surname="Li")
    True
    """
    key = full_name_key(forename=forename, surname=surname)
    return None if key is None else " ".join(sorted(key.split()))
