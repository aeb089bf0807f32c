"""When too many passwords are being hashed: refused at once, with nothing stored and nothing counted."""

import pytest
from flask.testing import FlaskClient

from api.services.access import password_hashing
from api.services.turns import Turns
from api.services.users import Role
from tests.api.conftest import PASSWORD, USERNAME, AsUser, Database
from tests.api.rows import rows
from tests.api.web.pages import fields, main_form, page, send

API = "/api/v1"
NEW = "a new and quite long passphrase"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns(running=1, waiting=0, patience=0, busy=password_hashing.SignInBusy)
    monkeypatch.setattr(password_hashing, "turns", turns)
    return turns


def failed_attempts(database: Database) -> list[tuple[int, ...]]:
    return [row for row in rows(database.url, "SELECT attempts FROM failed_attempts") if row != (0,)]


def test_the_sign_in_page_keeps_the_name(anonymous: FlaskClient, database: Database, turns: Turns) -> None:
    entries = rows(database.url, "SELECT count(*) FROM audit")
    form = {"username": USERNAME, "password": PASSWORD}
    with turns.turn():
        for _ in range(11):  # one more than there may be wrong passwords
            refused = send(anonymous, "/login", form)
            assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    document = page(refused.text)
    assert document.first(id="errors") and fields(main_form(document))["username"] == USERNAME
    assert PASSWORD not in refused.text
    assert failed_attempts(database) == [] and rows(database.url, "SELECT count(*) FROM audit") == entries
    assert send(anonymous, "/login", form).status_code == 303


def test_the_api_says_when_to_try_again(
    client: FlaskClient, as_user: AsUser, database: Database, turns: Turns
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
    with turns.turn():
        for caller, method, path, body in requests:
            refused = caller.open(path, method=method, json=body)
            assert (refused.status_code, refused.json["code"]) == (503, "sign_in_busy"), refused.json
            assert int(refused.headers["Retry-After"]) > 0
    assert failed_attempts(database) == []
    for caller, method, path, body in reversed(requests):
        assert caller.open(path, method=method, json=body).status_code in (201, 204)
