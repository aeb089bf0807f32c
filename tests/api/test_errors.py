"""Whatever goes wrong: one shape, the right status, and nothing internal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection

from api.app import create_app
from api.auth import allow_roles
from api.auth.roles import EVERYBODY
from api.config import Config
from api.errors import PROBLEMS
from rms.engine.library import Library
from rms.errors import RMSError
from tests.api.rows import at_each

POST = "/api/v1/assessments"
MEMBERS = ["type", "title", "status", "detail", "code", "request_id", "errors"]


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/api/v1/nothing", "There is nothing at this address."),
        ("GET", "/nothing", "There is nothing at this address."),
        (
            "DELETE",
            POST,
            "This address is there, but not for this method; `Allow` names those that it takes.",
        ),
    ],
)
def test_in_our_own_words(client: FlaskClient, method: str, path: str, told: str) -> None:
    assert told in client.open(path, method=method).text


def kinds(of: type[RMSError] = RMSError) -> Iterator[type[RMSError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_every_refusal_of_rms_has_its_line() -> None:
    assert {kind.code for kind in kinds()} <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", POST, {"data": "{"}, 400, "malformed_json"),
        ("POST", POST, {"data": ""}, 400, "malformed_json"),
        ("POST", POST, {"data": b"\xff\xfe"}, 400, "malformed_json"),
        ("POST", POST, {"data": b"[" * 99_000}, 400, "malformed_json"),
        ("POST", POST, {"data": '{"a": 1, "a": 2}'}, 400, "malformed_json"),
        ("POST", POST, {"data": '{"a": NaN}'}, 400, "malformed_json"),
        ("POST", POST, {"data": " " * 100_001}, 413, "body_too_large"),
        ("POST", POST, {"data": "{}"}, 422, "invalid_input"),
        ("POST", f"{POST}?force=true", {"data": "{}"}, 422, "invalid_input"),
        ("POST", f"{POST}?validate_only=1", {"data": "{}"}, 422, "invalid_input"),
        ("GET", f"{POST}?limit=201", {}, 422, "invalid_input"),
        ("GET", f"{POST}?limit=1e2", {}, 422, "invalid_input"),
        ("GET", f"{POST}?cursor=WzEsMl0.forged", {}, 422, "invalid_input"),
        ("POST", POST, {"data": "{}", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", POST, {"data": "a=1", "content_type": "application/x-www-form-urlencoded"}, 415, None),
        ("GET", POST, {"headers": {"Accept": "application/pdf"}}, 406, "not_acceptable"),
        ("POST", POST, {"data": "{}", "headers": {"Accept": "text/csv"}}, 406, "not_acceptable"),
        ("DELETE", POST, {}, 405, "method_not_allowed"),
        ("PUT", f"{POST}/10000", {}, 405, "method_not_allowed"),
        ("GET", f"{POST}/10000", {}, 404, "not_found"),
        ("GET", f"{POST}/10000/report.pdf", {}, 404, "not_found"),
        ("GET", f"{POST}/%00", {}, 404, "not_found"),
        ("GET", f"{POST}/%ed%a0%80", {}, 404, "not_found"),
        ("GET", "/api/v1/offenders/10000/assessments", {}, 404, "not_found"),
        ("GET", "/api/v1/instruments/none", {}, 404, "not_found"),
        ("GET", "/api/v1/instruments/..%2Frms", {}, 404, "not_found"),
        ("GET", "/api/v1/libraries/none", {}, 404, "not_found"),
        ("GET", "/api/v1/docs/index.html", {}, 404, "not_found"),
        ("GET", "/api/v1/nothing", {}, 404, "not_found"),
    ],
)
def test_refusals(
    client: FlaskClient, method: str, path: str, sent: dict[str, Any], status: int, code: str | None
) -> None:
    given = {"content_type": "application/json", **sent} if "data" in sent else sent
    answer = client.open(path, method=method, **given)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert list(answer.json) == MEMBERS
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert code is None or answer.json["code"] == code
    if status == 422:
        assert all(set(problem) == {"pointer", "code", "detail"} for problem in answer.json["errors"])
        assert answer.json["errors"]


def test_405_says_what_is_allowed(client: FlaskClient) -> None:
    assert set(client.delete(POST).headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_pointers_name_each_field(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["answers"] |= {"drug": "1", "alco": 7}
    valid_body["colour"] = "blue"
    answer = client.post(POST, json=valid_body)
    assert {problem["pointer"] for problem in answer.json["errors"]} == {
        "/answers/drug",
        "/answers/alco",
        "/colour",
    }


def test_a_hundred_problems_are_told_and_how_many_more(
    client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    valid_body["answers"] |= {f"nothing{place}": 1 for place in range(150)}
    answer = client.post(POST, json=valid_body).json
    assert len(answer["errors"]) == 100
    assert "50 more are left out." in answer["detail"]


def test_a_lone_surrogate_comes_back_as_json(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["answers"]["\ud800"] = 1
    answer = client.post(POST, data=json.dumps(valid_body), content_type="application/json")
    assert answer.status_code == 422
    assert json.loads(answer.data)["errors"][0]["pointer"] == "/answers/\ud800"


def test_the_unforeseen_tells_nothing(
    config: Config, library: Library, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(config, library=library)

    @app.get("/api/v1/broken")
    @allow_roles(EVERYBODY)
    def broken() -> str:
        raise RuntimeError("SECRET77 is what I was working on")

    answer = app.test_client().get("/api/v1/broken", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 500
    assert answer.json["code"] == "internal_error"
    told = answer.text + capsys.readouterr().err
    assert "SECRET77" not in told
    assert "RuntimeError" not in answer.text
    assert "test_errors.py" in told  # the log says where
    app.extensions["rms"].store.close()


def test_pages_are_refused_as_pages(browser_client: FlaskClient) -> None:
    answer = browser_client.get("/nothing-here")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


# A database that fails -----------------------------------------------------


def rows(config: Config) -> int:
    connection = sqlite.connect(config.database.removeprefix("sqlite:///"))
    found = connection.execute("SELECT count(*) FROM assessments").fetchone()[0]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return int(found)


def test_full_disk(app: Flask, client: FlaskClient, config: Config, valid_body: dict[str, Any]) -> None:
    connection = sqlite.connect(config.database.removeprefix("sqlite:///"))
    pages = connection.execute("PRAGMA page_count").fetchone()[0] + 20
    connection.close()

    def limit(_connection: Connection, cursor: sqlite.Cursor, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            cursor.connection.execute(f"PRAGMA max_page_count={pages}")

    with at_each("after_cursor_execute", limit):
        answers = [client.post(POST, json=valid_body) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {201, 507}
    refused = answers[-1].json
    assert refused["code"] == "storage_full"
    assert rows(config) == sum(answer.status_code == 201 for answer in answers)
    listed = client.get("/api/v1/offenders/10000/assessments").json["assessments"]
    assert len(listed) == rows(config)


def test_read_only(config: Config, library: Library, key: str, valid_body: dict[str, Any]) -> None:
    path = config.database.removeprefix("sqlite:///")
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    app = create_app(Config(**{**vars(config), "database": url}), library=library)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    answer = client.post(POST, json=valid_body)
    assert (answer.status_code, answer.json["code"]) == (503, "storage_read_only")
    assert client.get("/api/v1/instruments/rms").status_code == 200
    assert client.get(POST).status_code == 503  # nobody looks at a person without its being on record
    app.extensions["rms"].store.close()
    assert rows(config) == 0


def test_no_database(config: Config, library: Library, tmp_path: Path, key: str) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'rms.sqlite'}"
    app = create_app(Config(**{**vars(config), "database": url}), library=library)
    client = app.test_client()
    for path in ("/ready", POST):
        answer = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
        assert str(tmp_path) not in answer.text
    assert client.get("/health").status_code == 200
