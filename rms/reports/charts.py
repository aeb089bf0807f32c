"""The plots of a score, of scores over time, and of counts, each one drawing. Sizes are in points.

Over time, scores are points with intervals, one panel a process. A score that is withheld is a word below the
scale, where it cannot be read as a score.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, Shape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.instrument import Instrument
from rms.reports.drawing import BLUE, GRID, INK, PALE_BLUE, QUIET, WIDTH, text
from rms.reports.fonts import BOLD, REGULAR
from rms.reports.wording import NO_VALUE, fixed

LEFT, RIGHT = 34, 492  # of the scale of a plot
BAR = 15.0
COUNTS_TOP, COUNTS_LEFT, COUNTS_STEP = 28, 104, 22.0  # of the plot of counts
COUNTS_SIZE, COUNTS_MOST_LEFT = 8.0, 220  # of its names, and the most room for them
NOT_SHOWN = "not shown"
SCORE_WIDTH, SCORE_HEIGHT, SCORE_EDGE = 320, 40, 14  # small, to be read on a phone
PANEL, PANEL_SCALE = 142, 96  # a process of the trajectory, and in it the height of its scale
NARROW_WIDTH, NARROW_LEFT, NARROW_RIGHT = 230, 10, 202  # of the trajectory for a phone, and its scale
ROW, ROWS_HEAD, ROWS_FOOT = 25, 20, 24  # a score on it, and what is above and below those of a process


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


def counts_plot(counts: Mapping[str, int | None], *, title: str) -> Drawing:
    """How many are in each of some groups, a bar for each, from the top down in their order.

    Parameters
    ----------
    counts
        Group → how many; None is a count that is not shown, and is no bar.
    """
    height = COUNTS_TOP + len(counts) * COUNTS_STEP
    widest = max((stringWidth(group, REGULAR, COUNTS_SIZE) for group in counts), default=0.0)
    left = min(max(COUNTS_LEFT, round(widest) + 8), COUNTS_MOST_LEFT)
    drawing = Drawing(WIDTH, height)
    drawing.add(text(0, round(height) - 12, title, size=9.5, font=BOLD))
    most = max((count for count in counts.values() if count), default=1)
    foot = height - COUNTS_TOP - BAR
    for group, count in counts.items():
        for shape in _group(group, left - 6, round(foot) + 4):
            drawing.add(shape)
        length = (RIGHT - 40 - left) * (count or 0) / most
        if count:
            box = (left, foot, length, BAR)
            drawing.add(Rect(*box, fillColor=BLUE, strokeColor=BLUE, strokeWidth=0.8))
        label, colour = (NOT_SHOWN, QUIET) if count is None else (str(count), INK)
        drawing.add(text(left + length + 5, round(foot) + 4, label, size=8, colour=colour))
        foot -= COUNTS_STEP
    drawing.add(Line(left, 4, left, height - COUNTS_TOP + 4, strokeColor=INK, strokeWidth=0.8))
    return drawing


def _group(name: str, right: float, foot: int) -> Iterator[Shape]:
    """The name of a group at the left of its bar, in two lines if it is long."""
    lines = simpleSplit(name, REGULAR, COUNTS_SIZE, right)
    if len(lines) < 2:
        yield text(right, foot, name, size=COUNTS_SIZE, anchor="end")
        return
    lines = lines[:1] + [" ".join(lines[1:])]
    size = min(7.5, *(COUNTS_SIZE * right / stringWidth(line, REGULAR, COUNTS_SIZE) for line in lines))
    for line, above in zip(lines, (5, -4), strict=True):
        yield text(right, foot + above, line, size=size, anchor="end")


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


def narrow_trajectory_plot(points: Sequence[Point], instrument: Instrument) -> Drawing:
    """The trajectory for a phone: a row for each score, from first to last, on a scale from left to right.

    Raises
    ------
    ValueError
        If there is no point.
    """
    if not points:
        raise ValueError("The plot needs at least one point.")
    processes = instrument.processes
    height = narrow_trajectory_height(len(points), len(processes))
    drawing = Drawing(NARROW_WIDTH, height)
    for position, process in enumerate(processes):
        head = height - position * height // len(processes)
        for shape in _narrow_panel(points, process.code, process.label, head=head):
            drawing.add(shape)
    return drawing


def narrow_trajectory_height(points: int, processes: int) -> int:
    """The height of `narrow_trajectory_plot`."""
    return processes * (ROWS_HEAD + points * ROW + ROWS_FOOT)


def _narrow_panel(points: Sequence[Point], process: str, label: str, *, head: int) -> Iterator[Shape]:
    """One process: its name, a row for each score, and under them the scale of 1.00 to 2.00."""
    top, foot = head - ROWS_HEAD, head - ROWS_HEAD - ROW * len(points)
    yield text(0, head - 12, f"{label}: score and 95% interval", size=9.5, font=BOLD)
    for quarter in range(5):
        x = _along_narrow(1 + quarter / 4)
        yield Line(x, foot, x, top, strokeColor=INK if quarter == 0 else GRID, strokeWidth=0.5)
        yield text(x, foot - 10, f"{1 + quarter / 4:.2f}", size=7.5, anchor="middle", colour=QUIET)
    for position, point in enumerate(points):
        above = top - position * ROW
        if position and point.library != points[position - 1].library:
            yield Line(0, above, NARROW_WIDTH, above, strokeColor=QUIET, strokeDashArray=(3, 3))
            library = f"library {point.library}"
            yield text(NARROW_WIDTH, above - 9, library, size=6.5, anchor="end", colour=QUIET)
        yield text(NARROW_LEFT + 3, above - 9, f"{point.label}, {point.day}", size=7.5)
        yield from _narrow_score(point.scores.get(process, NO_VALUE), above - 17)


def _narrow_score(scored: tuple[float, tuple[float, float]] | str, y: float) -> Iterator[Shape]:
    """A point with its interval and its figure, or the word for a score that is withheld."""
    if isinstance(scored, str):
        yield text(NARROW_LEFT + 3, round(y) - 2, scored, size=6.5, colour=QUIET)
        return
    score, interval = scored
    low, x, high = map(_along_narrow, (interval[0], score, interval[1]))
    for end in (low, high):
        yield Line(end, y - 4, end, y + 4, strokeColor=BLUE, strokeWidth=1)
    yield Line(low, y, high, y, strokeColor=BLUE, strokeWidth=1)
    yield Circle(x, y, 3.2, fillColor=BLUE, strokeColor=BLUE)
    yield text(high + 5, round(y) - 3, fixed(score, places=2), size=7.5)


def _along_narrow(score: float) -> float:
    return round(NARROW_LEFT + (NARROW_RIGHT - NARROW_LEFT) * (score - 1.0), 2)


def _along(score: float) -> float:
    """Where a score is on the scale of its plot, from the left."""
    return round(SCORE_EDGE + (SCORE_WIDTH - 2 * SCORE_EDGE) * (score - 1.0), 2)


def _panel(
    points: Sequence[Point], places: Sequence[float], process: str, label: str, *, foot: float
) -> Iterator[Shape]:
    """One process: its name, the scale of 1.00 to 2.00, and a point with its interval for each score."""
    head = round(foot + PANEL_SCALE + 14)
    yield text(0, head, f"{label}: score and 95% interval", size=9.5, font=BOLD)
    for quarter in range(5):
        y = foot + PANEL_SCALE * quarter / 4
        yield Line(LEFT, y, RIGHT, y, strokeColor=INK if quarter == 0 else GRID, strokeWidth=0.5)
        yield text(LEFT - 5, round(y) - 3, f"{1 + quarter / 4:.2f}", size=7.5, anchor="end", colour=QUIET)
    for place, point in zip(places, points, strict=True):
        scored = point.scores.get(process, NO_VALUE)
        if isinstance(scored, str):
            yield text(place, round(foot) - 9, scored, size=6.5, anchor="middle", colour=QUIET)
            continue
        score, interval = scored
        low, y, high = (foot + PANEL_SCALE * (value - 1.0) for value in (interval[0], score, interval[1]))
        for end in (low, high):
            yield Line(place - 4, end, place + 4, end, strokeColor=BLUE, strokeWidth=1)
        yield Line(place, low, place, high, strokeColor=BLUE, strokeWidth=1)
        yield Circle(place, y, 3.2, fillColor=BLUE, strokeColor=BLUE)
        yield text(place + 7, round(y) - 3, fixed(score, places=2), size=7.5)
