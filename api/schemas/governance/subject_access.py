"""All that is held about one person, as one document."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from marshmallow import Schema, fields

from api.schemas.assessments.answer import AnswerSchema, answer
from api.schemas.governance.erasures import ErasureSchema, HoldSchema, erasure, hold
from api.services.governance.subject_access import PersonalRecord
from rms.reports import wording

OF_STAFF = "Staff appear by their role."


class LookSchema(Schema):
    at = fields.AwareDateTime(required=True)
    role = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "As `assessment.read`."})
    said = fields.String(required=True, metadata={"description": "The same in words, after the role."})


class FormSchema(Schema):
    """A form begun about the person and not submitted."""

    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    body = fields.Dict(required=True)


class PersonalRecordSchema(Schema):
    offender_number = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    hold = fields.Nested(HoldSchema, required=True, allow_none=True)
    erasure = fields.Nested(ErasureSchema, required=True, allow_none=True)
    drafts = fields.List(fields.Nested(FormSchema), required=True)
    looks = fields.List(fields.Nested(LookSchema), required=True, metadata={"description": OF_STAFF})
    also_held = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict()),
        required=True,
        metadata={"description": "By table, what has no place of its own here."},
    )
    notice = fields.String(required=True)
    assessments = fields.List(
        fields.Nested(AnswerSchema), required=True, metadata={"description": f"Oldest first. {OF_STAFF}"}
    )


def pieces(record: PersonalRecord) -> Iterator[str]:
    """The document as JSON, one assessment after the other: no more than one is in memory."""
    front = json.dumps(_front(record), ensure_ascii=False, default=_spelled)
    yield front.removesuffix("}") + ', "assessments": ['
    for place, submission in enumerate(record.submissions):
        yield (", " if place else "") + json.dumps(answer(submission), ensure_ascii=False)
    yield "]}"


def _front(record: PersonalRecord) -> dict[str, Any]:
    return {
        "offender_number": record.offender_number,
        "at": record.at,
        "hold": record.hold and hold(record.hold),
        "erasure": record.erasure and erasure(record.erasure),
        "drafts": [
            {"created_at": one.created_at, "changed_at": one.changed_at, "body": dict(one.body)}
            for one in record.drafts
        ],
        "looks": [vars(one) for one in record.looks],
        "also_held": record.also_held,
        "notice": wording.NOTICE_SHORT,
    }


def _spelled(value: object) -> str:
    """Days and moments by ISO 8601; whatever else a table may hold, as text."""
    return value.isoformat() if isinstance(value, date) else str(value)
