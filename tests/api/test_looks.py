"""What a request looks at is on record before it is answered, or it is not answered."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from api.context import EXTENSION
from rms.errors import StorageUnavailable
from tests.api.conftest import USERNAME, Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(found, Database)
    return found


def looks(app: Flask) -> list[tuple[str, str]]:
    with app.extensions[EXTENSION].store.reading() as tx:
        entries = [one for one in tx.audit.entries() if one.object_kind == "assessment"]
    return [(one.action, one.object_key) for one in entries if one.actor == USERNAME]


def test_the_result_page_is_one_look(
    app: Flask, client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"acad": 3}})
    before = len(looks(app))
    assert browser_client.get("/assessments/10000").status_code == 200
    assert looks(app)[before:] == [("assessment.read", "1")]
    assert browser_client.get("/assessments/10000-01").status_code == 200
    assert looks(app)[before + 1 :] == [("assessment.read", "2"), ("assessment.read", "1")]


@pytest.mark.parametrize("path", ["/assessments/77777", "/api/v1/assessments/77777"])
def test_a_refused_look_is_on_record(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert looks(app) == [("assessment.refused", "")]


def test_a_look_that_cannot_be_recorded_is_not_answered(
    app: Flask, client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    before = looks(app)

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO audit"):
            raise StorageUnavailable("The disk is gone.")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        response = client.get("/api/v1/assessments/10000")
        refused = client.get("/api/v1/assessments/77777")
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert [one.status_code for one in (response, refused)] == [503, 503]
    assert "score" not in response.text
    assert looks(app) == before
    assert client.get("/api/v1/assessments/10000").status_code == 200


def test_a_request_gives_its_connection_back(app: Flask, client: FlaskClient) -> None:
    client.get("/api/v1/assessments")  # the one connection that writes stays taken
    out: list[object] = []

    def taken(_connection: object, record: object, _proxy: object) -> None:
        out.append(record)

    def given_back(_connection: object, record: object) -> None:
        if record in out:
            out.remove(record)

    event.listen(Pool, "checkout", taken)
    event.listen(Pool, "checkin", given_back)
    try:
        for path in ("/api/v1/me", "/api/v1/assessments/77777", "/api/v1/assessments", "/nothing/here"):
            client.get(path)
            assert out == [], path
    finally:
        event.remove(Pool, "checkout", taken)
        event.remove(Pool, "checkin", given_back)
