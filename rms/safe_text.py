"""Which characters a text may have."""

import unicodedata

# Control characters and lone surrogates. Not unassigned code points: they may be characters that are newer
# than Python's tables.
NEVER_IN_TEXT = frozenset({"Cc", "Cs"})
NONCHARACTERS = frozenset(
    {
        *range(0xFDD0, 0xFDF0),
        *(plane | last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
    }
)


def is_safe(text: str) -> bool:
    """Whether a database, a file and a page can hold the text unchanged.

    >>> is_safe("O’Brien"), is_safe("a\\tb"), is_safe("\\ud800"), is_safe("\\ufffe")
    (True, False, False, False)
    """
    if text.isascii():
        return text.isprintable()
    return not any(
        unicodedata.category(character) in NEVER_IN_TEXT or ord(character) in NONCHARACTERS
        for character in text
    )


def has_undecoded_bytes(text: str) -> bool:
    """Whether the text has bytes that could not be decoded (`surrogateescape`).

    >>> has_undecoded_bytes("caf\\udce9"), has_undecoded_bytes("café")
    (True, False)
    """
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)
