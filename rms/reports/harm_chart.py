"""The plots of a harm score and of the shares of the bands over time, one drawing each. Sizes are in points.

A score stays as it is until the next calculation that gives another one, so it is drawn in steps. Lines mark
where the bands begin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from reportlab.graphics.shapes import Circle, Drawing, Line, Shape

from rms.harm.settings import BANDS
from rms.reports.drawing import BLUE, GRID, INK, QUIET, WIDTH, text
from rms.reports.wording import fixed

HEIGHT = 210
LEFT, RIGHT, FOOT, TOP = 30, 400, 30, 196
HIGHEST = 100
MOST_LABELS = 6
ROW, SHARES_FOOT, SHARES_LEFT = 46, 26, 92  # of the shares of the bands
SHARES_HEIGHT = SHARES_FOOT + ROW * len(BANDS) + 4
PLOT = 34  # of a row
MOST_SHARE_DATES = 4


@dataclass(frozen=True)
class Step:
    """The score from a day on; None: from then on there is none."""

    day: date
    score: float | None


def harm_over_time_plot(steps: Sequence[Step], cuts: Sequence[tuple[str, float]], *, until: date) -> Drawing:
    """The score from the first step until a day.

    Parameters
    ----------
    steps
        Oldest first, at least one.
    cuts
        The bands with the score at which each begins, from the lowest.
    """
    if not steps:
        raise ValueError("The plot needs at least one step.")
    first, last = steps[0].day, max(until, steps[-1].day, steps[0].day + timedelta(days=1))
    drawing = Drawing(WIDTH, HEIGHT)
    for shape in (*_scale(cuts), *_days(first, last), *_line(steps, first, last)):
        drawing.add(shape)
    return drawing


def _scale(cuts: Sequence[tuple[str, float]]) -> Iterator[Shape]:
    for value in (0, 25, 50, 75, 100):
        yield Line(
            LEFT, _y(value), RIGHT, _y(value), strokeColor=INK if value == 0 else GRID, strokeWidth=0.5
        )
        yield text(LEFT - 5, round(_y(value)) - 3, str(value), size=7.5, anchor="end", colour=QUIET)
    below = float(-HIGHEST)
    for name, cut in cuts:
        yield Line(LEFT, _y(cut), RIGHT, _y(cut), strokeColor=QUIET, strokeWidth=0.6, strokeDashArray=(3, 3))
        height = max(_y(cut) - 3, below + 9)
        below = height
        yield text(RIGHT + 4, round(height), f"{name} from {fixed(cut, places=1)}", size=6.5, colour=QUIET)


def _days(first: date, last: date) -> Iterator[Shape]:
    length = (last - first).days
    count = min(MOST_LABELS, length + 1)
    for place in range(count):
        day = first + timedelta(days=round(length * place / max(1, count - 1)))
        x = _x(day, first, last)
        yield Line(x, FOOT, x, FOOT - 3, strokeColor=INK, strokeWidth=0.5)
        yield text(x, FOOT - 14, f"{day.day} {day:%b %Y}", size=6.5, anchor="middle", colour=QUIET)


def _line(steps: Sequence[Step], first: date, last: date) -> Iterator[Shape]:
    ends = [*(step.day for step in steps[1:]), last]
    for step, end in zip(steps, ends, strict=True):
        if step.score is not None:
            y = _y(step.score)
            yield Line(
                _x(step.day, first, last), y, _x(end, first, last), y, strokeColor=BLUE, strokeWidth=1.6
            )
            yield Circle(_x(step.day, first, last), y, 2.6, fillColor=BLUE, strokeColor=BLUE)
    for before, after in pairwise(steps):
        if before.score is not None and after.score is not None:
            x = _x(after.day, first, last)
            yield Line(x, _y(before.score), x, _y(after.score), strokeColor=BLUE, strokeWidth=1)
    shown = [step for step in steps if step.score is not None]
    if shown and shown[-1].score is not None:
        x, y = _x(shown[-1].day, first, last), _y(shown[-1].score)
        at_end = x > RIGHT - 20
        yield text(
            x - 4 if at_end else x + 5,
            round(y) + 5,
            fixed(shown[-1].score, places=1),
            size=8,
            anchor="end" if at_end else "start",
        )


def _x(day: date, first: date, last: date) -> float:
    return round(LEFT + (RIGHT - LEFT) * (day - first).days / (last - first).days, 2)


def _y(score: float) -> float:
    return round(FOOT + (TOP - FOOT) * score / HIGHEST, 2)


def shares_over_time_plot(
    days: Sequence[tuple[date, Sequence[float]]], reference: Sequence[float]
) -> Drawing:
    """Shares of `BANDS`, 0 to 1, of each day, oldest first. Each row has a scale of its own, from 0."""
    if not days:
        raise ValueError("The plot needs at least one day.")
    first, last = days[0][0], max(days[-1][0], days[0][0] + timedelta(days=1))
    drawing = Drawing(WIDTH, SHARES_HEIGHT)
    for place in range(len(BANDS)):
        shares = [(day, values[place]) for day, values in days]
        for shape in _share_row(place, shares, reference[place], first, last):
            drawing.add(shape)
    for shape in _share_dates(first, last):
        drawing.add(shape)
    return drawing


def _share_row(
    place: int, shares: Sequence[tuple[date, float]], reference: float, first: date, last: date
) -> Iterator[Shape]:
    ground = SHARES_FOOT + ROW * place
    highest = max(reference, *(share for _, share in shares)) * 1.2 or 1

    def y(share: float) -> float:
        return round(ground + PLOT * share / highest, 2)

    yield Line(SHARES_LEFT, ground, RIGHT, ground, strokeColor=GRID, strokeWidth=0.5)
    yield text(SHARES_LEFT - 8, ground + 10, BANDS[place], size=8, anchor="end")
    yield Line(
        SHARES_LEFT,
        y(reference),
        RIGHT,
        y(reference),
        strokeColor=QUIET,
        strokeWidth=0.7,
        strokeDashArray=(3, 3),
    )
    for (day, share), (next_day, following) in pairwise(shares):
        x, next_x = _share_x(day, first, last), _share_x(next_day, first, last)
        yield Line(x, y(share), next_x, y(following), strokeColor=BLUE, strokeWidth=1.4)
    for day, share in shares if len(shares) <= 60 else shares[-1:]:
        yield Circle(_share_x(day, first, last), y(share), 1.8, fillColor=BLUE, strokeColor=BLUE)
    yield text(RIGHT + 8, ground + 16, f"now {shares[-1][1]:.1%}", size=8)
    yield text(RIGHT + 8, ground + 5, f"then {reference:.1%}", size=7, colour=QUIET)


def _share_dates(first: date, last: date) -> Iterator[Shape]:
    length = (last - first).days
    count = min(MOST_SHARE_DATES, length + 1)
    for place in range(count):
        day = first + timedelta(days=round(length * place / max(1, count - 1)))
        x = _share_x(day, first, last)
        yield Line(x, SHARES_FOOT, x, SHARES_FOOT - 3, strokeColor=INK, strokeWidth=0.5)
        yield text(x, SHARES_FOOT - 14, f"{day.day} {day:%b %Y}", size=6.5, anchor="middle", colour=QUIET)


def _share_x(day: date, first: date, last: date) -> float:
    return round(SHARES_LEFT + (RIGHT - SHARES_LEFT) * (day - first).days / (last - first).days, 2)
