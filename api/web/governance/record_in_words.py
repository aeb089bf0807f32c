"""The rest of what is held about a person, table by table, in the words of the pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.web import formatting
from rms.reports import wording
from rms.reports.content import Fact


@dataclass(frozen=True)
class Part:
    """One table: its title, and for each row what the page shows of it."""

    title: str
    rows: tuple[tuple[Fact, ...], ...]


# For each table its title, and the label of each column that the page shows. The file has every column.
TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "caseload": ("Case workers", {"user_id": "Role", "since": "Since"}),
    "judgements": (
        "Judgements recorded before the scores were shown",
        {
            "assessment": "Assessment",
            "process": "Score for",
            "judgement": "Compared with most people under supervision",
            "confidence": "Confidence, from 1 (least) to 5",
            "account": "Recorded by",
            "judged_at": "Recorded",
        },
    ),
    "overrides": (
        "Overrides",
        {
            "assessment": "Assessment",
            "process": "Score for",
            "direction": "Judgement",
            "reason_code": "Reason",
            "text": "Explanation",
            "author": "Recorded by",
            "made_at": "Recorded",
        },
    ),
    "override_decisions": (
        "Decisions on overrides",
        {"decision": "Decision", "text": "Answer", "decided_by": "Decided by", "decided_at": "Decided"},
    ),
    "notes": (
        "Notes",
        {"assessment": "Assessment", "text": "Note", "author": "Written by", "written_at": "Written"},
    ),
    "jobs": (
        "Exports and imports that name this person",
        {"kind": "Kind", "role": "Requested by", "created_at": "Requested", "finished_at": "Finished"},
    ),
    "import_keys": ("Imported assessments", {"assessment": "Assessment", "line": "Line of the file"}),
    "import_groups": (
        "Reports of imports",
        {"number": "Part of the file", "created": "Created", "refused": "Refused"},
    ),
    "outbox": (
        "Messages to other systems",
        {
            "assessment": "Assessment",
            "event": "About",
            "created_at": "Written",
            "delivered_at": "Delivered",
            "problem": "Problem",
        },
    ),
}
CODES: Mapping[str, Mapping[str, str]] = {
    "direction": {direction: direction.capitalize() for direction in wording.OVERRIDE_DIRECTIONS},
    "reason_code": wording.OVERRIDE_REASONS,
    "decision": wording.OVERRIDE_DECISIONS,
}
IN_ONE_WORD = frozenset(
    {"user_id", "account", "author", "decided_by", "role", "process", "judgement", "kind"}
)


def in_words(also_held: Mapping[str, list[dict[str, Any]]]) -> Iterator[Part]:
    """The tables that have rows. One that has no title yet is shown with its own names."""
    for table, rows in also_held.items():
        if rows:
            title, labels = TABLES.get(table, (table, {name: name for name in rows[0]}))
            yield Part(title, tuple(tuple(_facts(row, labels)) for row in rows))


def _facts(row: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Fact]:
    for name, label in labels.items():
        yield Fact(label, _value(name, row[name]))


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return wording.NO_VALUE
    if isinstance(value, datetime):
        return formatting.moment(value)
    text = CODES.get(name, {}).get(str(value), str(value))
    return text.replace("_", " ").capitalize() if name in IN_ONE_WORD else text
