"""Passwords are hashed in turns: refused at once if there is none, and then nothing is stored or counted."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access import password_hashing
from api.services.access.sign_in_throttle import MOST_CHANGES
from api.services.turns import Turns
from api.services.users import Role
from tests.api.conftest import PASSWORD, USERNAME, AsUser, Clock, Database
from tests.api.rows import rows
from tests.api.web.pages import fields, main_form, page, send, sign_in

API = "/api/v1"
NEW = "a new and quite long passphrase"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def sign_ins(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns(running=1, waiting=0, patience=0, busy=password_hashing.SignInBusy)
    monkeypatch.setattr(password_hashing, "SIGN_INS", turns)
    return turns


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns(running=1, waiting=0, patience=0, busy=password_hashing.PasswordsBusy)
    monkeypatch.setattr(password_hashing, "CHANGES", turns)
    return turns


def failed_attempts(database: Database) -> list[tuple[int, ...]]:
    return [row for row in rows(database.url, "SELECT attempts FROM failed_attempts") if row != (0,)]


def test_the_sign_in_page_keeps_the_name(anonymous: FlaskClient, database: Database, sign_ins: Turns) -> None:
    entries = rows(database.url, "SELECT count(*) FROM audit")
    form = {"username": USERNAME, "password": PASSWORD}
    with sign_ins.turn("another"):
        for _ in range(11):  # one more than there may be wrong passwords
            refused = send(anonymous, "/login", form)
            assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    document = page(refused.text)
    assert document.first(id="errors") and fields(main_form(document))["username"] == USERNAME
    assert PASSWORD not in refused.text
    assert failed_attempts(database) == [] and rows(database.url, "SELECT count(*) FROM audit") == entries
    assert send(anonymous, "/login", form).status_code == 303


def test_the_api_says_when_to_try_again(
    client: FlaskClient, as_user: AsUser, database: Database, changes: Turns
) -> None:
    administrator = as_user(Role.ADMINISTRATOR)
    requests = [
        (client, "PUT", f"{API}/me/password", {"current": PASSWORD, "new": NEW}),
        (client, "POST", f"{API}/me/second-factor", {"password": PASSWORD}),
        (
            administrator,
            "POST",
            f"{API}/users",
            {"username": "b.new", "password": NEW, "role": "case_worker"},
        ),
    ]
    with changes.turn("another"):
        for caller, method, path, body in requests:
            refused = caller.open(path, method=method, json=body)
            assert (refused.status_code, refused.json["code"]) == (503, "passwords_busy"), refused.json
            assert int(refused.headers["Retry-After"]) > 0
    assert failed_attempts(database) == []
    for caller, method, path, body in reversed(requests):
        assert caller.open(path, method=method, json=body).status_code in (201, 204)


def test_people_sign_in_while_passwords_are_changed(
    anonymous: FlaskClient, database: Database, changes: Turns
) -> None:
    with changes.turn("another"):
        assert send(anonymous, "/login", {"username": USERNAME, "password": PASSWORD}).status_code == 303


def test_a_name_has_one_sign_in_at_a_time_at_an_origin(
    anonymous: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(running=2, waiting=2, patience=2, busy=password_hashing.SignInBusy)
    monkeypatch.setattr(password_hashing, "SIGN_INS", turns)
    form = {"username": USERNAME, "password": PASSWORD}
    with turns.turn(f"127.0.0.1 {USERNAME}"):
        refused = send(anonymous, "/login", form)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
        assert fields(main_form(page(refused.text)))["username"] == USERNAME
        anonymous.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        assert send(anonymous, "/login", form).status_code == 303
    assert failed_attempts(database) == []


def test_an_account_changes_one_password_at_a_time(
    client: FlaskClient, as_user: AsUser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(running=1, waiting=1, patience=0, busy=password_hashing.PasswordsBusy)
    monkeypatch.setattr(password_hashing, "CHANGES", turns)
    administrator, path = as_user(Role.ADMINISTRATOR), f"{API}/me/password"
    body = {"current": PASSWORD, "new": NEW}
    with turns.turn("a.administrator"):
        for method, address, sent in (
            ("PUT", path, body),
            ("POST", f"{API}/me/second-factor", {"password": PASSWORD}),
            ("POST", f"{API}/users", {"username": "b.new", "password": NEW, "role": "case_worker"}),
        ):
            refused = administrator.open(address, method=method, json=sent)
            assert (refused.status_code, refused.json["code"]) == (429, "already_running")
            assert int(refused.headers["Retry-After"]) > 0
    assert failed_attempts(database) == []
    assert administrator.put(path, json=body).status_code == 204


def test_the_same_password_again_is_refused(client: FlaskClient, database: Database) -> None:
    refused = client.put(f"{API}/me/password", json={"current": PASSWORD, "new": PASSWORD})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json["errors"]] == [
        ("/new", "same_password")
    ]
    wrong = client.put(f"{API}/me/password", json={"current": NEW, "new": NEW})
    assert [error["code"] for error in wrong.json["errors"]] == ["wrong_password"]


def test_few_changes_of_a_password_in_a_quarter_of_an_hour(
    client: FlaskClient, as_user: AsUser, database: Database, clock: Clock
) -> None:
    """With those whose new password is refused."""
    path, current = f"{API}/me/password", PASSWORD
    for n in range(MOST_CHANGES):
        new = "password" if n % 2 else f"{NEW} {n}"
        status = client.put(path, json={"current": current, "new": new}).status_code
        assert status == (422 if n % 2 else 204)
        current = current if n % 2 else new
    refused = client.put(path, json={"current": current, "new": NEW})
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_attempts")
    assert "change your password" in refused.json["detail"] and refused.headers["Retry-After"] == "900"
    other = as_user(Role.CASE_WORKER, username="b.other")
    assert other.put(path, json={"current": PASSWORD, "new": NEW}).status_code == 204
    clock.advance(minutes=15)
    assert client.put(path, json={"current": current, "new": NEW}).status_code == 204


def test_signing_in_again_and_again_costs_an_account_what_it_costs_a_stranger(
    anonymous: FlaskClient, app: Flask, database: Database
) -> None:
    """An account may send more requests than a stranger, but not more sign-ins."""
    sign_in(anonymous, USERNAME, PASSWORD)
    limit = app.extensions["rms"].limits.stranger_posts.allowed = 5
    form = {"username": USERNAME, "password": ""}
    statuses = [anonymous.post("/login", data=form).status_code for _ in range(limit + 1)]
    assert 429 not in statuses[:-1] and statuses[-1] == 429
    assert anonymous.get("/account").status_code == 200
