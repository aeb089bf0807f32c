"""marshmallow's findings as problems with JSON pointers."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from rms.errors import InvalidInput, Problem

# marshmallow's sentence → (code, our sentence). Whatever is not here is one of ours already.
SAID: Mapping[str, tuple[str, str]] = {
    "Unknown field.": ("unknown_field", "There is no such field."),
    "Missing data for required field.": ("required", "This must be given."),
    "Field may not be null.": ("not_null", "This must not be null; leave it out instead."),
    "Invalid input type.": ("wrong_type", "This must be an object."),
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
        raise InvalidInput(problems(error.messages)) from error
    return found


def problems(messages: Any, *, at: str = "") -> Iterator[Problem]:
    """Problems out of `ValidationError.messages`, nested as the input is; `at` is the pointer so far."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from problems(inner, at=at if _is_inserted(name, at) else f"{at}/{escaped(str(name))}")
        return
    for message in messages:
        code, detail = SAID.get(message, ("invalid_value", message))
        yield Problem(at, code, detail)


def escaped(name: str) -> str:
    """One step of an RFC 6901 pointer; of a name longer than any field of ours the beginning will do.

    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _is_inserted(name: object, at: str) -> bool:
    """Whether marshmallow made this level up: the whole object's, or the key's and value's of a mapping."""
    return name == "_schema" or (name in ("key", "value") and at.count("/") == 2)
