"""The lines of an import: NDJSON or CSV, read one after the other however many there are.

A line is what ends in a line feed, also inside quotes: one that is broken never takes the next along.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, BinaryIO

from api.schemas.assessment import assessment_from
from api.schemas.json_body import MalformedJson, parsed
from api.services.imports import Line, Validate
from rms.assessment import Assessment, Kind
from rms.errors import InvalidInput, Problem
from rms.instrument import Answer, Instrument, Item
from rms.instrument import Kind as ItemKind

NDJSON, CSV = "application/x-ndjson", "text/csv"
KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}", re.ASCII)
UNKNOWN = "_unknown"
IDENTIFICATION = {
    "key": "Your own name for the line, 1 to 255 visible ASCII characters: sent again, it creates nothing.",
    "offender_number": "Letters and digits, without a suffix. Format the column as text.",
    "sex": "female, male, other or unknown.",
    "date_of_birth": "YYYY-MM-DD.",
    "release_date": "YYYY-MM-DD, estimated.",
    "based_on": "The id of the earlier assessment whose answers were carried over.",
}
NEEDED = ("offender_number", "sex", "date_of_birth")
NOT_IMPORTABLE = {
    "what_if": "A what-if says what is not so. It is made from an assessment and cannot be imported.",
    "corrects": "A correction is posted to the assessment that it corrects and cannot be imported.",
}
# Sentences that would repeat what was sent; of what follows them only the last may be told.
REPEATED = {
    "origin_is_what_if": "This names a what-if, which says what was never so: start from an assessment.",
    "date_out_of_range": "This day is not possible beside the others.",
    "unknown_instrument": "The library in use takes another form.",
}
NOT_ALLOWED = " is not allowed"

Document = Callable[[bytes], object]


@dataclass(frozen=True)
class Column:
    """A column of a CSV import, and what stands in it."""

    name: str
    meaning: str
    required: bool


def columns(instrument: Instrument) -> tuple[Column, ...]:
    """Every column that an import as CSV may have, in the order of the form."""
    found = [Column(name, meaning, name in NEEDED) for name, meaning in IDENTIFICATION.items()]
    for item in instrument.asked:
        found.append(Column(item.code, f"{item.label}: {item.allowed}.", item.required))
        if item.unknown_allowed:
            why = f"Why {item.label} is not known, where its column is empty."
            found.append(Column(item.code + UNKNOWN, why, required=False))
    return tuple(found)


def header(file: BinaryIO, *, instrument: Instrument, longest: int) -> tuple[str, ...]:
    """The names of the columns, out of the first line of a CSV.

    Raises
    ------
    InvalidInput
        If there is a column that RMS does not know, one twice, or one missing that every line needs.
    """
    file.seek(0)
    names = _names(file.readline(longest))
    known = columns(instrument)
    problems = [
        *(_about(name, "unknown_column", "RMS knows no such column.") for name in names - known),
    ]
    return names


def reading(media_type: str, *, names: tuple[str, ...] = (), instrument: Instrument) -> Document:
    """How one line of that kind is read."""
    return parsed
