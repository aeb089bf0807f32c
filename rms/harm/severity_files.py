"""From the text of a file to a severity table: TOML for the table, and CSV for a long list of codes."""

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rms.errors import InvalidInput, Problem, listed, not_allowed, shown
from rms.harm.history import MOST_DAYS
from rms.harm.severity import DAYS, UNITS, WEIGHT, CodePeriod, Severity, SeverityTable
from rms.instrument.reading import placed, read_toml
from rms.instrument.shape import DATE, WRITTEN, Key, Keys, Kind, tables_with, wrong_keys
from rms.parsing import date_in, number_in
from rms.records.offence_codes import COMPLETE, offence_code

AMOUNT = Kind(
    f"a number from 0 to {MOST_DAYS:,}", lambda value: type(value) in (int, float) and 0 <= value <= MOST_DAYS
)
UNIT = Kind('"days" or "weight"', lambda value: value in UNITS)


def severity_table(text: str, *, codes: str | None = None) -> SeverityTable:
    """A table from the text of its TOML file, and of the CSV file of its codes if there is one.

    Raises
    ------
    InvalidInput
        With every problem. The pointer is the line and the key or column: `/12/days`. While the TOML file
        has problems, the CSV file is not read.
    """
    source = read_toml(text)
    unit = WEIGHT if source.get("unit") == WEIGHT else DAYS
    if problems := list(wrong_keys(source, _keys(unit))):
        raise InvalidInput(placed(problems, text))
    groups = {entry["name"]: _severity(entry, entry[unit], unit=unit) for entry in source["groups"]}
    found = _Codes(groups, unit)
    found.add(_toml_rows(source.get("codes", []), unit))
    if problems := [*_table_problems(source), *found.problems]:
        raise InvalidInput(placed(problems, text))
    if codes is not None:
        found.add(_csv_rows(codes, unit=unit, problem=found.problems.append))
        if found.problems:
            raise InvalidInput(found.problems)
    return SeverityTable(
        **{name: source[name] for name in ("name", "title", "unit", "valid_from", "source")},
        valid_to=source.get("valid_to"),
        groups=groups,
        codes=found.codes,
    )


def _keys(unit: str) -> Keys:
    group: Keys = {
        "category": Key(WRITTEN, needed=True),
        "name": Key(WRITTEN, needed=True),
        unit: Key(AMOUNT, needed=True),
    }
    code: Keys = {
        "code": Key(WRITTEN, needed=True),
        "group": Key(WRITTEN, needed=True),
        unit: Key(AMOUNT),
        "from": Key(DATE),
        "to": Key(DATE),
    }
    return {
        "name": Key(WRITTEN, needed=True),
        "title": Key(WRITTEN, needed=True),
        "unit": Key(UNIT, needed=True),
        "valid_from": Key(DATE, needed=True),
        "valid_to": Key(DATE),
        "source": Key(WRITTEN, needed=True),
        "groups": Key(tables_with(group), needed=True),
        "codes": Key(tables_with(code)),
    }


def _severity(entry: Mapping[str, Any], amount: float, *, unit: str) -> Severity:
    days, weight = (float(amount), None) if unit == DAYS else (None, float(amount))
    return Severity(entry["category"], entry["name"], days, weight)


def _table_problems(source: Mapping[str, Any]) -> Iterator[Problem]:
    if source.get("valid_to") and source["valid_to"] < source["valid_from"]:
        allowed = f"{source['valid_from']}, the day of valid_from, or later"
        yield _wrong("/valid_to", not_allowed(source["valid_to"], name="valid_to", allowed=allowed))
    names = [entry["name"] for entry in source["groups"]]
    for at, name in enumerate(names):
        if name in names[:at]:
            yield _wrong(f"/groups/{at}/name", f"There are two groups {shown(name)}")


@dataclass(frozen=True)
class _Row:
    """A code of a file; `at` is the pointer of its row."""

    at: str
    code: str
    group: str
    amount: float | None
    first: date | None
    last: date | None


class _Codes:
    """The codes of a table as they are read, with what is wrong with them."""

    def __init__(self, groups: Mapping[str, Severity], unit: str) -> None:
        self.codes: dict[str, tuple[CodePeriod, ...]] = {}
        self.problems: list[Problem] = []
        self.groups = groups
        self._unit = unit

    def add(self, rows: Iterable[_Row]) -> None:
        for row in rows:
            self._add(row)

    def _add(self, row: _Row) -> None:
        code = offence_code(row.code)
        if code is None:
            detail = not_allowed(row.code, name="The offence code", allowed=COMPLETE)
            self.problems.append(_wrong(f"{row.at}/code", detail))
            return
        group = self.groups.get(row.group)
        if group is None:
            self.problems.append(_wrong(f"{row.at}/group", self._no_group(row.group)))
        elif row.first and row.last and row.last < row.first:
            allowed = f"{row.first}, the day of from, or later"
            self.problems.append(_wrong(f"{row.at}/to", not_allowed(row.last, name="to", allowed=allowed)))
        else:
            self._keep(code, CodePeriod(self._of(group, row.amount), row.first, row.last), row.at)

    def _keep(self, code: str, period: CodePeriod, at: str) -> None:
        earlier = self.codes.get(code, ())
        if any(period.overlaps(other) for other in earlier):
            detail = f"The code {code} is there twice for the same days. Give one of the rows other dates"
            self.problems.append(_wrong(f"{at}/code", detail))
        else:
            self.codes[code] = (*earlier, period)

    def _of(self, group: Severity, amount: float | None) -> Severity:
        if amount is None:
            return group
        return _severity({"category": group.category, "name": group.group}, amount, unit=self._unit)

    def _no_group(self, name: str) -> str:
        if similar := difflib.get_close_matches(name, self.groups, n=1):
            return f"There is no group {shown(name)}. Do you mean {shown(similar[0])}?"
        return f"There is no group {shown(name)}. The groups are {listed(self.groups)}"


def _toml_rows(entries: Iterable[Mapping[str, Any]], unit: str) -> Iterator[_Row]:
    for at, entry in enumerate(entries):
        optional = (entry.get(name) for name in (unit, "from", "to"))
        yield _Row(f"/codes/{at}", entry["code"], entry["group"], *optional)


def _csv_rows(text: str, *, unit: str, problem: Callable[[Problem], None]) -> Iterator[_Row]:
    """The rows of a CSV file whose cells can be read; `problem` takes what is wrong with the others."""
    columns = ["code", "group", unit, "from", "to"]
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if wrong := _header_problem(header, columns):
            problem(_wrong("/1", wrong))
            return
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield from _csv_row(cells, header, line=reader.line_num, unit=unit, problem=problem)
    except csv.Error as error:
        problem(_wrong(f"/{reader.line_num}", f"This is not CSV: {error}"))


def _header_problem(header: list[str], columns: list[str]) -> str | None:
    for name in header:
        if name not in columns:
            return f"There is no column {shown(name)}. The columns are {listed(columns)}"
        if header.count(name) > 1:
            return f"The column {name} is there twice"
    missing = [name for name in ("code", "group") if name not in header]
    return f"The column {missing[0]} is missing. The columns are {listed(columns)}" if missing else None


def _csv_row(
    cells: list[str], header: list[str], *, line: int, unit: str, problem: Callable[[Problem], None]
) -> Iterator[_Row]:
    """The row, or nothing after `problem` took what is wrong with it."""
    if len(cells) != len(header):
        problem(_wrong(f"/{line}", f"The row has {len(cells)} cells and must have {len(header)}"))
        return
    cell = {name: text.strip() for name, text in zip(header, cells, strict=True)}
    read: dict[str, Any] = {}
    for name, parse, kind in ((unit, number_in, AMOUNT), ("from", date_in, DATE), ("to", date_in, DATE)):
        text = cell.get(name, "")
        value = parse(text) if text else None
        if text and not kind.fits(value):
            allowed = kind.called.replace(" without quotes", "")
            problem(_wrong(f"/{line}/{name}", not_allowed(text, name=name, allowed=f"empty or {allowed}")))
            return
        read[name] = value
    yield _Row(f"/{line}", cell["code"], cell["group"], read[unit], read["from"], read["to"])


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem(pointer, "severity_table", detail if detail.endswith((".", "?")) else f"{detail}.")
