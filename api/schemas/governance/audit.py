"""The record of who did what: what may be asked of it, and how it is told."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.strict_fields import SafeText, StrictDate, StrictInt, WholeNumber
from api.services.governance.audit import Verdict
from api.services.governance.visits import Visit
from api.storage import Entry, Head, Sought
from rms.errors import InvalidInput, Problem

HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)
LONGEST = 100
MOST_ENTRIES = 200
COLUMNS = (
    *("sequence", "at", "actor", "action", "object_kind", "object_key"),
    *("detail", "previous_hash", "hash"),
)


class NotedHead(fields.Field[Head]):
    """`number:hash`, as it was noted down."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Head:
        found = HEAD.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("This takes an entry's number, a colon, and its hash.")
        return Head(int(found[1]), found[2])


class AuditQuery(Schema):
    """Criteria hold together."""

    actor = SafeText(longest=LONGEST, metadata={"description": "Who did it: a username."})
    action = SafeText(longest=LONGEST, metadata={"description": "As `assessment.submitted`."})
    object_kind = SafeText(longest=LONGEST, metadata={"description": "What it was done to."})
    object_key = SafeText(
        longest=LONGEST, metadata={"description": "Its internal key; `object_kind` has to be given too."}
    )
    first_day = StrictDate(data_key="from", metadata={"description": "From this day in UTC on."})
    last_day = StrictDate(data_key="to", metadata={"description": "Up to this day in UTC, included."})
    limit = StrictInt(least=1, most=MOST_ENTRIES, load_default=50)
    cursor = SafeText(longest=512, metadata={"description": "`next` of the page before."})


class PersonSearchSchema(Schema):
    """About one person. The other criteria hold together with that."""

    person = SafeText(longest=LONGEST, required=True, metadata={"description": "An offender number."})
    actor = SafeText(longest=LONGEST, metadata={"description": "Who did it: a username."})
    action = SafeText(longest=LONGEST, metadata={"description": "As `assessment.read`."})
    first_day = StrictDate(data_key="from", metadata={"description": "From this day in UTC on."})
    last_day = StrictDate(data_key="to", metadata={"description": "Up to this day in UTC, included."})
    limit = WholeNumber(
        least=1, most=MOST_ENTRIES, load_default=50, metadata={"description": "Entries read."}
    )
    cursor = SafeText(longest=512, metadata={"description": "`next` of the page before."})


class VisitSchema(Schema):
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "As `assessment.read`."})
    said = fields.String(
        required=True, metadata={"description": "As `opened the result of 10000-01`, after the actor’s name."}
    )
    entries = fields.List(
        fields.Integer(), required=True, metadata={"description": "The numbers of its entries in the audit."}
    )


class VisitsSchema(Schema):
    visits = fields.List(fields.Nested(VisitSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Null on the last page."})


class VerifyQuery(Schema):
    head = NotedHead(
        metadata={
            "type": "string",
            "pattern": f"^{HEAD.pattern}$",
            "description": "`number:hash`, noted down earlier: what was cut off the end shows only so.",
        }
    )


class HeadSchema(Schema):
    sequence = fields.Integer(
        required=True, metadata={"description": "The number of the last entry; 0: none."}
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
    problems = fields.List(fields.String(), required=True, metadata={"description": "A hundred at most."})


def sought_from(query: Mapping[str, Any], *, at: str = "/query") -> Sought:
    """
    Raises
    ------
    InvalidInput
        If a key is given without a kind, or the days are the wrong way round.
    """
    apart = {"limit", "cursor", "person"}
    sought = Sought(**{name: value for name, value in query.items() if name not in apart})
    if sought.object_key is not None and sought.object_kind is None:
        detail = "A key is of one kind of thing: give object_kind too."
        raise InvalidInput([Problem("/query/object_kind", "required", detail)])
    if sought.first_day and sought.last_day and sought.first_day > sought.last_day:
        raise InvalidInput([Problem(f"{at}/from", "range_reversed", "This is after `to`.")])
    return sought


def entry(one: Entry) -> dict[str, Any]:
    return {**vars(one), "at": one.at.isoformat(), "detail": dict(one.detail)}


def visit(one: Visit) -> dict[str, Any]:
    return {**vars(one), "at": one.at.isoformat(), "entries": list(one.entries)}


def entry_cells(one: Entry) -> Iterable[str]:
    """As a line of `COLUMNS`."""
    detail = json.dumps(one.detail, ensure_ascii=False, sort_keys=True)
    told = {**vars(one), "at": one.at.isoformat(), "detail": detail}
    return (str(told[name]) for name in COLUMNS)


def head(one: Head) -> dict[str, Any]:
    return dict(vars(one))


def verdict(one: Verdict) -> dict[str, Any]:
    return {
        "whole": one.whole,
        "entries": one.entries,
        "head": head(one.head),
        "problems": list(one.problems),
    }
