"""What an assessment changed of the one it started from, as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from api.schemas.assessments.assessment import answers_field, unknown_field
from api.schemas.problems import loaded
from api.schemas.strict_fields import OneOf, SafeText, StrictDate
from rms.assessment import Change, Said, Subject
from rms.assessment.assessment import REASON_LENGTH, SEXES
from rms.instrument import Answer
from rms.submission import Submission


def change(one: Change) -> dict[str, Any]:
    return {"of": one.of, "code": one.code, "before": _said(one.before), "after": _said(one.after)}


def change_list(submission: Submission) -> dict[str, Any]:
    """What differs from where the assessment started, and where that was."""
    assessment = submission.assessment
    corrects = submission.correction and submission.correction.corrects
    return {
        "since": corrects or assessment.baseline_id or assessment.based_on,
        "changes": [change(one) for one in submission.changes or ()],
    }


def _said(said: Said) -> dict[str, Any]:
    return {"answer": said.answer, "unknown": said.unknown}


class SaidSchema(Schema):
    """An answer, or the reason why there is none; both null where nothing was said."""

    answer = fields.Raw(required=True, allow_none=True, metadata={"type": ["number", "string"]})
    unknown_reason = fields.String(data_key="unknown", required=True, allow_none=True)


class ChangeSchema(Schema):
    """One place where an assessment differs from the one it started from."""

    of = fields.String(required=True, metadata={"enum": [str(subject) for subject in Subject]})
    code = fields.String(
        required=True, metadata={"description": "An item's code, or sex, date_of_birth or release_date."}
    )
    before = fields.Nested(SaidSchema, required=True)
    after = fields.Nested(SaidSchema, required=True)


class ChangeListSchema(Schema):
    since = fields.String(
        required=True, allow_none=True, metadata={"description": "Null where it started from no other."}
    )
    changes = fields.List(fields.Nested(ChangeSchema), required=True)


class WhatIfSchema(Schema):
    """The answers that a what-if changes; all others are the baseline's."""

    answers = answers_field(load_default=dict)
    unknown_items = unknown_field(load_default=dict)


_what_if = WhatIfSchema()


def changed_answers(body: object) -> tuple[Mapping[str, Answer], Mapping[str, str]]:
    """The answers and the unknown items that a posted what-if changes.

    Raises
    ------
    InvalidInput
        With every problem of the body's shape.
    """
    given = loaded(_what_if, body)
    return given["answers"], given["unknown_items"]


class CorrectionSchema(WhatIfSchema):
    """What an assessment should have said, where it said otherwise; all else stays as it is."""

    reason = SafeText(
        longest=REASON_LENGTH, required=True, metadata={"description": "Why it had to be corrected."}
    )
    sex = OneOf(*SEXES)
    date_of_birth = StrictDate()
    release_date = StrictDate(allow_none=True)


_correction = CorrectionSchema()


@dataclass(frozen=True)
class PutRight:
    """A posted correction: `identification` holds only what is corrected of it."""

    reason: str
    answers: Mapping[str, Answer]
    unknown: Mapping[str, str]
    identification: Mapping[str, Any]


def put_right(body: object) -> PutRight:
    """What a posted correction says.

    Raises
    ------
    InvalidInput
        With every problem of the body's shape.
    """
    given = dict(loaded(_correction, body))
    return PutRight(given.pop("reason"), given.pop("answers"), given.pop("unknown_items"), given)
