"""Limits of a request, checked before anything parses it. An incomplete body is refused."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from flask import Flask, current_app, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from api.context import EXTENSION
from api.resources.routing import takes_a_file
from api.schemas.json_body import EncodedBody
from api.schemas.problems import escaped
from api.storage import NOT_STORABLE, is_storable
from rms.errors import InvalidInput, Problem, RMSError, too_many

MOST_FIELDS = 1_000  # of a query, and of a form
LONGEST_HEADER = 8_190  # gunicorn's limit for one header; it joins headers of the same name
FORM = "application/x-www-form-urlencoded"  # Werkzeug counts the parts of multipart forms

Wsgi = Callable[..., Iterable[bytes]]


class IncompleteBody(RMSError):
    """The connection ended before the whole body had arrived."""

    code = "incomplete_body"

    def __init__(self) -> None:
        super().__init__("The connection ended before the whole body had arrived. Nothing was saved.")


class WholeBody:
    """`wsgi.input` that raises an error if the body is shorter than announced.

    If a client closes the connection before `Content-Length` bytes have arrived, gunicorn returns what there
    is as if it were the whole body. Werkzeug does not check the length.
    """

    def __init__(self, stream: BinaryIO, *, announced: int) -> None:
        self._stream, self._missing = stream, announced

    def read(self, size: int = -1) -> bytes:
        try:
            part = self._stream.read(size)
        except Exception as error:  # gunicorn raises various errors if a chunked body is incomplete
            raise IncompleteBody from error
        self._missing -= len(part)
        reached_the_end = size < 0 or (size > 0 and not part)
        if reached_the_end and self._missing > 0:
            raise IncompleteBody
        return part


def take_whole(app: Wsgi) -> Wsgi:
    """The application with every body read through `WholeBody`."""

    def with_whole_body(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        announced = int(length) if length.isdecimal() else 0
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], announced=announced)
        return app(environ, start_response)

    return with_whole_body


def bound(app: Flask) -> None:
    """Refuse requests that are too large or have text that cannot be stored, before anything reads them."""
    app.before_request(_refuse_long_headers)
    app.before_request(_refuse_encoded_body)
    app.before_request(_refuse_large_body)
    app.before_request(_refuse_many_fields)
    app.before_request(_refuse_unstorable_query)


def read_bodies(app: Flask) -> None:
    """Read each body before its view runs. A file is read by its view."""
    app.before_request(_read_body)
    app.before_request(_refuse_unstorable_address)


def _refuse_long_headers() -> None:
    too_long = [
        name for name, value in request.environ.items() if _is_header(name) and len(value) > LONGEST_HEADER
    ]
    for name in too_long:
        del request.environ[name]  # so that nothing parses it, not even for the error response
    if too_long:
        raise RequestHeaderFieldsTooLarge(f"A header can have up to {LONGEST_HEADER} characters.")


def _is_header(name: str) -> bool:
    return name.startswith("HTTP_") or name == "CONTENT_TYPE"


def _refuse_encoded_body() -> None:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity") and (
        request.content_length or "Transfer-Encoding" in request.headers
    ):
        raise EncodedBody


def _refuse_large_body() -> None:
    if takes_a_file():
        request.max_content_length = _most_bytes() + 1
    if (request.content_length or 0) > _most_bytes():
        raise _too_large()


def _refuse_many_fields() -> None:
    """Counts the fields without parsing them, because parsing a hundred thousand takes long."""
    _refuse_many(request.query_string, at="/query")
    if request.mimetype == FORM and not takes_a_file():
        _refuse_many(request.get_data(cache=True), at="")


def _refuse_many(fields: bytes, *, at: str) -> None:
    if (count := fields.count(b"&") + 1) > MOST_FIELDS:
        raise InvalidInput([Problem(at, "too_many", too_many("fields", most=MOST_FIELDS, given=count))])


def _read_body() -> None:
    if not takes_a_file() and len(request.get_data(cache=True)) > _most_bytes():
        raise _too_large()


def _refuse_unstorable_query() -> None:
    pairs = request.args.items(multi=True)
    unstorable = [name for name, text in pairs if not (is_storable(name) and is_storable(text))]
    if unstorable:
        raise InvalidInput(
            Problem(f"/query/{escaped(name)}", "invalid_value", NOT_STORABLE) for name in unstorable
        )


def _refuse_unstorable_address() -> None:
    """Nothing can have such a name, so there is no page at such a URL."""
    if not all(is_storable(str(part)) for part in (request.view_args or {}).values()):
        raise NotFound


def _most_bytes() -> int:
    """The limit for the body of this request."""
    if takes_a_file():
        return int(current_app.extensions[EXTENSION].imports.largest_file)
    return int(current_app.config["MAX_CONTENT_LENGTH"]) - 1


def _too_large() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"The body can have up to {_most_bytes()} bytes.")
