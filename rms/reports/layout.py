"""What the pages of a report are made of: text, tables and spaces to write in.

They draw plain text and read no markup, so nothing that was typed into a form can be taken for an
instruction. Each draws all its words in one go, which is what keeps a report fast. Each says what its words
are to those who do not see the page (`tagging`). Sizes in points.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from rms.reports.drawing import INK, QUIET, WIDTH
from rms.reports.fonts import BOLD, REGULAR, drawable, lines, runs, visual, width
from rms.reports.tagging import ARTIFACT, Element, heading_cell, marked

RULE, PALE, ACCENT = HexColor("#c9ced4"), HexColor("#f3f5f7"), HexColor("#1d4f91")


@dataclass(frozen=True)
class Letters:
    """How words look: their size, the height of a line, the font, the colour; and what they are."""

    size: float
    line: float
    font: str = REGULAR
    colour: Color = INK
    role: str = "P"

    @cached_property
    def ink(self) -> str:
        return f"{self.colour.red:.3f} {self.colour.green:.3f} {self.colour.blue:.3f} rg"


class Words:
    """All that one flowable writes, as one text object of the page.

    The drawing library's own text object formats every number in general ways, which was a fifth of the
    time of a report; this one writes the few operators a report needs, and takes its place.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._code = ["BT"]
        self._ink = self._face = ""

    def tagged(self, element: Element | None) -> AbstractContextManager[None]:
        """What the block writes is this element; None if it is not to be read."""
        return marked(self._code, ARTIFACT if element is None else self._canvas.begin(element))

    def write(self, line: str, letters: Letters, *, x: float, y: float) -> None:
        """One line with its baseline beginning at (x, y)."""
        if letters.ink != self._ink:
            self._ink = letters.ink
            self._code.append(letters.ink)
        self._code.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        document = self._canvas._doc
        for name, part in runs(visual(line), font=letters.font):
            font = getFont(name)
            for subset, codes in font.splitString(part, document):
                face = f"{font.getSubsetInternalName(subset, document)} {letters.size:g} Tf"
                if face != self._face:
                    self._face = face
                    self._code.append(face)
                self._code.append(f"({self._canvas._escape(codes)}) Tj")

    def getCode(self) -> str:  # noqa: N802 - the name the page asks for
        return " ".join([*self._code, "ET"])


CELL = Letters(8, 10.4)
STRONG = Letters(8, 10.4, font=BOLD)
FAINT = Letters(8, 10.4, colour=QUIET)
HEADINGS = Letters(7.5, 10.4, font=BOLD)
PROMPT = Letters(7.5, 10.4, colour=QUIET)


@dataclass(frozen=True)
class Box:
    """A frame around text: its edge, the edge's width, the ground, the room inside."""

    edge: Color
    edge_width: float
    ground: Color
    inside: float = 7.0


class Text(Flowable):  # type: ignore[misc]
    """Words set in lines across the page, in a box if one is given; not split between pages."""

    def __init__(
        self, words: str, letters: Letters, *, before: float = 0.0, after: float = 0.0, box: Box | None = None
    ) -> None:
        super().__init__()
        self.words, self.letters, self.box = words, letters, box
        self.spaceBefore, self.spaceAfter = before, after
        self.inside = box.inside if box else 0.0
        self.lines = lines(drawable(words), WIDTH - 2 * self.inside, font=letters.font, size=letters.size)
        self.width, self.height = WIDTH, len(self.lines) * letters.line + 2 * self.inside

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        if self.box:
            with marked(self.canv._code, ARTIFACT):
                self.canv.setStrokeColor(self.box.edge)
                self.canv.setLineWidth(self.box.edge_width)
                self.canv.setFillColor(self.box.ground)
                self.canv.rect(0, 0, self.width, self.height, fill=1)
        words = Words(self.canv)
        element = Element(self.letters.role, text=_read_as(self.words, self.lines))
        first = self.height - self.inside - self.letters.size
        with words.tagged(self.canv.tags.root.add(element)):
            for position, line in enumerate(_followed(self.lines)):
                words.write(line, self.letters, x=self.inside, y=first - position * self.letters.line)
        self.canv.drawText(words)


class Picture(Flowable):  # type: ignore[misc]
    """A drawing, and what it shows in words."""

    def __init__(self, drawing: Drawing, *, alternative: str) -> None:
        super().__init__()
        self.drawing, self.alternative = drawing, alternative
        self.width, self.height = drawing.width, drawing.height

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        left, foot = self.canv.absolutePosition(0, 0)
        box = f"{left:.2f} {foot:.2f} {left + self.width:.2f} {foot + self.height:.2f}"
        layout = f"/O/Layout/Placement/Block/BBox[{box}]"
        figure = Element("Figure", alternative=self.alternative, attributes=layout)
        with marked(self.canv._code, self.canv.begin(self.canv.tags.root.add(figure))):
            renderPDF.draw(self.drawing, self.canv, 0, 0)


@dataclass(frozen=True)
class Column:
    """A column of a table: its width, whether it is set to the right, and how its cells look.

    `heads_row`: its cells are the headings of what follows them in their rows.
    """

    width: float
    right: bool = False
    letters: Letters = CELL
    heads_row: bool = False


@dataclass(frozen=True)
class Row:
    """A row set in lines: per cell its lines and how they look. All cells share their first baseline."""

    cells: tuple[list[str], ...]
    letters: tuple[Letters, ...]
    elements: tuple[Element, ...]

    @cached_property
    def drop(self) -> float:
        """From the row's top down to its first baseline."""
        return Grid.OVER + max(letters.size for letters in self.letters)

    @cached_property
    def height(self) -> float:
        below = (len(cell) * own.line - own.size for cell, own in zip(self.cells, self.letters, strict=True))
        return self.drop + max(below) + Grid.UNDER


class Grid(Flowable):  # type: ignore[misc]
    """A table of text. It splits between rows and repeats its head on each page.

    Parameters
    ----------
    rows, head, total
        A cell for each column; `head` and `total` (the sum under the rows) may be left out.
    ruled
        A fine rule under each row.
    continues
        The table of which this is the rest, on another page.
    """

    PAD, OVER, UNDER = 3.0, 1.6, 2.2

    def __init__(
        self,
        rows: Sequence[Sequence[str]],
        columns: Sequence[Column],
        *,
        head: Sequence[str] = (),
        total: Sequence[str] = (),
        ruled: bool = True,
        continues: Element | None = None,
    ) -> None:
        super().__init__()
        self.element, self.is_rest = continues or Element("Table"), continues is not None
        self.rows, self.columns, self.head, self.total, self.ruled = rows, columns, head, total, ruled
        body = [self._set(row) for row in rows]
        self._above = [self._set(head, HEADINGS, is_head=True)] if head else []
        self._below = [self._set(total, STRONG)] if total else []
        self._set_rows = [*self._above, *body, *self._below]
        self.width = sum(column.width for column in columns)
        self.height = sum(row.height for row in self._set_rows)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list["Grid"]:
        """Two tables, the first as tall as fits; none where no row fits. A sum stays with the last row."""
        top = len(self._above)
        ends = list(accumulate(row.height for row in self._set_rows))[top : top + len(self.rows)]
        fitting = min(sum(end <= available_height for end in ends), len(self.rows) - 1)
        if fitting < 1:
            return []
        part = partial(Grid, columns=self.columns, head=self.head, ruled=self.ruled)
        first = part(self.rows[:fitting], continues=self.element if self.is_rest else None)
        return [first, part(self.rows[fitting:], total=self.total, continues=first.element)]

    def draw(self) -> None:
        words = Words(self.canv)
        if not self.is_rest:
            self.canv.tags.root.add(self.element)
        top = self.height
        for position, row in enumerate(self._set_rows):
            is_read = not self.is_rest or position >= len(self._above)  # the head was read on the page before
            if is_read:
                self.element.add(Element("TR", elements=list(row.elements)))
            self._write_row(words, row, top=top, is_read=is_read)
            top -= row.height
        with marked(self.canv._code, ARTIFACT):
            self._rules()
        self.canv.drawText(words)

    def _set(self, row: Sequence[str], letters: Letters | None = None, *, is_head: bool = False) -> Row:
        looks = tuple(letters or column.letters for column in self.columns)
        cells = tuple(
            lines(drawable(cell), column.width - 2 * self.PAD, font=look.font, size=look.size)
            for cell, column, look in zip(row, self.columns, looks, strict=True)
        )
        elements = (
            _cell(_read_as(words, cell), heading_of=_heading_of(words, column, is_head=is_head))
            for words, cell, column in zip(row, cells, self.columns, strict=True)
        )
        return Row(cells, looks, tuple(elements))

    def _write_row(self, words: Words, row: Row, *, top: float, is_read: bool) -> None:
        left = 0.0
        for column, cell, letters, element in zip(
            self.columns, row.cells, row.letters, row.elements, strict=True
        ):
            if any(cell):
                with words.tagged(element if is_read else None):
                    self._write(words, cell, letters, column=column, left=left, baseline=top - row.drop)
            left += column.width

    def _write(
        self, words: Words, cell: list[str], letters: Letters, *, column: Column, left: float, baseline: float
    ) -> None:
        for position, line in enumerate(_followed([line for line in cell if line])):
            x = left + self.PAD
            if column.right:
                across = width(line.rstrip(), font=letters.font, size=letters.size)
                x = left + column.width - self.PAD - across
            words.write(line, letters, x=x, y=baseline - position * letters.line)

    def _rules(self) -> None:
        edges = [self.height - end for end in accumulate((row.height for row in self._set_rows), initial=0.0)]
        strong = [*edges[: 2 * len(self._above)], *(edges[-2:-1] if self._below else ())]
        fine = edges[1:] if self.ruled else []
        for colour, thickness, heights in ((RULE, 0.4, fine), (INK, 0.9, strong)):
            if heights:
                self.canv.setStrokeColor(colour)
                self.canv.setLineWidth(thickness)
                self.canv.lines([(0, y, self.width, y) for y in heights])


class WritingSpace(Flowable):  # type: ignore[misc]
    """Framed fields side by side, each with a prompt and ruled lines, to be written in by hand."""

    LINE = 19.0

    def __init__(self, *prompts: str, rules: int) -> None:
        super().__init__()
        self.prompts, self.rules = prompts, rules
        self.width, self.height = WIDTH, 36 + rules * self.LINE

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        each = self.width / len(self.prompts)
        for position, prompt in enumerate(self.prompts):
            self._field(prompt, left=position * each, across=each)

    def _field(self, prompt: str, *, left: float, across: float) -> None:
        with marked(self.canv._code, ARTIFACT):
            self._edges(left=left, across=across)
        words = Words(self.canv)
        with words.tagged(self.canv.tags.root.add(Element("P"))):
            words.write(drawable(prompt), PROMPT, x=left + 7, y=self.height - 12)
        self.canv.drawText(words)

    def _edges(self, *, left: float, across: float) -> None:
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(0.8)
        self.canv.rect(left, 0, across, self.height)
        if self.rules:
            self.canv.setStrokeColor(RULE)
            self.canv.setLineWidth(0.5)
            heights = [self.height - 18 - line * self.LINE for line in range(1, self.rules + 1)]
            self.canv.lines([(left + 7, y, left + across - 7, y) for y in heights])


def _followed(lines: Sequence[str]) -> Iterator[str]:
    """The lines, each but the last with a space, or its last word and the next would be read as one."""
    yield from (f"{line} " for line in lines[:-1])
    yield from lines[-1:]


def _heading_of(words: str, column: Column, *, is_head: bool) -> str:
    if is_head:
        return "Column"
    return "Row" if column.heads_row and words else ""


def _cell(text: str, *, heading_of: str) -> Element:
    return heading_cell(text, of=heading_of) if heading_of else Element("TD", text=text)


def _read_as(words: str, drawn: Sequence[str]) -> str:
    """The words in the order in which they are read, if they are drawn in another; otherwise nothing."""
    return " ".join(words.split()) if any(visual(line) != line for line in drawn) else ""
