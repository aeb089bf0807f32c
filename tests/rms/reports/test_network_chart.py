"""The plot of the people around a person: names are inside, and no line runs through a person or a name."""

import math
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.shapes import Circle, Drawing, Line, String
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.reports.drawing import WIDTH
from rms.reports.network_chart import Circled, network_plot

MIDDLE = Circled(0, "Ann Lee")
Ties = set[tuple[int, int]]


def circled(number: int, *, first: int, label: str = "W" * 18) -> list[Circled]:
    """People, with the widest names that a picture has."""
    return [Circled(first + place, label) for place in range(number)]


def tree(near: int, far: int) -> Ties:
    """Everybody is connected with the middle, those two steps away through one person each."""
    return {(0, 1 + one) for one in range(near)} | {(1 + one % near, 100 + one) for one in range(far)}


def drawn(near: int, far: int, more: Iterable[tuple[int, int]] = (), *, label: str = "Jo Lee") -> Drawing:
    people = circled(near, first=1, label=label), circled(far, first=100, label=label)
    return network_plot(MIDDLE, *people, tree(near, far).union(more))


def names(drawing: Drawing) -> list[String]:
    return [one for one in drawing.contents if isinstance(one, String)]


def sides(name: String) -> tuple[float, float]:
    width = stringWidth(name.text, name.fontName, name.fontSize)
    return name.x - width / 2, name.x + width / 2


def on_lines(drawing: Drawing) -> list[tuple[float, float]]:
    """Points of all lines, close to each other."""
    return [
        (line.x1 + (line.x2 - line.x1) * step / 200, line.y1 + (line.y2 - line.y1) * step / 200)
        for line in drawing.contents
        if isinstance(line, Line)
        for step in range(201)
    ]


def passes_through(drawing: Drawing) -> list[Circle]:
    """The people whom a line runs through: one that does not end there."""
    people = [one for one in drawing.contents if isinstance(one, Circle)]
    places = {(one.cx, one.cy) for one in people}
    found, way = [], []
    for line in (one for one in drawing.contents if isinstance(one, Line)):
        way.append(line)
        if (line.x2, line.y2) in places:  # the last piece of a line
            ends = {(way[0].x1, way[0].y1), (line.x2, line.y2)}
            found += [
                one for one in people if (one.cx, one.cy) not in ends and any(_touches(one, it) for it in way)
            ]
            way = []
    assert not way
    return found


def _touches(person: Circle, line: Line) -> bool:
    """Whether the point of the line that is closest to the person lies inside their circle."""
    along, across = line.x2 - line.x1, line.y2 - line.y1
    length = along**2 + across**2
    share = ((person.cx - line.x1) * along + (person.cy - line.y1) * across) / length if length else 0
    part = min(1, max(0, share))
    return math.hypot(line.x1 + part * along - person.cx, line.y1 + part * across - person.cy) < person.r


@pytest.mark.parametrize("near", [1, 4, 7, 12])
@pytest.mark.parametrize("far", [0, 1, 4, 9, 24])
def test_every_name_is_inside_the_picture(near: int, far: int) -> None:
    shown = names(drawn(near, far, label="W" * 18))
    assert len(shown) == 1 + near + far
    for left, right in map(sides, shown):
        assert 0 <= left < right <= WIDTH


@given(near=st.integers(1, 12), far=st.integers(0, 24))
def test_no_line_runs_through_another_person(near: int, far: int) -> None:
    """Above all not through the middle: somebody reached through another is not directly connected."""
    assert passes_through(drawn(near, far)) == []


@given(near=st.integers(2, 8), far=st.integers(0, 12), data=st.data())
def test_a_line_that_would_is_bent(near: int, far: int, data: st.DataObject) -> None:
    inner, outer = range(1, near + 1), range(100, 100 + far)
    pairs = [(one, other) for one in inner for other in (*inner, *outer) if one < other]
    more = set(data.draw(st.lists(st.sampled_from(pairs), max_size=5)))
    assert passes_through(drawn(near, far, more)) == []


@pytest.mark.parametrize(("near", "far"), [(1, 0), (1, 1), (1, 9), (2, 5), (4, 0), (4, 8), (6, 12)])
def test_no_line_runs_through_a_name(near: int, far: int) -> None:
    drawing = drawn(near, far)
    lines = on_lines(drawing)
    for name in names(drawing):
        left, right = sides(name)
        assert not [1 for x, y in lines if left < x < right and name.y < y < name.y + 0.7 * name.fontSize]


def test_no_two_names_meet() -> None:
    shown = [(name, *sides(name)) for name in names(drawn(3, 9, label="Jo Lee-Potter"))]
    for place, (one, left, right) in enumerate(shown):
        for other, start, end in shown[place + 1 :]:
            beside = right <= start or end <= left
            assert beside or abs(one.y - other.y) >= min(one.fontSize, other.fontSize)


def test_who_is_reached_through_a_person_is_on_their_side() -> None:
    drawing = drawn(1, 3)
    near = next(one for one in drawing.contents if isinstance(one, Circle) and one.r == 5)
    outer = sorted(one.cx for one in drawing.contents if isinstance(one, Circle) and one.r == 3)
    assert len(outer) == 3 and all(near.cx < x for x in outer)
    assert all(one < other for one, other in pairwise([WIDTH / 2, near.cx, outer[0]]))
