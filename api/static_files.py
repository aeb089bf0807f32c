"""Styles and scripts: their addresses name what they hold, so that a browser that has one asks no more."""

from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

VERSION = "v"
FOR_GOOD = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Name each file's content in its address; whoever asks for that content by name may keep it."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def name_content(endpoint: str, values: dict[str, Any]) -> None:
        path = folder / values.get("filename", "")
        if endpoint == "static" and path.is_file():
            values[VERSION] = _content(path)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            path = folder / (request.view_args or {})["filename"]
            if request.args.get(VERSION) == _content(path):
                response.headers["Cache-Control"] = FOR_GOOD
        return response


def is_asked_for() -> bool:
    """Whether the request is for a style or a script, or for one that is not there: it is about nobody."""
    return request.endpoint in ("static", None) and request.path.startswith(f"{current_app.static_url_path}/")


def _content(path: Path) -> str:
    """What the file holds, told in twelve characters; a file that has been changed is read again."""
    return _hash(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1000)
def _hash(path: Path, changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]
