"""Rows of texts as files: CSV in parts, and a spreadsheet with a notice and a list of its columns."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from api.services.transfer.export_fields import Cells, Field, Holds

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of a sheet, with its header
A4 = 9
LINE = 15  # points
HEAD_LINES = 3  # lines over which a long heading is spread
MOST_WIDE = 60  # characters; a longer text is cut on the screen, not in the cell
NUMBER_FORMATS = {
    Holds.TEXT: "@",  # what is typed into the column stays text too
    Holds.DAY: "yyyy-mm-dd",
    Holds.INSTANT: "yyyy-mm-dd hh:mm:ss",
}
IN_WORDS = {
    Holds.TEXT: "text",
    Holds.DAY: "date",
    Holds.INSTANT: "date and time in UTC",
    Holds.BOOLEAN: "TRUE or FALSE",
}
WIDTHS = {Holds.TEXT: 12, Holds.NUMBER: 6, Holds.DAY: 10, Holds.INSTANT: 19, Holds.BOOLEAN: 6}
WIDTHS_OF_NOTES = (42, 100)
COLUMNS_HEAD = ("Heading", "Code in CSV files and the API", "What it contains")
WIDTHS_OF_COLUMNS = (55, 32, 26)

ReadThis = Sequence[tuple[str, str]]


def csv_parts(head: Sequence[str], batches: Iterable[Cells]) -> Iterator[str]:
    """RFC 4180: the header, then each batch of rows."""
    yield _csv([head])
    for cells in batches:
        yield _plain_csv(cells) or _csv(zip(*cells, strict=True))


def _plain_csv(cells: Cells) -> str | None:
    """The text that the csv module would write, in a sixth of the time; None if a cell has to be quoted.

    If there are no more separators than there are between the cells, no cell has one.
    """
    width, length = len(cells), len(cells[0])
    text = "\r\n".join([*map(",".join, zip(*cells, strict=True)), ""])
    separators = {",": length * (width - 1), "\r": length, "\n": length, '"': 0}
    plain = width > 1 and all(text.count(separator) == times for separator, times in separators.items())
    return text if plain else None


def _csv(rows: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


class Spreadsheet:
    """An .xlsx file, written row by row in constant memory. Unfinished sheets are in a folder beside it.

    The rows are on the first sheets, under headings in words. Then come the notice and a list of the columns,
    which says what each heading is called in CSV files and the API.
    """

    def __init__(self, path: Path, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._closing = ExitStack()
        folder = TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.")
        options = {"constant_memory": True, "tmpdir": self._closing.enter_context(folder), "use_zip64": True}
        self._book = Workbook(self._closing.enter_context(path.open("wb")), options)
        self._formats = [self._book.add_format(_look(field)) for field in fields]
        self._head = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._label = self._book.add_format({"bold": True, "valign": "top"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._longest = [WIDTHS[field.holds] for field in fields]
        self._sheets: list[Any] = []  # of rows
        self._row = MOST_ROWS  # the next one to write

    def add(self, cells: Cells) -> None:
        """Add rows, on as many sheets as they need."""
        for column, field in enumerate(self._fields):
            if field.holds is Holds.TEXT:
                self._longest[column] = max(self._longest[column], max(map(len, cells[column]), default=0))
        for row in zip(*cells, strict=True):
            if self._row == MOST_ROWS:
                self._begin()
            for column, text in enumerate(row):
                if text:
                    self._write(column, text)
            self._row += 1

    def finish(self, read_this: ReadThis) -> None:
        """Write the file, with the notice and the list of columns on sheets of their own."""
        if not self._sheets:
            self._begin()
        self._end()
        for sheet in self._sheets:
            self._set_widths(sheet, map(_width, self._fields, self._longest))
        self._add_notice(read_this)
        self._add_columns()
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from error  # the OSError, which says whether the disk is full

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Delete the unfinished sheets."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._closing.close()

    def _begin(self) -> None:
        if self._sheets:
            self._end()
        number = len(self._sheets) + 1
        sheet = self._book.add_worksheet("Assessments" if number == 1 else f"Assessments {number}")
        sheet.freeze_panes(1, 0)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # IDs, which are text on purpose
        sheet.set_row(0, HEAD_LINES * LINE)
        for column, field in enumerate(self._fields):
            sheet.write_string(0, column, field.label, self._head)
        self._sheets.append(sheet)
        self._row = 1

    def _end(self) -> None:
        """Lets readers filter and sort by each column of the last sheet."""
        self._sheets[-1].autofilter(0, 0, self._row - 1, len(self._fields) - 1)

    def _add_notice(self, read_this: ReadThis) -> None:
        notes = self._book.add_worksheet("Read this")
        self._set_widths(notes, WIDTHS_OF_NOTES)
        for row, (label, text) in enumerate(read_this):
            notes.set_row(row, LINE * max(1, -(-len(text) // (WIDTHS_OF_NOTES[1] - 10))))
            notes.write_string(row, 0, label, self._label)
            notes.write_string(row, 1, text, self._wrapped)

    def _add_columns(self) -> None:
        columns = self._book.add_worksheet("Columns")
        self._set_widths(columns, WIDTHS_OF_COLUMNS)
        columns.freeze_panes(1, 0)
        for column, heading in enumerate(COLUMNS_HEAD):
            columns.write_string(0, column, heading, self._head)
        for row, field in enumerate(self._fields, start=1):
            for column, text in enumerate((field.label, field.name, _in_words(field))):
                columns.write_string(row, column, text)

    def _set_widths(self, sheet: Any, widths: Iterable[int]) -> None:
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)

    def _write(self, column: int, text: str) -> None:
        """A number as a number, a date as a date, and text as text even if it looks like a number."""
        holds, look = self._fields[column].holds, self._formats[column]
        sheet = self._sheets[-1]
        if holds is Holds.NUMBER:
            sheet.write_number(self._row, column, float(text), look)
        elif holds is Holds.TEXT:
            sheet.write_string(self._row, column, text, look)
        elif holds is Holds.BOOLEAN:
            sheet.write_boolean(self._row, column, text == "true", look)
        else:
            sheet.write_datetime(self._row, column, datetime.fromisoformat(text[:19]), look)


def _look(field: Field) -> dict[str, str]:
    """How cells are shown. A truth value is TRUE or FALSE without a format of its own.

    >>> from api.services.transfer.export_fields import BY_NAME
    >>> _look(BY_NAME["score"]), _look(BY_NAME["typicality"]), _look(BY_NAME["latest"])
    ({'num_format': '0.00'}, {'num_format': '0.000'}, {})
    """
    if field.holds is Holds.BOOLEAN:
        return {}
    if field.holds is Holds.NUMBER:
        return {"num_format": f"0.{'0' * field.places}".rstrip(".")}
    return {"num_format": NUMBER_FORMATS[field.holds]}


def _in_words(field: Field) -> str:
    if field.holds is Holds.NUMBER:
        return f"number with {field.places} decimal{'' if field.places == 1 else 's'}"
    return IN_WORDS[field.holds]


def _width(field: Field, longest: int) -> int:
    """In characters, so that the heading and the values of the column can be seen in full."""
    lines = max(-(-len(field.label) // HEAD_LINES) + 4, *(len(word) + 3 for word in field.label.split()))
    return min(max(lines, longest + 1), MOST_WIDE)
