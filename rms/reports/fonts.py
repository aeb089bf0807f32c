"""The fonts of every report: the Vera family that comes with the drawing library, embedded everywhere.

A report looks the same on every machine because it uses no font of the machine.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, ITALIC = "Vera", "VeraBd", "VeraIt"
FONT_FILES = {
    name: Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf"
    for name in (REGULAR, BOLD, ITALIC, "VeraBI")
}
FAMILY = "Bitstream Vera Sans"  # the name inside those files, by which an SVG asks for them
UNDRAWABLE = "[?]"

for _name, _file in FONT_FILES.items():
    pdfmetrics.registerFont(TTFont(_name, str(_file)))
pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic="VeraBI")

_glyphs = frozenset.intersection(
    *(frozenset(pdfmetrics.getFont(name).face.charToGlyph) for name in (REGULAR, BOLD, ITALIC))
)
_advances = {  # font → character → width in units of the font's size
    name: {chr(g): pdfmetrics.getFont(name).face.getCharWidth(g) / 1000.0 for g in _glyphs}
    for name in (REGULAR, BOLD, ITALIC)
}
_no_glyph = re.compile(
    "[^" + re.escape("".join(chr(g) for g in sorted(_glyphs) if chr(g).isprintable())) + "]+"
)


def drawable(text: str) -> str:
    """`text` on one line, with `[?]` in place of whatever the fonts have no glyph for.

    >>> drawable("a\\nb \\x00 \\U0001f600\\U0001f600")
    'a b [?] [?]'
    """
    if text.isascii() and text.isprintable():
        return text
    return _no_glyph.sub(UNDRAWABLE, " ".join(unicodedata.normalize("NFC", text).split()))


def width(text: str, *, font: str = REGULAR, size: float) -> float:
    """The width in points of `text`, which went through `drawable`."""
    advances = _advances[font]
    return float(sum(map(advances.__getitem__, text)) * size)


def lines(text: str, room: float, *, font: str = REGULAR, size: float) -> list[str]:
    """`text` broken at its spaces into lines no wider than `room` points; a longer word is cut."""
    if width(text, font=font, size=size) <= room:
        return [text]
    advances, space = _advances[font], _advances[font][" "] * size
    broken, line, used = [], "", 0.0
    for word in _pieces(text, room, font=font, size=size):
        own = sum(map(advances.__getitem__, word)) * size
        if line and used + space + own > room:
            broken.append(line)
            line, used = word, own
        else:
            line, used = (f"{line} {word}", used + space + own) if line else (word, own)
    return [*broken, line]


def _pieces(text: str, room: float, *, font: str, size: float) -> Iterator[str]:
    """The words of `text`, each cut where it alone is wider than `room`."""
    for word in text.split(" "):
        while len(word) > 1 and width(word, font=font, size=size) > room:
            fits = max(1, sum(total <= room for total in accumulate(_advances[font][c] * size for c in word)))
            yield word[:fits]
            word = word[fits:]
        yield word
