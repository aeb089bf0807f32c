"""The rest of what is held about a person, table by table, in the words of the pages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.web import formatting
from rms.harm.settings import BANDS, COMPONENTS
from rms.reports import record_words, wording
from rms.reports.content import Fact


@dataclass(frozen=True)
class Part:
    """One table: its title, and for each row what the page shows of it."""

    title: str
    rows: tuple[tuple[Fact, ...], ...]


FROM_SOURCE = {"source": "Source", "source_id": "ID in the source", "known_from": "Known since"}
PERIOD = {"first_day": "From", "last_day": "To"}
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
    "person_records": (
        "What source systems say about the person",
        {
            **FROM_SOURCE,
            **record_words.LABELS,
            "date_of_birth": "Date of birth",
            "deceased_on": "Died",
            "record_link": "Address in the source system",
        },
    ),
    "nationalities": ("Nationality", {"nationality": "Nationality"}),
    "offences": (
        "Offences, including those the person is suspected of",
        {
            **FROM_SOURCE,
            "code": "Code",
            "committed_on": "Committed",
            "area": "Area",
            "latitude": "Latitude",
            "longitude": "Longitude",
            "stage": "Stage",
            "outcome": "Outcome",
            "domestic_abuse": "Domestic abuse",
        },
    ),
    "sentences": (
        "Sentences",
        {**FROM_SOURCE, "kind": "Sentence", "sentenced_on": "Sentenced", "offence": "For offence", **PERIOD},
    ),
    "registrations": ("Registrations", {**FROM_SOURCE, "kind": "For", "level": "Level", **PERIOD}),
    "plans": (
        "Whether the person is managed",
        {**FROM_SOURCE, "managed": "Managed", "managed_by": "By", **PERIOD},
    ),
    "drug_markers": ("Drug markers", {**FROM_SOURCE, "kind": "Marker", **PERIOD}),
    "intelligence": (
        "Intelligence reports",
        {**FROM_SOURCE, "grade": "Grade", "reported_on": "Reported"},
    ),
    "associations": (
        "Associations with other people",
        {**FROM_SOURCE, "kind": "Kind", "strength": "Strength", **PERIOD},
    ),
    "record_versions": (
        "Earlier versions of these records",
        {**FROM_SOURCE, "kind": "Of", "known_to": "Known until"},
    ),
    "harm_scores": (
        "Harm score",
        {
            "day": "As at",
            "score": "Score",
            "band": "Band",
            **{name: name.capitalize() for name in COMPONENTS},
            "counted": "Offences that count",
        },
    ),
    "harm_history": ("Harm score over time", {"day": "From", "score": "Score", "band": "Band"}),
    "duplicates": ("Records that may be of this person too", {"proposed_at": "Proposed"}),
    "joins": (
        "Records that were joined",
        {"joined_at": "Joined", "joined_by": "By", "reason": "Reason", "undone_at": "Separated"},
    ),
    "separations": (
        "Records that were kept apart",
        {"separated_at": "Decided", "separated_by": "By", "reason": "Reason"},
    ),
    # They hold keys only. The file has them.
    **dict.fromkeys(("harm_due", "duplicates_due", "joined_records"), ("", {})),
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
    "kind": {"iom": "IOM", "mappa": "MAPPA"},
    "band": {str(place): band for place, band in enumerate(BANDS)},
}
IN_ONE_WORD = frozenset(
    {
        *("user_id", "account", "author", "decided_by", "role", "process", "judgement", "kind"),
        *("sex", "stage", "level", "joined_by", "separated_by"),
    }
)


def in_words(also_held: Mapping[str, list[dict[str, Any]]]) -> Iterator[Part]:
    """The tables that have rows with more than keys. One without a title yet is shown with its own names."""
    for table, rows in also_held.items():
        if rows:
            title, labels = TABLES.get(table, (table, {name: name for name in rows[0]}))
            if labels:
                yield Part(title, tuple(tuple(_facts(row, labels)) for row in rows))


def _facts(row: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Fact]:
    for name, label in labels.items():
        yield Fact(label, _value(name, row[name]))


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return wording.NO_VALUE
    if isinstance(value, datetime):
        return formatting.moment(value)
    if isinstance(value, date):
        return formatting.day(value)
    if isinstance(value, bool):
        return record_words.yes_no(value)
    if isinstance(value, float) and name not in ("latitude", "longitude"):
        return wording.two_decimals(value)
    text = str(value)
    if text in CODES.get(name, {}):
        return CODES[name][text]
    return text.replace("_", " ").capitalize() if name in IN_ONE_WORD else text
