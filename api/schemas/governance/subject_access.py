"""All data held about one person, as one JSON document."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from marshmallow import Schema, fields

from api.schemas.assessments.answer import AnswerSchema, answer
from api.schemas.governance.erasures import (
    CALLED,
    ErasureSchema,
    HoldSchema,
    erasure_document,
    hold_document,
)
from api.services.governance.subject_access import PersonalRecord
from rms.reports import wording

OF_STAFF = "Staff appear by their role."


class LookSchema(Schema):
    at = fields.AwareDateTime(required=True)
    role = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "For example, `assessment.read`."})
    said = fields.String(required=True, metadata={"description": "The action in words. It follows the role."})


class FormSchema(Schema):
    """A draft about the person."""

    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    body = fields.Dict(required=True)


class PersonalRecordSchema(Schema):
    person = fields.String(required=True, metadata={"description": CALLED})
    offender_number = fields.String(required=True, metadata={"description": "Empty if there is none."})
    at = fields.AwareDateTime(required=True)
    hold = fields.Nested(HoldSchema, required=True, allow_none=True)
    erasure = fields.Nested(ErasureSchema, required=True, allow_none=True)
    drafts = fields.List(fields.Nested(FormSchema), required=True)
    looks = fields.List(fields.Nested(LookSchema), required=True, metadata={"description": OF_STAFF})
    also_held = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Dict()),
        required=True,
        metadata={"description": "All other data about the person, by table."},
    )
    notice = fields.String(required=True)
    assessments = fields.List(
        fields.Nested(AnswerSchema), required=True, metadata={"description": f"Oldest first. {OF_STAFF}"}
    )


def pieces(record: PersonalRecord) -> Iterator[str]:
    """The JSON document in pieces, so that only one assessment is in memory at a time."""
    front = json.dumps(_front(record), ensure_ascii=False, default=_as_text)
    yield front.removesuffix("}") + ', "assessments": ['
    for place, submission in enumerate(record.submissions):
        yield (", " if place else "") + json.dumps(answer(submission), ensure_ascii=False)
    yield "]}"


def _front(record: PersonalRecord) -> dict[str, Any]:
    return {
        "person": record.called,
        "offender_number": record.offender_number,
        "at": record.at,
        "hold": record.hold and hold_document(record.hold),
        "erasure": record.erasure and erasure_document(record.erasure),
        "drafts": [
            {"created_at": draft.created_at, "changed_at": draft.changed_at, "body": dict(draft.body)}
            for draft in record.drafts
        ],
        "looks": [vars(look) for look in record.looks],
        "also_held": record.also_held,
        "notice": wording.NOTICE_SHORT,
    }


def _as_text(value: object) -> str:
    """Dates and times as of ISO 8601, any other value as text."""
    return value.isoformat() if isinstance(value, date) else str(value)
