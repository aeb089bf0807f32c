"""What a cell of an import folder means: a converter for each column.

A converter takes the text of a cell and returns its value, or None if the cell is blank. It raises `Refused`
with a sentence that names the column and what is allowed. No sentence repeats what could be about a person.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from rms.errors import shown
from rms.parsing import NO_VALUE, digits_in, number_in, whole_number_in
from rms.people.offender_numbers import offender_number
from rms.records.declaration import DateFormat, Declaration
from rms.records.layout import LONGEST_ID, LONGEST_LINK, LONGEST_TEXT, Column, FileLayout, Kind
from rms.records.offence_codes import offence_code
from rms.safe_text import is_safe

Value = str | date | bool | int | float | None
Convert = Callable[[str], Value]
Needed = TypeVar("Needed")

FIRST_YEAR, LAST_YEAR = 1880, 2100  # of any day: closer bounds would need a clock
MOST_CACHED = 65_536  # values of a column
LONGEST_NO_VALUE = max(map(len, NO_VALUE))
_PLAIN_ID = re.compile(r"[!-~]+", re.ASCII)
_PLAIN_DEGREES = re.compile(r"-?[0-9]{1,3}\.[0-9]{1,15}", re.ASCII)
_LINK = re.compile(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?([/?#][!-~]*)?", re.ASCII)
_DAYS = {
    DateFormat.YEAR_MONTH_DAY: re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    DateFormat.DAY_MONTH_YEAR: re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
}
# A message repeats a value only if it looks like this, so never a name that stands in the wrong column.
_SHOWABLE = {
    Kind.DAY: re.compile(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}", re.ASCII),
    Kind.CODE: re.compile(r"[0-9]{0,3}/[0-9]{0,3}", re.ASCII),
    Kind.COORDINATE: re.compile(r"[+-]?[0-9]{1,4}([.,][0-9]*)?", re.ASCII),
    Kind.WHOLE_NUMBER: re.compile(r"[+-]?[0-9]{1,3}([.,][0-9]{1,3})?", re.ASCII),
}

_NEVER = re.compile(r"(?!)")


class Refused(ValueError):
    """A cell that does not have a value of its column."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def converters(layout: FileLayout, declaration: Declaration) -> dict[str, Convert]:
    """The converter of each column of a file. Values that recur are read once."""
    return {column.name: _converter(column, layout, declaration) for column in layout.columns}


def _converter(column: Column, layout: FileLayout, declaration: Declaration) -> Convert:
    read = _READERS[column.kind](column, declaration)

    def convert(cell: str) -> Value:
        text = cell.strip()
        if not text or (column.kind is not Kind.TEXT and text.upper() in NO_VALUE):
            _check_blank(column)
            return None
        try:
            return read(text)
        except Refused:
            raise
        except ValueError as error:
            allowed = column.accepts
            if column.kind is Kind.DAY:
                allowed = f"a day as {declaration.dates}, such as {declaration.dates.example}"
            hidden = layout.personal or not _SHOWABLE.get(column.kind, _NEVER).fullmatch(text)
            value = "This value" if hidden else shown(text)
            detail = f"{value} is not allowed. {column.name} must be {allowed}."
            raise Refused("invalid_cell", detail) from error

    if column.kind is Kind.COORDINATE:
        return _degrees_converter(convert)
    if column.kind is Kind.ID and column.refers_to != "areas":
        return _id_converter(convert)
    return convert if column.kind in _RARELY_THE_SAME else _Cache(convert).__getitem__


_RARELY_THE_SAME = frozenset({Kind.TEXT, Kind.LINK, Kind.OFFENDER_NUMBER})


class _Cache(dict[str, Value]):
    """Cells read before. It never holds more than `MOST_CACHED`."""

    def __init__(self, convert: Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: str) -> Value:
        value = self._convert(cell)
        if len(self) >= MOST_CACHED:
            self.clear()
        self[cell] = value
        return value


def _id_converter(convert: Convert) -> Convert:
    """A short cut for what nearly all IDs look like."""
    is_plain = _PLAIN_ID.fullmatch

    def read(cell: str) -> Value:
        if LONGEST_NO_VALUE < len(cell) <= LONGEST_ID and is_plain(cell):
            return cell
        return convert(cell)

    return read


def _degrees_converter(convert: Convert) -> Convert:
    """A short cut for what nearly all coordinates look like."""
    is_plain = _PLAIN_DEGREES.fullmatch

    def read(cell: str) -> Value:
        return float(cell) if is_plain(cell) else convert(cell)

    return read


def _check_blank(column: Column) -> None:
    if column.required:
        detail = f"{column.name} is blank. Every row must have it: {column.accepts}."
        raise Refused("missing_value", detail)


def _text_reader(longest: int) -> Callable[[Column, Declaration], Convert]:
    def reader(column: Column, _: Declaration) -> Convert:
        def read(text: str) -> str:
            if len(text) > longest:
                raise Refused("too_long", f"{column.name} has more than {longest} characters.")
            if not is_safe(text):
                detail = f"{column.name} has a control character or a broken one. Remove it."
                raise Refused("unsafe_text", detail)
            return text

        return read

    return reader


def _day_reader(column: Column, declaration: Declaration) -> Convert:
    pattern = _DAYS[declaration.dates]
    (other,) = set(DateFormat) - {declaration.dates}

    def read(text: str) -> date:
        if match := pattern.fullmatch(text):
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            return _within_bounds(day, column, declaration)
        if _DAYS[other].fullmatch(text):
            detail = (
                f"{column.name} is written as {other}, but import.toml says that days are written as "
                f"{declaration.dates}, such as {declaration.dates.example}."
            )
            raise Refused("other_date_format", detail)
        raise ValueError(text)

    return read


def _within_bounds(day: date, column: Column, declaration: Declaration) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        detail = f"{column.name} must be in a year from {FIRST_YEAR} to {LAST_YEAR}."
        raise Refused("day_out_of_range", detail)
    if column.past and day > declaration.as_at:
        detail = (
            f"{column.name} is after the day of the data, {declaration.as_at} (as_at in import.toml). "
            "It must be that day or earlier."
        )
        raise Refused("after_as_at", detail)
    return day


def _choice_reader(column: Column, _: Declaration) -> Convert:
    spellings = {choice.lower(): choice for choice in column.choices}

    def read(text: str) -> str:
        if choice := spellings.get(digits_in(text) or text.lower().replace(" ", "_").replace("-", "_")):
            return choice
        raise Refused("unknown_choice", f"{column.name} must be one of {column.accepts}.")

    return read


YES_NO: Mapping[str, bool] = {"yes": True, "no": False}


def _yes_no_reader(column: Column, _: Declaration) -> Convert:
    def read(text: str) -> bool:
        if (answer := YES_NO.get(text.lower())) is not None:
            return answer
        blank = "" if column.required else ", or blank if it is not known"
        raise Refused("unknown_choice", f"{column.name} must be yes or no{blank}.")

    return read


def _code_reader(column: Column, _: Declaration) -> Convert:
    def read(text: str) -> str:
        if text.endswith("/"):
            detail = f"{column.name} is not complete: it has no subclass. Write it as in 028/03."
            raise Refused("incomplete_code", detail)
        return _needed(offence_code(text))

    return read


def _offender_number_reader(column: Column, _: Declaration) -> Convert:
    return lambda text: _needed(offender_number(text))


def _coordinate_reader(column: Column, _: Declaration) -> Convert:
    return lambda text: float(_needed(number_in(text)))


def _whole_number_reader(column: Column, _: Declaration) -> Convert:
    def read(text: str) -> int:
        number = _needed(whole_number_in(text))
        highest = LARGEST_STORED if column.highest is None else column.highest
        if not column.lowest <= number <= highest:
            raise ValueError(text)
        return number

    return read


LARGEST_STORED = 2**31 - 1  # a whole number of a database


def _link_reader(column: Column, _: Declaration) -> Convert:
    def read(text: str) -> str:
        if len(text) > LONGEST_LINK or not _LINK.fullmatch(text):
            raise ValueError(text)
        return text

    return read


def _needed(value: Needed | None) -> Needed:
    """The value, or ValueError if there is none."""
    if value is None:
        raise ValueError
    return value


_READERS: Mapping[Kind, Callable[[Column, Declaration], Convert]] = {
    Kind.ID: _text_reader(LONGEST_ID),
    Kind.TEXT: _text_reader(LONGEST_TEXT),
    Kind.DAY: _day_reader,
    Kind.CHOICE: _choice_reader,
    Kind.YES_NO: _yes_no_reader,
    Kind.CODE: _code_reader,
    Kind.OFFENDER_NUMBER: _offender_number_reader,
    Kind.COORDINATE: _coordinate_reader,
    Kind.WHOLE_NUMBER: _whole_number_reader,
    Kind.LINK: _link_reader,
}
