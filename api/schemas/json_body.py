"""The body of a request as JSON, parsed more strictly than by Python's `json`."""

import codecs
import json
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from api.schemas.problems import escaped
from rms.errors import InvalidInput, Problem, RMSError, too_many

Json = dict[str, Any]

JSON = "application/json"
MOST_ENTRIES = 1_000  # of every object and every list

Path = tuple[Any, object] | None  # the path of the parent, and the name or index in it


class MalformedJson(RMSError):
    code = "malformed_json"


class EncodedBody(UnsupportedMediaType):
    """The body is compressed or otherwise encoded. RMS does not decode it: it could become too large."""

    def __init__(self) -> None:
        super().__init__(
            "The body is compressed, encoded or a spreadsheet (xlsx). Send it as text (JSON or CSV), without "
            "compression."
        )

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*args, **kwargs), ("Accept-Encoding", "identity")]


def refuse_compressed(start: bytes) -> None:
    """
    Raises
    ------
    EncodedBody
        If a body that starts like this is a gzip or ZIP file (as spreadsheets are), though no header says so.
    """
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise EncodedBody


def json_body() -> object:
    """The parsed body of the request.

    Raises
    ------
    UnsupportedMediaType
        If the media type of the body is not JSON.
    MalformedJson
        If it is not valid JSON, or contains a repeated name, NaN or Infinity.
    InvalidInput
        If an object or a list has more than `MOST_ENTRIES` entries.
    """
    if request.mimetype != JSON:
        raise UnsupportedMediaType(f"Send {JSON}.")
    body = request.get_data(cache=True)
    refuse_compressed(body)
    return parsed(body)


def parsed(body: bytes) -> object:
    """
    >>> parsed(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    if body.startswith(codecs.BOM_UTF8):
        raise MalformedJson("The body starts with a byte order mark. Send UTF-8 without one.")
    try:
        document: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        reason, place = error.msg.removesuffix(" at"), f"line {error.lineno}, column {error.colno}"
        raise MalformedJson(f"The body is not JSON: {reason} at {place}.") from error
    except RecursionError as error:
        raise MalformedJson("The body is nested too deeply.") from error
    except ValueError as error:  # an integer of thousands of digits
        raise MalformedJson("The body contains a number that is too long.") from error
    _refuse_many_entries(document)
    return document


def _refuse_many_entries(document: object) -> None:
    """Count the entries once for all schemas, so that no check has to handle too many."""
    waiting: list[tuple[Path, object]] = [(None, document)]
    while waiting:
        path, value = waiting.pop()
        if not isinstance(value, list | dict):
            continue
        if len(value) > MOST_ENTRIES:
            detail = too_many("entries", most=MOST_ENTRIES, given=len(value))
            raise InvalidInput([Problem(_pointer(path), "too_many", detail)])
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        waiting += (((path, name), inner) for name, inner in entries)


def _pointer(path: Path) -> str:
    steps = []
    while path is not None:
        path, name = path
        steps.append(f"/{escaped(str(name))}")
    return "".join(reversed(steps))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    by_name = dict(pairs)
    if len(by_name) != len(pairs):
        raise MalformedJson("An object in the body has the same name twice.")
    return by_name


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not a number in JSON.")
