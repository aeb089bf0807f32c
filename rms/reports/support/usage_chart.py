"""The picture of how many users signed in each month, one drawing. Sizes are in points."""

from collections.abc import Iterator, Sequence
from datetime import date

from reportlab.graphics.shapes import Drawing, Line, Rect, Shape

from rms.reports.drawing import BLUE, INK, QUIET, text
from rms.reports.fonts import BOLD

WIDTH, HEIGHT = 420, 150
FOOT, TOP, LEFT = 34, 128, 4


def users_chart(counts: Sequence[tuple[date, int]]) -> Drawing:
    """A bar for each month, of which the first day is given, with its number of users."""
    drawing = Drawing(WIDTH, HEIGHT)
    for shape in _shapes(counts):
        drawing.add(shape)
    return drawing


def _shapes(counts: Sequence[tuple[date, int]]) -> Iterator[Shape]:
    most = max([1, *(count for _, count in counts)])
    width = (WIDTH - 2 * LEFT) / len(counts)
    for place, (first, count) in enumerate(counts):
        left, height = LEFT + place * width, (TOP - FOOT) * count / most
        if count:
            yield Rect(left + 5, FOOT, width - 10, height, fillColor=BLUE, strokeColor=BLUE)
        middle = left + width / 2
        yield text(middle, round(FOOT + height) + 4, str(count), size=10, font=BOLD, anchor="middle")
        yield text(middle, FOOT - 13, f"{first:%b}", size=9.5, anchor="middle", colour=INK)
        if place == 0 or first.month == 1:
            yield text(middle, FOOT - 26, str(first.year), size=9.5, anchor="middle", colour=QUIET)
    yield Line(LEFT, FOOT, WIDTH - LEFT, FOOT, strokeColor=INK, strokeWidth=0.8)
