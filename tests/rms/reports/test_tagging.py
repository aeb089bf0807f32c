"""What a screen reader finds in a report: its tags, in the order in which they are read."""

import io
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from rms.reports import wording
from rms.reports.content import Report, report
from rms.reports.pdf import report_pdf
from tests.rms.reports.cases import OVERRIDE, comparables, simulated, submission

DRAWING = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}
CASES = tuple(comparables()[0]._replace(case_number=30000 + n, percent=2.0, stands_for=1) for n in range(50))
HEBREW = "הוא לא רצה"
FULL = report(submission(), overrides=(replace(OVERRIDE, text=HEBREW),))
LONG = report(submission(simulations=(simulated(comparables=CASES, score=1.0),), policy="nearest"))
REPORTS = {"full": FULL, "what-if": report(submission(what_if=True)), "over two pages": LONG}


@dataclass
class Read:
    """An element of the tree; `words` are those of the page that it holds, as far as they are ASCII."""

    role: str
    entry: dict[str, Any]
    words: str = ""
    elements: list["Read"] = field(default_factory=list)

    def all(self, role: str) -> list["Read"]:
        below = [found for element in self.elements for found in element.all(role)]
        return [self, *below] if self.role == role else below


@cache
def opened(name: str) -> PdfReader:
    return PdfReader(io.BytesIO(report_pdf(REPORTS[name])))


def parts(page: PageObject, reader: PdfReader) -> tuple[dict[int, str], int]:
    """The words of each part of the page that has a number, and how much is drawn outside of any part."""
    words, under_way, outside = dict[int, str](), list[int | None](), 0
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"BDC":
            number = operands[1].get("/MCID")
            under_way.append(number)
            if number is not None:
                assert number not in words
                words[number] = ""
        elif operator == b"BMC":
            under_way.append(None)
        elif operator == b"EMC":
            under_way.pop()
        elif operator in DRAWING:
            assert len(under_way) <= 1
            outside += not under_way
            if operator == b"Tj" and under_way and under_way[0] is not None:
                shown = operands[0]
                words[under_way[0]] += shown if isinstance(shown, str) else bytes(shown).decode("latin-1")
    assert not under_way
    return words, outside


def tree(reader: PdfReader) -> Read:
    words = {page.indirect_reference.idnum: parts(page, reader)[0] for page in reader.pages}

    def read(entry: Any) -> Read:
        entry = entry.get_object()
        element = Read(entry["/S"][1:], entry)
        kids = entry.get("/K", [])
        if isinstance(kids, int):
            element.words = words[entry.raw_get("/Pg").idnum][kids]
        else:
            element.elements = [read(kid) for kid in kids]
        return element

    return read(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])


@pytest.mark.parametrize("name", REPORTS)
def test_all_that_is_drawn_is_in_the_tree_or_not_to_be_read(name: str) -> None:
    reader = opened(name)
    numbers = iter(reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"])
    for page, number, elements in zip(reader.pages, numbers, numbers, strict=True):
        words, outside = parts(page, reader)
        assert outside == 0 and page["/StructParents"] == number and page["/Tabs"] == "/S"
        assert list(words) == list(range(len(elements)))
        for mark, element in enumerate(elements):
            entry = element.get_object()
            assert entry["/K"] == mark and entry.raw_get("/Pg") == page.indirect_reference
            while entry["/S"] != "/Document":
                parent = entry["/P"]
                assert any(kid.get_object() == entry for kid in parent["/K"])
                entry = parent


def test_the_file_says_that_it_is_tagged_and_in_which_language() -> None:
    root = opened("full").trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata and FULL.title in metadata


@pytest.mark.parametrize("name", REPORTS)
def test_headings_are_read_in_their_order_and_leave_no_level_out(name: str) -> None:
    said, read = REPORTS[name], tree(opened(name))
    headings = [element for element in read.elements if element.role.startswith("H")]
    assert headings[0].role == "H1" and headings[0].words == said.title
    levels = [int(heading.role[1]) for heading in headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    expected = [wording.GLANCE_HEADING, *(f"{one.label}: {one.standing}" for one in said.processes)]
    expected += ["Needs", "Answers", *([] if said.what_if else [wording.JUDGEMENT_HEADING])]
    second = [heading.words for heading in headings if heading.role == "H2"]
    assert [heading for heading in second if heading in expected] == expected


@pytest.mark.parametrize("name", REPORTS)
def test_tables_have_rows_of_one_length_and_cells_that_are_headings(name: str) -> None:
    read = tree(opened(name))
    tables = read.all("Table")
    assert len(tables) > 5
    for table in tables:
        rows = [[cell.role for cell in row.elements] for row in table.elements]
        assert {row.role for row in table.elements} == {"TR"} and len({len(row) for row in rows}) == 1
        heads = table.all("TH")
        assert heads and all(heading.words for heading in heads)
        assert {heading.entry["/A"]["/O"] for heading in heads} == {"/Table"}
        assert {heading.entry["/A"]["/Scope"] for heading in heads} <= {"/Row", "/Column"}
        is_headed = all(role == "TH" for role in rows[0])
        assert is_headed or all(row[0] == "TH" for row in rows)


def test_a_table_over_two_pages_is_one_table_whose_head_is_read_once() -> None:
    read = tree(opened("over two pages"))
    (table,) = [one for one in read.all("Table") if "30000" in [cell.words for cell in one.all("TD")]]
    numbers = [cell.words for cell in table.all("TD") if cell.words.startswith("300")]
    assert numbers == [str(case.case_number) for case in CASES]
    assert [all(cell.role == "TH" for cell in row.elements) for row in table.elements].count(True) == 1
    pages = {cell.entry.raw_get("/Pg").idnum for cell in table.all("TD") if cell.words}
    assert len(pages) == 2


def test_a_picture_is_read_in_words() -> None:
    said = REPORTS["full"].needs
    assert said is not None
    (figure,) = tree(opened("full")).all("Figure")
    assert wording.needs_description(said.readings, said.instrument) in figure.entry["/Alt"]
    left, foot, right, head = figure.entry["/A"]["/BBox"]
    assert 0 < left < right < 596 and 0 < foot < head < 842


def test_what_is_drawn_from_the_right_is_read_as_it_was_written() -> None:
    read_as = [paragraph.entry.get("/ActualText") for paragraph in tree(opened("full")).all("P")]
    assert [words for words in read_as if words] == [f"Something else: {HEBREW}"]


def test_lines_of_a_paragraph_are_read_with_a_space_between_them() -> None:
    paragraphs = [paragraph.words for paragraph in tree(opened("full")).all("P")]
    assert FULL.notice in paragraphs


def test_head_and_foot_of_pages_and_the_watermark_are_not_read() -> None:
    read = tree(opened("what-if"))
    every = [element.words for role in ("P", "TD", "TH", "H1", "H2", "H3") for element in read.all(role)]
    assert wording.NOTICE_SHORT not in every and wording.WHAT_IF_MARK not in every


def test_a_report_for_one_person_less_what_it_does_not_have() -> None:
    """Without needs there is no picture."""
    without: Report = replace(FULL, needs=None)
    reader = PdfReader(io.BytesIO(report_pdf(without)))
    assert tree(reader).all("Figure") == [] and len(tree(reader).all("H1")) == 1
