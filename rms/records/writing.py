"""Rows of an import folder as text, so that they can be read again."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TextIO

from rms.records.cells import Value
from rms.records.declaration import DateFormat
from rms.records.layout import FileLayout
from rms.records.rows import Row


def write_csv(
    stream: TextIO,
    rows: Iterable[Row],
    layout: FileLayout,
    *,
    dates: DateFormat = DateFormat.YEAR_MONTH_DAY,
) -> None:
    """Write the header and the rows. Open the stream with `newline=""`."""
    writer = csv.writer(stream)
    writer.writerow(column.name for column in layout.columns)
    writer.writerows([_cell(value, dates) for value in _values(row, layout)] for row in rows)


def write_ndjson(
    stream: TextIO,
    rows: Iterable[Row],
    layout: FileLayout,
    *,
    dates: DateFormat = DateFormat.YEAR_MONTH_DAY,
) -> None:
    """Write each row as a JSON object without its blank fields."""
    for row in rows:
        named = zip(layout.columns, _values(row, layout), strict=True)
        document = {
            column.name: _cell(value, dates) if isinstance(value, date) else value
            for column, value in named
            if value is not None
        }
        stream.write(json.dumps(document, ensure_ascii=False) + "\n")


def _values(row: Row, layout: FileLayout) -> Iterator[Value]:
    return (getattr(row, column.attribute) for column in layout.columns)


def _cell(value: Value, dates: DateFormat) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat() if dates is DateFormat.YEAR_MONTH_DAY else f"{value:%d/%m}/{value.year:04}"
    return str(value)
