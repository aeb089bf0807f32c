"""Every error has the same format and the right status, and tells nothing internal."""

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
from api.errors import MESSAGES, PROBLEMS
from rms.engine.library import Library
from rms.errors import RMSError
from tests.api.rows import at_each

POST = "/api/v1/assessments"
MEMBERS = ["type", "title", "status", "detail", "code", "request_id", "errors"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("DELETE", POST, 405)],
)
def test_errors_of_http_have_messages_of_rms(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    assert MESSAGES[status] in client.open(path, method=method).text


def test_a_missing_page_says_so_and_has_no_request_id(client: FlaskClient) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404 and "Page not found" in response.text
    assert "request ID" not in response.text


def error_classes(base: type[RMSError] = RMSError) -> Iterator[type[RMSError]]:
    yield base
    for subclass in base.__subclasses__():
        yield from error_classes(subclass)


def test_every_error_of_rms_has_a_status_and_a_title() -> None:
    assert {error.code for error in error_classes()} <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("method", "path", "request_parts", "status", "code"),
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
def test_each_error_has_its_status_its_code_and_every_member(
    client: FlaskClient, method: str, path: str, request_parts: dict[str, Any], status: int, code: str | None
) -> None:
    default = {"content_type": "application/json"} if "data" in request_parts else {}
    response = client.open(path, method=method, **{**default, **request_parts})
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert list(response.json) == MEMBERS
    assert response.json["status"] == status
    assert response.json["request_id"] == response.headers["X-Request-ID"]
    assert code is None or response.json["code"] == code
    if status == 422:
        assert all(set(problem) == {"pointer", "code", "detail"} for problem in response.json["errors"])
        assert response.json["errors"]


def test_405_lists_the_allowed_methods(client: FlaskClient) -> None:
    assert set(client.delete(POST).headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_pointers_name_each_field(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["answers"] |= {"drug": "1", "alco": 7}
    valid_body["colour"] = "blue"
    response = client.post(POST, json=valid_body)
    assert {problem["pointer"] for problem in response.json["errors"]} == {
        "/answers/drug",
        "/answers/alco",
        "/colour",
    }


def test_100_problems_are_listed_and_the_others_counted(
    client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    valid_body["answers"] |= {f"nothing{number}": 1 for number in range(150)}
    problem = client.post(POST, json=valid_body).json
    assert len(problem["errors"]) == 100
    assert "50 more" in problem["detail"]


def test_a_lone_surrogate_comes_back_as_json(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["answers"]["\ud800"] = 1
    response = client.post(POST, data=json.dumps(valid_body), content_type="application/json")
    assert response.status_code == 422
    assert json.loads(response.data)["errors"][0]["pointer"] == "/answers/\ud800"


def test_an_unexpected_error_tells_nothing_and_is_logged_without_its_message(
    config: Config, library: Library, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(config, library=library)

    @app.get("/api/v1/broken")
    @allow_roles(EVERYBODY)
    def broken() -> str:
        raise RuntimeError("SECRET77 is what I was working on")

    response = app.test_client().get("/api/v1/broken", headers={"Authorization": f"Bearer {key}"})
    log = capsys.readouterr().err
    assert response.status_code == 500
    assert response.json["code"] == "internal_error"
    assert "SECRET77" not in response.text + log
    assert "RuntimeError" not in response.text
    assert "test_errors.py" in log  # where it happened
    app.extensions["rms"].store.close()


def test_a_browser_gets_an_error_page(browser_client: FlaskClient) -> None:
    response = browser_client.get("/nothing-here")
    assert response.status_code == 404
    assert response.mimetype == "text/html"


# A database that fails -----------------------------------------------------


def stored_assessments(config: Config) -> int:
    """How many there are, in a database that is not damaged."""
    connection = sqlite.connect(config.database.removeprefix("sqlite:///"))
    count = connection.execute("SELECT count(*) FROM assessments").fetchone()[0]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return int(count)


def test_a_full_disk_refuses_what_it_cannot_store(
    app: Flask, client: FlaskClient, config: Config, valid_body: dict[str, Any]
) -> None:
    connection = sqlite.connect(config.database.removeprefix("sqlite:///"))
    pages = connection.execute("PRAGMA page_count").fetchone()[0] + 20
    connection.close()

    def limit(_connection: Connection, cursor: sqlite.Cursor, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            cursor.connection.execute(f"PRAGMA max_page_count={pages}")

    with at_each("after_cursor_execute", limit):
        responses = [client.post(POST, json=valid_body) for _ in range(20)]
    assert {response.status_code for response in responses} == {201, 507}
    refused = responses[-1].json
    assert refused["code"] == "storage_full"
    assert stored_assessments(config) == sum(response.status_code == 201 for response in responses)
    listed = client.get("/api/v1/offenders/10000/assessments").json["assessments"]
    assert len(listed) == stored_assessments(config)


def test_a_read_only_database_is_not_written_and_no_person_is_shown(
    config: Config, library: Library, key: str, valid_body: dict[str, Any]
) -> None:
    path = config.database.removeprefix("sqlite:///")
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    app = create_app(Config(**{**vars(config), "database": url}), library=library)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    response = client.post(POST, json=valid_body)
    assert (response.status_code, response.json["code"]) == (503, "storage_read_only")
    assert client.get("/api/v1/instruments/rms").status_code == 200
    assert client.get(POST).status_code == 503  # a look at a person that cannot be logged is refused
    app.extensions["rms"].store.close()
    assert stored_assessments(config) == 0


def test_without_a_database_the_path_is_not_told(
    config: Config, library: Library, tmp_path: Path, key: str
) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'rms.sqlite'}"
    app = create_app(Config(**{**vars(config), "database": url}), library=library)
    client = app.test_client()
    for path in ("/ready", POST):
        response = client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert (response.status_code, response.json["code"]) == (503, "storage_unavailable")
        assert str(tmp_path) not in response.text
    assert client.get("/health").status_code == 200
