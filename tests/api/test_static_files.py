"""Styles and scripts neither read nor set cookies, and do not use the session."""

from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.static_files import CACHED
from tests.api.conftest import Clock, Database
from tests.api.rows import rows

STYLE = "/static/rms.css"
LAST_SEEN = "SELECT last_seen_at FROM sessions"

Send = Callable[[FlaskClient], TestResponse]


def send(client: FlaskClient, address: str, method: str = "GET", **headers: str) -> TestResponse:
    """The whole response, so that the file is closed."""
    by_name = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(address, method=method, headers=by_name, buffered=True)


def etag(client: FlaskClient, address: str) -> str:
    return send(client, address).headers["ETag"]


REQUESTS: dict[str, tuple[Send, int]] = {
    "GET": (lambda client: send(client, STYLE), 200),
    "HEAD": (lambda client: send(client, STYLE, "HEAD"), 200),
    "range": (lambda client: send(client, STYLE, Range="bytes=0-9"), 206),
    "unchanged": (lambda client: send(client, STYLE, If_None_Match=etag(client, STYLE)), 304),
    "missing": (lambda client: send(client, "/static/nothing.css"), 404),
    "missing, as a page": (lambda client: send(client, "/static/nothing", Accept="text/html"), 404),
    "outside the folder": (lambda client: send(client, "/static/../api/app.py"), 404),
    "two slashes": (lambda client: send(client, "/static//rms.css"), 404),
    "another method": (lambda client: send(client, STYLE, "POST", Sec_Fetch_Mode="navigate"), 405),
    "with a reply": (lambda client: send(client, f"{STYLE}?reply=abc"), 200),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("client_fixture", ["browser_client", "anonymous"])
def test_a_static_file_needs_no_cookie_and_no_session(
    client_fixture: str, name: str, request: pytest.FixtureRequest, clock: Clock, database: Database
) -> None:
    client = request.getfixturevalue(client_fixture)
    before = rows(database.url, LAST_SEEN)
    clock.advance(minutes=5)
    send_request, status = REQUESTS[name]
    response = send_request(client)
    assert response.status_code == status
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers.get("Vary", "")
    assert rows(database.url, LAST_SEEN) == before


def test_a_broken_cookie_is_ignored(anonymous: FlaskClient, app: Flask) -> None:
    anonymous.set_cookie(app.config["SESSION_COOKIE_NAME"], "broken")
    assert "Set-Cookie" not in send(anonymous, STYLE).headers


def test_only_a_url_with_the_hash_is_cached_for_a_year(anonymous: FlaskClient, app: Flask) -> None:
    with app.test_request_context():
        with_hash = url_for("static", filename="rms.css")
    known = etag(anonymous, with_hash)
    assert send(anonymous, with_hash).headers["Cache-Control"] == CACHED
    assert send(anonymous, with_hash, If_None_Match=known).headers["Cache-Control"] == CACHED
    assert send(anonymous, STYLE).headers["Cache-Control"] == "no-cache"
    assert send(anonymous, "/static/nothing.css").headers["Cache-Control"] == "no-store"


def test_pages_still_set_the_form_cookie(anonymous: FlaskClient) -> None:
    response = anonymous.get("/login")
    assert "rms-form" in response.headers["Set-Cookie"]
    assert "Cookie" in response.headers["Vary"]
