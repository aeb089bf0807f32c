"""The lines of a file of an import folder, as CSV or JSON, and the cells of each.

A line that has no cells to read raises `Malformed`.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from operator import call, itemgetter
from typing import Any, Protocol, TextIO

from rms.csv_text import CUT_OFF, NO_LINE_ENDING, WRONG_LENGTH, other_separator, wrong_length
from rms.encodings import not_utf8
from rms.errors import InvalidInput, Problem, listed
from rms.records.cells import Convert, Value, converters
from rms.records.declaration import Declaration
from rms.records.layout import FileLayout, Kind
from rms.safe_text import has_undecoded_bytes

LONGEST_LINE = 65_536  # characters
MOST_PARTS = 256  # of a line that is too long, each of LONGEST_LINE
MOST_SHAPES = 100  # orders of the fields of JSON lines that are kept
SPREADSHEET = "This is a spreadsheet or a ZIP file. Save it as “CSV UTF-8” and import that file."
TOO_LONG = f"A line can have up to {LONGEST_LINE:,} characters."
NO_OBJECT = "This line is not a JSON object. Write one on each line."
HALF_A_LINE = "The file ends in the middle of this line. Nothing of the line was taken."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NUMBERS = frozenset({Kind.COORDINATE, Kind.WHOLE_NUMBER})


class Malformed(Exception):
    """A line that has no cells to read."""

    def __init__(self, code: str, detail: str, column: str = "") -> None:
        super().__init__(detail)
        self.code, self.detail, self.column = code, detail, column


class Plan:
    """Turns cells in the order of a header into the values of a row in the order of its fields."""

    def __init__(self, names: Sequence[str], layout: FileLayout, converts: dict[str, Convert]) -> None:
        self.names = tuple(names)
        self.converts = [converts[name] for name in names]
        missing = len(names)  # the place of None, which `values` adds
        place_of = {name: at for at, name in enumerate(names)}
        self._in_order = itemgetter(*(place_of.get(column.name, missing) for column in layout.columns))

    def values(self, cells: Sequence[str]) -> tuple[Value, ...]:
        read = list(map(call, self.converts, cells))
        read.append(None)
        values: tuple[Value, ...] = self._in_order(read)
        return values


class Source(Protocol):
    """How the lines of one kind of file are read."""

    layout: FileLayout
    file: str
    blank: str  # the characters of a line without content

    def cells(self, line: str) -> tuple[Plan, Sequence[str]]:
        """The cells of a line and the plan to read them. Raises `Malformed`."""

    def check_end(self, line: str) -> None:
        """Raises `Malformed` if a line without a line ending may be half a row."""


class CsvLines:
    blank = ', \t\r\n"'

    def __init__(self, header: str, layout: FileLayout, declaration: Declaration, file: str) -> None:
        self.layout, self.file = layout, file
        if detail := other_separator(header):
            raise InvalidInput([Problem(pointer(file, 1), "wrong_separator", detail)])
        try:
            names = [name.strip() for name in _quoted(header)]
        except Malformed as error:
            raise InvalidInput([Problem(pointer(file, 1), error.code, error.detail)]) from error
        problems = list(_header_problems(names, layout))
        if problems:
            raise InvalidInput(
                Problem(pointer(file, 1, name), code, detail) for name, code, detail in problems
            )
        self._plan = Plan(names, layout, converters(layout, declaration))

    def cells(self, line: str) -> tuple[Plan, Sequence[str]]:
        # Without a quotation mark, a row is what stands between the commas.
        cells = _quoted(line) if '"' in line else line.rstrip("\r\n").split(",")
        if len(cells) != len(self._plan.names):
            detail = wrong_length(cells, self._plan.names) or ""
            raise Malformed(WRONG_LENGTH, detail)
        return self._plan, cells

    def check_end(self, line: str) -> None:
        _check_length(line)
        raise Malformed(NO_LINE_ENDING, CUT_OFF)  # `12` cut to `1` looks complete


def _quoted(line: str) -> list[str]:
    """The cells of a line of CSV that may have quotation marks."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        detail = "A quotation mark is not closed on this line, or stands in the middle of a cell."
        raise Malformed("malformed_csv", detail) from error


def _header_problems(names: Sequence[str], layout: FileLayout) -> Iterator[tuple[str, str, str]]:
    """Column, code and sentence of each problem."""
    known = [column.name for column in layout.columns]
    if not set(known) & set(names):
        detail = f"The names of the columns are missing. They are {listed(known)}."
        yield "", "no_header", detail
        return
    for at, name in enumerate(names, 1):
        if not name:
            yield f"column {at}", "unnamed_column", f"Column {at} has no name. Name it or delete it."
        elif name not in known:
            detail = f"{layout.name} has no such column. Its columns are {listed(known)}."
            # What does not look like the name of a column may be about a person.
            yield name if _NAME.fullmatch(name) else f"column {at}", "unknown_column", detail
    for column in layout.columns:
        if names.count(column.name) > 1:
            yield column.name, "doubled_column", f"The column {column.name} is there more than once."
        elif column.required and column.name not in names:
            yield column.name, "missing_column", f"The column {column.name} is missing. {column.meaning}"


class JsonLines:
    blank = " \t\r\n"

    def __init__(self, layout: FileLayout, declaration: Declaration, file: str) -> None:
        self.layout, self.file = layout, file
        self._converts = converters(layout, declaration)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._decode = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refuse_constant).decode

    def cells(self, line: str) -> tuple[Plan, Sequence[str]]:
        try:
            document = self._decode(line)
        except (ValueError, RecursionError) as error:
            raise Malformed("malformed_json", NO_OBJECT) from error
        if not isinstance(document, _Pairs):
            raise Malformed("malformed_json", NO_OBJECT)
        names = tuple(name for name, _ in document)
        plan = self._plans.get(names) or self._new_plan(names)
        return plan, [
            value if type(value) is str else self._text(name, value) for name, value in document
        ] + [""] * (len(plan.names) - len(names))

    def check_end(self, line: str) -> None:
        _check_length(line)
        try:
            self._decode(line)  # the last brace shows that the object is complete
        except (ValueError, RecursionError) as error:
            raise Malformed(NO_LINE_ENDING, HALF_A_LINE) from error

    def _new_plan(self, names: tuple[str, ...]) -> Plan:
        for name, code, detail in _header_problems(names, self.layout):
            if code != "missing_column":
                raise Malformed(code, detail, name)
        if len(self._plans) >= MOST_SHAPES:
            self._plans.clear()
        # A required field that is missing is read as blank, so that its sentence is the same.
        absent = (c.name for c in self.layout.columns if c.required and c.name not in names)
        plan = self._plans[names] = Plan((*names, *absent), self.layout, self._converts)
        return plan

    def _text(self, name: str, value: object) -> str:
        column = self.layout.column(name)
        kind = None if column is None else column.kind
        if value is None:
            return ""
        if isinstance(value, bool):
            if kind is Kind.YES_NO:
                return "yes" if value else "no"
        elif isinstance(value, int) or (isinstance(value, float) and kind in _NUMBERS):
            return repr(value)
        raise Malformed("wrong_type", f"{name} must be text in quotes.", name)


class _Pairs(list[tuple[str, Any]]):
    """The fields of a JSON object in order, also if one is there twice."""


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def first_line(stream: TextIO, file: str) -> str:
    """The first line, if the file is text that can be read."""
    line = stream.readline(LONGEST_LINE + 2).removeprefix("\ufeff")
    if line.startswith("PK\x03\x04"):
        code, detail = "spreadsheet", SPREADSHEET
    elif "\0" in line or has_undecoded_bytes(line):
        code, detail = "not_utf8", not_utf8(file, line.encode("utf-8", "surrogateescape"))
    elif len(line) > LONGEST_LINE:
        code, detail = "line_too_long", TOO_LONG
    elif not line.strip():
        code, detail = "empty_file", "The file is empty, or its first line is."
    else:
        return line
    raise InvalidInput([Problem(pointer(file, 1), code, detail)])


def _check_length(line: str) -> None:
    if len(line) > LONGEST_LINE:
        raise Malformed("line_too_long", TOO_LONG)


def lines_of(stream: TextIO, file: str) -> Iterator[str]:
    """The lines with their endings. One that is too long is cut, and so has none.

    Raises
    ------
    InvalidInput
        If a line goes on for MOST_PARTS times LONGEST_LINE: the file has no lines that can be read.
    """
    while line := stream.readline(LONGEST_LINE + 2):
        yield line
        parts = 0
        while line and line[-1] not in "\r\n":
            if (parts := parts + 1) > MOST_PARTS:
                raise InvalidInput([Problem(f"/{file}", "line_too_long", TOO_LONG)])
            line = stream.readline(LONGEST_LINE + 2)


def pointer(file: str, line: int, column: str = "") -> str:
    """The place of a problem: `/offences.csv/12/date`, or `/offences.csv/12` for a whole line."""
    return f"/{file}/{line}/{column}".rstrip("/")
