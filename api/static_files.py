"""Styles and scripts. Their URLs contain a hash of their content, so that browsers can cache them."""

from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

VERSION = "v"
CACHED = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Add the hash to each file's URL, and allow browsers to cache a file whose URL has the current hash."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        path = folder / values.get("filename", "")
        if endpoint == "static" and path.is_file():
            values[VERSION] = _current_hash(path)

    @app.after_request
    def allow_caching(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            path = folder / (request.view_args or {})["filename"]
            if request.args.get(VERSION) == _current_hash(path):
                response.headers["Cache-Control"] = CACHED
        return response


def is_static() -> bool:
    """Whether the request is for a style or a script, existing or not. Such a request needs no user."""
    return request.endpoint in ("static", None) and request.path.startswith(f"{current_app.static_url_path}/")


def _current_hash(path: Path) -> str:
    """Twelve characters of the hash. A file that has changed is read again."""
    return _hash(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1000)
def _hash(path: Path, changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]
