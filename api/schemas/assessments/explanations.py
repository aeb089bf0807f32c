"""The explanation of a result as JSON, with the schema."""

from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import number, text
from api.schemas.json_body import Json
from api.services.assessments.explanations import Explained
from rms.engine.explaining.attribution import Moved
from rms.engine.explaining.comparability import Compared, Contrast, Explanation
from rms.engine.explaining.sensitivity import Sensitivity, Tried
from rms.engine.explaining.suggestions import Suggestion, Suggestions, WhyNone
from rms.instrument import Instrument
from rms.reports import explaining


def explanation(found: Explained, instrument: Instrument) -> Json:
    """One process."""
    return {
        "process": found.process,
        "moved": found.moved and _moved(found.moved),
        "comparables": [_why(one) for one in found.comparables],
        "contrast": found.contrast and _contrast(found.contrast),
        "sensitivity": found.sensitivity and _sensitivity(found.sensitivity),
        "suggestions": _suggestions(found.suggestions, instrument),
    }


def _moved(one: Moved) -> Json:
    parts = [{"section": part.section, "amount": part.amount} for part in one.parts]
    return {"base_rate": one.base_rate, "score": one.score, "parts": parts}


def _why(one: Explanation) -> Json:
    return {
        "case_number": one.case_number,
        "alike": [_compared(item) for item in one.alike],
        "differ": [_compared(item) for item in one.differ],
        "together": one.together,
        "rest": one.rest,
    }


def _compared(one: Compared) -> Json:
    return {"item": one.code, "person": one.person, "case": one.case, "share": one.share}


def _contrast(one: Contrast) -> Json:
    return {
        "stayed": {"case_number": one.stayed, "distance": one.stayed_distance},
        "returned": {"case_number": one.returned, "distance": one.returned_distance},
        "differ": [
            {"item": item.code, "stayed": item.stayed, "returned": item.returned, "person": item.person}
            for item in one.differ
        ],
    }


def _sensitivity(one: Sensitivity) -> Json:
    return {
        "low": one.low and _tried(one.low),
        "high": one.high and _tried(one.high),
        "steps": one.steps,
        "withheld": one.withheld,
        "unknown": [
            {"item": item.code, "low": _tried(item.low), "high": _tried(item.high)} for item in one.unknown
        ],
    }


def _tried(one: Tried) -> Json:
    return {"item": one.code, "answer": one.answer, "score": one.score}


def _suggestions(one: Suggestions, instrument: Instrument) -> Json:
    return {
        "found": [_suggestion(found, instrument) for found in one.found],
        "tried": one.tried,
        "why_none": one.why_none and {"code": one.why_none, "detail": explaining.WHY_NONE[one.why_none]},
    }


def _suggestion(one: Suggestion, instrument: Instrument) -> Json:
    return {
        "changes": [{"item": item.code, "was": item.was, "now": item.now} for item in one.changes],
        "score": one.difference.after.score,
        "change": one.difference.change,
        "standard_error": one.difference.standard_error,
        "detail": explaining.suggestion_sentence(one, instrument),
    }


# Schema -------------------------------------------------------

_ANSWER = {"description": "As in the instrument; null if unknown."}
_SHARE = {"minimum": 0, "maximum": 1, "description": "Of the squared distance."}
_SCORE = {"minimum": 1, "maximum": 2}


def _count() -> fields.Integer:
    return fields.Integer(required=True, metadata={"minimum": 0})


def _answer() -> fields.Raw:
    return fields.Raw(required=True, allow_none=True, metadata=_ANSWER)


def _many(schema: type[Schema], *, data_key: str | None = None, **metadata: Any) -> Any:
    return fields.List(fields.Nested(schema), required=True, data_key=data_key, metadata=metadata)


def _maybe(schema: type[Schema], **metadata: Any) -> fields.Nested:
    return fields.Nested(schema, required=True, allow_none=True, metadata=metadata)


class PartSchema(Schema):
    section = text(description="Of the instrument.")
    amount = number(minimum=-1, maximum=1)


class MovedSchema(Schema):
    """Exact Shapley values by section; base_rate + Σ amount is the score."""

    base_rate = number(**_SCORE, description="The mean actual of all cases that a score can use.")
    score = number(**_SCORE)
    parts = _many(PartSchema)


class ComparedSchema(Schema):
    item = text()
    person = _answer()
    case = _answer()
    share = number(**_SHARE)


class WhySchema(Schema):
    """Why a case is comparable: the most similar and the most different items."""

    case_number = fields.Integer(required=True)
    alike = _many(ComparedSchema)
    differ = _many(ComparedSchema)
    together = number(**_SHARE)
    rest = number(**_SHARE)


class NearestSchema(Schema):
    case_number = fields.Integer(required=True)
    distance = number(minimum=0)


class BetweenSchema(Schema):
    item = text()
    stayed = _answer()
    returned = _answer()
    person = _answer()


class ContrastSchema(Schema):
    """The nearest case with each outcome, and the items in which the two differ most."""

    stayed = fields.Nested(NearestSchema, required=True, metadata={"description": "Actual 1."})
    returned = fields.Nested(NearestSchema, required=True, metadata={"description": "Actual 2."})
    differ = _many(BetweenSchema)


class TriedSchema(Schema):
    item = text()
    answer = _answer()
    score = number(**_SCORE)


class UnknownSchema(Schema):
    item = text()
    low = fields.Nested(TriedSchema, required=True)
    high = fields.Nested(TriedSchema, required=True)


class SensitivitySchema(Schema):
    """How sensitive the score is to one rating."""

    low = _maybe(
        TriedSchema,
        description="The lowest score with one rating changed by a level, or null.",
    )
    high = _maybe(
        TriedSchema,
        description="The highest score with one rating changed by a level, or null.",
    )
    steps = _count()
    withheld = _count()
    unknown_items = _many(UnknownSchema, description="Unknown items, most useful first.", data_key="unknown")


class LowerSchema(Schema):
    item = text()
    was = _answer()
    now = _answer()


class SuggestionSchema(Schema):
    """People who otherwise resemble this person but have lower needs. Not a forecast of a change."""

    changes = _many(LowerSchema)
    score = number(**_SCORE)
    change = number(minimum=-1, maximum=0)
    standard_error = number(minimum=0)
    detail = text()


class WhyNoneSchema(Schema):
    code = text(enum=[str(one) for one in WhyNone])
    detail = text()


class SuggestionsSchema(Schema):
    found = _many(SuggestionSchema)
    tried = _count()
    why_none = _maybe(WhyNoneSchema)


class ExplainedSchema(Schema):
    process = text()
    moved = _maybe(MovedSchema)
    comparables = _many(WhySchema)
    contrast = _maybe(ContrastSchema)
    sensitivity = _maybe(SensitivitySchema)
    suggestions = fields.Nested(SuggestionsSchema, required=True)


class ExplanationsSchema(Schema):
    processes = _many(ExplainedSchema)
    notice = text()
