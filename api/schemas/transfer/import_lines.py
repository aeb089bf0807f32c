"""The lines of an import: NDJSON or CSV, read one by one, however many there are.

A line ends at a line feed, even inside quotes, so a broken line never affects the next one.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, BinaryIO

from api.schemas.assessments.assessment import AssessmentSchema, Body, assessment_from, content_of
from api.schemas.json_body import MalformedJson, parsed
from api.schemas.problems import escaped
from api.schemas.strict_fields import SafeText
from api.services.transfer.imports import Line, Understanding, Understood
from rms.assessment import Assessment, AssessmentKind
from rms.csv_text import NO_LINE_ENDING, WRONG_LENGTH, cut_off, other_separator, wrong_length
from rms.errors import InvalidInput, Problem, too_many
from rms.instrument import Answer, Instrument, Item, ItemKind
from rms.parsing import number_in

NDJSON, CSV = "application/x-ndjson", "text/csv"
KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
UNKNOWN = "_unknown"
IDENTIFICATION = {
    "key": "Your own name for the line: 1 to 255 visible ASCII characters. Sending it again creates nothing.",
    "offender_number": "Letters and digits, without a suffix. Format the column as text.",
    "sex": "female, male, other or unknown.",
    "date_of_birth": "A date as YYYY-MM-DD.",
    "release_date": "The estimated date as YYYY-MM-DD.",
    "based_on": "The ID of the earlier assessment whose answers were carried over.",
}
NEEDED = ("offender_number", "sex", "date_of_birth")
NOT_IMPORTABLE = {
    "kind": "What-ifs cannot be imported. Create a what-if from an assessment.",
    "corrects": "Corrections cannot be imported. Post a correction to the assessment it corrects.",
}
CHUNK = 65_536
UNNAMED = "A column without a name has content in this line. Name the column, or leave its cells empty."
MOST_COLUMNS = 1_000


class LineSchema(AssessmentSchema):
    """The fields of a line. `NOT_IMPORTABLE` fields have their own problems."""

    key = SafeText(longest=255)

    class Meta:
        exclude = ("kind", "baseline_id")


_line_schema = LineSchema()

Document = Callable[[bytes], object]
IsBlank = Callable[[bytes], bool]


@dataclass(frozen=True)
class Column:
    """A column of an import as CSV, and what its cells hold."""

    name: str
    meaning: str
    required: bool


def columns(instrument: Instrument) -> tuple[Column, ...]:
    """Every column that an import as CSV may have, in the order of the form."""
    listed = [Column(name, meaning, name in NEEDED) for name, meaning in IDENTIFICATION.items()]
    for item in instrument.asked:
        listed.append(Column(item.code, f"{item.label}: {item.allowed}.", item.required))
        if item.unknown_allowed:
            why = f"Why the answer is not known, if {item.code} is empty."
            listed.append(Column(item.code + UNKNOWN, why, required=False))
    return tuple(listed)


def header(text: bytes, *, instrument: Instrument) -> tuple[str, ...]:
    """The names of the columns, from the first line of a CSV file; "" for a column that must stay empty.

    Raises
    ------
    InvalidInput
        If a column is unknown, repeated, or missing although every line needs it.
    """
    text = text.removeprefix(codecs.BOM_UTF8)
    if detail := other_separator(text.decode("utf-8", errors="replace")):
        raise InvalidInput([Problem("/columns", "wrong_separator", detail)])
    names = tuple(name.strip() for name in _cells(text))
    if len(names) > MOST_COLUMNS:
        detail = too_many("columns", most=MOST_COLUMNS, given=len(names))
        raise InvalidInput([Problem("/columns", "too_many", detail)])
    known = {column.name: column.required for column in columns(instrument)}
    problems = [
        *(_of_column(name, "unknown_column", "is unknown") for name in names if name and name not in known),
        *(_of_column(name, "repeated_column", "is repeated") for name in known if names.count(name) > 1),
        *(
            _of_column(name, "missing_column", "is missing")
            for name, required in known.items()
            if required and name not in names
        ),
    ]
    if problems:
        raise InvalidInput(problems)
    return names


def read_lines(
    file: BinaryIO,
    document: Document,
    *,
    longest: int,
    number: int = 0,
    end: int = 0,
    is_blank: IsBlank = bytes.isspace,
) -> Iterator[Line]:
    """The lines after line `number`, which ends at `end` in the file. Blank lines are skipped.

    `document` reads a line of up to `longest` bytes.
    """
    file.seek(end)
    while text := file.readline(longest + len(b"\r\n")):
        left_out = 0 if text.endswith(b"\n") else _skipped(file)
        number, end = number + 1, end + len(text) + left_out
        content = text.rstrip(b"\r\n")
        if left_out or len(content) > longest:
            detail = f"A line can have up to {longest:,} bytes."
            yield Line(number, end, problems=(Problem("", "body_too_large", detail),))
        elif not is_blank(text):
            yield _line(text, document, number=number, end=end)


def json_document(text: bytes) -> object:
    """The document of a line of NDJSON.

    Raises
    ------
    InvalidInput
        If it is not JSON.
    """
    try:
        return parsed(text)
    except MalformedJson as error:
        detail = error.detail.replace("The body", "This line").replace("line 1, ", "")
        raise InvalidInput([Problem("", error.code, detail)]) from error


def csv_document(names: tuple[str, ...], *, instrument: Instrument) -> Document:
    """How a line under these columns is read: as the JSON of a single post."""
    items = {item.code: item for item in instrument.asked}

    def document(text: bytes) -> object:
        cells = [cell.strip() for cell in _cells(text.rstrip(b"\r\n"))]
        if detail := wrong_length(cells, names):
            raise InvalidInput([Problem("", WRONG_LENGTH, detail)])
        if detail := cut_off(text.decode("utf-8")):
            raise InvalidInput([Problem("", NO_LINE_ENDING, detail)])
        given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
        if "" in given:
            raise InvalidInput([Problem("", "unnamed_column", UNNAMED)])
        return {
            **{name: given[name] for name in IDENTIFICATION if name in given},
            "answers": {code: _answer(given[code], item) for code, item in items.items() if code in given},
            "unknown": {code: given[code + UNKNOWN] for code in items if code + UNKNOWN in given},
        }

    return document


def is_blank_row(text: bytes) -> bool:
    """Whether a line of CSV has no content, such as commas only. Without a line ending it may be cut off.

    >>> [is_blank_row(text) for text in (b",,\\n", b' , "",\\r\\n', b"  ", b",,", b",0,\\n", b'\"\"\"\"\\n')]
    [True, True, True, False, False, False]
    """
    is_whole = text.endswith((b"\n", b"\r"))
    if not is_whole or text.strip(b'", \t\r\n'):
        return not text.strip()
    try:
        return not any(_cells(b"".join(text.split())))
    except InvalidInput:
        return False


def understanding_of(instrument: Instrument, *, on: date) -> Understanding:
    """How a line becomes an assessment made on that day, exactly as a single post does."""

    def understood(document: object) -> Understood:
        body = Body(document)

        def assessment() -> Assessment:
            if refused := tuple(_not_importable(document)):
                raise InvalidInput(refused)
            return assessment_from(body, instrument=instrument, on=on, error_schema=_line_schema)

        return Understood(partial(content_of, body, instrument=instrument), assessment)

    return understood


def _line(text: bytes, document: Document, *, number: int, end: int) -> Line:
    try:
        body = document(text)
        if not isinstance(body, dict) or "key" not in body:
            return Line(number, end, document=body)
        key = body.pop("key")
        if type(key) is str and KEY.fullmatch(key):
            return Line(number, end, key, body)
        detail = "A key has 1 to 255 visible ASCII characters."
        return Line(number, end, problems=(Problem("/key", "invalid_value", detail),))
    except InvalidInput as error:
        return Line(number, end, problems=error.problems)


def _skipped(file: BinaryIO) -> int:
    """Skip the rest of a line; how many bytes that were."""
    skipped = 0
    while text := file.readline(CHUNK):
        skipped += len(text)
        if text.endswith(b"\n"):
            break
    return skipped


def _cells(text: bytes) -> list[str]:
    """
    Raises
    ------
    InvalidInput
        If the line is not CSV (a quote is not closed) or not UTF-8.
    """
    try:
        return next(csv.reader([text.decode("utf-8")], strict=True), [])
    except UnicodeDecodeError as error:
        detail = f"This line is not UTF-8 at byte {error.start}."
    except csv.Error:
        detail = "This line is not valid CSV. Close each quote, and use no line feeds in cells."
    raise InvalidInput([Problem("", "malformed_csv", detail)])


def _answer(cell: str, item: Item) -> Answer:
    """A cell as its JSON value. Anything but a number stays text, which the item then refuses."""
    number = None if item.kind is ItemKind.CHOICE else number_in(cell)
    return cell if number is None else number


def _not_importable(document: object) -> Iterator[Problem]:
    given: Mapping[str, Any] = document if isinstance(document, dict) else {}
    for name, detail in NOT_IMPORTABLE.items():
        if name in given and (name != "kind" or given[name] == AssessmentKind.WHAT_IF):
            yield Problem(f"/{name}", "not_importable", detail)


def _of_column(name: str, code: str, what: str) -> Problem:
    return Problem(f"/columns/{escaped(name)}", code, f"The column {escaped(name)} {what}.")
