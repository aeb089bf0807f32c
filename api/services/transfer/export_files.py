"""Rows of texts as files: CSV in parts, and a spreadsheet that says on a second sheet how to read it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._writer import WorksheetWriter

from api.services.transfer.export_fields import Cells, Field, Holds

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of a sheet, its header included
NUMBER_FORMATS = {Holds.DAY: "yyyy-mm-dd", Holds.INSTANT: "yyyy-mm-dd hh:mm:ss"}

ReadThis = Sequence[tuple[str, str]]


def csv_parts(head: Sequence[str], batches: Iterable[Cells]) -> Iterator[str]:
    """RFC 4180: the header, then each batch of rows as it comes."""
    yield _csv([head])
    for cells in batches:
        yield _plain_csv(cells) or _csv(zip(*cells, strict=True))


def _plain_csv(cells: Cells) -> str | None:
    """What the csv module would write, in a sixth of its time; None if a cell has to be quoted.

    Cells can only add to the separators: where there are no more than between them, no cell holds one.
    """
    width, length = len(cells), len(cells[0])
    text = "\r\n".join([*map(",".join, zip(*cells, strict=True)), ""])
    separators = {",": length * (width - 1), "\r": length, "\n": length, '"': 0}
    fits = width > 1 and all(text.count(one) == times for one, times in separators.items())
    return text if fits else None


def _csv(rows: Iterable[Sequence[str]]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


class Spreadsheet:
    """An .xlsx file made row by row; what is not yet in it stands in files beside it, and nowhere else."""

    def __init__(self, path: Path, fields: Sequence[Field]) -> None:
        self._path = path
        self._fields = fields
        self._book = Workbook(write_only=True)
        self._sheets: list[Path] = []
        self._sheet: Any = None
        self._left = 0

    def add(self, cells: Cells) -> None:
        """Some rows, on as many sheets as they need."""
        for row in zip(*cells, strict=True):
            if not self._left:
                self._begin()
            self._sheet.append(self._cells(row))
            self._left -= 1

    def finish(self, read_this: ReadThis) -> None:
        """Write the file, with the sheet that says how it is to be read."""
        if self._sheet is None:
            self._begin()
        notes = self._sheet_called("Read this")
        for line in read_this:
            notes.append([_text_cell(notes, text) for text in line])
        with self._path.open("wb") as file:
            self._book.save(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """Remove what stands beside the file."""
        for path in self._sheets:
            path.unlink(missing_ok=True)

    def _begin(self) -> None:
        number = len(self._sheets) + 1
        self._sheet = self._sheet_called("Assessments" if number == 1 else f"Assessments {number}", heads=1)
        self._sheet.append([_text_cell(self._sheet, field.name) for field in self._fields])
        self._left = MOST_ROWS - 1

    def _sheet_called(self, title: str, *, heads: int = 0) -> Any:
        """A new sheet, whose first rows stay in sight however far down one reads."""
        sheet = self._book.create_sheet(title)
        sheet.freeze_panes = f"A{heads + 1}"
        path = self._path.with_name(f"{self._path.name}.{len(self._sheets)}")
        path.touch(mode=0o600)
        self._sheets.append(path)
        # By itself it would keep the rows in the machine's folder for temporary files.
        sheet._writer = _WriterBeside(sheet, out=str(path))
        sheet._writer.write_top()
        return sheet

    def _cells(self, row: Sequence[str]) -> list[Any]:
        return [_cell(self._sheet, text, field.holds) for text, field in zip(row, self._fields, strict=True)]


class _WriterBeside(WorksheetWriter):  # type: ignore[misc]  # openpyxl has no types
    def cleanup(self) -> None:
        with suppress(FileNotFoundError):
            Path(self.out).unlink()


def _cell(sheet: Any, text: str, holds: Holds) -> Any:
    """A number as a number, a day as a day, and text as text whatever it looks like."""
    if not text:
        return None
    if holds is Holds.NUMBER:
        return float(text)
    if holds is Holds.TEXT:
        return _text_cell(sheet, text)
    moment = date.fromisoformat(text) if holds is Holds.DAY else datetime.fromisoformat(text[:19])
    cell = WriteOnlyCell(sheet, moment)
    cell.number_format = NUMBER_FORMATS[holds]
    return cell


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # else "#N/A" is an error and "=1" a formula
    return cell
