"""Fields of a response. Every field is always present; a field without a value is null."""

from typing import Any

from marshmallow import fields


def number(**metadata: Any) -> fields.Float:
    return fields.Float(required=True, metadata=metadata)


def maybe_number(**metadata: Any) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata=metadata)


def text(**metadata: Any) -> fields.String:
    return fields.String(required=True, metadata=metadata)


def maybe_text(**metadata: Any) -> fields.String:
    return fields.String(required=True, allow_none=True, metadata=metadata)
