"""What the tables of people and past cases mean, read through an instrument.

Every bad cell becomes a `Problem` that names its line, beside those of the table. Nothing is guessed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

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
from reference_library.tables import Reading, Table, read_table
from rms.assessment import person_key, wrong_with_mark, zeros_added_or_lost
from rms.engine.library import CASE_SEXES
from rms.errors import Problem, listed, shown
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
NO_OUTCOME = "outcome not known"
YEARS = range(1880, 2101)  # of birth; closer bounds would need a clock
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
        takes = f"one of {', '.join(columns.sex_values or CASE_SEXES[1:])}"
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
        stayed, returned = " or ".join(outcome.stayed), " or ".join(outcome.returned)
        yield Column(outcome.column, f"{stayed}: actual 1. {returned}: actual 2", NO_OUTCOME)
    elif isinstance(outcome, DaysOutcome):
        yield Column(outcome.event, "a whole number of days at liberty from 0", "none seen")
        yield Column(outcome.follow_up, "a whole number of days at liberty from 0", "not known")
    else:
        yield Column(outcome.start, "a date as YYYY-MM-DD", NO_OUTCOME)
        yield Column(outcome.event, "a date as YYYY-MM-DD", "none seen")


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
                blank = item.columns[int(np.isnan(parts[:, row]).argmax())]
                reading.refuse(line, blank, empty(item) if sums else _all_empty(reading, item))
        elif sums:
            value = value_of(item, values[row])
            if value is None:
                reading.refuse(line, item.columns[0], _wrong_sum(reading, item, row, total=values[row]))
            values[row] = np.nan if value is None else value
    return values


def _all_empty(reading: Reading, item: Item) -> str:
    names = listed(map(reading.name, item.columns))
    return f"The cells of {names} are empty. {item.label} must be {allowed(item)}."


def _wrong_sum(reading: Reading, item: Item, row: int, *, total: float) -> str:
    """No cell has the sum, so the message says where it comes from."""
    parts = [
        f"{shown(reading.table.columns[column][row])} in {reading.name(column)}" for column in item.columns
    ]
    may_be = allowed(item) if item.levels else item.allowed
    return f"{' and '.join(parts)} add up to {total:.10g}. {item.label} must be {may_be}."


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
                f"{shown(cell)} is not an outcome. Use one of {known} or an empty cell ({NO_OUTCOME})."
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
