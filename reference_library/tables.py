"""CSV files as tables of text, with every problem of a row, a cell or the header at its line.

Every row of the wrong length becomes a `Problem`. Nothing is guessed and no row is dropped silently. Line
numbers are those of the file; the header is line 1.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.csv_text import (
    NO_LINE_ENDING,
    WRONG_LENGTH,
    cut_off,
    is_blank,
    other_separator,
    wrong_length,
)
from rms.encodings import line_at, not_utf8
from rms.errors import InvalidInput, Problem, too_many

MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class Table:
    """A CSV file as text: `columns` name → cells; `lines` the line each row starts on.

    A row whose length differs from the header keeps its place, with empty cells because they cannot be
    matched to columns, and has a problem in `problems`.
    """

    columns: dict[str, list[str]]
    lines: list[int]
    problems: tuple[Problem, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # a column → its other name, as in the file

    def __len__(self) -> int:
        return len(self.lines)


@dataclass
class Reading:
    """The columns read so far, and what was wrong with their cells."""

    table: Table
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def broken(self) -> frozenset[int]:
        """The lines of rows of the wrong length, whose cells are not read."""
        return frozenset(map(_line, self.table.problems))

    @property
    def bad_lines(self) -> frozenset[int]:
        return self.broken | frozenset(map(_line, self.problems))

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """All problems in the order of the file: line by line, from left to right."""
        place = {name: position for position, name in enumerate(self.table.columns)}
        return tuple(
            sorted(
                [*self.table.problems, *self.problems],
                key=lambda problem: (_line(problem), place.get(problem.pointer[1:].partition("/")[2], -1)),
            )
        )

    def cells(self, name: str) -> Iterator[tuple[int, int, str]]:
        """(row, line, cell) of one column, without the rows of the wrong length."""
        for row, (line, cell) in enumerate(zip(self.table.lines, self.table.columns[name], strict=True)):
            if line not in self.broken:
                yield row, line, cell

    def column(self, name: str, parse: Callable[[str], float]) -> NDArray[np.float64]:
        """Parse one column's cells; `parse` raises ValueError with a sentence. Bad cells become NaN."""
        parsed: dict[str, float | ValueError] = {}
        values = np.full(len(self.table), np.nan)
        for row, line, cell in self.cells(name):
            if cell not in parsed:
                try:
                    parsed[cell] = parse(cell)
                except ValueError as error:
                    parsed[cell] = error
            value = parsed[cell]
            if isinstance(value, ValueError):
                self.refuse(line, name, str(value))
            else:
                values[row] = value
        return values

    def name(self, column: str) -> str:
        """The name that the column has in the file."""
        return self.table.names.get(column, column)

    def refuse(self, line: int, column: str, detail: str, *, code: str = "invalid_cell") -> None:
        """Add a problem with a cell, under the name that its column has in the file."""
        self.problems.append(Problem(f"/{line}/{self.name(column)}", code, detail))


def _line(problem: Problem) -> int:
    return int(problem.pointer.split("/")[1])


NONE: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class Wanted:
    """The columns to read of a table.

    `others`: column → names that it has in other files. `instead`: column → columns that a file may have
    in its place.
    """

    needed: Collection[str]
    optional: Collection[str] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def name_in(self, header: Collection[str], column: str) -> str | None:
        """The name of the column in a file with this header; None if it does not have the column."""
        return next((name for name in (column, *self.others.get(column, ())) if name in header), None)

    def columns_in(self, header: Collection[str]) -> dict[str, str]:
        """The columns of this table that are to be read, and their names in it."""
        every = [*self.needed, *self.optional, *(name for names in self.instead.values() for name in names)]
        return {column: name for column in every if (name := self.name_in(header, column)) is not None}

    def problems(self, header: Collection[str]) -> Iterator[Problem]:
        """The needed columns that a file with this header lacks."""
        for column in self.needed:
            instead = self.instead.get(column, ())
            if self.name_in(header, column) or (
                instead and all(self.name_in(header, one) for one in instead)
            ):
                continue
            choices = [*(column, *self.others.get(column, ())), *([" and ".join(instead)] if instead else [])]
            detail = f"There is no column named {' or '.join(choices)}."
            yield Problem(f"/1/{column}", "missing_column", detail)


def read_table(
    path: Path,
    *,
    needed: Collection[str],
    optional: Collection[str] = (),
    others: Mapping[str, tuple[str, ...]] = NONE,
    instead: Mapping[str, tuple[str, ...]] = NONE,
) -> Table:
    """The CSV file at `path` as text. Other columns than those of `Wanted` are not looked at.

    If two columns to read have the same name, their cells must be the same.

    Rows without any content, such as rows of commas only, are left out.

    Raises
    ------
    InvalidInput
        If it cannot be opened, is not UTF-8 CSV with a header, lacks a needed column, has one twice with
        different cells, or is damaged.
    """
    text = _text(path)
    if detail := other_separator(re.split(r"[\r\n]", text, maxsplit=1)[0]):
        raise InvalidInput([Problem("/1", "wrong_separator", detail)])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        wanted = Wanted(needed, optional, others, instead)
        return _table(reader, wanted, last_problem=cut_off(text))
    except csv.Error as error:
        detail = f"{path.name} is not well-formed CSV: {error} (line {reader.line_num})."
        raise InvalidInput([Problem(f"/{reader.line_num}", "not_csv", detail)]) from error


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput([Problem("", "no_file", f"{path} cannot be read: {error.strerror}.")]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = line_at(content, error.start)
        raise InvalidInput([Problem(f"/{line}", "not_utf8", not_utf8(path.name, content))]) from error


def _table(reader: Any, wanted: Wanted, *, last_problem: str | None) -> Table:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise InvalidInput([Problem("/1", "empty_file", "The file is empty. It must have a header line.")])
    if len(header) > MOST_COLUMNS:
        detail = too_many("columns", most=MOST_COLUMNS, given=len(header))
        raise InvalidInput([Problem("/1", "too_many", detail)])
    named = frozenset(header)
    problems = list(wanted.problems(named))
    rows, lines, wrong, start = [], [], [], reader.line_num + 1
    no_cells = [""] * len(header)
    blank = None  # the line of the last row read, if it has no content
    for row in reader:
        blank = start if row and is_blank(row) else None if row else blank
        if row and not blank and (unequal := wrong_length(row, header)):
            wrong.append(Problem(f"/{start}", WRONG_LENGTH, unequal))
            row = no_cells
        if row and not blank:
            problems += _nul_cells(header, row, start)
            rows.append(row)
            lines.append(start)
        start = reader.line_num + 1
    if last_problem and blank:
        rows.append(no_cells)
        lines.append(blank)
    if last_problem and rows and lines[-1] not in map(_line, wrong):
        wrong.append(Problem(f"/{lines[-1]}", NO_LINE_ENDING, last_problem))
        rows[-1] = no_cells
    names = wanted.columns_in(named)
    problems += _doubled(header, sorted(set(names.values())), rows, lines)
    if problems:
        raise InvalidInput(sorted([*problems, *wrong], key=_line))
    columns = {name: [row[at].strip() for row in rows] for at, name in enumerate(header) if name}
    columns |= {column: columns[name] for column, name in names.items()}
    return Table(columns, lines, tuple(wrong), {of: name for of, name in names.items() if of != name})


def _doubled(
    header: Sequence[str], read: Collection[str], rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> Iterator[Problem]:
    """Columns with the same name and other cells: which of them is meant cannot be known."""
    places: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        places.setdefault(name, []).append(at)
    for name in read:
        same = places.get(name, ())
        for row, line in zip(rows, lines, strict=True) if len(same) > 1 else ():
            if len({row[at].strip() for at in same}) > 1:
                detail = f"Two columns are named {name}, and their cells on line {line} differ."
                yield Problem(f"/1/{name}", "doubled_column", detail)
                break


def _nul_cells(header: Sequence[str], row: Sequence[str], line: int) -> Iterator[Problem]:
    """Cells with a NUL character: a sign of a damaged file."""
    if "\0" in "".join(row):
        for name, cell in zip(header, row, strict=True):
            if "\0" in cell:
                yield Problem(
                    f"/{line}/{name}", "nul", "This cell has a NUL character, so the file is damaged."
                )
