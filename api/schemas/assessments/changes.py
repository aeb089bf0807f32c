"""Changes from the assessment it starts from, what-ifs and corrections as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from api.schemas.assessments.assessment import answers_field, unknown_field
from api.schemas.problems import loaded
from api.schemas.strict_fields import OneOf, SafeText, StrictDate
from rms.assessment import Change, Said, Subject
from rms.assessment.assessment import REASON_LENGTH
from rms.instrument import Answer
from rms.people.sexes import SEXES
from rms.submission import Submission


def change(one: Change) -> dict[str, Any]:
    return {"of": one.of, "code": one.code, "before": _said(one.before), "after": _said(one.after)}


def change_list(submission: Submission) -> dict[str, Any]:
    """The assessment it starts from, and the differences."""
    assessment = submission.assessment
    corrects = submission.correction and submission.correction.corrects
    return {
        "since": corrects or assessment.baseline_id or assessment.based_on,
        "changes": [change(one) for one in submission.changes or ()],
    }


def _said(said: Said) -> dict[str, Any]:
    return {"answer": said.answer, "unknown": said.unknown}


class SaidSchema(Schema):
    """An answer, or the reason why it is unknown; both null if not answered."""

    answer = fields.Raw(required=True, allow_none=True, metadata={"type": ["number", "string"]})
    unknown_reason = fields.String(data_key="unknown", required=True, allow_none=True)


class ChangeSchema(Schema):
    """One difference from the assessment it starts from."""

    of = fields.String(required=True, metadata={"enum": [str(subject) for subject in Subject]})
    code = fields.String(
        required=True, metadata={"description": "An item's code, or sex, date_of_birth or release_date."}
    )
    before = fields.Nested(SaidSchema, required=True)
    after = fields.Nested(SaidSchema, required=True)


class ChangeListSchema(Schema):
    since = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Null if it starts from none."},
    )
    changes = fields.List(fields.Nested(ChangeSchema), required=True)


class WhatIfSchema(Schema):
    """The answers that a what-if changes; the others are the same as in the baseline."""

    answers = answers_field(load_default=dict)
    unknown_items = unknown_field(load_default=dict)


_what_if = WhatIfSchema()


def changed_answers(body: object) -> tuple[Mapping[str, Answer], Mapping[str, str]]:
    """The answers and the unknown items that a posted what-if changes.

    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given = loaded(_what_if, body)
    return given["answers"], given["unknown_items"]


class CorrectionSchema(WhatIfSchema):
    """The corrected values of an assessment; everything else stays the same."""

    reason = SafeText(
        longest=REASON_LENGTH, required=True, metadata={"description": "Why it is being corrected."}
    )
    sex = OneOf(*SEXES)
    date_of_birth = StrictDate()
    release_date = StrictDate(allow_none=True)


_correction = CorrectionSchema()


@dataclass(frozen=True)
class NewCorrection:
    """A posted correction; `identification` holds only the corrected values."""

    reason: str
    answers: Mapping[str, Answer]
    unknown: Mapping[str, str]
    identification: Mapping[str, Any]


def new_correction(body: object) -> NewCorrection:
    """The correction that a posted body describes.

    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given = dict(loaded(_correction, body))
    return NewCorrection(given.pop("reason"), given.pop("answers"), given.pop("unknown_items"), given)
