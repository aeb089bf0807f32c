"""The plots of a score, of needs, of counts, and of scores and needs over time, each one drawing.

In the needs plot, rated is a solid blue bar, simulated a red one with diagonal hatching and an outline, so
that the two differ without colour too (2005 manual, A91). Over time, scores are points with intervals, one
panel a process, and needs up to three bars that differ by their filling. Sizes are in points.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportlab.graphics.shapes import Circle, Drawing, Line, Path, Rect, Shape
from reportlab.lib.colors import Color

from rms.engine.result import NeedReading
from rms.instrument import Instrument
from rms.reports.drawing import BLUE, GRID, INK, PALE_BLUE, PALE_RED, QUIET, RED, WIDTH, text
from rms.reports.fonts import BOLD
from rms.reports.wording import Reading, fixed, needs_title

HEIGHT = 218
LEFT, RIGHT, BOTTOM, TOP = 34, 492, 24, 168  # the plot's frame inside the drawing
HATCH_STEP = 4.5
BAR, BAR_GAP = 15.0, 2.0  # a bar as wide as it gets; many needs make narrower ones
MISSING = "?"
COUNTS_TOP, COUNTS_LEFT, COUNTS_STEP = 28, 104, 22.0  # of the plot of counts
NOT_SHOWN = "not shown"
SCORE_WIDTH, SCORE_HEIGHT, SCORE_EDGE = 320, 40, 14  # small, to be read on a phone
PANEL, PANEL_SCALE = 142, 96  # a process of the trajectory, and in it the height of its scale


@dataclass(frozen=True)
class Bar:
    """One bar of the plot: its left edge and width, and the 0-100 `value`, None where it is unknown."""

    left: float
    value: float | None = None
    width: float = BAR

    @property
    def top(self) -> float:
        return _height(self.value or 0.0)

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


@dataclass(frozen=True)
class Point:
    """One assessment on the trajectory. `scores` has process → score and interval, or a word."""

    label: str
    day: str
    library: str
    scores: Mapping[str, tuple[float, tuple[float, float]] | str]


def score_plot(score: float, interval: tuple[float, float]) -> Drawing:
    """A score as a point and its interval as a bar, on the scale of 1.00 to 2.00."""
    drawing = Drawing(SCORE_WIDTH, SCORE_HEIGHT)
    foot, middle = 15, 27
    for quarter in range(5):
        x = _along(1 + quarter / 4)
        drawing.add(Line(x, foot, x, SCORE_HEIGHT - 3, strokeColor=GRID, strokeWidth=1))
        drawing.add(text(x, 3, f"{1 + quarter / 4:.2f}", size=9, anchor="middle", colour=QUIET))
    drawing.add(Line(_along(1.0), foot, _along(2.0), foot, strokeColor=INK, strokeWidth=1))
    low, at, high = map(_along, (interval[0], score, interval[1]))
    drawing.add(Rect(low, middle - 7, high - low, 14, fillColor=PALE_BLUE, strokeColor=BLUE, strokeWidth=1.2))
    drawing.add(Circle(at, middle, 4, fillColor=BLUE, strokeColor=BLUE))
    return drawing


def needs_plot(
    readings: Sequence[NeedReading], instrument: Instrument, *, reading: Reading = "simulated"
) -> Drawing:
    """Rated needs beside simulated ones, in the order of the instrument, on a scale of 0 to 100 %.

    Parameters
    ----------
    readings
        One per need; a need without one is drawn as unknown.
    reading
        "simulated", or "expected" (simulated with the item itself left out of the comparison).

    Raises
    ------
    ValueError
        If the instrument has no needs.
    """
    if not instrument.needs:
        raise ValueError(f"The instrument {instrument.name} has no needs.")
    by_need = {one.need: one for one in readings}
    drawing = Drawing(WIDTH, HEIGHT)
    for shape in (*_title(reading), *_axis()):
        drawing.add(shape)
    step = (RIGHT - LEFT) / len(instrument.needs)
    width = min(BAR, 0.42 * step - BAR_GAP)
    for position, need in enumerate(instrument.needs):
        centre = LEFT + (position + 0.5) * step
        readings_of_need = by_need.get(need.code)
        actual = readings_of_need.actual if readings_of_need else None
        other = getattr(readings_of_need, reading) if readings_of_need else None
        drawing.add(text(centre, BOTTOM - 13, need.code, size=8, anchor="middle"))
        for bar, draw in (
            (Bar(centre - width - BAR_GAP / 2, actual, width), _solid),
            (Bar(centre + BAR_GAP / 2, other, width), _hatched),
        ):
            for shape in _bar(bar, draw):
                drawing.add(shape)
    return drawing


def counts_plot(counts: Mapping[str, int | None], *, title: str) -> Drawing:
    """How many are in each of some groups, a bar for each, from the top down in their order.

    Parameters
    ----------
    counts
        Group → how many; None is a count that is not shown, and is no bar.
    """
    height = COUNTS_TOP + len(counts) * COUNTS_STEP
    drawing = Drawing(WIDTH, height)
    drawing.add(text(0, round(height) - 12, title, size=9.5, font=BOLD))
    most = max((count for count in counts.values() if count), default=1)
    foot = height - COUNTS_TOP - BAR
    for group, count in counts.items():
        drawing.add(text(COUNTS_LEFT - 6, round(foot) + 4, group, size=8, anchor="end"))
        length = (RIGHT - 40 - COUNTS_LEFT) * (count or 0) / most
        if count:
            box = (COUNTS_LEFT, foot, length, BAR)
            drawing.add(Rect(*box, fillColor=BLUE, strokeColor=BLUE, strokeWidth=0.8))
        label, colour = (NOT_SHOWN, QUIET) if count is None else (str(count), INK)
        drawing.add(text(COUNTS_LEFT + length + 5, round(foot) + 4, label, size=8, colour=colour))
        foot -= COUNTS_STEP
    drawing.add(Line(COUNTS_LEFT, 4, COUNTS_LEFT, height - COUNTS_TOP + 4, strokeColor=INK, strokeWidth=0.8))
    return drawing


def trajectory_plot(points: Sequence[Point], instrument: Instrument) -> Drawing:
    """Every process's scores with their intervals from first to last, a panel each, evenly spaced.

    A dashed line marks a change of the library: scores on its two sides come from different past cases.

    Raises
    ------
    ValueError
        If there is no point.
    """
    if not points:
        raise ValueError("The plot needs at least one point.")
    processes = instrument.processes
    height = PANEL * len(processes) + 30
    drawing = Drawing(WIDTH, height)
    step = (RIGHT - LEFT) / len(points)
    places = [LEFT + (position + 0.5) * step for position in range(len(points))]
    for position, process in enumerate(processes):
        foot = height - PANEL * (position + 1) + 14
        for shape in _panel(points, places, process.code, process.label, foot=foot):
            drawing.add(shape)
    for place, point in zip(places, points, strict=True):
        drawing.add(text(place, 20, point.label, size=7.5, anchor="middle"))
        drawing.add(text(place, 10, point.day, size=6.5, anchor="middle", colour=QUIET))
    for before, after in pairwise(range(len(points))):
        if points[before].library != points[after].library:
            middle = (places[before] + places[after]) / 2
            drawing.add(Line(middle, 32, middle, height - 16, strokeColor=QUIET, strokeDashArray=(3, 3)))
            drawing.add(text(middle + 3, 33, f"library {points[after].library}", size=6.5))
    return drawing


def needs_over_time_plot(
    series: Sequence[tuple[str, Sequence[NeedReading]]], instrument: Instrument
) -> Drawing:
    """Rated needs of up to three assessments side by side: an empty bar, a striped and a solid one.

    The last of `series`, each with its name, is the solid one.

    Raises
    ------
    ValueError
        If there is no series, or more than three, or the instrument has no needs.
    """
    if not instrument.needs or not 1 <= len(series) <= len(FILLINGS):
        raise ValueError("The plot takes one to three series, and an instrument with needs.")
    drawing = Drawing(WIDTH, HEIGHT)
    fillings = FILLINGS[-len(series) :]
    drawing.add(text(0, HEIGHT - 12, "Needs as rated, percent of the scale", size=9.5, font=BOLD))
    for shape in _axis():
        drawing.add(shape)
    for position, ((name, _), fill) in enumerate(zip(series, fillings, strict=True)):
        left, key = LEFT + 150 * position, HEIGHT - 32
        for shape in fill(Bar(left), foot=key, top=key + 9):
            drawing.add(shape)
        drawing.add(text(left + BAR + 5, key + 1, name, size=8))
    step = (RIGHT - LEFT) / len(instrument.needs)
    width = min(BAR, 0.84 * step / len(series) - BAR_GAP)
    for position, need in enumerate(instrument.needs):
        centre = LEFT + (position + 0.5) * step
        drawing.add(text(centre, BOTTOM - 13, need.code, size=8, anchor="middle"))
        first = centre - len(series) * (width + BAR_GAP) / 2
        for place, ((_, readings), fill) in enumerate(zip(series, fillings, strict=True)):
            value = next((one.actual for one in readings if one.need == need.code), None)
            for shape in _bar(Bar(first + place * (width + BAR_GAP), value, width), fill):
                drawing.add(shape)
    return drawing


def _along(score: float) -> float:
    """Where a score is on the scale of its plot, from the left."""
    return round(SCORE_EDGE + (SCORE_WIDTH - 2 * SCORE_EDGE) * (score - 1.0), 2)


def _title(reading: Reading) -> Iterator[Shape]:
    yield text(0, HEIGHT - 12, needs_title(reading), size=9.5, font=BOLD)
    key = HEIGHT - 32
    yield from _solid(Bar(LEFT), foot=key, top=key + 9)
    yield text(LEFT + BAR + 5, key + 1, "Rated", size=8)
    yield from _hatched(Bar(LEFT + 118), foot=key, top=key + 9)
    yield text(LEFT + 118 + BAR + 5, key + 1, f"{reading.capitalize()}: from the comparables", size=8)
    yield text(RIGHT, key + 1, f"{MISSING}: unknown", size=8, anchor="end", colour=QUIET)


def _axis() -> Iterator[Shape]:
    for value in (0, 25, 50, 75, 100):
        y = _height(value)
        colour = INK if value == 0 else GRID
        yield Line(LEFT, y, RIGHT, y, strokeColor=colour, strokeWidth=0.8 if value == 0 else 0.5)
        yield text(LEFT - 5, round(y) - 3, f"{value}%", size=7.5, anchor="end", colour=QUIET)


def _bar(bar: Bar, draw: Callable[..., Iterator[Shape]]) -> Iterator[Shape]:
    """A bar with its value over it, or the mark of an unknown value."""
    if bar.value is None:
        yield text(bar.middle, BOTTOM + 4, MISSING, size=6.5, anchor="middle", colour=QUIET)
        return
    yield from draw(bar, foot=BOTTOM, top=bar.top)
    value = fixed(bar.value, places=0)
    yield text(bar.middle, round(bar.top) + 3, value, size=6.5, anchor="middle")


def _panel(
    points: Sequence[Point], places: Sequence[float], process: str, label: str, *, foot: float
) -> Iterator[Shape]:
    """One process: its name, the scale of 1.00 to 2.00, and a point with its interval for each score.

    The name is at both ends, because a small screen shows only one.
    """
    head = round(foot + PANEL_SCALE + 14)
    yield text(0, head, f"{label}: score and 95% interval", size=9.5, font=BOLD)
    yield text(RIGHT, head, label, size=8, anchor="end", colour=QUIET)
    for quarter in range(5):
        y = foot + PANEL_SCALE * quarter / 4
        yield Line(LEFT, y, RIGHT, y, strokeColor=INK if quarter == 0 else GRID, strokeWidth=0.5)
        yield text(LEFT - 5, round(y) - 3, f"{1 + quarter / 4:.2f}", size=7.5, anchor="end", colour=QUIET)
    for place, point in zip(places, points, strict=True):
        scored = point.scores.get(process, "–")
        if isinstance(scored, str):
            yield text(place, round(foot + PANEL_SCALE / 2), scored, size=6.5, anchor="middle", colour=QUIET)
            continue
        score, interval = scored
        low, y, high = (foot + PANEL_SCALE * (value - 1.0) for value in (interval[0], score, interval[1]))
        for end in (low, high):
            yield Line(place - 4, end, place + 4, end, strokeColor=BLUE, strokeWidth=1)
        yield Line(place, low, place, high, strokeColor=BLUE, strokeWidth=1)
        yield Circle(place, y, 3.2, fillColor=BLUE, strokeColor=BLUE)
        yield text(place + 7, round(y) - 3, fixed(score, places=2), size=7.5)


def _empty(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        yield Rect(bar.left, foot, bar.width, top - foot, fillColor=None, strokeColor=BLUE, strokeWidth=0.9)


def _striped(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        yield from _empty(bar, foot=foot, top=top)
        yield _stripes(bar.left, foot, bar.width, top - foot, colour=BLUE)


def _solid(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        yield Rect(bar.left, foot, bar.width, top - foot, fillColor=BLUE, strokeColor=BLUE, strokeWidth=0.8)


def _hatched(bar: Bar, *, foot: float, top: float) -> Iterator[Shape]:
    if top > foot:
        box = (bar.left, foot, bar.width, top - foot)
        yield Rect(*box, fillColor=PALE_RED, strokeColor=RED, strokeWidth=0.9)
        yield _stripes(*box)


def _stripes(left: float, foot: float, width: float, height: float, *, colour: Color = RED) -> Path:
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


FILLINGS = (_empty, _striped, _solid)


def _height(value: float) -> float:
    return BOTTOM + (TOP - BOTTOM) * value / 100.0
