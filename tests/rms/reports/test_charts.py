"""Plots of scores: a score on its scale, and scores over time."""

from xml.etree import ElementTree

import pytest
from reportlab.graphics.shapes import Circle, Rect, String

from rms.reports.charts import Point, score_plot, trajectory_plot
from rms.reports.drawing import as_svg
from tests.rms.reports.cases import SMALL

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


@pytest.mark.parametrize(("score", "interval"), [(1.38, (1.21, 1.55)), (1.0, (1.0, 1.02)), (2.0, (1.9, 2.0))])
def test_a_score_is_on_its_scale_inside_its_interval(score: float, interval: tuple[float, float]) -> None:
    shapes = score_plot(score, interval).contents
    scale = {float(one.text): one.x for one in shapes if isinstance(one, String)}
    assert list(scale) == [1.0, 1.25, 1.5, 1.75, 2.0]
    [bar] = [one for one in shapes if isinstance(one, Rect)]
    [point] = [one for one in shapes if isinstance(one, Circle)]
    left, at, right = (
        scale[1.0] + (scale[2.0] - scale[1.0]) * (one - 1) for one in (interval[0], score, interval[1])
    )
    assert (bar.x, point.cx, bar.x + bar.width) == pytest.approx((left, at, right), abs=0.02)


def point(label: str, *, library: str = "small 1", score: float = 1.4) -> Point:
    drawn = (score, (score - 0.1, score + 0.1))
    return Point(label, "1 Mar 2026", library, {"recidivism": drawn, "violence": "withheld"})


def test_the_trajectory_has_every_score_and_marks_another_library() -> None:
    points = [point("10000"), point("10000-01", score=1.25), point("10000-02", library="small 2")]
    drawn = texts(as_svg(trajectory_plot(points, SMALL), title="Scores", description="In words."))
    assert [word for word in drawn if word in ("1.40", "1.25")].count("1.40") == 2
    assert {"10000", "10000-01", "10000-02"} <= set(drawn)
    assert "Recidivism" in drawn and "Violence" in drawn
    assert drawn.count("library small 2") == 1 and "library small 1" not in drawn
    with pytest.raises(ValueError, match="plot"):
        trajectory_plot([], SMALL)


def test_a_withheld_score_is_a_word_below_the_scale() -> None:
    words = [one for one in trajectory_plot([point("10000")], SMALL).contents if isinstance(one, String)]
    [withheld] = [one.y for one in words if one.text == "withheld"]
    of_violence = min(one.y for one in words if one.text == "1.00")
    assert withheld < of_violence
