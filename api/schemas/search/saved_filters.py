"""Saved filters: the criteria of a search, without an offender number."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.schemas.search.search import RELATIVE_DAYS, FilterSchema, filter_from
from api.schemas.strict_fields import SafeText
from api.storage import SavedItem
from rms.errors import InvalidInput, Problem

LONGEST_NAME = 64
NO_CRITERION = (
    "Choose at least one criterion, or use all=true for everything. An empty filter cannot be saved."
)

_name = SafeText(longest=LONGEST_NAME)


class SavedFilterSchema(Schema):
    name = fields.String(required=True)
    criteria = fields.Nested(
        FilterSchema, required=True, metadata={"description": "In the form of the body of a search."}
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
        If the name is too long or contains control characters.
    """
    try:
        return str(_name.deserialize(text))
    except ValidationError as error:
        raise InvalidInput([Problem("/name", "invalid_value", str(error.messages[0]))]) from error


def filter_to_save(body: object) -> Mapping[str, Any]:
    """The body, unchanged, if it is a filter that can be saved.

    Raises
    ------
    InvalidInput
        If it is not a filter, has no criterion, or has an offender number.
    """
    criteria = loaded(FilterSchema(), body)
    if "offender_number" in criteria:
        detail = "A filter cannot be saved with an offender number. Remove the number first."
        raise InvalidInput([Problem("/offender_number", "not_saved", detail)])
    if filter_from(criteria).is_empty and not criteria.keys() & {"band", *RELATIVE_DAYS}:
        raise InvalidInput([Problem("", "no_criterion", NO_CRITERION)])
    assert isinstance(body, dict)
    return body


def shown_saved_filter(item: SavedItem) -> Json:
    return {"name": item.name, "criteria": item.content, "saved_at": item.saved_at.isoformat()}
