"""Nothing is open but what says so; a session needs proof that our own page asked."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import ABSOLUTE, IDLE
from rms.reports.wording import NOTICE_VERSION
from tests.api.conftest import Clock

OPEN = {
    "web.home",  # and the method: what anybody may see of them
    "web.method",
    "static",
    "web.login",
    "web.log_in",
    "web.login_code",
    "web.enter_code",
    "web.login_enrol",
    "web.enrol_at_login",
    "web.to_agency",
    "web.from_agency",
    "web.notice",
    "web.rule_set",
    "web.rules",
    "web.reply",  # by a secret of the browser
    "service.responsibility",
    "state.health",
    "state.ready",
    "tokens.issue",
}
POST = "/api/v1/assessments"


def test_every_route_but_the_open_ones_refuses_strangers(app: Flask, anonymous: FlaskClient) -> None:
    asked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        with app.test_request_context():
            given = dict.fromkeys(rule.arguments, "1") | (rule.defaults or {})
            path = app.url_map.bind("localhost").build(rule.endpoint, given)
        for method in rule.methods or ():
            answer = anonymous.open(path, method=method)
            to_login = answer.status_code == 302 and answer.location.startswith("/login")
            assert to_login or answer.status_code == 401, (method, path, answer.status)
            asked += 1
    assert asked > 40


def test_the_open_ones_are_there(app: Flask) -> None:
    assert set(app.view_functions) >= OPEN


@pytest.mark.parametrize("path", ["/health", "/ready", "/login", "/notice", "/api/v1/notice"])
def test_open(anonymous: FlaskClient, path: str) -> None:
    assert anonymous.get(path).status_code == 200


def test_what_is_not_there_is_refused_too(anonymous: FlaskClient) -> None:
    """A stranger does not learn which routes exist."""
    assert anonymous.get("/api/v1/nothing").status_code == 401
    assert anonymous.delete(POST).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer rms_nothing", "Basic YTpi", "rms_nothing", "Bearer \xff", "Digest a=b"],
)
def test_bad_keys(anonymous: FlaskClient, authorization: str) -> None:
    answer = anonymous.get(POST, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json and answer.json["code"] == "not_authenticated"


def test_a_bad_key_is_not_made_good_by_a_session(browser_client: FlaskClient) -> None:
    api = {"Accept": "application/json"}
    assert browser_client.get(POST, headers=api).status_code == 200
    assert browser_client.get(POST, headers={**api, "Authorization": "Bearer rms_no"}).status_code == 401


def test_a_browser_is_sent_to_the_login_and_back(anonymous: FlaskClient) -> None:
    html = {"Accept": "text/html"}
    assert anonymous.get("/help?a=yes").location == "/login?next=%2Fhelp%3Fa%3Dyes"
    assert anonymous.get("/api/v1/docs", headers=html).location == "/login?next=%2Fapi%2Fv1%2Fdocs"
    assert anonymous.post("/logout", headers=html).location == "/login"


def test_key_needs_no_proof_and_session_does(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    assert client.post(POST, json=valid_body).status_code == 201
    api = {"Accept": "application/json"}
    refused = browser_client.post(POST, json=valid_body, headers=api)
    assert refused.status_code == 400
    assert refused.json and refused.json["code"] == "bad_request"

    form = browser_client.get("/assessments/new").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    proof = {**api, "X-CSRFToken": token[1]}
    assert browser_client.post(POST, json=valid_body, headers=proof).status_code == 201


def test_session_idles_out(browser_client: FlaskClient, clock: Clock) -> None:
    for _ in range(3):
        clock.at += IDLE * 0.9
        assert browser_client.get("/session").json == {"left": IDLE.total_seconds()}
    clock.at += IDLE
    assert browser_client.get("/session").location.startswith("/login")


def test_session_ends_after_twelve_hours(browser_client: FlaskClient, clock: Clock) -> None:
    end = clock.at + ABSOLUTE
    while clock.at + IDLE * 0.9 < end:
        clock.at += IDLE * 0.9
        assert browser_client.get("/session").status_code == 200
    assert (
        browser_client.get("/session").json["left"] == (end - clock.at).total_seconds() < IDLE.total_seconds()
    )
    clock.at = end
    assert browser_client.get("/session").status_code == 302


def test_log_in_and_out_by_the_page(anonymous: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', anonymous.get("/login").text)
    assert token
    form = {"csrf_token": token[1], "username": "c.worker", "password": "a long enough passphrase"}
    entered = anonymous.post("/login", data=form)
    assert entered.status_code == 303
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert anonymous.get("/").location == "/notice/accept?next=%2F"
    accepted = {"csrf_token": token[1], "answer": "accept", "version": NOTICE_VERSION}
    anonymous.post("/notice/accept", data=accepted)
    assert anonymous.get("/").status_code == 200
    session = anonymous.get_cookie("rms-session")
    assert session is not None
    anonymous.post("/logout", data={"csrf_token": token[1]})
    anonymous.set_cookie("rms-session", session.value)
    assert anonymous.get("/help").status_code == 302  # ended in the database, not only in the browser


def test_log_in_needs_the_form(anonymous: FlaskClient) -> None:
    form = {"username": "c.worker", "password": "a long enough passphrase"}
    assert anonymous.post("/login", data=form).status_code == 400


@pytest.mark.parametrize("host", ["a" * 300, f"{'a' * 64}.example", "a..example", ".example"])
def test_a_host_that_names_none_is_refused_on_every_path(anonymous: FlaskClient, host: str) -> None:
    """No link of a page can lead anywhere then, so a redirect to the login page would have no end."""
    for path in ("/login", "/", "/people/10000", "/static/rms.css", "/health", "/ready", "/api/v1/me"):
        for method in ("GET", "POST"):
            refused = anonymous.open(path, method=method, headers={"Host": host})
            assert (refused.status_code, refused.mimetype) == (400, "application/problem+json"), path
            assert refused.json["code"] == "bad_request" and host not in refused.text
