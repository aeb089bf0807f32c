"""Saved lists: the criteria of a list, without a name of a person."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.harm.offender_list import NAMES, HarmListSchema
from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.services.harm.ready_made import ReadyMadeList
from api.storage import SavedItem
from rms.errors import InvalidInput, Problem


class SavedListSchema(Schema):
    name = fields.String(required=True)
    criteria = fields.Nested(
        HarmListSchema, required=True, metadata={"description": "In the form of the body of a search."}
    )
    saved_at = fields.AwareDateTime(required=True)


class SavedListsSchema(Schema):
    lists = fields.List(fields.Nested(SavedListSchema), required=True)


class ReadyMadeListSchema(Schema):
    name = fields.String(required=True)
    title = fields.String(required=True)
    criteria = fields.Nested(HarmListSchema, required=True)


class ReadyMadeListsSchema(Schema):
    lists = fields.List(fields.Nested(ReadyMadeListSchema), required=True)


def list_to_save(body: object) -> Mapping[str, Any]:
    """The loaded criteria, if they can be saved.

    Raises
    ------
    InvalidInput
        If they are not criteria, or name a person.
    """
    criteria = loaded(HarmListSchema(), body)
    if named := [name for name in NAMES if name in criteria]:
        detail = "A list cannot be saved with a name. Remove the name first."
        raise InvalidInput(Problem(f"/{name}", "not_saved", detail) for name in named)
    return criteria


def shown_saved_list(item: SavedItem) -> Json:
    return {"name": item.name, "criteria": item.content, "saved_at": item.saved_at.isoformat()}


def shown_ready_made(made: ReadyMadeList) -> Json:
    return {"name": made.name, "title": made.title, "criteria": dict(made.criteria)}
