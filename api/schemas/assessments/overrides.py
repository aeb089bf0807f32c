"""Overrides, decisions and summaries as JSON."""

from collections.abc import Iterable

from marshmallow import Schema, fields

from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.schemas.strict_fields import LongText, OneOf, SafeText
from api.services.assessments.overrides import Agreement, Direction, NewOverride, ProcessSummary, Reason
from api.storage import Override
from rms.suppression import LEAST_SHOWN


def words(vocabulary: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(word) for word in vocabulary)


class OverrideBodySchema(Schema):
    """A professional's judgement that differs from what people who resemble this person did."""

    process = SafeText(longest=40, required=True)
    direction = OneOf(*words(Direction), required=True)
    reason_code = OneOf(*words(Reason), required=True)
    text = LongText(shortest=20, longest=2000, required=True, metadata={"description": "Reasons in full."})


class DecisionBodySchema(Schema):
    decision = OneOf(*words(Agreement), required=True)
    text = LongText(longest=2000, required=True)


class DecisionSchema(Schema):
    """The decision of a supervisor who did not record the override."""

    decision = fields.String(required=True, metadata={"enum": words(Agreement)})
    text = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class OverrideSchema(Schema):
    """One override. It never changes the score."""

    number = fields.Integer(required=True, metadata={"minimum": 1})
    process = fields.String(required=True)
    direction = fields.String(required=True, metadata={"enum": words(Direction)})
    reason_code = fields.String(required=True, metadata={"enum": words(Reason)})
    text = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    decision = fields.Nested(
        DecisionSchema, required=True, allow_none=True, metadata={"description": "Null if not decided yet."}
    )


class OverridesSchema(Schema):
    overrides = fields.List(fields.Nested(OverrideSchema), required=True)


def _count(description: str) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata={"description": description})


class PracticeSchema(Schema):
    """How often overrides happen. Null is a count too small to show or that would reveal one."""

    assessments = _count("Assessments with a score for this process.")
    overridden = _count("Those with an override.")
    rate = fields.Float(required=True, allow_none=True, metadata={"description": "overridden / assessments"})
    higher = _count("Overrides with a higher judgement.")
    lower = _count("Overrides with a lower judgement.")


class OfficerPracticeSchema(PracticeSchema):
    officer = fields.String(required=True, metadata={"description": "Who submitted the assessments."})


class ProcessPracticeSchema(PracticeSchema):
    process = fields.String(required=True)
    agreed = _count("Overrides that a supervisor agreed with.")
    not_agreed = _count("Overrides that a supervisor did not agree with.")
    undecided = _count("Overrides without a decision yet.")
    officers = fields.List(fields.Nested(OfficerPracticeSchema), required=True)


class OverrideSummarySchema(Schema):
    least_shown = fields.Integer(required=True, metadata={"description": "Smaller counts are not shown."})
    processes = fields.List(fields.Nested(ProcessPracticeSchema), required=True)


def new_override(body: object) -> NewOverride:
    """
    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given = loaded(OverrideBodySchema(), body)
    return NewOverride(
        given["process"], Direction(given["direction"]), Reason(given["reason_code"]), given["text"]
    )


def new_decision(body: object) -> tuple[Agreement, str]:
    """The decision and the reasons.

    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given = loaded(DecisionBodySchema(), body)
    return Agreement(given["decision"]), given["text"]


def shown_override(override: Override) -> Json:
    decision = override.decision
    return {
        "number": override.number,
        "process": override.process,
        "direction": override.direction,
        "reason_code": override.reason_code,
        "text": override.text,
        "by": override.by,
        "at": override.at.isoformat(),
        "decision": decision and {**vars(decision), "at": decision.at.isoformat()},
    }


def shown_summary(summaries: Iterable[ProcessSummary]) -> Json:
    return {
        "least_shown": LEAST_SHOWN,
        "processes": [
            {
                **_with_rate(vars(summary)),
                "officers": [_with_rate(vars(officer)) for officer in summary.officers],
            }
            for summary in summaries
        ],
    }


def _with_rate(counts: Json) -> Json:
    overridden, assessments = counts["overridden"], counts["assessments"]
    shown = overridden is not None and assessments is not None
    return {**counts, "rate": overridden / assessments if shown else None}
