"""The plots of needs: a person's ratings beside those of the comparables, and over time.

Each need is a row with its full name, in the order of the form, and each bar has a line of its own, so that
figures never overlap. A narrow plot, for a phone, has the name above its bars. Bars differ by their filling,
so that they can be told apart without colour too: rated is solid blue, simulated red with diagonal hatching
and an outline. The plot of the 2005 manual (A91) has upright bars over the codes of the needs. Sizes are in
points.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from reportlab.graphics.shapes import Drawing, Line, Path, Rect, Shape
from reportlab.lib.colors import Color
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.engine.result import NeedReading
from rms.instrument import Instrument
from rms.reports.drawing import BLUE, GRID, INK, PALE_RED, QUIET, RED, WIDTH, text
from rms.reports.fonts import BOLD, REGULAR
from rms.reports.wording import UNKNOWN, Reading, fixed, needs_title

Labels = Literal["names", "codes"]  # of the needs in a plot

QUARTERS = (0, 25, 50, 75, 100)
ROWS_FOOT = 16  # of the plot with names
HEAD = 44  # of that plot: title and key
THICK, THIN, BETWEEN = 7.5, 1.0, 6.0  # a bar, the space after it, and more between two needs
NAME, TITLE_LINE, KEY_LINE = 11.0, 12, 13  # of the narrow plot: lines of a name, the title and the key
TITLE_SIZE, TITLE_LINES = 9.5, 2  # of the narrow plot, whose title is cut into lines

HEIGHT = 218
LEFT, RIGHT, BOTTOM, TOP = 34, 492, 24, 168  # the frame of the plot with codes
UPRIGHT, APART = 15.0, 2.0  # its bars, as wide as they get; many needs make narrower ones
UNKNOWN_MARK, WITHHELD_MARK = "?", "–"
KEY, KEY_STEP = (15.0, 9.0), 160.0  # the size of a bar in the key, and the room for it with its name
HATCH_STEP = 4.5

Box = tuple[float, float, float, float]  # left, foot, width, height
Fill = Callable[[Box], Iterator[Shape]]


@dataclass(frozen=True)
class RowsFormat:
    """The width of a plot with names, and the ends of its scale. `narrow`: names are above their bars."""

    width: int
    left: int
    right: int
    narrow: bool


WIDE = RowsFormat(WIDTH, 172, 466, narrow=False)
NARROW = RowsFormat(230, 8, 204, narrow=True)  # at 1.5 pixels to the point as wide as a phone


@dataclass(frozen=True)
class Series:
    """Bars with the same filling: need → percent of its scale; `blank` says why there is none where None."""

    name: str
    fill: Fill
    values: Mapping[str, float | None]
    blank: str = UNKNOWN

    @property
    def mark(self) -> str:
        """What stands over a code in the place of a bar."""
        return UNKNOWN_MARK if self.blank == UNKNOWN else WITHHELD_MARK


def needs_plot(
    readings: Sequence[NeedReading],
    instrument: Instrument,
    *,
    reading: Reading = "simulated",
    blank: str = UNKNOWN,
    rows: RowsFormat = WIDE,
    labels: Labels = "names",
) -> Drawing:
    """Rated needs beside simulated ones, in the order of the instrument, on a scale of 0 to 100 %.

    Parameters
    ----------
    readings
        One per need; a need without one is drawn as unknown.
    reading
        "simulated", or "expected" (simulated with the item itself left out of the comparison).
    blank
        Why a simulated need is missing: see `needs_blank`.
    rows
        WIDE, or NARROW for a phone.
    labels
        What a row is called: the name of the need or its code.

    Raises
    ------
    ValueError
        If the instrument has no needs.
    """
    return _rows(needs_title(reading), _compared(readings, reading, blank), instrument, rows, labels)


def needs_plot_with_codes(
    readings: Sequence[NeedReading],
    instrument: Instrument,
    *,
    reading: Reading = "simulated",
    blank: str = UNKNOWN,
) -> Drawing:
    """The same as the 2005 manual draws it: upright bars over the code of each need.

    Raises
    ------
    ValueError
        As `needs_plot`.
    """
    _refuse_without_needs(instrument)
    series = _compared(readings, reading, blank)
    drawing = Drawing(WIDTH, HEIGHT)
    for shape in (*_head(needs_title(reading), series, height=HEIGHT), *_upright_scale()):
        drawing.add(shape)
    marks = ", ".join(
        dict.fromkeys((f"{UNKNOWN_MARK}: {UNKNOWN}", *(f"{one.mark}: {one.blank}" for one in series)))
    )
    drawing.add(text(RIGHT, HEIGHT - 31, marks, size=8, anchor="end", colour=QUIET))
    step = (RIGHT - LEFT) / len(instrument.needs)
    width = min(UPRIGHT, 0.42 * step - APART)
    for position, need in enumerate(instrument.needs):
        centre = LEFT + (position + 0.5) * step
        drawing.add(text(centre, BOTTOM - 13, need.code, size=8, anchor="middle"))
        for one, left in zip(series, (centre - width - APART / 2, centre + APART / 2), strict=True):
            for shape in _upright(one, need.code, left, width):
                drawing.add(shape)
    return drawing


PLOTS: Mapping[Labels, Callable[..., Drawing]] = {"names": needs_plot, "codes": needs_plot_with_codes}
# A phone is too narrow for upright bars with their figures.
NARROW_PLOTS: Mapping[Labels, Callable[..., Drawing]] = {
    "names": partial(needs_plot, rows=NARROW),
    "codes": partial(needs_plot, rows=NARROW, labels="codes"),
}


def needs_over_time_plot(
    series: Sequence[tuple[str, Sequence[NeedReading]]],
    instrument: Instrument,
    *,
    rows: RowsFormat = WIDE,
) -> Drawing:
    """Rated needs of up to three assessments: an empty bar, a striped and a solid one for each need.

    The last of `series`, each with its name, is the solid one.

    Raises
    ------
    ValueError
        If there is no series, or more than three, or the instrument has no needs.
    """
    fillings = (_empty, _striped, _solid)
    if not 1 <= len(series) <= len(fillings):
        raise ValueError("The plot takes one to three series.")
    drawn = [
        Series(name, fill, {one.need: one.actual for one in readings})
        for (name, readings), fill in zip(series, fillings[-len(series) :], strict=True)
    ]
    return _rows("Needs as rated, percent of the scale", drawn, instrument, rows)


def rows_height(series: int, needs: int, *, rows: RowsFormat = WIDE) -> int:
    """The height of a plot with so many bars for each of so many needs."""
    return round(_head_height(series, rows) + ROWS_FOOT + needs * _row_height(series, rows))


def _head_height(series: int, rows: RowsFormat) -> int:
    return TITLE_LINES * TITLE_LINE + series * KEY_LINE + 8 if rows.narrow else HEAD


def _row_height(series: int, rows: RowsFormat) -> float:
    return series * (THICK + THIN) + BETWEEN + (NAME if rows.narrow else 0)


def _compared(readings: Sequence[NeedReading], reading: Reading, blank: str) -> list[Series]:
    return [
        Series("Rated", _solid, {one.need: one.actual for one in readings}),
        Series(
            f"{reading.capitalize()}: from comparable people",
            _hatched,
            {one.need: getattr(one, reading) for one in readings},
            blank,
        ),
    ]


def _refuse_without_needs(instrument: Instrument) -> None:
    if not instrument.needs:
        raise ValueError(f"The instrument {instrument.name} has no needs to plot.")


def _rows(
    title: str, series: Sequence[Series], instrument: Instrument, rows: RowsFormat, labels: Labels = "names"
) -> Drawing:
    """A row for each need with a bar of each series, from the top down."""
    _refuse_without_needs(instrument)
    height = rows_height(len(series), len(instrument.needs), rows=rows)
    drawing = Drawing(rows.width, height)
    head = height - _head_height(len(series), rows)
    above = _narrow_head(title, series, height, rows) if rows.narrow else _head(title, series, height=height)
    for shape in (*above, *_scale(head, rows)):
        drawing.add(shape)
    top = head - BETWEEN / 2
    for need in instrument.needs:
        drawing.add(_name(need.code if labels == "codes" else need.label, top, len(series), rows))
        bars = top - NAME if rows.narrow else top
        for position, one in enumerate(series):
            foot = bars - position * (THICK + THIN) - THICK
            for shape in _bar(one, need.code, foot, rows):
                drawing.add(shape)
        top -= _row_height(len(series), rows)
    return drawing


def _name(label: str, top: float, series: int, rows: RowsFormat) -> Shape:
    """The name of a need: above its bars, or beside the middle of them."""
    if rows.narrow:
        return text(rows.left, round(top) - 8, label, size=8)
    middle = top - (series * (THICK + THIN) - THIN) / 2
    return text(rows.left - 7, round(middle) - 3, label, size=8, anchor="end")


def _narrow_head(title: str, series: Sequence[Series], height: int, rows: RowsFormat) -> Iterator[Shape]:
    """As `_head`, with the title and the key in lines below each other."""
    for line, words in enumerate(simpleSplit(title, BOLD, TITLE_SIZE, rows.width)):
        yield text(0, height - 10 - line * TITLE_LINE, words, size=TITLE_SIZE, font=BOLD)
    for position, one in enumerate(series):
        foot = height - TITLE_LINES * TITLE_LINE - (position + 1) * KEY_LINE
        yield from one.fill((0, foot, *KEY))
        room = rows.width - KEY[0] - 5
        size = min(8.0, room / max(stringWidth(one.name, REGULAR, 1.0), 1.0))
        yield text(KEY[0] + 5, foot + 1, one.name, size=size)


def _head(title: str, series: Sequence[Series], *, height: int) -> Iterator[Shape]:
    """The title, and under it what each filling means."""
    yield text(0, height - 12, title, size=9.5, font=BOLD)
    widest = max((stringWidth(one.name, REGULAR, 1.0) for one in series), default=0.0)
    size = min(8.0, (KEY_STEP - KEY[0] - 10) / widest)  # a long ID must not reach the next one
    for position, one in enumerate(series):
        left, foot = KEY_STEP * position, height - 32
        yield from one.fill((left, foot, *KEY))
        yield text(left + KEY[0] + 5, foot + 1, one.name, size=size)


def _scale(head: float, rows: RowsFormat) -> Iterator[Shape]:
    for value in QUARTERS:
        x = _along(value, rows)
        colour, width = (INK, 0.8) if value == 0 else (GRID, 0.5)
        yield Line(x, ROWS_FOOT, x, head, strokeColor=colour, strokeWidth=width)
        yield text(x, ROWS_FOOT - 11, f"{value}%", size=7.5, anchor="middle", colour=QUIET)


def _bar(series: Series, need: str, foot: float, rows: RowsFormat) -> Iterator[Shape]:
    """A bar with its value after it, or the word that says why there is none."""
    value = series.values.get(need)
    if value is None:
        yield text(rows.left + 3, round(foot) + 2, series.blank, size=6.5, colour=QUIET)
        return
    end = _along(value, rows)
    if value > 0:
        yield from series.fill((rows.left, foot, end - rows.left, THICK))
    yield text(end + 3, round(foot) + 2, fixed(value, places=0), size=6.5)


def _along(value: float, rows: RowsFormat) -> float:
    return rows.left + (rows.right - rows.left) * value / 100.0


def _upright_scale() -> Iterator[Shape]:
    for value in QUARTERS:
        y = BOTTOM + _height(value)
        colour, width = (INK, 0.8) if value == 0 else (GRID, 0.5)
        yield Line(LEFT, y, RIGHT, y, strokeColor=colour, strokeWidth=width)
        yield text(LEFT - 5, round(y) - 3, f"{value}%", size=7.5, anchor="end", colour=QUIET)


def _upright(series: Series, need: str, left: float, width: float) -> Iterator[Shape]:
    """A bar with its value over it, or the mark of a missing value."""
    value, middle = series.values.get(need), left + width / 2
    if value is None:
        yield text(middle, BOTTOM + 4, series.mark, size=6.5, anchor="middle", colour=QUIET)
        return
    height = _height(value)
    if height > 0:
        yield from series.fill((left, BOTTOM, width, height))
    yield text(middle, round(BOTTOM + height) + 3, fixed(value, places=0), size=6.5, anchor="middle")


def _height(value: float) -> float:
    return (TOP - BOTTOM) * value / 100.0


def _empty(box: Box) -> Iterator[Shape]:
    yield Rect(*box, fillColor=None, strokeColor=BLUE, strokeWidth=0.9)


def _striped(box: Box) -> Iterator[Shape]:
    yield from _empty(box)
    yield _stripes(*box, colour=BLUE)


def _solid(box: Box) -> Iterator[Shape]:
    yield Rect(*box, fillColor=BLUE, strokeColor=BLUE, strokeWidth=0.8)


def _hatched(box: Box) -> Iterator[Shape]:
    yield Rect(*box, fillColor=PALE_RED, strokeColor=RED, strokeWidth=0.9)
    yield _stripes(*box, colour=RED)


def _stripes(left: float, foot: float, width: float, height: float, *, colour: Color) -> Path:
    """Rising diagonals through a box, each cut where it leaves the box; one path, for speed."""
    path = Path(strokeColor=colour, strokeWidth=0.8, fillColor=None)
    offset = HATCH_STEP / 2 - width  # c of the line y = x + c
    while offset < height:
        start, end = max(0.0, -offset), min(width, height - offset)
        if end > start:
            path.moveTo(round(left + start, 2), round(foot + start + offset, 2))
            path.lineTo(round(left + end, 2), round(foot + end + offset, 2))
        offset += HATCH_STEP
    return path
