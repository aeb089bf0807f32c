"""Rows of texts as files: CSV in parts, and a spreadsheet with a notice and a list of its columns."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, tzinfo
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
NARROW = 0.3  # inches
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
    Holds.INSTANT: "date and time ({})",
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
    which says what each heading is called in CSV files and the API. Times are in `zone`, and their headings
    name it: a cell cannot. On paper, the rows are fitted to `pages_wide` pages; 0: as many as they need.
    """

    def __init__(
        self,
        path: Path,
        fields: Sequence[Field],
        *,
        title: str = "Assessments",
        zone: tzinfo = UTC,
        pages_wide: int = 0,
    ) -> None:
        self._fields = fields
        self._title = title
        self._zone = zone
        self._pages_wide = pages_wide
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
            self._set_widths(sheet, map(_width, map(self._heading, self._fields), self._longest))
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
        sheet = self._book.add_worksheet(self._title if number == 1 else f"{self._title} {number}")
        sheet.freeze_panes(1, 0)
        sheet.set_paper(A4)
        sheet.set_landscape()
        if self._pages_wide:
            sheet.fit_to_pages(self._pages_wide, 0)
            sheet.set_margins(left=NARROW, right=NARROW)
        sheet.repeat_rows(0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # IDs, which are text on purpose
        sheet.set_row(0, HEAD_LINES * LINE)
        for column, field in enumerate(self._fields):
            sheet.write_string(0, column, self._heading(field), self._head)
        self._sheets.append(sheet)
        self._row = 1

    def _end(self) -> None:
        """Lets readers filter and sort by each column of the last sheet."""
        self._sheets[-1].autofilter(0, 0, self._row - 1, len(self._fields) - 1)

    def _add_sheet_of_words(self, title: str) -> Any:
        """It prints one page wide."""
        sheet = self._book.add_worksheet(title)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def _add_notice(self, read_this: ReadThis) -> None:
        notes = self._add_sheet_of_words("Read this")
        self._set_widths(notes, WIDTHS_OF_NOTES)
        for row, (label, text) in enumerate(read_this):
            notes.set_row(row, LINE * max(1, -(-len(text) // (WIDTHS_OF_NOTES[1] - 10))))
            notes.write_string(row, 0, label, self._label)
            notes.write_string(row, 1, text, self._wrapped)

    def _add_columns(self) -> None:
        columns = self._add_sheet_of_words("Columns")
        self._set_widths(columns, WIDTHS_OF_COLUMNS)
        columns.freeze_panes(1, 0)
        for column, heading in enumerate(COLUMNS_HEAD):
            columns.write_string(0, column, heading, self._head)
        for row, field in enumerate(self._fields, start=1):
            for column, text in enumerate((self._heading(field), field.name, self._says(field))):
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
        elif holds is Holds.DAY:
            sheet.write_datetime(self._row, column, datetime.fromisoformat(text), look)
        else:
            local = datetime.fromisoformat(text).astimezone(self._zone)
            sheet.write_datetime(self._row, column, local.replace(tzinfo=None), look)

    def _heading(self, field: Field) -> str:
        return f"{field.label} ({self._zone})" if field.holds is Holds.INSTANT else field.label

    def _says(self, field: Field) -> str:
        return _in_words(field).format(self._zone)


def spreadsheet_content(
    fields: Sequence[Field], batches: Iterable[Cells], read_this: ReadThis, *, title: str, zone: tzinfo = UTC
) -> bytes:
    """An .xlsx file for an answer. On paper, it is one page wide."""
    with TemporaryDirectory(prefix="rms-spreadsheet-") as folder:
        path = Path(folder) / "list.xlsx"
        with Spreadsheet(path, fields, title=title, zone=zone, pages_wide=1) as sheet:
            for cells in batches:
                sheet.add(cells)
            sheet.finish(read_this)
        return path.read_bytes()


def _look(field: Field) -> dict[str, str | int]:
    """How cells are shown. A truth value is TRUE or FALSE without a format of its own.

    >>> from api.services.transfer.export_fields import BY_NAME
    >>> _look(BY_NAME["score"]), _look(BY_NAME["typicality"]), _look(BY_NAME["latest"])
    ({'num_format': '0.00'}, {'num_format': '0.000'}, {})
    """
    if field.holds is Holds.BOOLEAN:
        return {}
    if field.holds is Holds.NUMBER:
        return {"num_format": f"0.{'0' * field.places}".rstrip(".")}
    look: dict[str, str | int] = {"num_format": NUMBER_FORMATS[field.holds]}
    if field.holds is Holds.TEXT:
        look["indent"] = 1  # or a number in the column before would touch it on paper
    return look


def _in_words(field: Field) -> str:
    if field.holds is Holds.NUMBER:
        return f"number with {field.places} decimal{'' if field.places == 1 else 's'}"
    return IN_WORDS[field.holds]


def _width(heading: str, longest: int) -> int:
    """In characters, so that the heading and the values of the column can be seen in full."""
    lines = max(-(-len(heading) // HEAD_LINES) + 4, *(len(word) + 3 for word in heading.split()))
    return min(max(lines, longest + 2), MOST_WIDE)
