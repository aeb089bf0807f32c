"""The lines of an import: NDJSON or CSV, read one after the other however many there are.

A line is what ends in a line feed, inside quotes too: one that is broken never takes the next along.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from api.schemas.assessments.assessment import AssessmentSchema, assessment_from
from api.schemas.json_body import MalformedJson, parsed
from api.schemas.problems import escaped
from api.schemas.strict_fields import SafeText
from api.services.transfer.imports import Line, Validate
from reference_library.reading import WRONG_LENGTH, wrong_length
from rms.assessment import Assessment, AssessmentKind
from rms.errors import InvalidInput, Problem, too_many
from rms.instrument import Answer, Instrument, Item, ItemKind

NDJSON, CSV = "application/x-ndjson", "text/csv"
KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}", re.ASCII)
UNKNOWN = "_unknown"
IDENTIFICATION = {
    "key": "Your own name for the line, 1 to 255 visible ASCII characters: sent again, it creates nothing.",
    "offender_number": "Letters and digits, without a suffix; format the column as text.",
    "sex": "female, male, other or unknown.",
    "date_of_birth": "A day as YYYY-MM-DD.",
    "release_date": "The estimated day as YYYY-MM-DD.",
    "based_on": "The id of the earlier assessment whose answers were carried over.",
}
NEEDED = ("offender_number", "sex", "date_of_birth")
NOT_IMPORTABLE = {
    "kind": "A what-if says what is not so: it is made from an assessment, and cannot be imported.",
    "corrects": "A correction is posted to the assessment that it corrects, and cannot be imported.",
}
CHUNK = 65_536
MOST_COLUMNS = 1_000


class LineSchema(AssessmentSchema):
    """The fields of a line; what is not importable is told by itself."""

    key = SafeText(longest=255)

    class Meta:
        exclude = ("kind", "baseline_id")


_line_schema = LineSchema()

Document = Callable[[bytes], object]


@dataclass(frozen=True)
class Column:
    """A column of an import as CSV, and what stands in it."""

    name: str
    meaning: str
    required: bool


def columns(instrument: Instrument) -> tuple[Column, ...]:
    """Every column that an import as CSV may have, in the order of the form."""
    found = [Column(name, meaning, name in NEEDED) for name, meaning in IDENTIFICATION.items()]
    for item in instrument.asked:
        found.append(Column(item.code, f"{item.label}: {item.allowed}.", item.required))
        if item.unknown_allowed:
            why = f"Why that is not known, where {item.code} is empty."
            found.append(Column(item.code + UNKNOWN, why, required=False))
    return tuple(found)


def header(text: bytes, *, instrument: Instrument) -> tuple[str, ...]:
    """The names of the columns, out of the first line of a CSV.

    Raises
    ------
    InvalidInput
        If a column is unknown, stands there twice, or is missing though every line needs it.
    """
    names = tuple(name.strip() for name in _cells(text.removeprefix(codecs.BOM_UTF8)))
    if len(names) > MOST_COLUMNS:
        detail = too_many("columns", most=MOST_COLUMNS, given=len(names))
        raise InvalidInput([Problem("/columns", "too_many", detail)])
    known = {column.name: column.required for column in columns(instrument)}
    found = [
        *(_of_column(name, "unknown_column", "is unknown") for name in names if name not in known),
        *(_of_column(name, "repeated_column", "is there twice") for name in known if names.count(name) > 1),
        *(
            _of_column(name, "missing_column", "is missing")
            for name, required in known.items()
            if required and name not in names
        ),
    ]
    if found:
        raise InvalidInput(found)
    return names


def read_lines(
    file: BinaryIO, document: Document, *, longest: int, number: int = 0, end: int = 0
) -> Iterator[Line]:
    """The lines after that one, which ends there in the file; blank ones are passed over.

    `document` reads what a line of up to `longest` bytes says.
    """
    file.seek(end)
    while text := file.readline(longest + len(b"\r\n")):
        left_out = 0 if text.endswith(b"\n") else _skipped(file)
        number, end = number + 1, end + len(text) + left_out
        said = text.rstrip(b"\r\n")
        if left_out or len(said) > longest:
            detail = f"A line may have {longest} bytes."
            yield Line(number, end, problems=(Problem("", "body_too_large", detail),))
        elif said.strip():
            yield _line(said, document, number=number, end=end)


def json_document(text: bytes) -> object:
    """What a line of NDJSON says.

    Raises
    ------
    InvalidInput
        If it is no JSON.
    """
    try:
        return parsed(text)
    except MalformedJson as error:
        detail = error.detail.replace("The body", "This line").replace("line 1, ", "")
        raise InvalidInput([Problem("", error.code, detail)]) from error


def csv_document(names: tuple[str, ...], *, instrument: Instrument) -> Document:
    """How a line under these columns is read: as the JSON that a single post has."""
    items = {item.code: item for item in instrument.asked}

    def document(text: bytes) -> object:
        cells = [cell.strip() for cell in _cells(text)]
        if detail := wrong_length(cells, names):
            raise InvalidInput([Problem("", WRONG_LENGTH, detail)])
        given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
        return {
            **{name: given[name] for name in IDENTIFICATION if name in given},
            "answers": {code: _answer(given[code], item) for code, item in items.items() if code in given},
            "unknown": {code: given[code + UNKNOWN] for code in items if code + UNKNOWN in given},
        }

    return document


def validator(instrument: Instrument, *, on: date) -> Validate:
    """How what a line says becomes an assessment made on that day: as a single post does."""

    def validate(document: object) -> Assessment:
        if refused := tuple(_not_importable(document)):
            raise InvalidInput(refused)
        return assessment_from(document, instrument=instrument, on=on, error_schema=_line_schema)

    return validate


def _line(text: bytes, document: Document, *, number: int, end: int) -> Line:
    try:
        said = document(text)
        if not isinstance(said, dict) or "key" not in said:
            return Line(number, end, document=said)
        key = said.pop("key")
        if type(key) is str and KEY.fullmatch(key):
            return Line(number, end, key, said)
        detail = "A key has 1 to 255 visible ASCII characters."
        return Line(number, end, problems=(Problem("/key", "invalid_value", detail),))
    except InvalidInput as error:
        return Line(number, end, problems=error.problems)


def _skipped(file: BinaryIO) -> int:
    """How many bytes were left of a line, which are not looked at."""
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
        If the line is no CSV: quotes that are not closed, bytes that are no UTF-8.
    """
    try:
        return next(csv.reader([text.decode("utf-8")], strict=True), [])
    except UnicodeDecodeError as error:
        detail = f"This line is not UTF-8 at byte {error.start}."
    except csv.Error:
        detail = "This line is no CSV: look for quotes that are not closed. A cell has no line feed."
    raise InvalidInput([Problem("", "malformed_csv", detail)])


def _answer(cell: str, item: Item) -> Answer:
    """A cell as JSON would have it; what is no number stays text, for its item to refuse."""
    if item.kind is not ItemKind.CHOICE and WHOLE.fullmatch(cell):
        return int(cell)
    return float(cell) if item.kind is not ItemKind.CHOICE and DECIMAL.fullmatch(cell) else cell


def _not_importable(document: object) -> Iterator[Problem]:
    given: Mapping[str, Any] = document if isinstance(document, dict) else {}
    for name, detail in NOT_IMPORTABLE.items():
        if name in given and (name != "kind" or given[name] == AssessmentKind.WHAT_IF):
            yield Problem(f"/{name}", "not_importable", detail)


def _of_column(name: str, code: str, what: str) -> Problem:
    return Problem(f"/columns/{escaped(name)}", code, f"The column {escaped(name)} {what}.")
