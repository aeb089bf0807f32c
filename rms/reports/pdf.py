"""A report as PDF: A4 pages for a case worker to read, file and write on.

The same `Report` gives the same bytes: the file's dates are the submission's, its id is made of its
content, and its fonts come with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import partial
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Spacer

from rms.reports import wording
from rms.reports.content import (
    ComparablesTable,
    Fact,
    JudgedOtherwise,
    NeedsSection,
    ProcessSection,
    RatingsGroup,
    Report,
)
from rms.reports.drawing import INK, QUIET, WIDTH
from rms.reports.fonts import BOLD, REGULAR, drawable
from rms.reports.layout import (
    ACCENT,
    CELL,
    FAINT,
    PALE,
    RULE,
    STRONG,
    Box,
    Column,
    Grid,
    Letters,
    Picture,
    Text,
    WritingSpace,
)
from rms.reports.needs_charts import needs_plot_with_codes
from rms.reports.tagging import ON_EVERY_PAGE, Element, Tags, marked

# No page here reads markup. If one ever does, it must not open a file or an address.
rl_config.trustedHosts = []
rl_config.trustedSchemes = ["data"]
rl_config.useA85 = 0  # streams stay binary: a fifth smaller, and quicker to write

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = (PAGE_WIDTH - WIDTH) / 2
HEAD, FOOT = 44, 42

TITLE = Letters(20, 28, font=BOLD, role="H1")
SUBTITLE = Letters(10, 15, colour=QUIET)
HEADING = Letters(12, 16, font=BOLD, colour=ACCENT, role="H2")
SUBHEADING = Letters(9, 13, font=BOLD, role="H3")
NOTICE = Letters(9.5, 13.6)
BODY = Letters(8.5, 11.8)
SMALL = Letters(7.5, 10.4, colour=QUIET)
WARNED = Letters(8.5, 12, font=BOLD)

NOTICE_BOX = Box(RULE, 0.6, PALE)
WARNING_BOX = Box(INK, 1.5, PALE)

FACTS = (
    Column(90, letters=FAINT, heads_row=True),
    Column(130),
    Column(94, letters=FAINT, heads_row=True),
    Column(WIDTH - 314),
)
MEANINGS = (Column(70, letters=FAINT, heads_row=True), Column(WIDTH - 70))
CHANGES = (Column(176, heads_row=True), Column(160), Column(WIDTH - 336, letters=STRONG))
VERSIONS = (Column(130, letters=FAINT, heads_row=True), Column(WIDTH - 130))
RATINGS = (Column(222, heads_row=True), Column(WIDTH - 222))
GLANCE = (
    Column(116, letters=Letters(10, 13, font=BOLD), heads_row=True),
    Column(124, letters=Letters(18, 26, font=BOLD)),
    Column(92),
    Column(78),
    Column(86),
)
NEEDS = (Column(46, letters=STRONG, heads_row=True), Column(170), *(Column(70, right=True),) * 4)


def report_pdf(report: Report) -> bytes:
    """The report as the bytes of a PDF file; the same report always gives the same bytes."""
    pages = BytesIO()
    document = BaseDocTemplate(
        pages,
        pagesize=A4,
        title=drawable(report.title),
        author="RMS",
        subject=wording.SUBTITLE,
        creator="RMS",
        lang="en-GB",
        displayDocTitle=True,
        invariant=1,
        initialFontName=REGULAR,
    )
    room = PAGE_HEIGHT - HEAD - FOOT
    frame = Frame(MARGIN, FOOT, WIDTH, room, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates(PageTemplate(frames=[frame]))
    document.build(list(_story(report)), canvasmaker=partial(ReportCanvas, report=report))
    return pages.getvalue()


class ReportCanvas(Canvas):  # type: ignore[misc]
    """Keeps all pages until the last, then adds head, foot and watermark, with the number of pages."""

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "pdfVersion": (1, 7)})
        self._report = report
        self._kept: list[dict[str, Any]] = []
        self.tags = Tags()
        at = report.submitted_at.astimezone(UTC)
        self.setDateFormatter(lambda *now: f"D:{at:%Y%m%d%H%M%S}+00'00'")

    def begin(self, element: Element) -> str:
        """What the code of this page needs before this element of the tree."""
        return self.tags.begin(element, page=len(self._kept))

    def showPage(self) -> None:  # noqa: N802 - the drawing library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        kept = self._kept
        for number, page in enumerate(kept, start=1):
            self.__dict__.update(page)
            with marked(self._code, ON_EVERY_PAGE):
                self._surround(number, of=len(kept))
            super().showPage()
        self.tags.write(self._doc, self._doc.Pages.pages, title=self._report.title)
        super().save()

    def _surround(self, number: int, *, of: int) -> None:
        left, right = MARGIN, PAGE_WIDTH - MARGIN
        head, foot = PAGE_HEIGHT - 31, 27
        if self._report.what_if:
            self._watermark()
        self.setStrokeColor(RULE)
        self.setLineWidth(0.6)
        self.lines([(left, y, right, y) for y in (head - 5, foot + 10)])
        self.setFillColor(QUIET)
        self.setFont(REGULAR, 7.5)
        self.drawString(left, head, drawable(f"RMS · {self._report.title}"))
        self.drawString(left, foot, wording.NOTICE_SHORT)
        self.drawRightString(right, foot, f"page {number} of {of}")
        self.setFillColor(INK)
        self.setFont(BOLD, 7.5)
        self.drawRightString(right, head, " · ".join(_marks(self._report)))

    def _watermark(self) -> None:
        """Over the whole page: faint enough to read through, and too large to overlook."""
        self.saveState()
        self.setFillColor(INK, alpha=0.09)
        self.setFont(BOLD, 118)
        self.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        self.rotate(54)
        self.drawCentredString(0, -40, wording.WHAT_IF_MARK)
        self.restoreState()


def _marks(report: Report) -> Iterator[str]:
    if report.what_if:
        yield f"{wording.WHAT_IF_MARK}, not an official report"
    if report.synthetic:
        yield "SYNTHETIC LIBRARY"


def _story(report: Report) -> Iterator[Flowable]:
    yield from _opening(report)
    for section in report.processes:
        yield from _process(section)
    if report.needs:
        yield from _needs(report.needs)
    closing = _closing(report)
    if report.what_if:  # not an official report, so there is no judgement to sign
        yield from _ratings(report.ratings, closing)
    else:
        yield from _ratings(report.ratings, ())
        yield from _judgement(report, closing)


def _opening(report: Report) -> Iterator[Flowable]:
    yield Text(report.title, TITLE)
    yield Text(wording.SUBTITLE, SUBTITLE, after=16)
    for warning in report.warnings:
        yield Text(warning, WARNED, box=WARNING_BOX, after=14)
    yield _facts(report.identification)
    if report.correction:
        yield Text(report.correction, BODY, before=8)
    if report.changes and report.changes.rows:
        yield _heading(f"Changed from {report.changes.since}")
        changed = [(one.label, one.before, one.after) for one in report.changes.rows]
        yield Grid(
            changed, CHANGES, head=("Answer", f"In {report.changes.since}", f"In {report.changes.here}")
        )
    yield Text(report.notice, NOTICE, box=NOTICE_BOX, before=14, after=12)
    yield _heading(wording.GLANCE_HEADING)
    none = wording.NO_VALUE
    rows = [
        (one.label, one.standing, one.interval or none, one.effective_size or none, one.typicality)
        for one in report.processes
    ]
    yield Grid(rows, GLANCE, head=wording.GLANCE_COLUMNS)
    yield Text(report.scale, BODY, before=6, after=14)


def _process(section: ProcessSection) -> Iterator[Flowable]:
    yield CondPageBreak(200)
    yield _heading(f"{section.label}: {section.standing}")
    meanings = (("Actual 1", section.actual_1), ("Actual 2", section.actual_2))
    yield Grid(meanings, MEANINGS, ruled=False)
    yield Spacer(0, 4)
    for sentence in section.sentences:
        yield Text(sentence, BODY, after=3)
    if section.comparables:
        yield from _comparables(section.comparables, of=section.label)


def _comparables(table: ComparablesTable, *, of: str) -> Iterator[Flowable]:
    grid = Grid(table.rows, _columns(table), head=table.columns, total=table.total)
    parts = (
        Text(f"{of}: {table.heading[0].lower()}{table.heading[1:]}", SUBHEADING, before=5, after=2),
        Text(f"{table.explainer} {table.legend}", SMALL, after=4),
        grid,
        Text(table.hand_check, BODY, before=5),
    )
    yield CondPageBreak(min(_height(parts), 320))  # heading, table and check on one page where they can be
    yield from parts


def _needs(section: NeedsSection) -> Iterator[Flowable]:
    # The table names each code.
    drawing = needs_plot_with_codes(section.readings, section.instrument, blank=section.blank)
    words = wording.needs_description(section.readings, section.instrument, blank=section.blank)
    plot = Picture(drawing, alternative=f"{wording.needs_title('simulated')}. {words}")
    grid = Grid(section.rows, NEEDS, head=section.columns)
    yield CondPageBreak(min(plot.height + grid.height + 74, 600))
    yield _heading("Needs")
    yield plot
    yield Spacer(0, 4)
    yield grid
    yield Text(section.caveat, SMALL, before=4)


def _ratings(groups: Sequence[RatingsGroup], closing: Sequence[Flowable]) -> Iterator[Flowable]:
    yield CondPageBreak(110)
    yield _heading("Answers")
    for group in groups:
        heading = Text(group.heading, SUBHEADING, before=6, after=2)
        ratings = _pairs(group.ratings, RATINGS, ruled=True)
        if closing and group is groups[-1]:
            yield from _last((heading, ratings, *closing))
        else:
            yield CondPageBreak(60)
            yield from (heading, ratings)


def _judgement(report: Report, closing: Sequence[Flowable]) -> Iterator[Flowable]:
    yield CondPageBreak(340)
    yield _heading(wording.JUDGEMENT_HEADING)
    for made in report.overrides:
        yield from _override(made)
    yield Text(wording.NOTES_LEFT_OUT, SMALL, before=2, after=6)
    written = (
        WritingSpace(wording.JUDGEMENT_PROMPT, rules=4),
        WritingSpace(wording.OVERRIDE_PROMPT, rules=3),
        *(WritingSpace(*pair, rules=0) for pair in (wording.SIGNATURES[:2], wording.SIGNATURES[2:])),
    )
    yield from _last((*written, *closing))


def _override(made: JudgedOtherwise) -> Iterator[Flowable]:
    yield CondPageBreak(80)
    yield Text(made.heading, SUBHEADING, before=4, after=1)
    yield Text(f"{made.reason}: {made.text}", BODY, after=2)
    if made.by:
        yield Text(made.by, SMALL, after=2)
    yield Text(made.decided, BODY, after=6)


def _closing(report: Report) -> tuple[Flowable, ...]:
    return (
        _heading(wording.LIMITS_HEADING),
        _pairs(report.versions, VERSIONS, ruled=False),
        Spacer(0, 3),
        *(Text(limit, SMALL, after=3) for limit in report.limits),
    )


def _last(parts: Sequence[Flowable]) -> Iterator[Flowable]:
    """The end of the report on one page if it fits, so that no last page is nearly empty."""
    yield CondPageBreak(min(_height(parts), PAGE_HEIGHT - HEAD - FOOT - 20))
    yield from parts


def _height(parts: Iterable[Flowable]) -> float:
    return sum((float(part.getSpaceBefore() + part.height + part.getSpaceAfter()) for part in parts), 0.0)


def _heading(words: str) -> Text:
    return Text(words, HEADING, before=13, after=4)


def _facts(facts: Sequence[Fact]) -> Grid:
    """Facts in two columns, read down the first and then down the second."""
    half = (len(facts) + 1) // 2
    left, right = facts[:half], [*facts[half:], Fact("", "")][:half]
    rows = [(a.label, a.value, b.label, b.value) for a, b in zip(left, right, strict=True)]
    return Grid(rows, FACTS, ruled=False)


def _pairs(facts: Iterable[Fact], columns: Sequence[Column], *, ruled: bool) -> Grid:
    return Grid([(fact.label, fact.value) for fact in facts], columns, ruled=ruled)


def _columns(table: ComparablesTable) -> tuple[Column, ...]:
    """Columns that fill the page: single letters narrow, figures (all after the first three) to the right."""
    asked = [
        _letter_width(cells) if len(heading) == 1 else 30.0 + 4.2 * len(heading)
        for heading, cells in zip(table.columns, zip(*table.rows, strict=True), strict=True)
    ]
    return tuple(
        Column(own * WIDTH / sum(asked), right=position > 2, letters=STRONG if position in (3, 4) else CELL)
        for position, own in enumerate(asked)
    )


def _letter_width(cells: Sequence[str]) -> float:
    """The width of a column of counts, or of the labels of levels, which take more than one line if long."""
    longest = max(map(len, cells))
    return 22.0 + 4.2 * max(0, min(longest, 14) - 3)
