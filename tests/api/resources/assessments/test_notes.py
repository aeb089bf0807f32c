"""Notes: added, withdrawn by another note, never edited."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.conftest import AsUser, Clock
from tests.api.resources.described import as_described

POST = "/api/v1/assessments"
NOTES = f"{POST}/10000/notes"


@pytest.fixture(autouse=True)
def submitted(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)


def test_a_note_is_added_and_withdrawn(app: Flask, client: FlaskClient) -> None:
    written = client.post(NOTES, json={"text": "Moved on Monday.\nNew address to follow."})
    assert (written.status_code, written.json["number"], written.json["by"]) == (201, 1, "c.worker")
    withdrawing = client.post(NOTES, json={"text": "That was another person.", "withdraws": 1})
    assert withdrawing.json["withdraws"] == 1
    first, second = client.get(NOTES).json["notes"]
    assert (first["text"], first["withdrawn_by"]) == (written.json["text"], 2)
    assert second == withdrawing.json
    assert client.post(NOTES, json={"text": "Again.", "withdraws": 1}).status_code == 409
    with app.extensions["rms"].store.reading() as tx:
        noted = [one for one in tx.audit.entries() if one.object_kind == "note"]
    assert [one.action for one in noted] == ["note.written", "note.withdrawn"]
    assert "Monday" not in str(noted)


def test_a_double_click_adds_one_note(client: FlaskClient, clock: Clock) -> None:
    for said in ({"text": "No answer."}, {"text": "Wrong number.", "withdraws": 1}):
        assert client.post(NOTES, json=said).json == client.post(NOTES, json=said).json
    clock.advance(hours=2)
    client.post(NOTES, json={"text": "No answer."})
    found = client.get(NOTES).json["notes"]
    assert [one["text"] for one in found] == ["No answer.", "Wrong number.", "No answer."]


def test_only_its_author_or_a_supervisor_can_withdraw_a_note(as_user: AsUser, client: FlaskClient) -> None:
    supervisor = as_user(Role.SUPERVISOR)
    supervisor.post(NOTES, json={"text": "First."})
    client.post(NOTES, json={"text": "Second."})
    assert client.post(NOTES, json={"text": "No.", "withdraws": 1}).status_code == 403
    assert supervisor.post(NOTES, json={"text": "Yes.", "withdraws": 2}).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "\r"}, "/text"),
        ({}, "/text"),
        ({"text": "x", "withdraws": 9}, "/withdraws"),
        ({"text": "x", "withdraws": "1"}, "/withdraws"),
    ],
)
def test_invalid_notes_are_refused(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    refused = client.post(NOTES, json=body)
    assert [one["pointer"] for one in refused.json["errors"]] == [pointer]
    assert client.get(NOTES).json == {"notes": []}


def test_a_missing_assessment_is_not_found(client: FlaskClient) -> None:
    assert client.post(f"{POST}/none/notes", json={"text": "x"}).status_code == 404
    assert client.get(f"{POST}/none/notes").status_code == 404


def test_responses_match_the_schema(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    path = f"{POST}/{{id}}/notes"
    as_described(described, path, client.post(NOTES, json={"text": "x"}), method="post")
    as_described(described, path, client.get(NOTES))
