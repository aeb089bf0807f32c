"""CSV files of people and past cases, read through an instrument.

Every bad cell and every row of the wrong length becomes a `Problem` that names its line. Nothing is
guessed and no row is dropped silently. Line numbers are those of the file; the header is line 1.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_library.cells import (
    allowed,
    blank_allowed,
    by_spelling,
    cell_parser,
    description_parser,
    empty,
    part_parser,
    value_of,
)
from rms.assessment import person_key, wrong_with_mark, zeros_added_or_lost
from rms.engine.library import CASE_SEXES
from rms.errors import InvalidInput, Problem, not_allowed, shown, too_many
from rms.instrument import (
    Combination,
    DatesOutcome,
    DaysOutcome,
    FlagOutcome,
    Instrument,
    Item,
    Outcome,
    PersonMark,
    Process,
)
from rms.parsing import LARGEST_WHOLE, date_in, digits_in, whole_number_in

ROW_ID = "rid"  # the column with the ids in a file of people, for every instrument
YEARS = range(1880, 2101)  # of birth; closer bounds would need a clock
MOST_COLUMNS = 10_000
WRONG_LENGTH = "wrong_length"  # the code of a row that has more or fewer cells than the header
NO_LINE_ENDING = "no_line_ending"
CUT_OFF = (
    "This line may be cut off in its last cell, because it has no line ending. Add one if it is complete."
)
SEPARATORS = {";": "“;”", "\t": "tabs", "|": "“|”"}
ZEROS = (
    "This number differs from one in the library only in its leading zeros. Write it as in the library. "
    "If it is another person’s, leave the cell empty."
)


@dataclass(frozen=True)
class Column:
    """A column of a file of past cases: what its cells accept, what an empty cell means ("": not allowed).

    `others` are names that the column has in other files. A file without any of these names may have all
    columns of `instead`.
    """

    name: str
    takes: str
    empty: str
    needed: bool = True
    others: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


def expected_columns(instrument: Instrument) -> tuple[Column, ...]:
    """The columns of a file of past cases: identification, answers, outcomes."""
    columns = [*_identifying(instrument), *_answered(instrument), *_outcomes(instrument)]
    answered = {column for item in instrument.items for column in item.every_column}
    # A column may hold both an item and the identification, or serve two processes.
    listed = [column for column in columns if column.needed or column.name not in answered]
    others = instrument.columns.other_names
    by_name = {column.name: replace(column, others=others.get(column.name, ())) for column in listed}
    return tuple(by_name.values())


def _identifying(instrument: Instrument) -> Iterator[Column]:
    columns = instrument.columns
    yield Column(columns.case_number, "the case's number: up to 18 digits, each number once", "")
    if columns.person not in ("", columns.case_number):
        yield Column(columns.person, "the person's number or mark: the same for all cases of one person", "")
    if columns.sex:
        takes = "one of " + ", ".join(columns.sex_values or CASE_SEXES[1:])
        yield Column(columns.sex, takes, "not known", needed=False)
    if columns.birth_year:
        takes = f"a year from {YEARS[0]} to {YEARS[-1]}"
        yield Column(columns.birth_year, takes, "not known", needed=False)


def _answered(instrument: Instrument) -> Iterator[Column]:
    for item in instrument.items:
        unknown = "unknown" if item.unknown_allowed else ""
        instead = (item.described_by,) if item.described_by else ()
        for column in item.columns or (item.column,):
            yield Column(column, allowed(item), (item.blank_means or unknown).rstrip("."), instead=instead)


def _outcomes(instrument: Instrument) -> Iterator[Column]:
    for process in instrument.processes:
        instead = process.otherwise.every_column if process.otherwise else ()
        for column in _outcome_columns(process.outcome):
            yield replace(column, instead=instead)


def _outcome_columns(outcome: Outcome) -> Iterator[Column]:
    if isinstance(outcome, FlagOutcome):
        stayed, returned = ", ".join(outcome.stayed), ", ".join(outcome.returned)
        yield Column(outcome.column, f"{stayed} for actual 1, {returned} for actual 2", "no label")
    elif isinstance(outcome, DaysOutcome):
        yield Column(outcome.event, "a whole number of days at liberty from 0", "none seen")
        yield Column(outcome.follow_up, "a whole number of days at liberty from 0", "not known")
    else:
        yield Column(outcome.start, "a date as YYYY-MM-DD", "no label")
        yield Column(outcome.event, "a date as YYYY-MM-DD", "none seen")


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

    def refuse(self, line: int, column: str, detail: str, *, code: str = "invalid_cell") -> None:
        """Add a problem with a cell, under the name that its column has in the file."""
        self.problems.append(Problem(f"/{line}/{self.table.names.get(column, column)}", code, detail))


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
        line = content.count(b"\n", 0, error.start) + 1
        detail = f"{path.name} is not UTF-8 text (line {line}). Save it as CSV UTF-8."
        raise InvalidInput([Problem(f"/{line}", "not_utf8", detail)]) from error


def other_separator(header: str) -> str | None:
    """What is wrong with a header that another character than the comma separates; None if none does.

    One message, instead of one for each column that the file seems to lack.

    >>> other_separator("drug;alco"), other_separator("drug,alco")
    ('The cells seem to be separated by “;”. Save the file with commas as separators.', None)
    """
    separator = max(SEPARATORS, key=header.count)
    if header.count(separator) <= header.count(","):
        return None
    return (
        f"The cells seem to be separated by {SEPARATORS[separator]}. Save the file with commas as separators."
    )


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


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row has no content, such as a row of commas only.

    >>> is_blank(["", " "]), is_blank(["", "0"])
    (True, False)
    """
    return not any(cell.strip() for cell in row)


def wrong_length(row: Sequence[str], header: Sequence[str]) -> str | None:
    """What is wrong with a row whose length differs from the header; None if it does not.

    >>> wrong_length(["1"], ["drug", "alco"])
    'This row has 1 cell where the header has 2.'
    """
    if len(row) == len(header):
        return None
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return f"This row has {cells} where the header has {len(header)}."


def cut_off(text: str) -> str | None:
    """What is wrong with the last line of a file that may be cut off in its last cell; None if it is whole.

    `12` cut to `1` still looks complete, and so does `"see ""file"` cut to `"see "`. Only a line ending shows
    that it is.

    >>> cut_off("drug,alco\\n1,2\\n")
    >>> [cut_off(text)[:30] for text in ("drug,alco\\n1,2", 'drug,alco\\n1,"2"')]
    ['This line may be cut off in it', 'This line may be cut off in it']
    """
    return None if text.endswith(("\n", "\r")) else CUT_OFF


def _nul_cells(header: Sequence[str], row: Sequence[str], line: int) -> Iterator[Problem]:
    """Cells with a NUL character: a sign of a damaged file."""
    if "\0" in "".join(row):
        for name, cell in zip(header, row, strict=True):
            if "\0" in cell:
                yield Problem(
                    f"/{line}/{name}", "nul", "This cell has a NUL character, so the file is damaged."
                )


def read_values(reading: Reading, instrument: Instrument) -> NDArray[np.float64]:
    """The items' raw values, shape (n, p), NaN where unknown or bad (a bad cell has a problem)."""
    return np.stack([_read_item(reading, item) for item in instrument.items], axis=1)


def _read_item(reading: Reading, item: Item) -> NDArray[np.float64]:
    if item.columns:
        return _read_parts(reading, item)
    if item.described_by and item.column not in reading.table.columns:
        return reading.column(item.described_by, description_parser(item))
    return reading.column(item.column, cell_parser(item))


def _read_parts(reading: Reading, item: Item) -> NDArray[np.float64]:
    """One item from several columns. With an empty cell, a sum is not known; otherwise it does not count."""
    sums = item.combine is Combination.SUM
    parse = part_parser(item) if sums else cell_parser(item, blank=True)
    bad_before = reading.bad_lines
    parts = np.stack([reading.column(column, parse) for column in item.columns])
    bad = reading.bad_lines - bad_before
    values = COMBINED[item.combine](parts)
    for row, line, _ in reading.cells(item.columns[0]):
        if line in bad:
            values[row] = np.nan
        elif np.isnan(values[row]):
            if not blank_allowed(item):
                reading.refuse(line, item.columns[0], empty(item))
        elif sums:
            value = value_of(item, values[row])
            if value is None:
                detail = not_allowed(f"{values[row]:g}", name=item.label, allowed=allowed(item))
                reading.refuse(line, item.columns[0], detail)
            values[row] = np.nan if value is None else value
    return values


def _first(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    filled = ~np.isnan(parts)
    return np.asarray(parts[filled.argmax(axis=0), np.arange(parts.shape[1])])


COMBINED: Mapping[Combination, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    Combination.SUM: lambda parts: parts.sum(axis=0),
    Combination.HIGHEST: lambda parts: np.fmax.reduce(parts, axis=0),
    Combination.FIRST: _first,
}


def read_case_numbers(reading: Reading, column: str) -> NDArray[np.int64]:
    """The case numbers; blank, non-numeric and doubled ones are problems (and read as −1)."""
    numbers = np.full(len(reading.table), -1, dtype=np.int64)
    seen: dict[int, int] = {}
    for row, line, cell in reading.cells(column):
        digits = digits_in(cell)
        if digits is None:
            detail = f"{shown(cell)} is not a case number. Use digits only."
            reading.refuse(line, column, detail, code="invalid_case_number")
        elif int(digits) in seen:
            detail = f"Case number {cell} is already on line {seen[int(digits)]}."
            reading.refuse(line, column, detail, code="doubled_case_number")
        else:
            seen[int(digits)] = line
            numbers[row] = int(digits)
    return numbers


@dataclass(frozen=True)
class Marks:
    """How many marks of persons differ, and how many of these are read as the same person as another."""

    different: int
    shared: int


def count_marks(reading: Reading, column: str, *, read: PersonMark) -> Marks:
    cells = {person_key(cell, read=PersonMark.WHOLE): cell for cell in reading.table.columns[column]}
    people = Counter(person_key(cell, read=read) for cell in cells.values())
    return Marks(len(cells), sum(marks for marks in people.values() if marks > 1))


def read_persons(reading: Reading, column: str, *, read: PersonMark) -> NDArray[np.uint64]:
    """The key of the person each case belongs to; an empty cell or one without a mark is a problem."""
    for _, line, cell in reading.cells(column):
        if detail := wrong_with_mark(cell, read=read):
            if not cell:
                detail = "The cell is empty. Enter the person’s number or mark, the same for all their cases."
            reading.refuse(line, column, detail)
    cells = reading.table.columns[column]
    return np.array([person_key(cell, read=read) for cell in cells], dtype=np.uint64)


def read_birth_years(reading: Reading, column: str) -> NDArray[np.int16]:
    """The years of birth, 0 where the cell is empty or the file has no such column."""
    if column not in reading.table.columns:
        return np.zeros(len(reading.table), dtype=np.int16)
    return np.nan_to_num(reading.column(column, _year)).astype(np.int16)


def _year(cell: str) -> float:
    year = whole_number_in(cell)
    if cell and year not in YEARS:
        allowed = f"{YEARS[0]} to {YEARS[-1]}, or leave the cell empty"
        raise ValueError(f"{shown(cell)} is not a year of birth. Use {allowed}.")
    return float("nan" if year is None else year)


def outcome_in(table: Table, process: Process) -> Outcome:
    """How the actual of the process is read from this table."""
    has_columns = all(column in table.columns for column in process.outcome.every_column)
    return process.outcome if has_columns or process.otherwise is None else process.otherwise


def read_actual(reading: Reading, outcome: Outcome) -> NDArray[np.uint8]:
    """The actuals (n,): 1 stayed, 2 returned, 0 no label."""
    if isinstance(outcome, DatesOutcome):
        return _actual_of_dates(reading, outcome)
    if isinstance(outcome, FlagOutcome):
        return np.nan_to_num(reading.column(outcome.column, _flag_parser(outcome))).astype(np.uint8)
    event = reading.column(outcome.event, _days)
    free = reading.column(outcome.follow_up, _days)
    for row in np.flatnonzero(event > free):
        detail = (
            f"{outcome.event} is {event[row]:.0f} but {outcome.follow_up} is only {free[row]:.0f}: "
            "an event cannot be seen after the days observed."
        )
        reading.refuse(reading.table.lines[row], outcome.event, detail, code="contradictory_days")
    returned = event <= outcome.within
    stayed = (event > outcome.free) | (np.isnan(event) & (free >= outcome.free))
    return np.where(returned, 2, np.where(stayed, 1, 0)).astype(np.uint8)


def _actual_of_dates(reading: Reading, outcome: DatesOutcome) -> NDArray[np.uint8]:
    start, event = reading.column(outcome.start, _day), reading.column(outcome.event, _day)
    for row in np.flatnonzero(event < start):
        detail = f"{outcome.event} is before {outcome.start}: an event counts from the start."
        reading.refuse(reading.table.lines[row], outcome.event, detail, code="contradictory_days")
    actual = np.where(event - start <= outcome.within, 2, 1)
    return np.where(np.isnan(start), 0, actual).astype(np.uint8)


def _day(cell: str) -> float:
    """The number of the day, from the first of year 1."""
    if cell == "":
        return float("nan")
    if (day := date_in(cell)) is None:
        raise ValueError(f"{shown(cell)} is not a date. Use YYYY-MM-DD, or leave the cell empty.")
    return float(day.toordinal())


def _flag_parser(outcome: FlagOutcome) -> Callable[[str], float]:
    flag = by_spelling({"": 0.0} | dict.fromkeys(outcome.stayed, 1.0) | dict.fromkeys(outcome.returned, 2.0))

    def parse(cell: str) -> float:
        if (actual := flag(cell)) is None:
            known = ", ".join([*outcome.stayed, *outcome.returned])
            raise ValueError(
                f"{shown(cell)} is not an outcome. Use one of {known} or an empty cell (no label)."
            )
        return actual

    return parse


def _days(cell: str) -> float:
    if cell == "":
        return float("nan")
    days = whole_number_in(cell)
    if days is None or not 0 <= days <= LARGEST_WHOLE:
        raise ValueError(
            f"{shown(cell)} is not a number of days. Use a whole number from 0, or leave it empty."
        )
    return float(days)


NO_PERSONS = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True)
class People:
    """People to simulate: ids, raw values (n, p), person keys (n,), and which rows are bad (n,)."""

    ids: list[str]
    values: NDArray[np.float64]
    persons: NDArray[np.uint64]
    bad: NDArray[np.bool_]
    problems: tuple[Problem, ...]


def read_people(path: Path, instrument: Instrument, *, past: NDArray[np.uint64] = NO_PERSONS) -> People:
    """People from a CSV file: `rid` or its case-number column gives the ids, or else the line numbers.

    `past` holds the keys of the persons in the library. Bad cells and rows of the wrong length are
    problems, and their rows are marked as bad; do not use their values.

    Raises
    ------
    InvalidInput
        If the file cannot be read as a table.
    """
    columns = instrument.columns
    person = columns.person or columns.case_number
    items = [column for item in instrument.items for column in item.columns or (item.column,)]
    reading = Reading(
        read_table(
            path,
            needed=items,
            optional=[ROW_ID, columns.case_number, person],
            others=columns.other_names,
            instead={item.column: (item.described_by,) for item in instrument.items if item.described_by},
        )
    )
    table = reading.table
    values = read_values(reading, instrument)
    numbers = [digits_in(cell) or cell for cell in table.columns.get(columns.case_number, ())]
    named = table.columns.get(ROW_ID) or numbers or [""] * len(table)
    persons = _read_own_marks(reading, person, past=past, read=columns.person_mark)
    bad_lines = reading.bad_lines
    return People(
        ids=[id or str(line) for id, line in zip(named, table.lines, strict=True)],
        values=values,
        persons=persons,
        bad=np.array([line in bad_lines for line in table.lines], dtype=bool),
        problems=reading.all_problems,
    )


def _read_own_marks(
    reading: Reading, column: str, *, past: NDArray[np.uint64], read: PersonMark
) -> NDArray[np.uint64]:
    """The key of each person, 0 where the file does not say who they are.

    A mark that may be that of a person in the library, spelled otherwise, is a problem: the person would
    be compared with their own case.
    """
    keys = np.zeros(len(reading.table), dtype=np.uint64)
    if column not in reading.table.columns:
        return keys
    in_library = frozenset(past.tolist())
    for row, line, cell in reading.cells(column):
        if not cell:
            continue
        key = person_key(cell, read=read)
        detail = wrong_with_mark(cell, read=read)
        if not detail and key not in in_library and in_library & zeros_added_or_lost(cell, read=read):
            detail = ZEROS
        if detail:
            reading.refuse(line, column, detail)
        keys[row] = key
    return keys
