"""Saved filters: the criteria of a search, without whom it was about."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.schemas.search.search import FilterSchema, filter_from
from api.schemas.strict_fields import SafeText
from api.storage import SavedItem
from rms.errors import InvalidInput, Problem

LONGEST_NAME = 64
NO_CRITERION = (
    "Choose at least one criterion, or ask for everything with all=true: a filter of nothing is not saved."
)

_name = SafeText(longest=LONGEST_NAME)


class SavedFilterSchema(Schema):
    name = fields.String(required=True)
    criteria = fields.Nested(
        FilterSchema, required=True, metadata={"description": "As a search takes them in its body."}
    )
    saved_at = fields.AwareDateTime(required=True)


class SavedFiltersSchema(Schema):
    filters = fields.List(fields.Nested(SavedFilterSchema), required=True)


class RemovedSchema(Schema):
    removed = fields.Boolean(required=True)


def filter_name(text: str) -> str:
    """
    Raises
    ------
    InvalidInput
        If the text is too long for a name or holds control characters.
    """
    try:
        return str(_name.deserialize(text))
    except ValidationError as error:
        raise InvalidInput([Problem("/name", "invalid_value", str(error.messages[0]))]) from error


def to_save(body: object) -> Mapping[str, Any]:
    """The body itself, once it is known to be a filter.

    Raises
    ------
    InvalidInput
        If it is none, holds no criterion, or names a person.
    """
    given = loaded(FilterSchema(), body)
    if "offender_number" in given:
        detail = (
            "Offender numbers are not saved: a saved filter is for many people. Give it with each search."
        )
        raise InvalidInput([Problem("/offender_number", "not_saved", detail)])
    if filter_from(given).is_empty and "band" not in given:
        raise InvalidInput([Problem("", "no_criterion", NO_CRITERION)])
    assert isinstance(body, dict)
    return body


def saved(one: SavedItem) -> Json:
    return {"name": one.name, "criteria": one.content, "saved_at": one.saved_at.isoformat()}
