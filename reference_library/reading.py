"""CSV files of people and past cases, read through an instrument.

Every bad cell and every row of the wrong length becomes a `Problem` that names its line. Nothing is
guessed and no row is dropped silently. Line numbers are those of the file; the header is line 1.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rms.assessment import person_key, wrong_with_mark, zeros_added_or_lost
from rms.engine.library import CASE_SEXES
from rms.errors import InvalidInput, Problem, not_allowed, shown, too_many
from rms.instrument import DaysOutcome, FlagOutcome, Instrument, Item, ItemKind, PersonMark
from rms.parsing import LARGEST_WHOLE, digits_in, number_in, whole_number_in

Meaning = TypeVar("Meaning")

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


def read_table(path: Path, *, needed: Collection[str], optional: Collection[str] = ()) -> Table:
    """The CSV file at `path` as text. Columns that are neither `needed` nor `optional` are not looked at.

    Rows without any content, such as rows of commas only, are left out.

    Raises
    ------
    InvalidInput
        If it cannot be opened, is not UTF-8 CSV with a header, lacks a needed column, has a needed or
        optional one twice, or is damaged.
    """
    text = _text(path)
    if detail := other_separator(re.split(r"[\r\n]", text, maxsplit=1)[0]):
        raise InvalidInput([Problem("/1", "wrong_separator", detail)])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _table(reader, needed, optional, last_problem=cut_off(text))
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


def _table(
    reader: Any, needed: Collection[str], optional: Collection[str], *, last_problem: str | None
) -> Table:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise InvalidInput([Problem("/1", "empty_file", "The file is empty. It must have a header line.")])
    if len(header) > MOST_COLUMNS:
        detail = too_many("columns", most=MOST_COLUMNS, given=len(header))
        raise InvalidInput([Problem("/1", "too_many", detail)])
    problems = list(_header_problems(header, needed, optional))
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
    if problems:
        raise InvalidInput(sorted([*problems, *wrong], key=_line))
    columns = {name: [row[at].strip() for row in rows] for at, name in enumerate(header) if name}
    return Table(columns, lines, tuple(wrong))


def _header_problems(
    header: Sequence[str], needed: Collection[str], optional: Collection[str]
) -> Iterator[Problem]:
    times = Counter(header)
    for name in needed:
        if not times[name]:
            yield Problem(f"/1/{name}", "missing_column", f"There is no column named {name}.")
    for name in sorted({*needed, *optional}):
        if times[name] > 1:
            yield Problem(f"/1/{name}", "doubled_column", f"Two columns are named {name}.")


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
    return np.stack([reading.column(item.column, _cell_parser(item)) for item in instrument.items], axis=1)


def _cell_parser(item: Item) -> Callable[[str], float]:
    level = by_spelling({level.csv: float(position) for position, level in enumerate(item.levels)})

    def parse(cell: str) -> float:
        if cell == "":
            if item.unknown_allowed or item.blank_means is not None:
                return float("nan")
            raise ValueError(f"The cell is empty. {item.label} must be {_allowed(item)}.")
        if item.levels and (position := level(cell)) is not None:
            return position
        number = None if item.levels else number_in(cell)
        if number is not None and _fits(item, number):
            return float(number)
        raise ValueError(not_allowed(cell, name=item.label, allowed=_allowed(item)))

    return parse


def by_spelling(meanings: Mapping[str, Meaning]) -> Callable[[str], Meaning | None]:
    """What a cell means: as it is spelled, or else as the same number spelled otherwise (`1.0` for `1`)."""
    by_number = {
        number: meaning for text, meaning in meanings.items() if (number := number_in(text)) is not None
    }

    def meaning(cell: str) -> Meaning | None:
        number = number_in(cell)
        return meanings.get(cell, None if number is None else by_number.get(number))

    return meaning


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
        digits = digits_in(cell)
        if digits is None:
            detail = f"{shown(cell)} is not a case number. Use digits only."
            reading.problems.append(Problem(f"/{line}/{column}", "invalid_case_number", detail))
        elif int(digits) in seen:
            detail = f"Case number {cell} is already on line {seen[int(digits)]}."
            reading.problems.append(Problem(f"/{line}/{column}", "doubled_case_number", detail))
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
            reading.problems.append(Problem(f"/{line}/{column}", "invalid_cell", detail))
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
    items = [item.column for item in instrument.items]
    reading = Reading(read_table(path, needed=items, optional=[ROW_ID, columns.case_number, person]))
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
            reading.problems.append(Problem(f"/{line}/{column}", "invalid_cell", detail))
        keys[row] = key
    return keys
