"""The body of a request as JSON, read more strictly than Python does by itself."""

import codecs
import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from api.schemas.problems import escaped
from rms.errors import InvalidInput, Problem, RMSError, too_many

Json = dict[str, Any]

JSON = "application/json"
MOST_ENTRIES = 1_000  # of any object and any list

Place = tuple[Any, object] | None  # the place above, and the name or number there


class MalformedJson(RMSError):
    code = "malformed_json"


def json_body() -> object:
    """What the request's body says.

    Raises
    ------
    UnsupportedMediaType
        If the body does not claim to be JSON.
    MalformedJson
        If it is none, or is ambiguous: a name given twice, NaN, Infinity.
    InvalidInput
        If an object or a list in it has more than `MOST_ENTRIES`.
    """
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send {JSON}.")
    return parsed(request.get_data(cache=True))


def parsed(body: bytes) -> object:
    """
    >>> parsed(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    if body.startswith(codecs.BOM_UTF8):
        raise MalformedJson("The body starts with a byte order mark; send plain UTF-8.")
    try:
        document: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=_each_name_once, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        wrong, place = error.msg.removesuffix(" at"), f"line {error.lineno}, column {error.colno}"
        raise MalformedJson(f"The body is not JSON: {wrong} at {place}.") from error
    except RecursionError as error:
        raise MalformedJson("The body is nested too deeply.") from error
    except ValueError as error:  # an integer of thousands of digits
        raise MalformedJson("The body holds a number that is too long.") from error
    _refuse_many_entries(document)
    return document


def _refuse_many_entries(document: object) -> None:
    """Counted here, once for all schemas, so that no check meets more than it can compare."""
    waiting: list[tuple[Place, object]] = [(None, document)]
    while waiting:
        place, value = waiting.pop()
        if not isinstance(value, list | dict):
            continue
        if len(value) > MOST_ENTRIES:
            detail = too_many("entries", most=MOST_ENTRIES, given=len(value))
            raise InvalidInput([Problem(_pointer(place), "too_many", detail)])
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        waiting += (((place, name), inner) for name, inner in entries)


def _pointer(place: Place) -> str:
    steps = []
    while place is not None:
        place, name = place
        steps.append(f"/{escaped(str(name))}")
    return "".join(reversed(steps))


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("The body gives the same name twice in one object.")
    return found


def _no_number(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not a number in JSON.")
