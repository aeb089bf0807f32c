"""CSV files of people and past cases, read through an instrument.

Every bad cell and every row of the wrong length becomes a `Problem` that names its line. Nothing is
guessed and no row is dropped silently. Line numbers are those of the file; the header is line 1.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.assessment import person_key
from rms.engine.library import CASE_SEXES
from rms.errors import InvalidInput, Problem, not_allowed, shown, too_many
from rms.instrument import DaysOutcome, FlagOutcome, Instrument, Item, ItemKind

ROW_ID = "rid"  # the column with the ids in a file of people, for every instrument
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
YEAR = re.compile(r"[0-9]{4}", re.ASCII)
YEARS = range(1880, 2101)  # of birth; closer bounds would need a clock
MOST_COLUMNS = 10_000
WRONG_LENGTH = "wrong_length"  # the code of a row that has more or fewer cells than the header
NO_LINE_ENDING = "no_line_ending"
CUT_OFF = (
    "This line may be cut off in its last cell, because it has no line ending. Add one if it is complete."
)
CASE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Column:
    """A column of a file of past cases: what its cells accept, what an empty cell means ("": not allowed)."""

    name: str
    takes: str
    empty: str
    needed: bool = True


def expected_columns(instrument: Instrument) -> tuple[Column, ...]:
    """The columns of a file of past cases: identification, answers, outcomes."""
    columns = [*_identifying(instrument), *_answered(instrument), *_outcomes(instrument)]
    answered = {item.column for item in instrument.items}
    # A column may hold both an item and the identification, or serve two processes.
    listed = [column for column in columns if column.needed or column.name not in answered]
    return tuple({column.name: column for column in listed}.values())


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
        yield Column(item.column, _allowed(item), (item.blank_means or unknown).rstrip("."))


def _outcomes(instrument: Instrument) -> Iterator[Column]:
    for process in instrument.processes:
        outcome = process.outcome
        if isinstance(outcome, FlagOutcome):
            stayed, returned = ", ".join(outcome.stayed), ", ".join(outcome.returned)
            takes = f"{stayed} for actual 1, {returned} for actual 2"
            yield Column(outcome.column, takes, "no label")
        else:
            yield Column(outcome.event, "a whole number of days at liberty from 0", "none seen")
            yield Column(outcome.follow_up, "a whole number of days at liberty from 0", "not known")


@dataclass(frozen=True)
class Table:
    """A CSV file as text: `columns` name → cells; `lines` the line each row starts on.

    A row whose length differs from the header keeps its place, with empty cells because they cannot be
    matched to columns, and has a problem in `problems`.
    """

    columns: dict[str, list[str]]
    lines: list[int]
    problems: tuple[Problem, ...] = ()

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
                self.problems.append(Problem(f"/{line}/{name}", "invalid_cell", str(value)))
            else:
                values[row] = value
        return values


def _line(problem: Problem) -> int:
    return int(problem.pointer.split("/")[1])


def read_table(path: Path, *, needed: Sequence[str]) -> Table:
    """The CSV file at `path` as text.

    Raises
    ------
    InvalidInput
        If it cannot be opened, is not UTF-8 CSV with a header, lacks a needed column, or is damaged.
    """
    text = _text(path)
    _refuse_other_separators(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _table(reader, needed, last_problem=cut_off(text))
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


def _refuse_other_separators(text: str) -> None:
    """One message for a file with another separator, instead of one for each column it seems to lack."""
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for separator, name in ((";", "“;”"), ("\t", "tabs")):
        if separator in header and "," not in header:
            detail = f"The cells seem to be separated by {name}. Save the file with commas as separators."
            raise InvalidInput([Problem("/1", "wrong_separator", detail)])


def _table(reader: Any, needed: Sequence[str], *, last_problem: str | None) -> Table:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise InvalidInput([Problem("/1", "empty_file", "The file is empty. It must have a header line.")])
    if len(header) > MOST_COLUMNS:
        detail = too_many("columns", most=MOST_COLUMNS, given=len(header))
        raise InvalidInput([Problem("/1", "too_many", detail)])
    missing = [name for name in needed if name not in header]
    doubled = sorted(name for name, times in Counter(header).items() if times > 1)
    problems = [
        Problem(f"/1/{name}", "missing_column", f"There is no column named {name}.") for name in missing
    ]
    problems += [
        Problem(f"/1/{name}", "doubled_column", f"Two columns are named {name}.") for name in doubled
    ]
    rows, lines, wrong, start = [], [], [], reader.line_num + 1
    no_cells = [""] * len(header)
    for row in reader:
        if row and (unequal := wrong_length(row, header)):
            wrong.append(Problem(f"/{start}", WRONG_LENGTH, unequal))
            row = no_cells
        if row:
            problems += _nul_cells(header, row, start)
            rows.append(row)
            lines.append(start)
        start = reader.line_num + 1
    if last_problem and rows and lines[-1] not in map(_line, wrong):
        wrong.append(Problem(f"/{lines[-1]}", NO_LINE_ENDING, last_problem))
        rows[-1] = no_cells
    if problems:
        raise InvalidInput(sorted([*problems, *wrong], key=_line))
    columns = {name: [row[at].strip() for row in rows] for at, name in enumerate(header)}
    return Table(columns, lines, tuple(wrong))


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

    `12` cut to `1` still looks complete. Only a line ending or a closing quote shows that it is.

    >>> cut_off("drug,alco\\n1,2\\n") or cut_off('drug,alco\\n1,"2"')
    >>> cut_off("drug,alco\\n1,2")[:39]
    'This line may be cut off in its last ce'
    """
    return None if text.endswith(("\n", "\r", '"')) else CUT_OFF


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
    return np.stack([reading.column(item.column, _cell_parser(item)) for item in instrument.items], axis=1)


def _cell_parser(item: Item) -> Callable[[str], float]:
    by_text = {level.csv: position for position, level in enumerate(item.levels)}
    by_number = {float(text): position for text, position in by_text.items() if NUMBER.fullmatch(text)}

    def parse(cell: str) -> float:
        if cell == "":
            if item.unknown_allowed or item.blank_means is not None:
                return float("nan")
            raise ValueError(f"The cell is empty. {item.label} must be {_allowed(item)}.")
        if cell in by_text:
            return float(by_text[cell])
        number = float(cell) if NUMBER.fullmatch(cell) else None
        if item.levels and number in by_number:
            return float(by_number[number])
        if not item.levels and number is not None and _fits(item, number):
            return number
        raise ValueError(not_allowed(cell, name=item.label, allowed=_allowed(item)))

    return parse


def _fits(item: Item, number: float) -> bool:
    whole = item.kind is ItemKind.NUMBER or number == int(number)
    return whole and item.wrong_with(number if item.kind is ItemKind.NUMBER else int(number)) is None


def _allowed(item: Item) -> str:
    return "one of " + ", ".join(level.csv for level in item.levels) if item.levels else item.allowed


def read_case_numbers(reading: Reading, column: str) -> NDArray[np.int64]:
    """The case numbers; blank, non-numeric and doubled ones are problems (and read as −1)."""
    numbers = np.full(len(reading.table), -1, dtype=np.int64)
    seen: dict[int, int] = {}
    for row, line, cell in reading.cells(column):
        if not CASE_NUMBER.fullmatch(cell):
            detail = f"{shown(cell)} is not a case number. Use digits only."
            reading.problems.append(Problem(f"/{line}/{column}", "invalid_case_number", detail))
        elif int(cell) in seen:
            detail = f"Case number {cell} is already on line {seen[int(cell)]}."
            reading.problems.append(Problem(f"/{line}/{column}", "doubled_case_number", detail))
        else:
            seen[int(cell)] = line
            numbers[row] = int(cell)
    return numbers


def read_persons(reading: Reading, column: str) -> NDArray[np.uint64]:
    """The key of the person each case belongs to; an empty cell is a problem."""
    for _, line, cell in reading.cells(column):
        if not cell:
            detail = "The cell is empty. Enter the person’s number or mark, the same for all their cases."
            reading.problems.append(Problem(f"/{line}/{column}", "invalid_cell", detail))
    return np.array([person_key(cell) for cell in reading.table.columns[column]], dtype=np.uint64)


def read_birth_years(reading: Reading, column: str) -> NDArray[np.int16]:
    """The years of birth, 0 where the cell is empty or the file has no such column."""
    if column not in reading.table.columns:
        return np.zeros(len(reading.table), dtype=np.int16)
    return np.nan_to_num(reading.column(column, _year)).astype(np.int16)


def _year(cell: str) -> float:
    if cell and not (YEAR.fullmatch(cell) and int(cell) in YEARS):
        allowed = f"{YEARS[0]} to {YEARS[-1]}, or leave the cell empty"
        raise ValueError(f"{shown(cell)} is not a year of birth. Use {allowed}.")
    return float(cell or "nan")


def read_actual(reading: Reading, outcome: FlagOutcome | DaysOutcome) -> NDArray[np.uint8]:
    """The actuals (n,): 1 stayed, 2 returned, 0 no label."""
    if isinstance(outcome, FlagOutcome):
        return np.nan_to_num(reading.column(outcome.column, _flag_parser(outcome))).astype(np.uint8)
    event = reading.column(outcome.event, _days)
    free = reading.column(outcome.follow_up, _days)
    for row in np.flatnonzero(event > free):
        detail = (
            f"{outcome.event} is {event[row]:.0f} but {outcome.follow_up} is only {free[row]:.0f}: "
            "an event cannot be seen after the days observed."
        )
        pointer = f"/{reading.table.lines[row]}/{outcome.event}"
        reading.problems.append(Problem(pointer, "contradictory_days", detail))
    returned = event <= outcome.within
    stayed = (event > outcome.free) | (np.isnan(event) & (free >= outcome.free))
    return np.where(returned, 2, np.where(stayed, 1, 0)).astype(np.uint8)


def _flag_parser(outcome: FlagOutcome) -> Callable[[str], float]:
    meaning = {"": 0.0} | dict.fromkeys(outcome.stayed, 1.0) | dict.fromkeys(outcome.returned, 2.0)

    def parse(cell: str) -> float:
        if cell not in meaning:
            known = ", ".join([*outcome.stayed, *outcome.returned])
            raise ValueError(
                f"{shown(cell)} is not an outcome. Use one of {known} or an empty cell (no label)."
            )
        return meaning[cell]

    return parse


def _days(cell: str) -> float:
    if cell == "":
        return float("nan")
    if not CASE_NUMBER.fullmatch(cell):
        raise ValueError(
            f"{shown(cell)} is not a number of days. Use a whole number from 0, or leave it empty."
        )
    return float(cell)


@dataclass(frozen=True)
class People:
    """People to simulate: ids, raw values (n, p), person keys (n,), and which rows are bad (n,)."""

    ids: list[str]
    values: NDArray[np.float64]
    persons: NDArray[np.uint64]
    bad: NDArray[np.bool_]
    problems: tuple[Problem, ...]


def read_people(path: Path, instrument: Instrument) -> People:
    """People from a CSV file: `rid` or its case-number column gives the ids, or else the line numbers.

    Bad cells and rows of the wrong length are problems, and their rows are marked as bad;
    do not use their values.

    Raises
    ------
    InvalidInput
        If the file cannot be read as a table.
    """
    reading = Reading(read_table(path, needed=[item.column for item in instrument.items]))
    table, columns = reading.table, instrument.columns
    values = read_values(reading, instrument)
    named = table.columns.get(ROW_ID) or table.columns.get(columns.case_number) or [""] * len(table)
    people = table.columns.get(columns.person or columns.case_number)
    persons = [person_key(cell) for cell in people] if people else [0] * len(table)
    bad_lines = reading.bad_lines
    return People(
        ids=[id or str(line) for id, line in zip(named, table.lines, strict=True)],
        values=values,
        persons=np.array(persons, dtype=np.uint64),
        bad=np.array([line in bad_lines for line in table.lines], dtype=bool),
        problems=reading.all_problems,
    )
