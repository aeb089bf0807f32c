"""Whatever a stranger makes RMS store or work out has a bound; `docs/operations.md` has the list."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from api.config import Config
from api.request_bodies import MOST_FIELDS
from api.services.access import pending_logins, refusals
from api.services.access.accounts import find_user
from api.services.access.pending_logins import start_pending_login
from rms.engine.library import Library
from tests.api.conftest import PASSWORD, USERNAME, Clock, Database, created
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.web.pages import fields, main_form, opened

TOKEN = "/api/v1/oauth/token"
ASKED = {"grant_type": "client_credentials", "client_secret": "not it"}
PAGE = {"Accept": "text/html"}
BY_HAND = {**PAGE, "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def as_delivered(config: Config, library: Library, clock: Callable[[], datetime]) -> Iterator[Flask]:
    """With the limits that hold where none are set."""
    shipped = replace(config, rate=Config.rate, stranger_rate=Config.stranger_rate)
    app = created(
        replace(shipped, stranger_posts=Config.stranger_posts, max_body=Config.max_body),
        library=library,
        clock=clock,
    )
    yield app
    app.extensions["rms"].store.close()


def token_of(client: FlaskClient) -> str:
    return fields(main_form(opened(client, "/login")))["csrf_token"]


def test_large_forms_of_a_stranger_store_nothing_and_soon_have_to_wait(
    as_delivered: Flask, database: Database
) -> None:
    client = as_delivered.test_client()
    form = {"csrf_token": token_of(client), "text": "x" * 900_000}
    tried = [client.post("/assessments/new", data=form, headers=BY_HAND).status_code for _ in range(97)]
    assert tried == [401] * 60 + [429] * 37
    assert rows(database.url, "SELECT id FROM replies") == []
    assert client.get("/login").status_code == 200  # what only reads is counted apart


def test_a_stranger_who_waits_may_send_again(as_delivered: Flask, clock: Clock) -> None:
    client = as_delivered.test_client()
    answers = [client.post(TOKEN, data=ASKED) for _ in range(61)]
    assert [one.status_code for one in answers[-2:]] == [401, 429]
    assert answers[-1].headers["RateLimit-Limit"] == "60"
    assert answers[-1].headers["Retry-After"] == "1"
    clock.advance(seconds=1)
    assert client.post(TOKEN, data=ASKED).status_code == 401


def test_who_is_signed_in_is_not_held_back_by_strangers(as_delivered: Flask, key: str) -> None:
    client = as_delivered.test_client()
    for _ in range(61):
        client.post(TOKEN, data=ASKED)
    theirs = {"Authorization": f"Bearer {key}"}
    assert client.post("/api/v1/assessments", json={}, headers=theirs).status_code == 422


def test_fields_of_a_form(anonymous: FlaskClient, browser_client: FlaskClient) -> None:
    for client in (anonymous, browser_client):
        for number, refused in ((MOST_FIELDS, False), (MOST_FIELDS + 1, True)):
            body = "&".join(["a=1"] * number)
            kind = "application/x-www-form-urlencoded"
            for path in ("/login", "/assessments/new", TOKEN, "/no/such/page"):
                answer = client.post(path, data=body, content_type=kind)
                assert ("this has 1,001" in answer.text) is refused, (path, number, answer.status_code)


def test_parts_of_a_form(anonymous: FlaskClient) -> None:
    parts = {f"f{n}": "1" for n in range(MOST_FIELDS + 1)}
    answer = anonymous.post("/login", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/login", "/assessments/new", TOKEN, "/api/v1/imports", "/static/rms.css"])
def test_a_large_body(anonymous: FlaskClient, path: str) -> None:
    """Refused, and not read: it is larger than `RMS_MAX_BODY`."""
    kind = "application/x-www-form-urlencoded"
    assert anonymous.post(path, data=b"a" * 200_000, content_type=kind).status_code in (401, 405, 413)


def test_refusals_in_the_record(
    anonymous: FlaskClient, app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "OF_UNKNOWN", 3)
    monkeypatch.setattr(refusals, "OF_ONE", 2)

    def listed() -> list[tuple[str, bool]]:
        with app.extensions["rms"].store.reading() as tx:
            found = [one for one in tx.audit.entries() if one.action == "token.refused"]
        return [(one.object_key, "not_listed_until" in one.detail) for one in found]

    for _ in range(6):
        anonymous.post(TOKEN, data={**ASKED, "client_id": "made.up"})
    assert listed() == [("", False)] * 3 + [("", True)]
    for _ in range(6):
        anonymous.post(TOKEN, data={**ASKED, "client_id": USERNAME})
    assert listed()[4:] == [("1", False)] * 2 + [("1", True)]
    clock.advance(hours=1)
    anonymous.post(TOKEN, data={**ASKED, "client_id": "made.up"})
    assert listed()[7:] == [("", False)]


def test_refused_sign_ins_in_the_record(
    anonymous: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "OF_UNKNOWN", 3)
    for n in range(6):
        sent = {"csrf_token": token_of(anonymous), "username": f"no.{n}", "password": PASSWORD}
        assert anonymous.post("/login", data=sent).status_code == 401
    with app.extensions["rms"].store.reading() as tx:
        found = [one for one in tx.audit.entries() if one.action == "login.refused"]
    assert len(found) == 4
    assert found[-1].detail["not_listed_until"].startswith("2026-03-04T10:30")


def test_pending_logins_of_one_user(app: Flask, clock: Clock, database: Database) -> None:
    store = app.extensions["rms"].store
    user = find_user(context_for(store), USERNAME)
    for _ in range(pending_logins.MOST + 3):
        latest = start_pending_login(context_for(store, at=clock()), user.id)
        clock.advance(seconds=1)
    assert len(rows(database.url, "SELECT user_id FROM half_logins")) == pending_logins.MOST
    assert pending_logins.pending_user_id(context_for(store, at=clock()), latest) == user.id


def test_what_is_counted_has_few_names(anonymous: FlaskClient) -> None:
    """A label for each invented path or method would fill the memory."""

    def series() -> int:
        return sum(len(found.samples) for found in REGISTRY.collect() if found.name == "rms_request_seconds")

    anonymous.open("/made/up/0", method="MADEUP0")
    anonymous.get("/static/made-up-0.css")
    before = series()
    for n in range(1, 20):
        anonymous.open(f"/made/up/{n}", method=f"MADEUP{n}")
        anonymous.get(f"/static/made-up-{n}.css")
    assert series() == before


def test_lines_of_the_log_are_short(anonymous: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 5_000
    anonymous.get(f"/{long}?{long}", headers={"X-Request-ID": long, "User-Agent": long, "Accept": long})
    anonymous.post("/login", data={"username": long})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) < 400
