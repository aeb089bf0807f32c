"""The fonts of every report, embedded everywhere: DejaVu, with Noto for Arabic and for Chinese.

A report looks the same on every machine because it uses no font of the machine. `static/install.sh` puts the
files into the virtual environment. What no font has a letter for is printed as its code points.
"""

import re
import sysconfig
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import accumulate, groupby
from pathlib import Path
from threading import Lock

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(sysconfig.get_path("data")) / "share" / "rms" / "fonts"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
ARABIC, ARABIC_BOLD = "NotoNaskhArabic_400Regular", "NotoNaskhArabic_700Bold"
CHINESE = "NotoSansSC_400Regular"  # 10 MB: read when first needed
FONT_FILES = {name: FOLDER / f"{name}.ttf" for name in (REGULAR, BOLD, ARABIC, ARABIC_BOLD, CHINESE)}
FAMILY = "DejaVu Sans"  # the name inside the first two files, by which an SVG asks for them
SEARCHED = {REGULAR: (REGULAR, ARABIC, CHINESE), BOLD: (BOLD, ARABIC_BOLD, REGULAR, ARABIC, CHINESE)}
LAST_COPIED = 0xFFFF  # the drawing library gives a later character's number wrongly to those who copy text

# DejaVu lacks some letters of Urdu, and a word must not change its font.
_arabic = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
_right_to_left = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Characters that show nothing: soft hyphens, joiners, marks of direction, variants of emoji.
_unseen = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff"))
_shaper = ArabicReshaper({"delete_harakat": False, "delete_tatweel": False})
_loading = Lock()


def drawable(text: str) -> str:
    """`text` on one line as pages set it: Arabic letters joined, and code points where no font has a letter.

    It is still in the order in which it is read; `visual` gives the order in which a line is drawn.

    >>> drawable("a\\nb Łódź \\x00 \\u0e44\\u0e17\\u0e22")
    'a b Łódź [cannot be printed: U+0000] [cannot be printed: U+0E44 U+0E17 U+0E22]'
    """
    if text.isascii() and text.isprintable():
        return text
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if _arabic.search(line):
        line = _shaper.reshape(line)
    return _with_code_points(line.translate(_unseen), fonts=SEARCHED[REGULAR])


def drawable_alone(text: str, *, font: str) -> str:
    """`text` on one line for a picture, where it has this one font and no joined letters."""
    return _with_code_points(" ".join(unicodedata.normalize("NFC", text).split()), fonts=(font,))


def visual(line: str) -> str:
    """A line that went through `drawable`, from left to right as it is drawn. Readers of PDF turn it back.

    >>> visual("abc"), visual("\\u05d0\\u05d1 (1)") == "(1) \\u05d1\\u05d0"
    ('abc', True)
    """
    if line.isascii() or not _right_to_left.search(line):
        return line
    return str(get_display(line))


def runs(line: str, *, font: str) -> Iterator[tuple[str, str]]:
    """The parts of a line, each with the font that has its letters."""
    if line.isascii():
        yield font, line
        return
    for own, part in groupby(line, key=partial(_font_of, fonts=SEARCHED[font])):
        yield own or font, "".join(part)


def width(text: str, *, font: str = REGULAR, size: float) -> float:
    """The width in points of `text`, which went through `drawable`."""
    return float(sum(map(_advances[font].__getitem__, text)) * size)


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


def _with_code_points(line: str, *, fonts: tuple[str, ...]) -> str:
    parts = groupby(line, key=lambda character: _font_of(character, fonts=fonts) is not None)
    return "".join("".join(part) if known else _code_points(part) for known, part in parts)


def _code_points(characters: Iterable[str]) -> str:
    return f"[cannot be printed: {' '.join(f'U+{ord(character):04X}' for character in characters)}]"


@cache
def _font_of(character: str, *, fonts: tuple[str, ...]) -> str | None:
    """The first of these fonts that has this character."""
    if not character.isprintable() or ord(character) > LAST_COPIED:
        return None
    arabic = _arabic.match(character)
    wanted = (font for font in fonts if not arabic or font in (ARABIC, ARABIC_BOLD))
    return next((font for font in wanted if ord(character) in _font(font).face.charToGlyph), None)


def _font(name: str) -> TTFont:
    with _loading:  # a second copy of a font would number its letters in its own way
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONT_FILES[name])))
    return pdfmetrics.getFont(name)


class _Advances(dict[str, float]):
    """Character → its width in units of the size of the letters, in the font that has it."""

    def __init__(self, font: str) -> None:
        self._font = font

    def __missing__(self, character: str) -> float:
        font = _font_of(character, fonts=SEARCHED[self._font]) or self._font
        advance = float(_font(font).face.getCharWidth(ord(character)) / 1000.0)
        self[character] = advance
        return advance


_advances = {name: _Advances(name) for name in SEARCHED}
for _name in (REGULAR, BOLD):
    _font(_name)
