"""Styles and scripts are about nobody: no cookie comes or goes with them, and no session is used."""

from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.conftest import Clock, Database
from tests.api.rows import rows

STYLE = "/static/rms.css"
FOR_GOOD = "public, max-age=31536000, immutable"
SEEN = "SELECT last_seen_at FROM sessions"

Ask = Callable[[FlaskClient], TestResponse]


def asked(client: FlaskClient, address: str, method: str = "GET", **headers: str) -> TestResponse:
    """The answer as it has come in whole: the file it was read from is closed."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(address, method=method, headers=given, buffered=True)


def etag(client: FlaskClient, address: str) -> str:
    return asked(client, address).headers["ETag"]


ASKED: dict[str, tuple[Ask, int]] = {
    "there": (lambda one: asked(one, STYLE), 200),
    "only its head": (lambda one: asked(one, STYLE, "HEAD"), 200),
    "in part": (lambda one: asked(one, STYLE, Range="bytes=0-9"), 206),
    "unchanged": (lambda one: asked(one, STYLE, If_None_Match=etag(one, STYLE)), 304),
    "not there": (lambda one: asked(one, "/static/nothing.css"), 404),
    "not there, as a page": (lambda one: asked(one, "/static/nothing", Accept="text/html"), 404),
    "outside the folder": (lambda one: asked(one, "/static/../api/app.py"), 404),
    "with two slashes": (lambda one: asked(one, "/static//rms.css"), 308),
    "another method": (lambda one: asked(one, STYLE, "POST", Sec_Fetch_Mode="navigate"), 405),
    "with a reply": (lambda one: asked(one, f"{STYLE}?reply=abc"), 200),
}


@pytest.mark.parametrize("how", ASKED)
@pytest.mark.parametrize("who", ["browser_client", "anonymous"])
def test_no_cookie_and_no_session(
    who: str, how: str, request: pytest.FixtureRequest, clock: Clock, database: Database
) -> None:
    client = request.getfixturevalue(who)
    before = rows(database.url, SEEN)
    clock.advance(minutes=5)
    ask, status = ASKED[how]
    answer = ask(client)
    assert answer.status_code == status
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert rows(database.url, SEEN) == before


def test_a_broken_cookie_is_not_looked_at(anonymous: FlaskClient, app: Flask) -> None:
    anonymous.set_cookie(app.config["SESSION_COOKIE_NAME"], "broken")
    assert "Set-Cookie" not in asked(anonymous, STYLE).headers


def test_what_is_kept_and_what_is_not(anonymous: FlaskClient, app: Flask) -> None:
    with app.test_request_context():
        named = url_for("static", filename="rms.css")
    known = etag(anonymous, named)
    assert asked(anonymous, named).headers["Cache-Control"] == FOR_GOOD
    assert asked(anonymous, named, If_None_Match=known).headers["Cache-Control"] == FOR_GOOD
    assert asked(anonymous, STYLE).headers["Cache-Control"] == "no-cache"
    assert asked(anonymous, "/static/nothing.css").headers["Cache-Control"] == "no-store"


def test_pages_still_set_the_cookie_of_forms(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/login")
    assert "rms-form" in answer.headers["Set-Cookie"]
    assert "Cookie" in answer.headers["Vary"]
