"""Answers that a browser saves as a file."""

from collections.abc import Iterable

from flask import Response


def attachment(content: str | bytes | Iterable[str], media_type: str, name: str) -> Response:
    """`name` is that of the file, in ASCII and without quotation marks."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
