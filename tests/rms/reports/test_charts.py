from xml.etree import ElementTree

import pytest

from rms.reports.charts import (
    MISSING,
    Point,
    needs_over_time_plot,
    needs_plot,
    trajectory_plot,
)
from rms.reports.drawing import as_png, as_svg
from rms.reports.wording import Reading
from tests.rms.reports.cases import NEEDS, READINGS, SMALL, WITHOUT_NEEDS

SVG = "{http://www.w3.org/2000/svg}"


def svg(**changes: Reading) -> bytes:
    return as_svg(
        needs_plot(READINGS, SMALL, **changes), title="Needs <of> one & all", description="In words."
    )


def texts(picture: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_the_svg_names_and_describes_itself() -> None:
    root = ElementTree.fromstring(svg())
    assert root.get("role") == "img"
    titled = {
        element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")
    }
    assert list(titled.values()) == ["Needs <of> one & all", "In words."]
    assert (root.get("aria-labelledby") or "").split() == list(titled)


def test_the_svg_points_at_nothing_outside_and_needs_no_inline_style() -> None:
    picture = svg().decode()
    assert (
        "DOCTYPE" not in picture
        and "href" not in picture
        and "url(" not in picture
        and "style=" not in picture
    )
    assert picture.count("http") == 1  # the namespace's name


def test_the_needs_stand_in_the_order_of_the_instrument() -> None:
    backwards = as_svg(needs_plot(READINGS[::-1], SMALL), title="", description="")
    assert [text for text in texts(backwards) if text in NEEDS] == list(NEEDS)


def test_actual_and_simulated_differ_without_colour() -> None:
    root = ElementTree.fromstring(svg())
    hatched = [path for path in root.iter(f"{SVG}path") if (path.get("d") or "").count("M") > 2]
    assert len(hatched) == 3  # two simulated bars and the key; no actual bar has stripes
    outlined = [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") != rect.get("stroke")]
    solid = [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") == rect.get("stroke")]
    assert (len(outlined), len(solid)) == (3, 2)  # the actual 0 has a figure and no bar


def test_stripes_stay_inside_their_bar() -> None:
    root = ElementTree.fromstring(svg())
    boxes = [
        tuple(float(rect.get(side) or 0) for side in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("fill") != rect.get("stroke")
    ]
    stripes = [
        path.get("d") or "" for path in root.iter(f"{SVG}path") if (path.get("d") or "").count("M") > 2
    ]
    for (x, y, width, height), path in zip(boxes, stripes, strict=True):
        numbers = [float(part) for part in path.split() if part not in "ML"]
        assert x - 0.01 <= min(numbers[::2]) and max(numbers[::2]) <= x + width + 0.01
        assert y - 0.01 <= min(numbers[1::2]) and max(numbers[1::2]) <= y + height + 0.01


def test_what_is_not_known_is_marked_and_zero_is_a_figure() -> None:
    shown = texts(svg())
    assert shown.count(MISSING) == 2
    assert shown.count("0") == 1 and "67" in shown and "40" in shown


def test_the_other_reading_draws_other_bars() -> None:
    assert "35" in texts(svg(reading="expected"))
    assert any("Expected" in text for text in texts(svg(reading="expected")))


def test_a_need_without_a_reading_is_drawn_as_not_known() -> None:
    assert texts(as_svg(needs_plot((), SMALL), title="", description="")).count(MISSING) == 2 * len(NEEDS)


def test_without_needs_there_is_no_plot() -> None:
    with pytest.raises(ValueError, match="no needs"):
        needs_plot((), WITHOUT_NEEDS)


@pytest.mark.parametrize("scale", [1, 2])
def test_the_png_is_one_of_the_asked_size(scale: int) -> None:
    drawing = needs_plot(READINGS, SMALL)
    png = as_png(drawing, scale=scale)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    size = (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"))
    assert size == (drawing.width * scale, drawing.height * scale)


def test_the_png_writes_words_with_the_fonts_it_brings() -> None:
    """The same plot with its words taken out makes another, smaller picture."""
    drawing = needs_plot(READINGS, SMALL)
    with_words = as_png(drawing)
    drawing.contents = [shape for shape in drawing.contents if not hasattr(shape, "text")]
    assert len(as_png(drawing)) < 0.7 * len(with_words)


def test_same_readings_same_bytes() -> None:
    assert svg() == svg()
    assert as_png(needs_plot(READINGS, SMALL)) == as_png(needs_plot(READINGS, SMALL))


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


@pytest.mark.parametrize("count", [1, 2, 3])
def test_needs_over_time_differ_without_colour(count: int) -> None:
    names = ("First", "Previous", "Latest")[:count]
    picture = as_svg(
        needs_over_time_plot([(name, READINGS) for name in names], SMALL), title="Needs", description="Words."
    )
    assert set(names) <= set(texts(picture))
    drawn = ElementTree.fromstring(picture)
    fills = [one.get("fill") == "none" for one in drawn.iter(f"{SVG}rect")]
    hatched = sum(1 for _ in drawn.iter(f"{SVG}path")) - 5  # the lines of the scale
    bars = 1 + sum(one.actual is not None and one.actual > 0 for one in READINGS)  # the key's is one
    assert (fills.count(False), fills.count(True), hatched) == (
        bars,
        bars * (count - 1),
        bars * (count > 1),
    )
    with pytest.raises(ValueError, match="plot"):
        needs_over_time_plot([("One", READINGS)] * 4, SMALL)
