"""What an export is asked for with, and what users keep of that."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.schemas.search.search import (
    FIELDS_CHOSEN,
    SORTS,
    FilterSchema,
    chosen_fields,
    filter_from,
    sort_from,
)
from api.schemas.strict_fields import OneOf, SafeText
from api.services.transfer.export_fields import DEFAULT, FIELDS, Holds
from api.services.transfer.exports import MEDIA_TYPES, PURPOSES, Export
from api.storage import SavedItem
from rms.errors import InvalidInput, Problem

LONGEST_NOTE = 200
NO_CRITERION = (
    "Choose at least one criterion, or ask for everything with all=true: no file is made of nothing."
)
OPTIONS: dict[str, fields.Field[Any]] = {
    FIELDS_CHOSEN: chosen_fields(),
    "sort": OneOf(*SORTS, metadata={"description": "With - from high to low."}),
    "format": OneOf(*MEDIA_TYPES, metadata={"description": "csv if not given."}),
}

ExportOptionsSchema = Schema.from_dict(dict(OPTIONS), name="ExportOptionsSchema")
ExportSchema = Schema.from_dict(
    {
        "criteria": fields.Nested(
            FilterSchema, required=True, metadata={"description": "As a search takes them in its body."}
        ),
        **OPTIONS,
        "purpose": OneOf(
            *PURPOSES, required=True, metadata={"description": "What the file is for: this goes on record."}
        ),
        "purpose_note": SafeText(
            longest=LONGEST_NOTE,
            metadata={"description": "The purpose in words; needed where it is another one."},
        ),
    },
    name="ExportSchema",
)


class ExportFieldSchema(Schema):
    name = fields.String(required=True)
    label = fields.String(required=True)
    holds = fields.String(required=True, metadata={"enum": [str(one) for one in Holds]})
    default = fields.Boolean(
        required=True, metadata={"description": "Among those of a file that names no fields."}
    )


class PurposeSchema(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)


class ExportFieldsSchema(Schema):
    """What an export can be asked for with."""

    exported = fields.List(fields.Nested(ExportFieldSchema), data_key="fields", required=True)
    purposes = fields.List(fields.Nested(PurposeSchema), required=True)


class SavedOptionsSchema(Schema):
    name = fields.String(required=True)
    options = fields.Nested(ExportOptionsSchema, required=True)
    saved_at = fields.AwareDateTime(required=True)


class ListOfSavedOptionsSchema(Schema):
    options = fields.List(fields.Nested(SavedOptionsSchema), required=True)


def export_from(given: Mapping[str, Any], criteria: Mapping[str, Any]) -> Export:
    """The export of a loaded body; `criteria` are its own, with the scores of a band in place of its name.

    Raises
    ------
    InvalidInput
        If no criterion is given, the criteria contradict each other, or another purpose is not told.
    """
    filter = filter_from(criteria, at="/criteria")
    if filter.is_empty:
        raise InvalidInput([Problem("/criteria", "no_criterion", NO_CRITERION)])
    if given["purpose"] == "other" and "purpose_note" not in given:
        raise InvalidInput([Problem("/purpose_note", "required", "Say in words what the file is for.")])
    return Export(
        filter=filter,
        sort=sort_from(given.get("sort"), filter),
        fields=tuple(given.get(FIELDS_CHOSEN, DEFAULT)),
        format=given.get("format", "csv"),
        purpose=given["purpose"],
        note=given.get("purpose_note", ""),
    )


def described_fields() -> Json:
    return {
        "fields": [
            {"name": one.name, "label": one.label, "holds": one.holds, "default": one.name in DEFAULT}
            for one in FIELDS
        ],
        "purposes": [{"code": code, "label": label} for code, label in PURPOSES.items()],
    }


def options_to_save(body: object) -> Mapping[str, Any]:
    """The body itself, once it is known to be options of an export.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    loaded(ExportOptionsSchema(), body)
    assert isinstance(body, dict)
    return body


def saved_options(one: SavedItem) -> Json:
    return {"name": one.name, "options": one.content, "saved_at": one.saved_at.isoformat()}
