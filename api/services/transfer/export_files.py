"""Rows of texts as files: CSV in parts, and a spreadsheet with the notice on its second sheet."""

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
NUMBER_FORMATS = {Holds.DAY: "yyyy-mm-dd", Holds.INSTANT: "yyyy-mm-dd hh:mm:ss"}
WIDTHS = {Holds.TEXT: 12, Holds.NUMBER: 6, Holds.DAY: 10, Holds.INSTANT: 19}
WIDTHS_OF_NOTES = (25, 100)

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
    """An .xlsx file, written row by row in constant memory. Unfinished sheets are in a folder beside it."""

    def __init__(self, path: Path, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._closing = ExitStack()
        folder = TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.")
        options = {"constant_memory": True, "tmpdir": self._closing.enter_context(folder), "use_zip64": True}
        self._book = Workbook(self._closing.enter_context(path.open("wb")), options)
        self._formats = {
            holds: self._book.add_format({"num_format": code}) for holds, code in NUMBER_FORMATS.items()
        }
        self._sheet: Any = None
        self._row = MOST_ROWS  # the next one to write

    def add(self, cells: Cells) -> None:
        """Add rows, on as many sheets as they need."""
        for row in zip(*cells, strict=True):
            if self._row == MOST_ROWS:
                self._begin()
            for column, text in enumerate(row):
                if text:
                    self._write(column, text)
            self._row += 1

    def finish(self, read_this: ReadThis) -> None:
        """Write the file, with the notice on a sheet of its own."""
        if self._sheet is None:
            self._begin()
        notes = self._sheet_called("Read this", widths=WIDTHS_OF_NOTES)
        for row, line in enumerate(read_this):
            for column, text in enumerate(line):
                notes.write_string(row, column, text)
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
        number = len(self._book.worksheets()) + 1
        title = "Assessments" if number == 1 else f"Assessments {number}"
        self._sheet = self._sheet_called(title, widths=[_width(field) for field in self._fields])
        self._sheet.freeze_panes(1, 0)
        for column, field in enumerate(self._fields):
            self._sheet.write_string(0, column, field.name)
        self._row = 1

    def _sheet_called(self, title: str, *, widths: Iterable[int]) -> Any:
        sheet = self._book.add_worksheet(title)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def _write(self, column: int, text: str) -> None:
        """A number as a number, a date as a date, and text as text even if it looks like a number."""
        holds = self._fields[column].holds
        if holds is Holds.NUMBER:
            self._sheet.write_number(self._row, column, float(text))
        elif holds is Holds.TEXT:
            self._sheet.write_string(self._row, column, text)
        else:
            moment = datetime.fromisoformat(text[:19])
            self._sheet.write_datetime(self._row, column, moment, self._formats[holds])


def _width(field: Field) -> int:
    """In characters, so that the name and the values of the column can be seen in full."""
    return max(len(field.name), WIDTHS[field.holds]) + 1
