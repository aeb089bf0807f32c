"""The explanation of a result as JSON, with the schema."""

from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import number, text
from api.schemas.json_body import Json
from api.services.assessments.explanations import Explained
from rms.engine.explaining.attribution import Attribution
from rms.engine.explaining.comparability import Compared, Contrast, Explanation
from rms.engine.explaining.sensitivity import Sensitivity, Tried
from rms.engine.explaining.suggestions import Suggestion, Suggestions, WhyNone
from rms.instrument import Instrument
from rms.reports import explaining


def explanation(explained: Explained, instrument: Instrument) -> Json:
    """One process."""
    return {
        "process": explained.process,
        "moved": explained.moved and _moved(explained.moved),
        "comparables": [_why(case) for case in explained.comparables],
        "contrast": explained.contrast and _contrast(explained.contrast),
        "sensitivity": explained.sensitivity and _sensitivity(explained.sensitivity),
        "suggestions": _suggestions(explained.suggestions, instrument),
    }


def _moved(attribution: Attribution) -> Json:
    parts = [{"section": part.section, "amount": part.amount} for part in attribution.parts]
    return {"base_rate": attribution.base_rate, "score": attribution.score, "parts": parts}


def _why(case: Explanation) -> Json:
    return {
        "case_number": case.case_number,
        "alike": [_compared(item) for item in case.alike],
        "differ": [_compared(item) for item in case.differ],
        "together": case.together,
        "rest": case.rest,
    }


def _compared(compared: Compared) -> Json:
    return {"item": compared.code, "person": compared.person, "case": compared.case, "share": compared.share}


def _contrast(contrast: Contrast) -> Json:
    return {
        "stayed": {"case_number": contrast.stayed, "distance": contrast.stayed_distance},
        "returned": {"case_number": contrast.returned, "distance": contrast.returned_distance},
        "differ": [
            {"item": item.code, "stayed": item.stayed, "returned": item.returned, "person": item.person}
            for item in contrast.differ
        ],
    }


def _sensitivity(sensitivity: Sensitivity) -> Json:
    return {
        "low": sensitivity.low and _tried(sensitivity.low),
        "high": sensitivity.high and _tried(sensitivity.high),
        "steps": sensitivity.steps,
        "withheld": sensitivity.withheld,
        "unknown": [
            {"item": item.code, "low": _tried(item.low), "high": _tried(item.high)}
            for item in sensitivity.unknown
        ],
    }


def _tried(tried: Tried) -> Json:
    return {"item": tried.code, "answer": tried.answer, "score": tried.score}


def _suggestions(suggestions: Suggestions, instrument: Instrument) -> Json:
    return {
        "found": [_suggestion(suggestion, instrument) for suggestion in suggestions.found],
        "tried": suggestions.tried,
        "why_none": suggestions.why_none
        and {"code": suggestions.why_none, "detail": explaining.WHY_NONE[suggestions.why_none]},
    }


def _suggestion(suggestion: Suggestion, instrument: Instrument) -> Json:
    return {
        "changes": [{"item": item.code, "was": item.was, "now": item.now} for item in suggestion.changes],
        "score": suggestion.difference.after.score,
        "change": suggestion.difference.change,
        "standard_error": suggestion.difference.standard_error,
        "detail": explaining.suggestion_sentence(suggestion, instrument),
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
    """How sensitive the score is to one answer."""

    low = _maybe(
        TriedSchema,
        description="The lowest score with one answer changed by one step, or null.",
    )
    high = _maybe(
        TriedSchema,
        description="The highest score with one answer changed by one step, or null.",
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
