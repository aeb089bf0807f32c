"""The needs plot: one drawing, from which SVG, PNG and the PDF's figure are made.

Actual is a solid blue bar, simulated a red one with diagonal hatching and an outline, so that the two
differ without colour too (2005 manual, A91). Sizes are in points.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.dom.minidom import Element, Node

import resvg_py
from reportlab import rl_config
from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Line, Path, Rect, Shape, String
from reportlab.lib.colors import Color, HexColor

from rms.engine.result import NeedReading
from rms.instrument import Instrument
from rms.reports.fonts import BOLD, FAMILY, FONT_FILES, REGULAR, drawable
from rms.reports.wording import Reading, fixed, needs_title

rl_config.shapeChecking = 0  # the drawing library would check every attribute of every shape

BLUE = HexColor("#1d4f91")
RED = HexColor("#a3222a")
PALE_RED = HexColor("#fbeceb")
INK = HexColor("#1b1f24")
QUIET = HexColor("#5a626b")
GRID = HexColor("#d5d9de")

WIDTH, HEIGHT = 496, 218
LEFT, RIGHT, BOTTOM, TOP = 34, 492, 24, 168  # the plot's frame inside the drawing
HATCH_STEP = 4.5
BAR, BAR_GAP = 15.0, 2.0  # a bar as wide as it gets; many needs make narrower ones
MISSING = "n/k"

# What a browser falls back to when it has no Vera; Verdana and DejaVu were drawn after the same model.
FAMILIES = f"{FAMILY}, DejaVu Sans, Verdana, sans-serif"
SVG_FONTS = {REGULAR: {"family": FAMILIES}, BOLD: {"family": FAMILIES, "weight": "bold"}}


@dataclass(frozen=True)
class Bar:
    """One bar of the plot: its left edge and width, and the 0-100 `value`, None where it is not known."""

    left: float
    value: float | None = None
    width: float = BAR

    @property
    def top(self) -> float:
        return _height(self.value or 0.0)

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def needs_plot(
    readings: Sequence[NeedReading], instrument: Instrument, *, reading: Reading = "simulated"
) -> Drawing:
    """Actual needs beside simulated ones, in the order of the instrument, on a scale of 0 to 100 %.

    Parameters
    ----------
    readings
        One per need; a need without one is drawn as not known.
    reading
        "simulated", or "expected" (simulated with the item itself left out of the comparison).

    Raises
    ------
    ValueError
        If the instrument rates no needs: there is nothing to draw.
    """
    if not instrument.needs:
        raise ValueError(f"The instrument {instrument.name} rates no needs.")
    by_need = {one.need: one for one in readings}
    drawing = Drawing(WIDTH, HEIGHT)
    for shape in (*_title(reading), *_axis()):
        drawing.add(shape)
    step = (RIGHT - LEFT) / len(instrument.needs)
    width = min(BAR, 0.42 * step - BAR_GAP)
    for position, need in enumerate(instrument.needs):
        centre = LEFT + (position + 0.5) * step
        found = by_need.get(need.code)
        actual = found.actual if found else None
        other = getattr(found, reading) if found else None
        drawing.add(_text(centre, BOTTOM - 13, need.code, size=8, anchor="middle"))
        for bar, draw in (
            (Bar(centre - width - BAR_GAP / 2, actual, width), _solid),
            (Bar(centre + BAR_GAP / 2, other, width), _hatched),
        ):
            for shape in _bar(bar, draw):
                drawing.add(shape)
    return drawing


def as_svg(drawing: Drawing, *, title: str, description: str) -> bytes:
    """The drawing as a picture for pages: SVG with a title and a description for those who do not see it.

    The same drawing gives the same bytes. The file points at nothing outside itself.
    """
    canvas = renderSVG.SVGCanvas((drawing.width, drawing.height), useClip=True, fontHacks=SVG_FONTS)
    renderSVG.draw(drawing, canvas)
    svg = canvas.svg
    for tag, words in (("title", title), ("desc", description)):
        element = svg.getElementsByTagName(tag)[0]
        element.firstChild.data = drawable(words)
        element.setAttribute("id", f"needs-{tag}")
    svg.setAttribute("role", "img")
    svg.setAttribute("aria-labelledby", "needs-title needs-desc")
    _tidy(svg)
    text: str = svg.toxml()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def as_png(drawing: Drawing, *, scale: float = 2) -> bytes:
    """The drawing as PNG, `scale` pixels to the point, from the same SVG; needs no font of the machine."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=as_svg(drawing, title="", description="").decode(),
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(FONT_FILES[name]) for name in (REGULAR, BOLD)],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            zoom=scale,
        )
    )


def _title(reading: Reading) -> Iterator[Shape]:
    yield _text(0, HEIGHT - 12, needs_title(reading), size=9.5, font=BOLD)
    key = HEIGHT - 32
    yield from _solid(Bar(LEFT), foot=key, top=key + 9)
    yield _text(LEFT + BAR + 5, key + 1, "Actual: as rated", size=8)
    yield from _hatched(Bar(LEFT + 118), foot=key, top=key + 9)
    yield _text(LEFT + 118 + BAR + 5, key + 1, f"{reading.capitalize()}: from the comparables", size=8)
    yield _text(RIGHT, key + 1, f"{MISSING}: not known", size=8, anchor="end", colour=QUIET)


def _axis() -> Iterator[Shape]:
    for value in (0, 25, 50, 75, 100):
        y = _height(value)
        colour = INK if value == 0 else GRID
        yield Line(LEFT, y, RIGHT, y, strokeColor=colour, strokeWidth=0.8 if value == 0 else 0.5)
        yield _text(LEFT - 5, round(y) - 3, f"{value}%", size=7.5, anchor="end", colour=QUIET)


def _bar(bar: Bar, draw: Callable[..., Iterator[Shape]]) -> Iterator[Shape]:
    """A bar with its value over it, or the mark of a value that is not known."""
    if bar.value is None:
        yield _text(bar.middle, BOTTOM + 4, MISSING, size=6.5, anchor="middle", colour=QUIET)
        return
    yield from draw(bar, foot=BOTTOM, top=bar.top)
    value = fixed(bar.value, places=0)
    yield _text(bar.middle, round(bar.top) + 3, value, size=6.5, anchor="middle")


def _solid(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        yield Rect(bar.left, foot, bar.width, top - foot, fillColor=BLUE, strokeColor=BLUE, strokeWidth=0.8)


def _hatched(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        box = (bar.left, foot, bar.width, top - foot)
        yield Rect(*box, fillColor=PALE_RED, strokeColor=RED, strokeWidth=0.9)
        yield _stripes(*box)


def _stripes(left: float, foot: float, width: float, height: float) -> Path:
    """Rising diagonals through a box, each cut where it leaves the box; one path, for speed."""
    path = Path(strokeColor=RED, strokeWidth=0.8, fillColor=None)
    offset = HATCH_STEP / 2 - width  # c of the line y = x + c
    while offset < height:
        start, end = max(0.0, -offset), min(width, height - offset)
        if end > start:
            path.moveTo(round(left + start, 2), round(foot + start + offset, 2))
            path.lineTo(round(left + end, 2), round(foot + end + offset, 2))
        offset += HATCH_STEP
    return path


def _height(value: float) -> float:
    return BOTTOM + (TOP - BOTTOM) * value / 100.0


def _text(
    x: float,
    y: int,
    words: str,
    *,
    size: float,
    font: str = REGULAR,
    anchor: str = "start",
    colour: Color = INK,
) -> String:
    """A line of text. `y` is a whole number: the SVG renderer cuts its fraction off."""
    return String(
        round(x, 2), y, drawable(words), fontName=font, fontSize=size, textAnchor=anchor, fillColor=colour
    )


def _tidy(svg: Element) -> None:
    """Turns style attributes into plain ones (a strict content security policy forbids inline styles)."""
    svg.removeAttribute("xmlns:xlink")
    elements = [svg, *(node for node in svg.getElementsByTagName("*") if node.nodeType == Node.ELEMENT_NODE)]
    for element in elements:
        for declaration in filter(None, map(str.strip, element.getAttribute("style").split(";"))):
            name, value = declaration.split(":", 1)
            element.setAttribute(name.strip(), value.strip())
        for empty in ("style", "clip", "transform"):
            if element.hasAttribute(empty) and (
                empty != "transform" or not element.getAttribute(empty).strip()
            ):
                element.removeAttribute(empty)
        if element.getAttribute("id") == "group":
            element.removeAttribute("id")
