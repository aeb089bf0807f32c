"""Errors of marshmallow as problems with JSON pointers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields

from rms.errors import InvalidInput, Problem, listed

UNKNOWN = "Unknown field."
# Message of marshmallow → (code, message). Any other message is already one of RMS.
MESSAGES: Mapping[str, tuple[str, str]] = {
    "Missing data for required field.": ("required", "This is required."),
    "Field may not be null.": ("not_null", "This must not be null. Leave it out instead."),
    "Invalid input type.": ("wrong_type", "This must be an object."),
    "Not a valid list.": ("wrong_type", "This must be a list."),
    "Not a valid mapping type.": ("wrong_type", "This must be an object."),
}
LONGEST_NAME = 64


def loaded(schema: Schema, body: object) -> Mapping[str, Any]:
    """The body, loaded by the schema.

    Raises
    ------
    InvalidInput
        With every problem of its format.
    """
    try:
        values: Mapping[str, Any] = schema.load(body)  # type: ignore[arg-type]  # it checks that it is an object
    except ValidationError as error:
        raise InvalidInput(problems(error.messages, of=schema)) from error
    return values


def problems(messages: Any, *, of: Schema | None = None, at: str = "") -> Iterator[Problem]:
    """The problems in `ValidationError.messages`, which are nested like the input.

    `at` is the pointer to this level, and `of` its schema; None if it has no fields. A check of RMS can use a
    `Problem` as a message, which then only gets its pointer here.
    """
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            pointer = at if _is_inserted(name, at) else f"{at}/{escaped(str(name))}"
            if inner == [UNKNOWN]:
                yield Problem(pointer, "unknown_field", _unknown_field(of))
            else:
                yield from problems(inner, of=_inner_schema(of, name), at=pointer)
        return
    for message in messages:
        if isinstance(message, Problem):
            yield replace(message, pointer=at)
        else:
            code, detail = MESSAGES.get(message, ("invalid_value", message))
            yield Problem(at, code, detail)


def _unknown_field(schema: Schema | None) -> str:
    names = _fields_by_name(schema)
    return f"This field does not exist. Allowed fields: {listed(names, most=60) if names else 'none'}."


def _fields_by_name(schema: Schema | None) -> dict[str, Any]:
    """The fields by their names in JSON."""
    load_fields = {} if schema is None else schema.load_fields
    return {field.data_key or name: field for name, field in load_fields.items()}


def _inner_schema(schema: Schema | None, name: object) -> Schema | None:
    """The schema of a field, or of an entry of a list."""
    if isinstance(name, int) or name == "_schema":
        return schema
    field = _fields_by_name(schema).get(str(name))
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None


def escaped(name: str) -> str:
    """One step of an RFC 6901 pointer. A name that is longer than any field is cut.

    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _is_inserted(name: object, at: str) -> bool:
    """Whether marshmallow added this level: `_schema` for a whole object, `key` and `value` for a mapping."""
    return name == "_schema" or (name in ("key", "value") and at.count("/") == 2)
