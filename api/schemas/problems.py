"""marshmallow's findings as problems with JSON pointers."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields

from rms.errors import InvalidInput, Problem, listed

UNKNOWN = "Unknown field."
# marshmallow's sentence → (code, our sentence). Whatever is not here is one of ours already.
SAID: Mapping[str, tuple[str, str]] = {
    "Missing data for required field.": ("required", "This must be given."),
    "Field may not be null.": ("not_null", "This must not be null; leave it out instead."),
    "Invalid input type.": ("wrong_type", "This must be an object."),
    "Not a valid list.": ("wrong_type", "This must be a list."),
    "Not a valid mapping type.": ("wrong_type", "This must be an object."),
}
LONGEST_NAME = 64


def loaded(schema: Schema, body: object) -> Mapping[str, Any]:
    """The body as the schema reads it.

    Raises
    ------
    InvalidInput
        With every problem of its shape.
    """
    try:
        found: Mapping[str, Any] = schema.load(body)  # type: ignore[arg-type]  # load says if it is no object
    except ValidationError as error:
        raise InvalidInput(problems(error.messages, of=schema)) from error
    return found


def problems(messages: Any, *, of: Schema | None = None, at: str = "") -> Iterator[Problem]:
    """Problems out of `ValidationError.messages`, nested as the input is; `at` is the pointer so far.

    `of` is the schema of what stands there, None where it has no fields of its own. A check of ours may
    have put a whole problem in place of a message: then only its pointer is made here.
    """
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            here = at if _is_inserted(name, at) else f"{at}/{escaped(str(name))}"
            if inner == [UNKNOWN]:
                yield Problem(here, "unknown_field", _no_such_field(of))
            else:
                yield from problems(inner, of=_inside(of, name), at=here)
        return
    for message in messages:
        if isinstance(message, Problem):
            yield replace(message, pointer=at)
        else:
            code, detail = SAID.get(message, ("invalid_value", message))
            yield Problem(at, code, detail)


def _no_such_field(schema: Schema | None) -> str:
    names = _names(schema)
    return f"There is no such field; this takes {listed(names, most=60) if names else 'none'}."


def _names(schema: Schema | None) -> dict[str, Any]:
    """The fields by their names in JSON."""
    loaded_by = {} if schema is None else schema.load_fields
    return {field.data_key or name: field for name, field in loaded_by.items()}


def _inside(schema: Schema | None, name: object) -> Schema | None:
    """The schema of what a name, or a place of a list, leads to."""
    if isinstance(name, int) or name == "_schema":
        return schema
    field = _names(schema).get(str(name))
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None


def escaped(name: str) -> str:
    """One step of an RFC 6901 pointer; of a name longer than any field of ours the beginning will do.

    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _is_inserted(name: object, at: str) -> bool:
    """Whether marshmallow made this level up: the whole object's, or the key's and value's of a mapping."""
    return name == "_schema" or (name in ("key", "value") and at.count("/") == 2)
