"""The plot of a network: a numbered circle for each cluster, or for each person, and lines between them.

Nothing in it is random, so the same network gives the same picture. Sizes are in points.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Circle, Drawing, Line, Shape

from rms.network.layout import Place, places_of
from rms.reports.drawing import BLUE, INK, PALE_BLUE, QUIET, WIDTH, text
from rms.reports.fonts import BOLD

EDGE = 6  # around all circles
HIGHEST = 560  # of the picture
DIGIT = 0.62  # the width of a digit, as a share of the size of the letters
LARGEST_LETTERS = 11
WHITE = PALE_BLUE.clone(red=1, green=1, blue=1)
PERSON = 8  # the radius of a person's circle
SMALLEST, LARGEST = 9, 42  # radii of clusters


@dataclass(frozen=True)
class Numbered:
    """A circle with its number in the table. `is_dark`: drawn dark, with a white number."""

    number: int
    radius: float
    is_dark: bool


def radius_of(people: int) -> float:
    """The radius of a cluster: its area is in proportion to its people, within bounds."""
    return min(LARGEST, max(SMALLEST, 6 * math.sqrt(people)))


def numbered_plot(circles: Sequence[Numbered], links: Mapping[tuple[int, int], float]) -> Drawing:
    """The circles, and a line for each pair of them (by their places in `circles`) that is linked.

    The stronger a link, the wider its line.
    """
    places = places_of([one.radius for one in circles], links)
    left = min(x - one.radius for (x, _), one in zip(places, circles, strict=True))
    right = max(x + one.radius for (x, _), one in zip(places, circles, strict=True))
    low = min(y - one.radius for (_, y), one in zip(places, circles, strict=True))
    high = max(y + one.radius for (_, y), one in zip(places, circles, strict=True))
    scale = min(1.0, (WIDTH - 2 * EDGE) / (right - left), (HIGHEST - 2 * EDGE) / (high - low))
    height = math.ceil((high - low) * scale + 2 * EDGE)
    aside = (WIDTH - (right - left) * scale) / 2
    moved = [(aside + (x - left) * scale, EDGE + (y - low) * scale) for x, y in places]
    drawing = Drawing(WIDTH, height)
    for shape in (*_lines(moved, links), *_circles(circles, moved, scale)):
        drawing.add(shape)
    return drawing


def _lines(places: Sequence[Place], links: Mapping[tuple[int, int], float]) -> Iterator[Shape]:
    for (one, other), strength in sorted(links.items()):
        ends = (round(value, 2) for value in (*places[one], *places[other]))
        yield Line(*ends, strokeColor=QUIET, strokeWidth=round(min(3.0, 0.5 + math.log10(strength)), 2))


def _circles(circles: Sequence[Numbered], places: Sequence[Place], scale: float) -> Iterator[Shape]:
    for one, (x, y) in zip(circles, places, strict=True):
        radius = one.radius * scale
        colour = BLUE if one.is_dark else PALE_BLUE
        yield Circle(
            round(x, 2), round(y, 2), round(radius, 2), fillColor=colour, strokeColor=BLUE, strokeWidth=0.8
        )
        words = str(one.number)
        size = round(min(LARGEST_LETTERS, 1.7 * radius / (DIGIT * max(2, len(words)))), 2)
        yield text(
            x,
            round(y - size * 0.36),
            words,
            size=size,
            font=BOLD,
            anchor="middle",
            colour=WHITE if one.is_dark else INK,
        )
