"""What arrives with a request: counted before it is looked at; a body is taken whole or not at all."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from flask import Flask, current_app, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from api.context import EXTENSION
from api.resources.routing import takes_a_file
from api.schemas.problems import escaped
from api.storage import NOT_STORABLE, is_storable
from rms.errors import InvalidInput, Problem, RMSError, too_many

MOST_FIELDS = 1_000  # of a query, and of a form
LONGEST_HEADER = 8_190  # as gunicorn takes one; it joins those of one name
FORM = "application/x-www-form-urlencoded"  # of the other kind, Werkzeug counts the parts

Wsgi = Callable[..., Iterable[bytes]]


class IncompleteBody(RMSError):
    """The connection ended before the whole body had arrived."""

    code = "incomplete_body"

    def __init__(self) -> None:
        super().__init__("The connection ended before the whole body had arrived. Nothing was saved.")


class WholeBody:
    """`wsgi.input` that raises where the server would end a body early as if it were whole.

    gunicorn reads what has arrived when a client closes the connection before `Content-Length` is reached,
    and Werkzeug leaves it to gunicorn to know where a body ends.
    """

    def __init__(self, stream: BinaryIO, *, announced: int) -> None:
        self._stream, self._missing = stream, announced

    def read(self, size: int = -1) -> bytes:
        try:
            part = self._stream.read(size)
        except Exception as error:  # where a chunked body breaks off, gunicorn raises errors of several kinds
            raise IncompleteBody from error
        self._missing -= len(part)
        reached_the_end = size < 0 or (size > 0 and not part)
        if reached_the_end and self._missing > 0:
            raise IncompleteBody
        return part


def take_whole(app: Wsgi) -> Wsgi:
    """The application with every body read through `WholeBody`."""

    def whole(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        announced = int(length) if length.isdecimal() else 0
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], announced=announced)
        return app(environ, start_response)

    return whole


def bound(app: Flask) -> None:
    """Refuse what is too large, or no database takes, before anything else reads it."""
    app.before_request(_refuse_long_headers)
    app.before_request(_refuse_large_body)
    app.before_request(_refuse_many_fields)
    app.before_request(_refuse_unstorable_query)


def read_bodies(app: Flask) -> None:
    """Read each body before a view runs; a file is read by its view."""
    app.before_request(_read_body)
    app.before_request(_refuse_unstorable_address)


def _refuse_long_headers() -> None:
    long = [
        name for name, value in request.environ.items() if _is_header(name) and len(value) > LONGEST_HEADER
    ]
    for name in long:
        del request.environ[name]  # so that nothing parses it, the answer to this request included
    if long:
        raise RequestHeaderFieldsTooLarge(f"A header may have {LONGEST_HEADER} characters.")


def _is_header(name: str) -> bool:
    return name.startswith("HTTP_") or name == "CONTENT_TYPE"


def _refuse_large_body() -> None:
    if takes_a_file():
        request.max_content_length = _most() + 1
    if (request.content_length or 0) > _most():
        raise _too_large()


def _refuse_many_fields() -> None:
    """Counted as they were sent: parsing a hundred thousand of them is what is to be spared."""
    _refuse_many(request.query_string, at="/query")
    if request.mimetype == FORM and not takes_a_file():
        _refuse_many(request.get_data(cache=True), at="")


def _refuse_many(fields: bytes, *, at: str) -> None:
    if (count := fields.count(b"&") + 1) > MOST_FIELDS:
        raise InvalidInput([Problem(at, "too_many", too_many("fields", most=MOST_FIELDS, given=count))])


def _read_body() -> None:
    if not takes_a_file() and len(request.get_data(cache=True)) > _most():
        raise _too_large()


def _refuse_unstorable_query() -> None:
    pairs = request.args.items(multi=True)
    wrong = [name for name, text in pairs if not (is_storable(name) and is_storable(text))]
    if wrong:
        raise InvalidInput(
            Problem(f"/query/{escaped(name)}", "invalid_value", NOT_STORABLE) for name in wrong
        )


def _refuse_unstorable_address() -> None:
    """There is nothing at such an address, as nothing can have such a name."""
    if not all(is_storable(str(part)) for part in (request.view_args or {}).values()):
        raise NotFound


def _most() -> int:
    """How many bytes the body of this request may have."""
    if takes_a_file():
        return int(current_app.extensions[EXTENSION].imports.largest_file)
    return int(current_app.config["MAX_CONTENT_LENGTH"]) - 1


def _too_large() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"A body may have {_most()} bytes.")
