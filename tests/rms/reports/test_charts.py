"""Plots of scores: a score on its scale, and scores over time."""

from xml.etree import ElementTree

import pytest
from reportlab.graphics.shapes import Circle, Rect, String
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.reports.charts import (
    NARROW_WIDTH,
    Point,
    counts_plot,
    narrow_trajectory_plot,
    score_plot,
    trajectory_plot,
)
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


POINTS = (point("10000"), point("10000-01", score=1.25), point("10000-02", library="small 2"))


def test_the_trajectory_has_every_score_and_marks_another_library() -> None:
    drawn = texts(as_svg(trajectory_plot(POINTS, SMALL), title="Scores", description="In words."))
    assert [word for word in drawn if word in ("1.40", "1.25")].count("1.40") == 2
    assert {"10000", "10000-01", "10000-02"} <= set(drawn)
    assert {"Recidivism: score and 95% interval", "Violence: score and 95% interval"} <= set(drawn)
    assert drawn.count("library small 2") == 1 and "library small 1" not in drawn
    with pytest.raises(ValueError, match="plot"):
        trajectory_plot([], SMALL)


def test_a_phone_gets_the_same_in_rows_with_the_scale_below_them() -> None:
    plot = narrow_trajectory_plot(POINTS, SMALL)
    drawn = texts(as_svg(plot, title="Scores", description="In words."))
    assert [word for word in drawn if word in ("1.40", "1.25")].count("1.40") == 2
    for process in ("Recidivism", "Violence"):  # each row has its assessment
        assert f"{process}: score and 95% interval" in drawn
    assert drawn.count("10000-01, 1 Mar 2026") == drawn.count("library small 2") == 2
    assert drawn.count("withheld") == len(POINTS)
    points = [one for one in plot.contents if isinstance(one, Circle)]
    assert [one.cy for one in points] == sorted((one.cy for one in points), reverse=True)  # oldest first
    scale = [one.x for one in plot.contents if isinstance(one, String) and one.text in ("1.00", "2.00")]
    left, right = min(scale), max(scale)
    expected = [left + (right - left) * (score - 1) for score in (1.4, 1.25, 1.4)]
    assert [one.cx for one in points] == pytest.approx(expected, abs=0.02)
    words = [one for one in plot.contents if isinstance(one, String)]
    assert all(0 <= one.x <= NARROW_WIDTH and 0 <= one.y <= plot.height for one in words)
    with pytest.raises(ValueError, match="plot"):
        narrow_trajectory_plot([], SMALL)


def test_a_withheld_score_is_a_word_below_the_scale() -> None:
    words = [one for one in trajectory_plot([point("10000")], SMALL).contents if isinstance(one, String)]
    [withheld] = [one.y for one in words if one.text == "withheld"]
    of_violence = min(one.y for one in words if one.text == "1.00")
    assert withheld < of_violence


def test_the_names_of_groups_have_room_and_long_ones_two_lines() -> None:
    long = "Education and vocational skills (rms), Schooling and training of any kind (county)"
    drawing = counts_plot({"Housing": 3, "Attitude to supervision": 9, long: 1}, title="People by need")
    words = [shape for shape in drawing.contents if isinstance(shape, String)]
    ends = [one for one in words if one.textAnchor == "end"]
    assert [one.text for one in ends[:2]] == ["Housing", "Attitude to supervision"]
    assert " ".join(one.text for one in ends[2:]) == long and len(ends) == 4
    for one in ends:
        assert one.x - stringWidth(one.text, one.fontName, one.fontSize) >= 0
