"""Text of import files, and what reading them gives."""

import io
from datetime import date

from rms.errors import Problem
from rms.records.declaration import DateFormat, Declaration
from rms.records.layout import LAYOUT
from rms.records.reading import OPENING, Batch, place, read_csv, read_ndjson

DECLARATION = Declaration("crime records", date(2026, 11, 30))
UK_DATES = Declaration("crime records", date(2026, 11, 30), DateFormat.DAY_MONTH_YEAR)

# A row of each file that has nothing wrong with it, by column.
GOOD = {
    "areas": {"area": "W01", "name": "Aston", "kind": "ward", "parent": "N01"},
    "people": {"person": "P0001", "forename": "Mary-Jane", "surname": "O'Connor"},
    "offences": {"offence": "C0001", "person": "P0001", "code": "028/03", "date": "2026-03-04"},
    "sentences": {"sentence": "S0001", "person": "P0001", "kind": "custody", "sentenced_on": "2026-03-04"},
    "registrations": {"registration": "R0001", "person": "P0001", "kind": "iom", "from": "2026-03-04"},
    "plans": {"plan": "L0001", "person": "P0001", "managed": "yes", "from": "2026-03-04"},
    "drug_markers": {"marker": "D0001", "person": "P0001", "kind": "supply", "from": "2026-03-04"},
    "intelligence": {"report": "I0001", "person": "P0001", "grade": "A", "date": "2026-03-04"},
    "associations": {"association": "A0001", "person": "P0001", "other": "P0002", "kind": "gang"},
}


def batches(content: str | bytes, name: str = "offences.csv", **options: object) -> list[Batch]:
    """All batches of a file with this content."""
    file, _, format = name.partition(".")
    raw = content.encode("utf-8") if isinstance(content, str) else content
    read = read_csv if format == "csv" else read_ndjson
    stream = io.TextIOWrapper(io.BytesIO(raw), **OPENING)
    return list(read(stream, LAYOUT[file], **{"declaration": DECLARATION, **options}))


def only_batch(content: str | bytes, name: str = "offences.csv", **options: object) -> Batch:
    (batch,) = batches(content, name, **options)
    return batch


def csv_of(file: str, **changed: str) -> str:
    """A file of one row: the good one with some cells changed."""
    row = {**GOOD[file], **changed}
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


def told(problems: list[Problem] | tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Where each problem is, and its code."""
    return [(place(problem), problem.code) for problem in problems]
