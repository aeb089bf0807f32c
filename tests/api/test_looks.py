"""Every look at a person is written to the audit log before the response is sent."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from api.context import EXTENSION
from api.services.governance.audit_wording import described
from api.services.users import Role
from rms.errors import StorageUnavailable
from tests.api.conftest import USERNAME, Database
from tests.api.web.browsers import as_browser


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    database = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(database, Database)
    return database


def looks(app: Flask) -> list[tuple[str, str]]:
    with app.extensions[EXTENSION].store.reading() as tx:
        entries = [entry for entry in tx.audit.entries() if entry.object_kind == "assessment"]
    return [(entry.action, entry.object_key) for entry in entries if entry.actor == USERNAME]


TOPICS = ("", "/comparable-people", "/needs", "/explained", "/judgement-and-notes", "/answers", "/files")


def test_a_page_of_a_result_logs_each_assessment_once(
    app: Flask, client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"acad": 3}})
    before = len(looks(app))
    for topic in TOPICS:
        assert browser_client.get(f"/assessments/10000{topic}").status_code == 200
        assert looks(app)[before:] == [("assessment.read", "1")], topic
        before += 1
    for path, keys in (("/changes", ("2", "1")), ("/print", ("2",))):  # changes compares with the first
        assert browser_client.get(f"/assessments/10000-01{path}").status_code == 200
        assert looks(app)[before:] == [("assessment.read", key) for key in keys], path
        before += len(keys)


@pytest.mark.parametrize("path", ["/assessments/77777", "/api/v1/assessments/77777"])
def test_a_refused_look_is_logged(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert looks(app) == [("assessment.refused", "")]


def test_a_look_that_cannot_be_logged_is_refused(
    app: Flask, client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    before = looks(app)

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO audit"):
            raise StorageUnavailable("The disk is gone.")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        existing = client.get("/api/v1/assessments/10000")
        missing = client.get("/api/v1/assessments/77777")
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert (existing.status_code, missing.status_code) == (503, 503)
    assert "score" not in existing.text
    assert looks(app) == before
    assert client.get("/api/v1/assessments/10000").status_code == 200


def test_a_request_releases_its_connection(app: Flask, client: FlaskClient) -> None:
    client.get("/api/v1/assessments")  # the connection for writing stays checked out
    checked_out: list[object] = []

    def add(_connection: object, record: object, _proxy: object) -> None:
        checked_out.append(record)

    def remove(_connection: object, record: object) -> None:
        if record in checked_out:
            checked_out.remove(record)

    event.listen(Pool, "checkout", add)
    event.listen(Pool, "checkin", remove)
    try:
        for path in ("/api/v1/me", "/api/v1/assessments/77777", "/api/v1/assessments", "/nothing/here"):
            client.get(path)
            assert checked_out == [], path
    finally:
        event.remove(Pool, "checkout", add)
        event.remove(Pool, "checkin", remove)


def of_action(app: Flask, action: str) -> int:
    with app.extensions[EXTENSION].store.reading() as tx:
        return sum(entry.action == action for entry in tx.audit.entries())


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/people/10000", "person.read"),
        ("/office/counts", "assessments.counted"),
        ("/results/scores?latest=true", "assessments.counted"),
    ],
)
def test_a_page_with_pictures_is_one_look(
    app: Flask,
    client: FlaskClient,
    valid_body: dict[str, Any],
    path: str,
    action: str,
) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    head, before = as_browser(Role.SUPERVISOR, app), of_action(app, action)
    shown = head.get(path)
    assert shown.status_code == 200 and "<img" in shown.text
    assert 'src="/' not in shown.text.partition("<img")[2].partition(">")[0]
    assert of_action(app, action) == before + 1


def test_nobody_is_seen_in_an_empty_list(app: Flask, client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post("/api/v1/assessments", json=valid_body)
    head = as_browser(Role.SUPERVISOR, app)
    assert "Nobody in your probation offices is waiting" in head.get("/office/unassigned").text
    assert of_action(app, "caseload.unassigned_listed") == 0
    people = app.extensions[EXTENSION].store
    with people.transaction() as tx:
        tx.people.add("20000", office=1, by="test", at=app.extensions[EXTENSION].clock())
    assert "1 person has no active case worker." in head.get("/office/unassigned").text
    with people.reading() as tx:
        (entry,) = (one for one in tx.audit.entries() if one.action == "caseload.unassigned_listed")
    assert (entry.object_kind, entry.object_key) == ("person", "")
    assert described(entry.action) == "saw the list of unallocated people"
