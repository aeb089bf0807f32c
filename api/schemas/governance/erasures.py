"""Holds on records, and requests to erase them."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.strict_fields import OneOf, SafeText
from api.services.governance.erasures import EXPIRED, REASONS
from api.storage import ErasureRequest, Hold
from rms.assessment import offender_number

KEY = re.compile(r"[0-9]{1,9}", re.ASCII)
LONGEST_TEXT = 1000
LONGEST_NUMBER = 40


class HoldBodySchema(Schema):
    reason = SafeText(longest=LONGEST_TEXT, required=True, metadata={"description": "Who needs the records."})


class HoldSchema(Schema):
    reason = fields.String(required=True)
    placed_by = fields.String(required=True)
    placed_at = fields.AwareDateTime(required=True)


class ErasureBodySchema(Schema):
    offender_number = SafeText(longest=LONGEST_NUMBER, required=True)
    reason_code = OneOf(*REASONS, required=True)
    text = SafeText(longest=LONGEST_TEXT, required=True, metadata={"description": "Why, in words."})


class ErasureSchema(Schema):
    """What waits for a second person; it goes with the records it is about."""

    id = fields.Integer(required=True)
    offender_number = fields.String(required=True)
    reason_code = fields.String(required=True, metadata={"enum": [*REASONS, EXPIRED]})
    text = fields.String(required=True)
    requested_by = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(
        required=True, metadata={"description": "Until then it can be approved."}
    )


class ErasuresSchema(Schema):
    erasures = fields.List(fields.Nested(ErasureSchema), required=True)


class ErasedSchema(Schema):
    erased = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many rows of each table are gone."},
    )


def number_of(text: str) -> str:
    """As it is stored; empty, and so nobody's, where it can be no number."""
    return offender_number(text) or ""


def key_of(text: str) -> int:
    """The key in a path; 0, and so nobody's, where it can be none."""
    return int(text) if KEY.fullmatch(text) else 0


def hold(one: Hold) -> dict[str, Any]:
    return {**vars(one), "placed_at": one.placed_at.isoformat()}


def erasure(one: ErasureRequest) -> dict[str, Any]:
    return {
        "id": one.id,
        "offender_number": one.offender_number,
        "reason_code": one.reason,
        "text": one.text,
        "requested_by": one.requester,
        "requested_at": one.requested_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
    }


def erased(counts: Mapping[str, int]) -> dict[str, Any]:
    return {"erased": dict(counts)}
