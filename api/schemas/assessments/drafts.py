"""A draft as JSON: what is typed so far, and what is still missing or invalid."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.assessments.answer import WarningSchema, warning
from api.schemas.assessments.assessment import LONGEST_ID
from api.schemas.problems import LONGEST_NAME, escaped, loaded
from api.schemas.strict_fields import Answer, OneOf, SafeText, StrictDate
from api.storage import Draft
from rms.assessment import AssessmentKind
from rms.assessment.assessment import REASON_LENGTH
from rms.assessment.carrying import is_stale
from rms.assessment.consistency import Contradiction, warnings
from rms.calendar import completed_years, months_between
from rms.errors import InvalidInput, Problem, shown
from rms.instrument import Instrument, Item
from rms.parsing import LARGEST_WHOLE


class TypedSoFar(Answer):
    """An answer, valid or not, that can be stored unchanged."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float | str:
        if type(value) is str:
            return SafeText(longest=REASON_LENGTH).deserialize(value)
        if type(value) in (int, float) and not abs(value) <= LARGEST_WHOLE:
            raise ValidationError(f"{shown(value)} is not allowed.")
        return super()._deserialize(value, attr, data, **kwargs)


def _text(longest: int = LONGEST_ID) -> SafeText:
    return SafeText(longest=longest, allow_none=True)


class DraftBodySchema(Schema):
    """Any part of an assessment, valid or not; null removes a value."""

    offender_number = _text()
    sex = _text()
    date_of_birth = _text()
    release_date = _text()
    instrument = _text(LONGEST_NAME)
    answers = fields.Dict(
        keys=SafeText(longest=LONGEST_NAME),
        values=TypedSoFar(allow_none=True, metadata={"type": ["number", "string"]}),
        allow_none=True,
    )
    unknown_items = fields.Dict(
        data_key="unknown",
        keys=SafeText(longest=LONGEST_NAME),
        values=SafeText(longest=REASON_LENGTH, allow_none=True),
        allow_none=True,
    )
    kind = OneOf(*AssessmentKind, allow_none=True)
    baseline_id = _text()
    based_on = _text()
    corrects = SafeText(
        longest=LONGEST_ID, allow_none=True, metadata={"description": "The assessment that it corrects."}
    )
    reason = SafeText(
        longest=REASON_LENGTH, allow_none=True, metadata={"description": "Why; required for a correction."}
    )


_schema = DraftBodySchema()


def draft_body(body: object, instrument: Instrument) -> Mapping[str, Any]:
    """The body of a draft as sent. Invalid answers are allowed.

    Raises
    ------
    InvalidInput
        If the shape is wrong, or an item does not belong to the instrument.
    """
    loaded(_schema, body)
    assert isinstance(body, Mapping)
    asked = {item.code for item in instrument.asked}
    problems = [
        Problem(f"/{where}/{escaped(code)}", "unknown_item", instrument.no_such_item)
        for where in ("answers", "unknown")
        for code, value in (body.get(where) or {}).items()
        if value is not None and code not in asked
    ]
    if problems:
        raise InvalidInput(problems)
    return body


def draft(
    stored: Draft, instrument: Instrument | None, problems: Iterable[Problem], *, on: date, stale: int
) -> Any:
    """Everything about one draft on that day; answers older than `stale` months are marked.

    Nothing is known about the items of an instrument that is no longer in use (None).
    """
    asked = instrument.asked if instrument else ()
    return {
        **draft_listed(stored, instrument),
        "body": dict(stored.body),
        "items": [_item(item, stored, on=on, stale=stale) for item in asked],
        "problems": [vars(problem) for problem in problems],
        "warnings": [warning(contradiction) for contradiction in _warnings(stored, instrument, on)]
        if instrument
        else [],
    }


def draft_listed(stored: Draft, instrument: Instrument | None) -> dict[str, Any]:
    """A draft as a list shows it; `instrument` as in `draft`."""
    asked = instrument.asked if instrument else ()
    given = {*stored.body.get("answers", ()), *stored.body.get("unknown", ())}
    return {
        "id": stored.id,
        "version": stored.version,
        "offender_number": stored.body.get("offender_number"),
        "created_at": stored.created_at.isoformat(),
        "changed_at": stored.changed_at.isoformat(),
        "expires_at": stored.expires_at.isoformat(),
        "answered": sum(item.code in given for item in asked) if instrument else len(given),
        "missing": [item.code for item in asked if item.required and item.code not in given],
    }


def _item(item: Item, stored: Draft, *, on: date, stale: int) -> dict[str, Any]:
    carried = item.code in stored.carried
    months = months_between(stored.carried_on, on) if carried and stored.carried_on else None
    return {
        "code": item.code,
        "carried_over": carried,
        "from": stored.carried_from if carried else None,
        "months": months,
        "stale": months is not None and is_stale(item, months, after=stale),
    }


def _warnings(stored: Draft, instrument: Instrument, on: date) -> Iterable[Contradiction]:
    """Contradictions in the answers so far, with the age if the date of birth is valid."""
    try:
        born = StrictDate().deserialize(stored.body.get("date_of_birth"))
    except ValidationError:
        born = None
    age = None if born is None else completed_years(born, on)
    return warnings(instrument, stored.body.get("answers", {}), age=age)


# Schema -------------------------------------------------------


class DraftItemSchema(Schema):
    """Where the answer of one item comes from."""

    code = fields.String(required=True)
    carried_over = fields.Boolean(
        required=True, metadata={"description": "The same as in `from`, and not checked since."}
    )
    from_ = fields.String(data_key="from", required=True, allow_none=True)
    months = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Whole months since `from`."}
    )
    stale = fields.Boolean(
        required=True, metadata={"description": "Too old for an item that can change: ask again."}
    )


class DraftProblemSchema(Schema):
    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ListedDraftSchema(Schema):
    """A draft as a list shows it."""

    id = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"minimum": 1, "description": "Also the ETag."})
    offender_number = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    answered = fields.Integer(required=True, metadata={"description": "Items answered or marked unknown."})
    missing = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Required items not answered and not marked unknown."},
    )


class DraftSchema(ListedDraftSchema):
    """A draft: its body, and the problems that would prevent submitting it."""

    body = fields.Nested(DraftBodySchema, required=True)
    items = fields.List(fields.Nested(DraftItemSchema), required=True)
    problems = fields.List(fields.Nested(DraftProblemSchema), required=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True)


class DraftListSchema(Schema):
    drafts = fields.List(fields.Nested(ListedDraftSchema), required=True)
