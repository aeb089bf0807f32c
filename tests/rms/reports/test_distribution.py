from xml.etree import ElementTree

from rms.engine.scale import TENTHS
from rms.reports.distribution import TOO_SMALL_MARK, distribution, distribution_plot
from rms.reports.drawing import as_png, as_svg

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {"recidivism": "Recidivism", "violence": "Violence"}
NAMES = [one.name for one in TENTHS]


def counts(*parts: int | None, withheld: int | None) -> dict[str, int | None]:
    return {**dict(zip(NAMES, parts, strict=True)), "withheld": withheld}


KNOWN = {
    "violence": counts(4, 2, *(0,) * 8, withheld=1),
    "recidivism": counts(*(0,) * 9, 8, withheld=0),
}
SMALL = {"recidivism": counts(12, None, None, *(0,) * 7, withheld=None)}


def drawn(picture: bytes) -> tuple[list[str], list[float]]:
    root = ElementTree.fromstring(picture)
    texts = [one.text or "" for one in root.iter(f"{SVG}text")]
    return texts, [float(one.get("height") or 0) for one in root.iter(f"{SVG}rect")]


def test_the_tenths_are_the_whole_scale() -> None:
    assert NAMES[0] == "1.00–1.09" and NAMES[-1] == "1.90–2.00"
    assert all(below.high + 1 == above.low for below, above in zip(TENTHS, TENTHS[1:], strict=False))


def test_each_process_by_itself_and_the_withheld_told() -> None:
    told = distribution(KNOWN, LABELS)
    assert told.columns == ("Score", "Recidivism", "Violence")
    assert told.rows[0] == ("1.00–1.09", "0", "4")
    assert told.rows[-1] == ("withheld", "0", "1")
    assert told.description == (
        "Recidivism: 8 with a score, 0 withheld. 1.90–2.00: 8. "
        "Violence: 6 with a score, 1 withheld. 1.00–1.09: 4; 1.10–1.19: 2."
    )


def test_bars_are_as_high_as_they_count_on_one_scale() -> None:
    picture = as_svg(distribution_plot(distribution(KNOWN, LABELS)), title="", description="")
    texts, heights = drawn(picture)
    assert [round(height / heights[0], 2) for height in heights] == [1, 0.5, 0.25]
    assert "Violence: 6 with a score, 1 withheld" in texts


def test_what_is_too_small_is_marked_and_not_drawn() -> None:
    told = distribution(SMALL, LABELS)
    assert told.hides
    assert told.rows[1] == ("1.10–1.19", "not shown")
    assert "at least 12 with a score, and too few withheld to show" in told.description
    texts, heights = drawn(as_svg(distribution_plot(told), title="", description=""))
    assert texts.count(TOO_SMALL_MARK) == 2 and len(heights) == 1


def test_nothing_is_an_empty_picture() -> None:
    told = distribution({}, LABELS)
    assert told.description == "No results."
    assert as_png(distribution_plot(told)).startswith(b"\x89PNG")
