"""Bodies of requests: taken whole or not at all, and no larger than allowed."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from flask import Flask, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.current import EXTENSION
from api.resources.routing import takes_a_file
from rms.errors import RMSError

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


def register(app: Flask) -> None:
    """Read each body before a view runs; a file is read by its view."""
    app.before_request(_read_body)


def _read_body() -> None:
    """
    Raises
    ------
    RequestEntityTooLarge
        If the body is larger than allowed.
    IncompleteBody
        If it is shorter than announced.
    """
    length, most = request.content_length, current_app.config["MAX_CONTENT_LENGTH"] - 1
    if takes_a_file():
        most = current_app.extensions[EXTENSION].imports.largest_file
        request.max_content_length = most + 1
    elif length is None or length <= most:
        length = max(length or 0, len(request.get_data(cache=True)))
    if length is not None and length > most:
        raise RequestEntityTooLarge(f"A body may have {most} bytes.")
