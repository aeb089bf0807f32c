"""Overrides: recorded, decided by another user, counted. The score does not change."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.storage import Store
from tests.api.conftest import START, AsUser
from tests.api.resources.described import as_described

POST = "/api/v1/assessments"
OVERRIDES, SUMMARY = f"{POST}/10000/overrides", "/api/v1/overrides/summary"
BODY = {
    "process": "recidivism",
    "direction": "lower",
    "reason_code": "not_asked",
    "text": "Works nights with his brother\nand has not missed one.",
}
AGREED = {"decision": "agreed", "text": "Seen the payslips."}


@pytest.fixture
def supervisor(as_user: AsUser) -> FlaskClient:
    return as_user(Role.SUPERVISOR, username="s.visor")


@pytest.fixture
def submitted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post(POST, json=valid_body).json)


def entries(app: Flask) -> list[Any]:
    store: Store = app.extensions["rms"].store
    with store.reading() as tx:
        return [one for one in tx.audit.entries() if one.object_kind == "override"]


def test_an_override_and_its_decision_do_not_change_the_score(
    app: Flask, client: FlaskClient, supervisor: FlaskClient, submitted: dict[str, Any]
) -> None:
    made = client.post(OVERRIDES, json=BODY)
    expected = {**BODY, "number": 1, "by": "c.worker", "at": START.isoformat(), "decision": None}
    assert (made.status_code, made.json) == (201, expected)
    decided = supervisor.post(f"{OVERRIDES}/1/decision", json=AGREED)
    decision = {**AGREED, "by": "s.visor", "at": START.isoformat()}
    assert (decided.status_code, decided.json) == (200, {**expected, "decision": decision})
    assert client.get(OVERRIDES).json == {"overrides": [decided.json]}
    assert client.get(f"{POST}/10000").json == submitted
    assert [(one.action, one.actor) for one in entries(app)] == [
        ("override.made", "c.worker"),
        ("override.decided", "s.visor"),
    ]
    details = str([one.detail for one in entries(app)])
    assert BODY["text"] not in details and AGREED["text"] not in details and "10000" not in details


def test_an_override_is_decided_once_and_not_by_its_author(
    supervisor: FlaskClient, client: FlaskClient, submitted: dict[str, Any]
) -> None:
    assert supervisor.post(OVERRIDES, json=BODY).json["number"] == 1
    assert supervisor.post(f"{OVERRIDES}/1/decision", json=AGREED).status_code == 403
    assert client.post(OVERRIDES, json={**BODY, "process": "violence"}).json["number"] == 2
    assert supervisor.post(f"{OVERRIDES}/2/decision", json=AGREED).status_code == 200
    again = supervisor.post(f"{OVERRIDES}/2/decision", json={**AGREED, "decision": "not_agreed"})
    assert again.status_code == 409
    for number in ("3", "x", "9" * 30):
        assert supervisor.post(f"{OVERRIDES}/{number}/decision", json=AGREED).status_code == 404


def test_a_repeated_override_is_stored_once_until_it_is_decided(
    client: FlaskClient, supervisor: FlaskClient, submitted: dict[str, Any]
) -> None:
    made = [client.post(OVERRIDES, json=BODY) for _ in range(2)]
    assert made[0].status_code == made[1].status_code == 201
    assert made[0].json == made[1].json and len(client.get(OVERRIDES).json["overrides"]) == 1
    assert supervisor.post(OVERRIDES, json=BODY).json["number"] == 2  # somebody else says so too
    supervisor.post(f"{OVERRIDES}/1/decision", json=AGREED)
    assert client.post(OVERRIDES, json=BODY).json["number"] == 3


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"process": "theft"}, "/process", "no_score"),
        ({"direction": "same"}, "/direction", "invalid_value"),
        ({"reason_code": "feeling"}, "/reason_code", "invalid_value"),
        ({"text": "Too short."}, "/text", "invalid_value"),
        ({"text": " " * 30}, "/text", "invalid_value"),
        ({"text": "x" * 2001}, "/text", "invalid_value"),
        ({"text": "x" * 30 + "\0"}, "/text", "invalid_value"),
        ({"score": 1.2}, "/score", "unknown_field"),
    ],
)
def test_invalid_overrides_are_refused(
    client: FlaskClient, submitted: dict[str, Any], changed: dict[str, Any], pointer: str, code: str
) -> None:
    refused = client.post(OVERRIDES, json={**BODY, **changed})
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [(pointer, code)]
    assert client.get(OVERRIDES).json == {"overrides": []}


def test_a_what_if_or_missing_assessment_cannot_be_overridden(
    client: FlaskClient, submitted: dict[str, Any]
) -> None:
    client.post(f"{POST}/10000/what-if", json={"answers": {"drug": 0}})
    assert client.post(f"{POST}/10000-01/overrides", json=BODY).status_code == 409
    assert client.post(f"{POST}/none/overrides", json=BODY).status_code == 404
    assert client.get(f"{POST}/none/overrides").status_code == 404


def test_summary_hides_small_counts(
    app: Flask, client: FlaskClient, supervisor: FlaskClient, valid_body: dict[str, Any]
) -> None:
    for number in range(7):
        client.post(POST, json={**valid_body, "offender_number": f"A{number}"})
        client.post(f"{POST}/A{number}/overrides", json={**BODY, "direction": "higher"})
    one = supervisor.get(SUMMARY).json["processes"][0]
    officer = one["officers"][0]
    assert (officer["officer"], officer["assessments"], officer["rate"]) == ("c.worker", 7, 1.0)
    # A count of 0 beside a total of 7 would say that all went one way.
    assert (one["overridden"], one["higher"], one["lower"], one["undecided"]) == (7, None, None, None)
    for number in range(5):
        client.post(f"{POST}/A{number}/overrides", json=BODY)
        supervisor.post(f"{POST}/A{number}/overrides/1/decision", json=AGREED)
    one, other = supervisor.get(SUMMARY).json["processes"]
    assert (one["overridden"], one["higher"], one["lower"]) == (7, 7, 5)
    assert (other["process"], other["assessments"], other["overridden"]) == ("violence", 7, None)
    assert (other["rate"], other["officers"][0]["rate"]) == (None, None)


def test_responses_match_the_schema(
    client: FlaskClient, supervisor: FlaskClient, submitted: dict[str, Any]
) -> None:
    described = client.get("/api/v1/openapi.json").json
    path = f"{POST}/{{id}}/overrides"
    as_described(described, path, client.post(OVERRIDES, json=BODY), method="post")
    decided = supervisor.post(f"{OVERRIDES}/1/decision", json=AGREED)
    as_described(described, f"{path}/{{number}}/decision", decided, method="post")
    as_described(described, path, client.get(OVERRIDES))
    as_described(described, SUMMARY, supervisor.get(SUMMARY))
