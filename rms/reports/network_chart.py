"""The plot of the people around a person: one circle of those next to them, one of those two steps away.

No line runs through a person or a name: those two steps away are on the side of the person through whom they
are connected, a line that would touch somebody is bent, and names are where no line is. Nothing is random,
so the same people give the same picture. Sizes are in points.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, Shape
from reportlab.lib.colors import white
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.reports.drawing import BLUE, GRID, INK, PALE_BLUE, QUIET, WIDTH, text
from rms.reports.fonts import BOLD, REGULAR, drawable_alone

SIDE = 2  # the middle of the picture is half of its width from the left
NEAR, FAR, EDGE = 86, 172, 22  # radii, and the room for names above and below
LABELLED = 24  # people of the outer circle who still have room for a name
MIDDLE_SIZE, NEAR_SIZE, FAR_SIZE = 8.5, 7.5, 6  # of names
MIDDLE_DOT, NEAR_DOT, FAR_DOT = 7, 5, 3  # radii of people
BESIDE = 8  # from the middle of a person's circle to the name
WIDEST = 1.12  # times the height: names need room at the sides
OTHER_FONT = 1.15  # times the width in our own font
# On each side of the person they are connected through. A line from there to the outer circle, which is twice
# as large, stays outside the inner circle up to 60 degrees.
FAN = math.radians(55)
FIRST = (
    math.pi / 2
)  # the first person of the inner circle is to the right: names above each other do not meet
CLEAR = 2.5  # between a line and a person whom it passes, or a name
BENDS = (0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6, 0.9, -0.9, 1.3, -1.3)  # of the length of a line
STEPS = 24  # pieces of a bent line
Place = tuple[float, float]
Path = tuple[Place, ...]
ROUND = 1  # the end of a piece of a line


@dataclass(frozen=True)
class Circled:
    """A person in the picture."""

    key: int
    label: str


@dataclass(frozen=True)
class Dot:
    """Where a person is."""

    place: Place
    radius: float


@dataclass(frozen=True)
class Box:
    """The room of a name."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.top <= other.bottom or other.top <= self.bottom)

    def distances(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """From each point (n, 2); 0 inside."""
        x, y = places[:, 0], places[:, 1]
        across = np.maximum(0, np.maximum(self.left - x, x - self.right))
        up = np.maximum(0, np.maximum(self.bottom - y, y - self.top))
        return np.hypot(across, up)


def network_plot(
    middle: Circled, near: Sequence[Circled], far: Sequence[Circled], ties: Collection[tuple[int, int]]
) -> Drawing:
    """The person in the middle, the others around them, and a line for each pair of `ties`."""
    radius = FAR if far else NEAR
    height = 2 * (radius + EDGE)
    dots = _dots(middle, near, far, ties, centre=(WIDTH / SIDE, height / 2))
    paths = list(_paths(dots, ties, height=height))
    drawing = Drawing(WIDTH, height)
    for shape in (*_lines(paths), *_people(middle, near, far, dots), *_names(middle, near, far, dots, paths)):
        drawing.add(shape)
    return drawing


def _dots(
    middle: Circled,
    near: Sequence[Circled],
    far: Sequence[Circled],
    ties: Collection[tuple[int, int]],
    *,
    centre: Place,
) -> dict[int, Dot]:
    """Where everybody is, by key."""
    reached = _reached_through(near, far, ties)
    named = far if len(far) <= LABELLED else ()
    inner_wide, outer_wide = _stretch(NEAR, near, size=NEAR_SIZE), _stretch(FAR, named, size=FAR_SIZE)
    dots = {middle.key: Dot(centre, MIDDLE_DOT)}
    sectors = _sectors([len(reached[one.key]) for one in near])
    begins = FIRST - sectors[0] / 2 if sectors else 0.0
    for one, sector in zip(near, sectors, strict=True):
        angle = begins + sector / 2
        begins += sector
        dots[one.key] = Dot(_at(centre, NEAR, angle, inner_wide), NEAR_DOT)
        for key, own in _fan(reached[one.key], angle, min(sector, 2 * FAN)):
            dots[key] = Dot(_at(centre, FAR, own, outer_wide), FAR_DOT)
    return dots


def _reached_through(
    near: Sequence[Circled], far: Sequence[Circled], ties: Collection[tuple[int, int]]
) -> Mapping[int, list[int]]:
    """Key of each person of the inner circle → the keys of those whose first connection there they are."""
    reached: dict[int, list[int]] = {one.key: [] for one in near}
    for one in far:
        tied = {other for tie in ties if one.key in tie for other in tie}
        through = next((other.key for other in near if other.key in tied), near[0].key)
        reached[through].append(one.key)
    return reached


def _sectors(reached: Sequence[int]) -> list[float]:
    """An angle for each person of the inner circle: more for those through whom more people are reached.

    A fan cannot use more than its own width, so the others get what is left.
    """
    shares = [max(1, number) for number in reached]
    wanted = [2 * math.pi * share / sum(shares) for share in shares]
    wide = [sector > 2 * FAN for sector in wanted]
    if all(wide):
        return wanted
    left = sum(sector - 2 * FAN for sector in wanted if sector > 2 * FAN) / wide.count(False)
    return [2 * FAN if is_wide else sector + left for sector, is_wide in zip(wanted, wide, strict=True)]


def _fan(keys: Sequence[int], middle: float, whole: float) -> Iterator[tuple[int, float]]:
    """An angle for each key, evenly spaced around the middle."""
    step = whole / max(1, len(keys))
    for place, key in enumerate(keys):
        yield key, middle + (place - (len(keys) - 1) / 2) * step


def _stretch(radius: float, named: Sequence[Circled], *, size: float) -> float:
    """How much wider than high a circle is, so that every name beside it is inside the picture."""
    widest = max((_width(one.label, size=size) for one in named), default=0.0)
    return min(WIDEST, (WIDTH / SIDE - BESIDE - widest) / radius)


def _width(label: str, *, size: float, font: str = REGULAR) -> float:
    """The width of a name, also in the font of a browser that has not ours."""
    return float(OTHER_FONT * stringWidth(drawable_alone(label, font=font), font, size))


def _at(centre: Place, radius: float, angle: float, wide: float) -> Place:
    x, y = centre
    return x + wide * radius * math.sin(angle), y + radius * math.cos(angle)


def _paths(dots: Mapping[int, Dot], ties: Collection[tuple[int, int]], *, height: float) -> Iterator[Path]:
    """A line for each pair, bent where a straight one would touch somebody else."""
    for one, other in sorted(ties):
        if one in dots and other in dots:
            others = [dot for key, dot in dots.items() if key not in (one, other)]
            yield _free_path(dots[one].place, dots[other].place, others, height=height)


def _free_path(start: Place, end: Place, others: Sequence[Dot], *, height: float) -> Path:
    """The least bent of the lines inside the picture that touch nobody; if all do, the one with most room."""
    found: list[tuple[float, Path]] = []
    for bend in BENDS:
        path = _bent(start, end, bend)
        if all(0 < x < WIDTH and 0 < y < height for x, y in path):
            found.append((_room(path, others), path))
            if found[-1][0] >= CLEAR:
                return path
    return max(found, key=lambda way: way[0])[1]


def _bent(start: Place, end: Place, bend: float) -> Path:
    """A straight line, or one whose middle is off by half of `bend` times its length."""
    if not bend:
        return start, end
    (x1, y1), (x2, y2) = start, end
    x, y = (x1 + x2) / 2 - bend * (y2 - y1), (y1 + y2) / 2 + bend * (x2 - x1)
    parts = (step / STEPS for step in range(STEPS + 1))
    return tuple(
        (
            (1 - at) ** 2 * x1 + 2 * at * (1 - at) * x + at**2 * x2,
            (1 - at) ** 2 * y1 + 2 * at * (1 - at) * y + at**2 * y2,
        )
        for at in parts
    )


def _room(path: Path, others: Sequence[Dot]) -> float:
    """Between a line and the nearest of these people; below 0 if it runs through them."""
    if not others:
        return math.inf
    places = np.array([dot.place for dot in others])[:, np.newaxis]
    starts, ends = np.array(path[:-1]), np.array(path[1:])
    pieces = ends - starts
    along = ((places - starts) * pieces).sum(axis=2) / np.maximum(1e-9, (pieces**2).sum(axis=1))
    nearest = starts + np.clip(along, 0, 1)[..., np.newaxis] * pieces
    distances = np.sqrt(((places - nearest) ** 2).sum(axis=2)).min(axis=1)
    return float((distances - [dot.radius for dot in others]).min())


def _lines(paths: Sequence[Path]) -> Iterator[Shape]:
    for path in paths:
        for (x1, y1), (x2, y2) in pairwise(path):
            ends = (round(number, 2) for number in (x1, y1, x2, y2))
            yield Line(*ends, strokeColor=GRID, strokeWidth=1, strokeLineCap=ROUND)


def _people(
    middle: Circled, near: Sequence[Circled], far: Sequence[Circled], dots: Mapping[int, Dot]
) -> Iterator[Shape]:
    for one in far:
        yield _circle(dots[one.key], fillColor=PALE_BLUE, strokeColor=BLUE, strokeWidth=0.8)
    for one in near:
        yield _circle(dots[one.key], fillColor=BLUE, strokeColor=BLUE)
    yield _circle(dots[middle.key], fillColor=INK, strokeColor=INK)


def _circle(dot: Dot, **colours: object) -> Circle:
    x, y = dot.place
    return Circle(round(x, 2), round(y, 2), dot.radius, **colours)


def _names(
    middle: Circled,
    near: Sequence[Circled],
    far: Sequence[Circled],
    dots: Mapping[int, Dot],
    paths: Sequence[Path],
) -> Iterator[Shape]:
    """Each name where it meets no line, nobody and no other name, as far as there is such a place."""
    on_lines = np.array([place for path in paths for place in _points_of(path)]).reshape(-1, 2)
    taken: list[Box] = []
    for one, size, font, colour in (
        (middle, MIDDLE_SIZE, BOLD, INK),
        *((one, NEAR_SIZE, REGULAR, INK) for one in near),
        *((one, FAR_SIZE, REGULAR, QUIET) for one in (far if len(far) <= LABELLED else ())),
    ):
        width = _width(one.label, size=size, font=font)
        others = [dot for key, dot in dots.items() if key != one.key]
        box = min(
            _rooms(dots[one.key], dots[middle.key].place, width=width, height=size),
            key=lambda box: _conflicts(box, on_lines, others, taken),
        )
        taken.append(box)
        if (box.distances(on_lines) < 1).any():  # no place is free: at least it can be read
            yield Rect(*_room_of(box), fillColor=white, strokeColor=None)
        x, y = (box.left + box.right) / 2, round(box.bottom + 0.2 * size)
        yield text(x, y, one.label, size=size, font=font, anchor="middle", colour=colour)


def _room_of(box: Box) -> Iterator[float]:
    corner_and_size = (box.left, box.bottom, box.right - box.left, box.top - box.bottom)
    return (round(number, 2) for number in corner_and_size)


def _points_of(path: Path) -> Iterator[Place]:
    """Points of a line, no further apart than 2: less than the height of a name."""
    for (x1, y1), (x2, y2) in pairwise(path):
        steps = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / 2))
        for step in range(steps + 1):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


def _rooms(dot: Dot, centre: Place, *, width: float, height: float) -> Iterator[Box]:
    """The places for a name around a person, the best first: away from the middle, then further around."""
    (x, y), away = dot.place, math.atan2(dot.place[1] - centre[1], dot.place[0] - centre[0])
    if dot.place == centre:
        away = -math.pi / 2  # below
    for distance in (BESIDE, 1.6 * BESIDE, 2.4 * BESIDE):
        for turn in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8):
            angle = away + turn * math.pi / 8
            across, up = math.cos(angle), math.sin(angle)
            # The side or corner of the name that is towards the person is at this distance.
            middle_x = x + across * distance + width / 2 * max(-1.0, min(1.0, 1.6 * across))
            middle_y = y + up * (distance + height / 2 - 2)
            box = Box(
                middle_x - width / 2, middle_y - height / 2, middle_x + width / 2, middle_y + height / 2
            )
            if box.left >= 0 and box.right <= WIDTH and box.bottom >= 0 and box.top <= 2 * centre[1]:
                yield box


def _conflicts(box: Box, on_lines: NDArray[np.float64], others: Sequence[Dot], taken: Sequence[Box]) -> int:
    """How much is in the way of a name there."""
    places = np.array([dot.place for dot in others])
    radii = np.array([dot.radius for dot in others])
    return int(
        (box.distances(on_lines) < 1).sum()
        + 20 * (box.distances(places) < radii + 1).sum()
        + 20 * sum(box.overlaps(other) for other in taken)
    )
