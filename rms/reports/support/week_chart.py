"""The picture of the week with the offender list, one drawing. Sizes are in points.

The page has the same steps as a numbered list.
"""

from collections.abc import Iterator, Sequence

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, Rect, Shape

from rms.reports.drawing import BLUE, INK, PALE_BLUE, text
from rms.reports.fonts import BOLD

WIDTH = 270
BOX, GAP, LEFT, RIGHT = 44, 26, 8, 216
BACK = 244  # where the line from the last step to the first runs


def week_chart(names: Sequence[str]) -> Drawing:
    """The steps from top to bottom, and the way back from the last to the first."""
    height = len(names) * (BOX + GAP) - GAP + 16
    drawing = Drawing(WIDTH, height)
    for shape in _shapes(names, height):
        drawing.add(shape)
    return drawing


def _shapes(names: Sequence[str], height: int) -> Iterator[Shape]:
    tops = [height - 8 - place * (BOX + GAP) for place in range(len(names))]
    for number, (name, top) in enumerate(zip(names, tops, strict=True), start=1):
        yield Rect(
            LEFT,
            top - BOX,
            RIGHT - LEFT,
            BOX,
            fillColor=PALE_BLUE,
            strokeColor=BLUE,
            strokeWidth=1.2,
            rx=4,
            ry=4,
        )
        yield Circle(LEFT + 24, top - BOX / 2, 13, fillColor=BLUE, strokeColor=BLUE)
        yield text(
            LEFT + 24, top - BOX // 2 - 5, str(number), size=13, font=BOLD, anchor="middle", colour=PALE_BLUE
        )
        yield text(LEFT + 48, top - BOX // 2 - 5, name, size=12, font=BOLD)
    middle = (LEFT + RIGHT) / 2
    for top in tops[:-1]:
        yield Line(middle, top - BOX, middle, top - BOX - GAP + 7, strokeColor=INK, strokeWidth=1.6)
        yield _head(middle, top - BOX - GAP, down=True)
    first, last = tops[0] - BOX / 2, tops[-1] - BOX / 2
    yield Line(RIGHT, last, BACK, last, strokeColor=INK, strokeWidth=1.6)
    yield Line(BACK, last, BACK, first, strokeColor=INK, strokeWidth=1.6)
    yield Line(BACK, first, RIGHT + 7, first, strokeColor=INK, strokeWidth=1.6)
    yield _head(RIGHT, first, down=False)


def _head(x: float, y: float, *, down: bool) -> Polygon:
    """The head of an arrow that ends there, and points down or to the left."""
    sides = (x - 5, y + 9, x + 5, y + 9) if down else (x + 9, y + 5, x + 9, y - 5)
    return Polygon([x, y, *sides], fillColor=INK, strokeColor=INK)
