"""Legal holds and erasure requests as JSON."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.strict_fields import OneOf, SafeText
from api.services.governance.erasures import EXPIRED, REASONS
from api.storage import ErasureRequest, Hold
from rms.assessment import offender_number
from rms.records.declaration import LONGEST_SOURCE
from rms.records.layout import LONGEST_ID

KEY = re.compile(r"[0-9]{1,9}", re.ASCII)
LONGEST_TEXT = 1000
LONGEST_NUMBER = 40
LONGEST_PERSON = 300
CALLED = "What RMS calls the person: their offender number or, without one, a source record."
NAMES_A_PERSON = "An offender number, or the ID of a person: `person` in the offender list."


class HoldBodySchema(Schema):
    reason = SafeText(longest=LONGEST_TEXT, required=True, metadata={"description": "Who needs the records."})


class HoldSchema(Schema):
    reason = fields.String(required=True)
    placed_by = fields.String(required=True)
    placed_at = fields.AwareDateTime(required=True)


class ReasonOfErasureSchema(Schema):
    reason_code = OneOf(*REASONS, required=True)
    text = SafeText(longest=LONGEST_TEXT, required=True, metadata={"description": "Details of the reason."})


class ErasureFormSchema(ReasonOfErasureSchema):
    person = SafeText(longest=LONGEST_PERSON, required=True)


class ErasureBodySchema(ReasonOfErasureSchema):
    """Give either `person` or `offender_number`."""

    person = SafeText(longest=LONGEST_PERSON, metadata={"description": NAMES_A_PERSON})
    offender_number = SafeText(longest=LONGEST_NUMBER)


class AllowedRecordSchema(Schema):
    """A source record of an erased person, which imports can take again."""

    source = SafeText(longest=LONGEST_SOURCE, required=True, metadata={"description": "The source system."})
    source_id = SafeText(
        longest=LONGEST_ID,
        required=True,
        metadata={"description": "The ID of the person in the source system."},
    )
    reason = SafeText(longest=LONGEST_TEXT, required=True)


class ErasedRecordsSchema(Schema):
    source = fields.String(required=True)
    records = fields.Integer(
        required=True, metadata={"description": "Records of erased people that imports refuse."}
    )


class ErasedSourcesSchema(Schema):
    sources = fields.List(fields.Nested(ErasedRecordsSchema), required=True)


class ErasureSchema(Schema):
    """A request that waits for a second administrator. It is erased together with the records."""

    id = fields.Integer(required=True)
    person = fields.String(required=True, metadata={"description": CALLED})
    offender_number = fields.String(required=True, metadata={"description": "Empty if there is none."})
    reason_code = fields.String(required=True, metadata={"enum": [*REASONS, EXPIRED]})
    text = fields.String(required=True)
    requested_by = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(
        required=True, metadata={"description": "It can be approved until then."}
    )


class ErasuresSchema(Schema):
    erasures = fields.List(fields.Nested(ErasureSchema), required=True)


class ErasedSchema(Schema):
    erased = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "The number of deleted rows, by table."},
    )


def number_of(text: str) -> str:
    """The number as it is stored; empty, and so unknown, if it is not valid."""
    return offender_number(text) or ""


def key_of(text: str) -> int:
    """The key in a path; 0, and so unknown, if it is not valid."""
    return int(text) if KEY.fullmatch(text) else 0


def hold_document(hold: Hold) -> dict[str, Any]:
    return {**vars(hold), "placed_at": hold.placed_at.isoformat()}


def erasure_document(request: ErasureRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "person": request.called,
        "offender_number": request.offender_number,
        "reason_code": request.reason,
        "text": request.text,
        "requested_by": request.requester,
        "requested_at": request.requested_at.isoformat(),
        "expires_at": request.expires_at.isoformat(),
    }


def erased_document(counts: Mapping[str, int]) -> dict[str, Any]:
    return {"erased": dict(counts)}
