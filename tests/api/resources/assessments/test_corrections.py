"""Corrections: a new assessment replaces a wrong one, which stays unchanged."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.storage import AuditCriteria
from tests.api.conftest import Clock

POST = "/api/v1/assessments"
CORRECT = f"{POST}/10000/corrections"
DRAFTS = "/api/v1/drafts"
DRUG = {"answers": {"drug": 0}, "reason": "The record of somebody else was read."}


@pytest.fixture
def posted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post(POST, json=valid_body).json)


def latest(client: FlaskClient) -> list[str]:
    listed = client.get("/api/v1/offenders/10000/assessments").json["assessments"]
    return [one["id"] for one in listed if one["latest"]]


def test_a_correction_replaces_the_wrong_assessment(
    client: FlaskClient, posted: dict[str, Any], clock: Clock
) -> None:
    clock.advance(days=40)
    answer = client.post(CORRECT, json=DRUG)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{POST}/10000-01")
    document = answer.json
    assert (document["kind"], document["corrects"], document["correction_reason"]) == (
        "assessment",
        "10000",
        DRUG["reason"],
    )
    assert document["answers"] == posted["answers"] | {"drug": 0}
    assert [one["code"] for one in document["changes"]] == ["drug"]
    assert client.get(f"{POST}/10000-01").data == answer.data
    assert client.get(f"{POST}/10000-01/changes").json["since"] == "10000"
    assert latest(client) == ["10000-01"]
    assert client.get(f"{POST}/10000").json == posted | {"corrected_by": "10000-01"}


def test_the_audit_log_says_what_was_corrected(
    client: FlaskClient, posted: dict[str, Any], app: Flask
) -> None:
    client.post(CORRECT, json=DRUG)
    with app.extensions["rms"].store.reading() as tx:
        wrong, right = tx.audit.page(AuditCriteria(action="assessment.submitted"), limit=2)[::-1]
    assert "corrects" not in wrong.detail
    assert right.detail["corrects"] == wrong.object_key


def test_identification_can_be_corrected(client: FlaskClient, posted: dict[str, Any]) -> None:
    right = {"sex": "female", "date_of_birth": "1986-05-17", "release_date": None, "reason": "Mistyped."}
    document = client.post(CORRECT, json=right).json
    assert (document["sex"], document["date_of_birth"], document["release_date"]) == (
        "female",
        "1986-05-17",
        None,
    )
    assert [one["of"] for one in document["changes"]] == ["identification"] * 3


def test_a_correction_keeps_the_date_of_the_wrong_assessment(
    client: FlaskClient, posted: dict[str, Any], clock: Clock, valid_body: dict[str, Any]
) -> None:
    """After a birthday, the person is still compared at the age on the day of the assessment."""
    clock.advance(days=365)
    corrected = client.post(CORRECT, json=DRUG).json
    valid_body["answers"]["drug"] = 0
    clock.advance(days=-365)
    then = client.post(POST, json={**valid_body, "offender_number": "20000"}).json
    assert corrected["simulations"] == then["simulations"]


def test_a_correction_of_an_earlier_assessment_is_not_the_latest(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    client.post(POST, json=valid_body)
    assert client.post(CORRECT, json=DRUG).json["id"] == "10000-02"
    assert latest(client) == ["10000-01"]


def test_a_corrected_assessment_cannot_be_corrected_again(
    client: FlaskClient, posted: dict[str, Any]
) -> None:
    client.post(CORRECT, json=DRUG)
    again = client.post(CORRECT, json={**DRUG, "answers": {"drug": 1}})
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    assert "10000-01" in again.json["detail"]
    assert client.post(f"{POST}/10000-01/corrections", json={**DRUG, "answers": {"drug": 1}}).json["id"] == (
        "10000-02"
    )
    assert latest(client) == ["10000-02"]


def test_of_concurrent_corrections_one_is_stored(
    app: Flask, client: FlaskClient, key: str, posted: dict[str, Any]
) -> None:
    def correct(place: int) -> int:
        body = {**DRUG, "answers": {"drug": 0, "alco": place % 4}}
        headers = {"Authorization": f"Bearer {key}"}
        return app.test_client().post(CORRECT, json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(correct, range(8))) == [201, *[409] * 7]
    assert latest(client) == ["10000-01"]


def test_a_repeated_request_gets_the_same_answer(client: FlaskClient, posted: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one"}
    first = client.post(CORRECT, json=DRUG, headers=key)
    client.post(f"{POST}/10000-01/corrections", json={**DRUG, "answers": {"drug": 1}})
    again = client.post(CORRECT, json=DRUG, headers=key)
    assert (again.status_code, again.data) == (201, first.data)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"reason": "No reason."}, ("/answers", "nothing_changed")),
        ({"answers": {"drug": 0}}, ("/reason", "required")),
        ({**DRUG, "reason": ""}, ("/reason", "invalid_value")),
        ({**DRUG, "answers": {"drug": 7}}, ("/answers/drug", "invalid_answer")),
        ({**DRUG, "sex": "x"}, ("/sex", "invalid_value")),
        ({**DRUG, "date_of_birth": "2026-01-01"}, ("/date_of_birth", "date_out_of_range")),
        ({**DRUG, "offender_number": "20000"}, ("/offender_number", "unknown_field")),
    ],
)
def test_invalid_corrections_are_refused(
    client: FlaskClient, posted: dict[str, Any], body: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = client.post(CORRECT, json=body)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [problem]
    assert client.get(f"{POST}/10000").json == posted


def test_a_what_if_cannot_be_corrected(client: FlaskClient, posted: dict[str, Any]) -> None:
    client.post(f"{POST}/10000/what-if", json={"answers": {"drug": 0}})
    assert client.post(f"{POST}/10000-01/corrections", json=DRUG).status_code == 409
    assert client.post(f"{POST}/404/corrections", json=DRUG).status_code == 404


def test_a_draft_can_be_a_correction(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    answers = {**valid_body["answers"], "drug": 0}
    body = {**valid_body, "answers": answers, "corrects": "10000"}
    begun = client.post(DRAFTS, json=body)
    place, seen = begun.headers["Location"], {"If-Match": begun.headers["ETag"]}
    assert [one["pointer"] for one in begun.json["problems"]] == ["/reason"]
    assert client.post(f"{place}/submit", headers=seen).status_code == 422
    complete = client.patch(place, json={"reason": DRUG["reason"]}, headers=seen)
    assert complete.json["problems"] == []
    response = client.post(f"{place}/submit", headers={"If-Match": complete.headers["ETag"]})
    assert (response.status_code, response.json["corrects"], response.json["answers"]["drug"]) == (
        201,
        "10000",
        0,
    )
    assert response.json["correction_reason"] == DRUG["reason"] and latest(client) == ["10000-01"]


@pytest.mark.parametrize(
    ("changed", "pointer", "status"),
    [({"corrects": "404"}, "/corrects", 404), ({"offender_number": "20000"}, "/offender_number", 422)],
)
def test_invalid_corrections_of_a_draft_are_refused(
    client: FlaskClient,
    posted: dict[str, Any],
    valid_body: dict[str, Any],
    changed: dict[str, str],
    pointer: str,
    status: int,
) -> None:
    body = {**valid_body, "corrects": "10000", "reason": "Mistyped.", **changed}
    begun = client.post(DRAFTS, json=body)
    assert [one["pointer"] for one in begun.json["problems"]] == [pointer]
    seen = {"If-Match": begun.headers["ETag"]}
    assert client.post(f"{begun.headers['Location']}/submit", headers=seen).status_code == status
