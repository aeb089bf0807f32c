"""Plots of needs: what a person's ratings are beside those of the comparables, and over time."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from xml.etree import ElementTree

import pytest
from reportlab.graphics.shapes import Drawing, String
from reportlab.pdfbase.pdfmetrics import stringWidth

from rms.engine.result import NeedReading
from rms.instrument import instrument
from rms.reports.drawing import as_png, as_svg
from rms.reports.needs_charts import (
    NARROW,
    UNKNOWN_MARK,
    WIDE,
    WITHHELD_MARK,
    needs_over_time_plot,
    needs_plot,
    needs_plot_with_codes,
    rows_height,
)
from rms.reports.wording import UNKNOWN, Reading
from tests.rms.reports.cases import NEEDS, READINGS, SMALL, WITHOUT_NEEDS

SVG = "{http://www.w3.org/2000/svg}"
Plot = Callable[..., Drawing]
# A plot, what it calls the needs, and how it marks a value that is not known.
PLOTS = [
    (needs_plot, [f"Name of {code}" for code in NEEDS], UNKNOWN),
    (partial(needs_plot, rows=NARROW), [f"Name of {code}" for code in NEEDS], UNKNOWN),
    (needs_plot_with_codes, list(NEEDS), UNKNOWN_MARK),
]


def svg(plot: Plot = needs_plot, **changes: Reading) -> bytes:
    return as_svg(plot(READINGS, SMALL, **changes), title="Needs <of> one & all", description="In words.")


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


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_the_needs_stand_in_the_order_of_the_instrument(plot: Plot, names: list[str], missing: str) -> None:
    backwards = as_svg(plot(READINGS[::-1], SMALL), title="", description="")
    assert [text for text in texts(backwards) if text in names] == names


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_actual_and_simulated_differ_without_colour(plot: Plot, names: list[str], missing: str) -> None:
    root = ElementTree.fromstring(svg(plot))
    hatched = [path for path in root.iter(f"{SVG}path") if (path.get("d") or "").count("M") > 2]
    assert len(hatched) == 3  # two simulated bars and the key; no actual bar has stripes
    outlined = [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") != rect.get("stroke")]
    solid = [rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") == rect.get("stroke")]
    assert (len(outlined), len(solid)) == (3, 2)  # the actual 0 has a figure and no bar


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_stripes_stay_inside_their_bar(plot: Plot, names: list[str], missing: str) -> None:
    root = ElementTree.fromstring(svg(plot))
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


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_what_is_not_known_is_marked_and_zero_is_a_figure(plot: Plot, names: list[str], missing: str) -> None:
    shown = texts(svg(plot))
    assert shown.count(missing) == 2
    assert shown.count("0") == 1 and "67" in shown and "40" in shown


@pytest.mark.parametrize(
    ("plot", "unknown", "blank"),
    [
        (needs_plot, UNKNOWN, "withheld"),
        (partial(needs_plot, rows=NARROW), UNKNOWN, "withheld"),
        (needs_plot_with_codes, UNKNOWN_MARK, WITHHELD_MARK),
    ],
)
def test_what_is_withheld_is_not_called_unknown(plot: Plot, unknown: str, blank: str) -> None:
    """The rating of EMPL is unknown; every simulated need is withheld, with the score."""
    without = [NeedReading(one.need, one.actual, None, None, None, None) for one in READINGS]
    shown = texts(as_svg(plot(without, SMALL, blank="withheld"), title="", description=""))
    assert (shown.count(unknown), shown.count(blank)) == (1, 3)
    assert any("withheld" in one for one in shown)


def test_the_other_reading_draws_other_bars() -> None:
    assert "35" in texts(svg(reading="expected"))
    assert any("Expected" in text for text in texts(svg(reading="expected")))


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_a_need_without_a_reading_is_drawn_as_not_known(plot: Plot, names: list[str], missing: str) -> None:
    assert texts(as_svg(plot((), SMALL), title="", description="")).count(missing) == 2 * len(NEEDS)


@pytest.mark.parametrize(("plot", "names", "missing"), PLOTS)
def test_without_needs_there_is_no_plot(plot: Plot, names: list[str], missing: str) -> None:
    with pytest.raises(ValueError, match="no needs"):
        plot((), WITHOUT_NEEDS)


@pytest.mark.parametrize("values", [(0.0, 0.0, 0.0), (100.0, 100.0, 100.0), (50.0, None, 51.0)])
def test_no_words_overlap_and_none_leave_the_picture(values: tuple[float | None, ...]) -> None:
    """Every need the same, of the longest names and IDs."""
    form = instrument("rms")
    series = [
        (
            f"{name}: {'W' * 20}-100",
            [NeedReading(need.code, value, None, None, None, None) for need in form.needs],
        )
        for name, value in zip(("First", "Previous", "Latest"), values, strict=True)
    ]
    compared = [NeedReading(need.code, values[0], values[1], None, None, None) for need in form.needs]
    for drawing in (
        *(needs_over_time_plot(series, form, rows=rows) for rows in (WIDE, NARROW)),
        *(needs_plot(compared, form, rows=rows) for rows in (WIDE, NARROW)),
    ):
        boxes = [box_of(one) for one in drawing.contents if isinstance(one, String)]
        for one, other in combinations(boxes, 2):
            beside = one[2] <= other[0] or other[2] <= one[0]
            assert beside or one[3] <= other[1] or other[3] <= one[1], (one, other)
        assert all(left >= 0 and right <= drawing.width for left, _, right, _ in boxes)


def box_of(words: String) -> tuple[float, float, float, float]:
    """Left, foot, right and head of a line of text; capitals and figures are 0.73 of its size."""
    width = stringWidth(words.text, words.fontName, words.fontSize)
    left = words.x - {"start": 0.0, "middle": width / 2, "end": width}[words.textAnchor]
    return left, words.y, left + width, words.y + 0.73 * words.fontSize


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


@pytest.mark.parametrize("count", [1, 2, 3])
def test_needs_over_time_differ_without_colour(count: int) -> None:
    names = ("First", "Previous", "Latest")[:count]
    drawing = needs_over_time_plot([(name, READINGS) for name in names], SMALL)
    assert drawing.height == rows_height(count, len(NEEDS))
    picture = as_svg(drawing, title="Needs", description="Words.")
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
