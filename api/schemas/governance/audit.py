"""The audit log: search criteria, and entries as JSON and CSV."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.governance.erasures import LONGEST_PERSON, NAMES_A_PERSON
from api.schemas.strict_fields import SafeText, StrictDate, StrictInt, WholeNumber
from api.services.governance.audit import Verdict
from api.services.governance.visits import Visit
from api.storage import AuditCriteria, Entry, Head
from rms.errors import InvalidInput, Problem

HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)
LONGEST = 100
MOST_ENTRIES = 200
COLUMNS = (
    *("sequence", "at", "actor", "action", "object_kind", "object_key"),
    *("detail", "previous_hash", "hash"),
)


class NotedHead(fields.Field[Head]):
    """`number:hash`, as it was noted."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Head:
        match = HEAD.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValidationError("This must be the number of an entry, a colon and its hash.")
        return Head(int(match[1]), match[2])


class AuditQuery(Schema):
    """An entry must meet every criterion."""

    actor = SafeText(longest=LONGEST, metadata={"description": "A username: who did it."})
    action = SafeText(longest=LONGEST, metadata={"description": "For example, `assessment.submitted`."})
    object_kind = SafeText(longest=LONGEST, metadata={"description": "The kind of object it was done to."})
    object_key = SafeText(
        longest=LONGEST, metadata={"description": "The object’s internal key. It needs `object_kind`."}
    )
    first_day = StrictDate(data_key="from", metadata={"description": "The first day."})
    last_day = StrictDate(data_key="to", metadata={"description": "The last day. It is included."})
    limit = StrictInt(least=1, most=MOST_ENTRIES, load_default=50)
    cursor = SafeText(longest=512, metadata={"description": "`next` of the previous page."})


class PersonSearchSchema(Schema):
    """Entries about one person. An entry must meet every other criterion too."""

    person = SafeText(longest=LONGEST_PERSON, required=True, metadata={"description": NAMES_A_PERSON})
    actor = SafeText(longest=LONGEST, metadata={"description": "A username: who did it."})
    action = SafeText(longest=LONGEST, metadata={"description": "For example, `assessment.read`."})
    first_day = StrictDate(data_key="from", metadata={"description": "The first day."})
    last_day = StrictDate(data_key="to", metadata={"description": "The last day. It is included."})
    limit = WholeNumber(
        least=1, most=MOST_ENTRIES, load_default=50, metadata={"description": "Entries to read."}
    )
    cursor = SafeText(longest=512, metadata={"description": "`next` of the previous page."})


class VisitSchema(Schema):
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "For example, `assessment.read`."})
    said = fields.String(
        required=True,
        metadata={
            "description": "It follows the actor’s name. For example, `opened the result of 10000-01`."
        },
    )
    entries = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "The numbers of its entries in the audit log."},
    )


class VisitsSchema(Schema):
    visits = fields.List(fields.Nested(VisitSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Null on the last page."})


class VerifyQuery(Schema):
    head = NotedHead(
        metadata={
            "type": "string",
            "pattern": f"^{HEAD.pattern}$",
            "description": "`number:hash` of an entry noted earlier. Without it, entries deleted at the end "
            "of the log go unnoticed.",
        }
    )


class HeadSchema(Schema):
    sequence = fields.Integer(
        required=True, metadata={"description": "The number of the last entry; 0 if there is none."}
    )
    hash = fields.String(required=True)


class EntrySchema(Schema):
    sequence = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    object_kind = fields.String(required=True)
    object_key = fields.String(required=True)
    detail = fields.Dict(required=True)
    previous_hash = fields.String(required=True)
    hash = fields.String(required=True)


class AuditSchema(Schema):
    entries = fields.List(fields.Nested(EntrySchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Null on the last page."})


class VerdictSchema(Schema):
    whole = fields.Boolean(required=True)
    entries = fields.Integer(required=True)
    head = fields.Nested(HeadSchema, required=True)
    problems = fields.List(fields.String(), required=True, metadata={"description": "Up to 100."})


def criteria_from(query: Mapping[str, Any], *, at: str = "/query") -> AuditCriteria:
    """The criteria of a query or a body; `at` is the pointer to it.

    Raises
    ------
    InvalidInput
        If there is a key without a kind, or the first day is after the last.
    """
    others = {"limit", "cursor", "person"}
    criteria = AuditCriteria(**{name: value for name, value in query.items() if name not in others})
    if criteria.object_key is not None and criteria.object_kind is None:
        detail = "`object_key` needs `object_kind`."
        raise InvalidInput([Problem("/query/object_kind", "required", detail)])
    if criteria.first_day and criteria.last_day and criteria.first_day > criteria.last_day:
        raise InvalidInput([Problem(f"{at}/from", "range_reversed", "`from` must not be after `to`.")])
    return criteria


def entry_document(entry: Entry) -> dict[str, Any]:
    return {**vars(entry), "at": entry.at.isoformat(), "detail": dict(entry.detail)}


def visit_document(visit: Visit) -> dict[str, Any]:
    return {**vars(visit), "at": visit.at.isoformat(), "entries": list(visit.entries)}


def entry_cells(entry: Entry) -> Iterable[str]:
    """The cells of a CSV row, in the order of `COLUMNS`."""
    detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True)
    cells = {**vars(entry), "at": entry.at.isoformat(), "detail": detail}
    return (str(cells[name]) for name in COLUMNS)


def head_document(head: Head) -> dict[str, Any]:
    return dict(vars(head))


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {
        "whole": verdict.whole,
        "entries": verdict.entries,
        "head": head_document(verdict.head),
        "problems": list(verdict.problems),
    }
