"""Requests for exports, and the options that users save for them."""

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
    refuse_other_columns,
    sort_from,
)
from api.schemas.strict_fields import OneOf, SafeText
from api.services.search.needs import Labels
from api.services.transfer.export_fields import COMMON, DEFAULT, Holds, need_fields
from api.services.transfer.exports import MEDIA_TYPES, PURPOSES, Export
from api.storage import SavedItem
from rms.errors import InvalidInput, Problem

LONGEST_NOTE = 200
NO_CRITERION = "Choose at least one criterion, or send all=true for all assessments."
OPTIONS: dict[str, fields.Field[Any]] = {
    FIELDS_CHOSEN: chosen_fields(),
    "sort": OneOf(*SORTS, metadata={"description": "With - in front: from high to low."}),
    "format": OneOf(*MEDIA_TYPES, metadata={"description": "csv if not given."}),
}

ExportOptionsSchema = Schema.from_dict(dict(OPTIONS), name="ExportOptionsSchema")
ExportSchema = Schema.from_dict(
    {
        "criteria": fields.Nested(
            FilterSchema, required=True, metadata={"description": "As in the body of a search."}
        ),
        **OPTIONS,
        "purpose": OneOf(
            *PURPOSES, required=True, metadata={"description": "What the file is for. The audit log has it."}
        ),
        "purpose_note": SafeText(
            longest=LONGEST_NOTE,
            metadata={"description": "The purpose in words. Required if the purpose is `other`."},
        ),
    },
    name="ExportSchema",
)


class ExportFieldSchema(Schema):
    name = fields.String(required=True)
    label = fields.String(required=True)
    holds = fields.String(required=True, metadata={"enum": [str(kind) for kind in Holds]})
    default = fields.Boolean(
        required=True, metadata={"description": "Whether a file has it if the request names no fields."}
    )


class PurposeSchema(Schema):
    code = fields.String(required=True)
    label = fields.String(required=True)


class ExportFieldsSchema(Schema):
    """The fields and purposes of exports."""

    exported = fields.List(fields.Nested(ExportFieldSchema), data_key="fields", required=True)
    purposes = fields.List(fields.Nested(PurposeSchema), required=True)


class SavedOptionsSchema(Schema):
    name = fields.String(required=True)
    options = fields.Nested(ExportOptionsSchema, required=True)
    saved_at = fields.AwareDateTime(required=True)


class ListOfSavedOptionsSchema(Schema):
    options = fields.List(fields.Nested(SavedOptionsSchema), required=True)


def export_from(given: Mapping[str, Any], criteria: Mapping[str, Any], *, needs: Labels) -> Export:
    """The export of a loaded body. `criteria` are its criteria, with scores in place of a band.

    `needs` are those that it may name.

    Raises
    ------
    InvalidInput
        If there is no criterion, if they contradict each other, or if a needed note is missing.
    """
    filter = filter_from(criteria, at="/criteria")
    if filter.is_empty:
        raise InvalidInput([Problem("/criteria", "no_criterion", NO_CRITERION)])
    if given["purpose"] == "other" and "purpose_note" not in given:
        raise InvalidInput([Problem("/purpose_note", "required", "Describe what the file is for.")])
    return Export(
        filter=filter,
        sort=sort_from(given.get("sort"), filter),
        fields=tuple(given.get(FIELDS_CHOSEN, DEFAULT)),
        format=given.get("format", "csv"),
        purpose=given["purpose"],
        note=given.get("purpose_note", ""),
        needs=needs,
    )


def described_fields(needs: Labels) -> Json:
    """The columns to choose from, with those of these needs, and the purposes."""
    return {
        "fields": [
            {"name": field.name, "label": field.label, "holds": field.holds, "default": field.name in DEFAULT}
            for field in (*COMMON, *need_fields(needs))
        ],
        "purposes": [{"code": code, "label": label} for code, label in PURPOSES.items()],
    }


def options_to_save(body: object, *, needs: Labels) -> Mapping[str, Any]:
    """The body itself, if it holds the options of an export.

    Raises
    ------
    InvalidInput
        If it does not, or names a need that is not among these.
    """
    options = loaded(ExportOptionsSchema(), body)
    refuse_other_columns(options.get(FIELDS_CHOSEN, ()), needs)
    assert isinstance(body, dict)
    return body


def saved_options(saved: SavedItem) -> Json:
    return {"name": saved.name, "options": saved.content, "saved_at": saved.saved_at.isoformat()}
