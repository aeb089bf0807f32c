"""How the scores of a group are distributed: in words, as a table, as a drawing.

Each process by itself, never the two together: they answer separate questions. A count that is too small
is None and reads "not shown". Sizes are in points.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing, Line, Rect, Shape

from rms.engine.scale import TENTHS
from rms.reports.drawing import BLUE, GRID, INK, QUIET, WIDTH, text
from rms.reports.fonts import BOLD

WITHHELD = "withheld"  # as the counts name it
TITLE = "Distribution of the scores"
TOO_SMALL = "not shown"
TOO_SMALL_MARK = "n/s"
TOO_SMALL_LEGEND = f"{TOO_SMALL_MARK}: not shown, because it could identify people"

PANEL, HEAD = 150, 22
LEFT, RIGHT, FOOT, TOP = 34, 492, 30, 118  # a panel's frame, from its own foot
GAP = 3.0


@dataclass(frozen=True)
class Panel:
    """One process: `parts` has the count of each tenth, in order, and `withheld` those without a score."""

    label: str
    parts: tuple[int | None, ...]
    withheld: int | None

    @property
    def summary(self) -> str:
        """
        >>> Panel("Violence", (3, 0, *(0,) * 8), 2).summary
        'Violence: 3 with a score, 2 withheld'
        >>> Panel("Violence", (3, None, *(0,) * 8), None).summary
        'Violence: at least 3 with a score, and too few withheld to show'
        """
        known = [count for count in self.parts if count is not None]
        at_least = "" if len(known) == len(self.parts) else "at least "
        scored = f"{self.label}: {at_least}{sum(known)} with a score"
        if self.withheld is None:
            return f"{scored}, and too few withheld to show"
        return f"{scored}, {self.withheld} withheld"


@dataclass(frozen=True)
class Distribution:
    """What the drawing shows; `columns` and `rows` are the table beside it."""

    title: str
    description: str
    panels: tuple[Panel, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def hides(self) -> bool:
        return any(None in (*panel.parts, panel.withheld) for panel in self.panels)


def distribution(counted: Mapping[str, Mapping[str, int | None]], labels: Mapping[str, str]) -> Distribution:
    """The distribution of these counts: process → tenth of the scores, or withheld → modelled rows.

    `labels` names the processes, in order; one without counts is not drawn.
    """
    panels = tuple(
        Panel(label, tuple(counted[code][one.name] for one in TENTHS), counted[code][WITHHELD])
        for code, label in labels.items()
        if code in counted
    )
    lines = [(one.name, [panel.parts[place] for panel in panels]) for place, one in enumerate(TENTHS)]
    lines.append((WITHHELD, [panel.withheld for panel in panels]))
    return Distribution(
        title=TITLE,
        description=_described(panels),
        panels=panels,
        columns=("Score", *(panel.label for panel in panels)),
        rows=tuple((name, *map(_cell, counts)) for name, counts in lines),
    )


def distribution_plot(distribution: Distribution) -> Drawing:
    """A panel for each process, one above the other, all on one scale."""
    height = HEAD + PANEL * max(1, len(distribution.panels))
    drawing = Drawing(WIDTH, height)
    heading = f"{distribution.title}: number of scores in each range"
    drawing.add(text(0, height - 12, heading, size=9.5, font=BOLD))
    most = max((count or 0 for panel in distribution.panels for count in panel.parts), default=0)
    for place, panel in enumerate(distribution.panels):
        for shape in _panel(panel, height - HEAD - PANEL * (place + 1), most=max(most, 1)):
            drawing.add(shape)
    if distribution.hides:
        drawing.add(text(RIGHT, height - 12, TOO_SMALL_LEGEND, size=7, anchor="end", colour=QUIET))
    return drawing


def _panel(panel: Panel, foot: int, *, most: int) -> Iterator[Shape]:
    yield text(LEFT, foot + PANEL - 12, panel.summary, size=8.5)
    base, step = foot + FOOT, (RIGHT - LEFT) / len(TENTHS)
    for share in (0.5, 1.0):
        y = base + share * (TOP - FOOT)
        yield Line(LEFT, y, RIGHT, y, strokeColor=GRID, strokeWidth=0.5)
    yield Line(LEFT, base, RIGHT, base, strokeColor=INK, strokeWidth=0.8)
    yield text(LEFT - 5, base - 3, "0", size=7.5, anchor="end", colour=QUIET)
    yield text(LEFT - 5, base + TOP - FOOT - 3, str(most), size=7.5, anchor="end", colour=QUIET)
    for place, (tenth, count) in enumerate(zip(TENTHS, panel.parts, strict=True)):
        left = LEFT + place * step
        middle, height = left + step / 2, (TOP - FOOT) * (count or 0) / most
        yield text(middle, base - 12, tenth.name, size=6.5, anchor="middle")
        if height:
            yield Rect(left + GAP, base, step - 2 * GAP, height, fillColor=BLUE, strokeColor=BLUE)
        label = TOO_SMALL_MARK if count is None else str(count)
        if count != 0:
            yield text(middle, round(base + height) + 3, label, size=7, anchor="middle")


def _described(panels: tuple[Panel, ...]) -> str:
    lines = []
    for panel in panels:
        parts = [
            f"{one.name}: {_cell(count)}"
            for one, count in zip(TENTHS, panel.parts, strict=True)
            if count != 0
        ]
        lines.append(f"{panel.summary}. " + ("; ".join(parts) + "." if parts else ""))
    return " ".join(lines).strip() or "No results."


def _cell(count: int | None) -> str:
    return TOO_SMALL if count is None else str(count)
