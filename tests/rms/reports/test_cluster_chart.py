"""The plot of a network: every circle is inside the picture, has its number, and its lines."""

import pytest
from reportlab.graphics.shapes import Circle, Line, String
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.reports.cluster_chart import HIGHEST, Numbered, numbered_plot, radius_of
from rms.reports.drawing import WIDTH, as_svg


@pytest.mark.parametrize("number", [1, 2, 9, 60, 250])
def test_every_circle_and_its_number_are_inside_the_picture(number: int) -> None:
    circles = [Numbered(place + 1, radius_of(1 + place % 40), place % 3 == 0) for place in range(number)]
    links = {(place, place + 1): 1.0 + place for place in range(number - 1)}
    drawing = numbered_plot(circles, links)
    assert (drawing.width, drawing.height <= HIGHEST) == (WIDTH, True)
    drawn = [one for one in drawing.contents if isinstance(one, Circle)]
    for one in drawn:
        assert one.cx - one.r >= 0 and one.cx + one.r <= WIDTH
        assert one.cy - one.r >= 0 and one.cy + one.r <= drawing.height
    names = [one for one in drawing.contents if isinstance(one, String)]
    assert [one.text for one in names] == [str(one.number) for one in circles]
    for name, circle in zip(names, drawn, strict=True):
        assert stringWidth(name.text, name.fontName, name.fontSize) <= 2 * circle.r
    assert len([one for one in drawing.contents if isinstance(one, Line)]) == len(links)


def test_the_same_network_gives_the_same_picture() -> None:
    circles = [Numbered(place + 1, 9.0, False) for place in range(12)]
    links = {(0, place): 2.0 for place in range(1, 12)}
    first, second = (as_svg(numbered_plot(circles, links), title="t", description="d") for _ in range(2))
    assert first == second


def test_larger_clusters_have_larger_circles() -> None:
    radii = [radius_of(people) for people in (1, 2, 5, 20, 40)]
    assert radii == sorted(radii)
    assert radius_of(10_000) == radius_of(1_000)
