"""Assessments over the API: posted, simulated, checked by hand, read back."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from rms.engine.library import Library
from rms.engine.result import printed_facts
from tests.api.conftest import START, Clock, created, newer

POST = "/api/v1/assessments"


@pytest.fixture
def posted(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, Any]:
    return dict(client.post(POST, json=valid_body).json)


def test_a_posted_assessment_is_answered_in_full(
    client: FlaskClient, valid_body: dict[str, Any], library: Library
) -> None:
    answer = client.post(POST, json=valid_body)
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/assessments/10000"
    document = answer.json
    assert (document["id"], document["sequence"], document["kind"]) == ("10000", 0, "assessment")
    assert (document["submitted_at"], document["submitted_by"]) == (START.isoformat(), "c.worker")
    assert document["library"] == {
        "name": "small",
        "version": "1",
        "sha256": library.reference.sha256,
        "synthetic": True,
        "facts": printed_facts(library.manifest),
    }
    assert document["instrument"] == {"name": "rms", "version": library.instrument.version}
    assert [one["process"] for one in document["simulations"]] == ["recidivism", "violence"]
    assert [one["need"] for one in document["needs"]] == [need.code for need in library.instrument.needs]
    assert (document["answers"], document["unknown"]) == (valid_body["answers"], valid_body["unknown"])
    assert "never" in document["notice"]


def test_score_is_checked_by_hand(posted: dict[str, Any]) -> None:
    for one in posted["simulations"]:
        cases = one["comparables"]
        assert one["status"] == "simulated"
        assert len(cases) == 10
        assert sum(Decimal(str(case["percent"])) for case in cases) == 100
        by_hand = sum(case["percent"] * case["actual"] for case in cases) / 100
        assert by_hand == pytest.approx(one["score"], abs=0.005)
        assert sum(case["weight"] * case["actual"] for case in cases) == pytest.approx(
            one["score"], abs=1e-12
        )
        assert one["interval"][0] <= one["score"] <= one["interval"][1]
        assert [case["percent"] for case in cases] == sorted(
            (case["percent"] for case in cases), reverse=True
        )
        assert f"{one['score']:.2f}"[:3] in one["explanation"][0]


def test_reading_returns_the_answer_of_submitting(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    first = client.post(POST, json=valid_body)
    again = client.get(first.headers["Location"])
    assert again.data == first.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert not again.headers["ETag"].startswith("W/")


def test_assessments_of_a_person_are_numbered(
    client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    ids = []
    for _ in range(3):
        ids.append(client.post(POST, json=valid_body).json["id"])
        clock.advance(days=1)
    assert ids == ["10000", "10000-01", "10000-02"]
    assert client.get(f"{POST}/10000-01").json["sequence"] == 1
    listed = client.get("/api/v1/offenders/10000/assessments").json["assessments"]
    assert [one["id"] for one in listed] == ids[::-1]
    assert [one["latest"] for one in listed] == [True, False, False]


def test_numbers_become_upper_case(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["offender_number"] = "12pr"
    assert client.post(POST, json=valid_body).json["id"] == "12PR"
    assert client.post(POST, json=valid_body).json["id"] == "12PR-01"
    assert client.get(f"{POST}/12pr-01").status_code == 200
    assert len(client.get("/api/v1/offenders/12pr/assessments").json["assessments"]) == 2


def test_concurrent_posts_are_numbered_without_a_gap(
    app: Flask, key: str, valid_body: dict[str, Any]
) -> None:
    def post(_: int) -> str:
        client = app.test_client()
        headers = {"Authorization": f"Bearer {key}"}
        return str(client.post(POST, json=valid_body, headers=headers).json["id"])

    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(post, range(40)))
    assert ids == {"10000", *(f"10000-{n:02d}" for n in range(1, 40))}


def test_a_what_if_has_a_baseline(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    valid_body["answers"]["drug"] = 0
    what_if = {**valid_body, "kind": "what_if", "baseline_id": "10000"}
    document = client.post(POST, json=what_if).json
    assert (document["id"], document["kind"], document["baseline_id"]) == ("10000-01", "what_if", "10000")
    assert [one["id"] for one in client.get(POST).json["assessments"]] == ["10000"]
    with_what_ifs = client.get(f"{POST}?include=what_if").json["assessments"]
    assert [one["id"] for one in with_what_ifs] == ["10000-01", "10000"]


@pytest.mark.parametrize("query", ["", "?validate_only=true"])
@pytest.mark.parametrize("field", ["baseline_id", "based_on"])
def test_the_origin_must_be_about_the_same_person(
    client: FlaskClient, posted: dict[str, Any], valid_body: dict[str, Any], field: str, query: str
) -> None:
    valid_body |= {"offender_number": "20000", field: "10000"}
    if field == "baseline_id":
        valid_body["kind"] = "what_if"
    answer = client.post(POST + query, json=valid_body)
    assert answer.status_code == 422
    assert [(p["pointer"], p["code"]) for p in answer.json["errors"]] == [(f"/{field}", "unknown_origin")]
    assert client.get("/api/v1/offenders/20000/assessments").status_code == 404


def test_identification_that_differs_from_the_record_is_a_warning(
    client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    query = f"{POST}?validate_only=true"
    assert client.post(POST, json=valid_body).status_code == 201

    def warning_codes(**changes: str) -> list[str]:
        answer = client.post(query, json={**valid_body, **changes})
        return [one["code"] for one in answer.json["warnings"]]

    assert warning_codes() == []
    assert warning_codes(sex="female") == warning_codes(date_of_birth="1985-05-18") == ["recorded_otherwise"]
    assert warning_codes(sex="unknown") == []
    assert warning_codes(sex="female", offender_number="77777") == []
    assert client.post(POST, json={**valid_body, "sex": "female"}).status_code == 201


def test_validate_only_stores_nothing(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    answer = client.post(f"{POST}?validate_only=true", json=valid_body)
    assert (answer.status_code, answer.json) == (200, {"valid": True, "warnings": []})
    assert client.get(POST).json["assessments"] == []
    valid_body["sex"] = 1
    assert client.post(f"{POST}?validate_only=true", json=valid_body).status_code == 422


def test_a_contradiction_is_a_warning(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    valid_body["answers"]["revocations"] = 3
    document = client.post(f"{POST}?validate_only=true", json=valid_body).json
    assert [(one["code"], one["items"]) for one in document["warnings"]] == [
        ("more_revocations_than_periods", ["revocations", "supervision_periods"])
    ]
    assert client.post(POST, json=valid_body).status_code == 201


def test_the_simulation_can_be_read_alone(client: FlaskClient, posted: dict[str, Any]) -> None:
    for one in posted["simulations"]:
        assert client.get(f"{POST}/10000/simulations/{one['process']}").json == one
    assert client.get(f"{POST}/10000/simulations/theft").status_code == 404


def test_the_comparables_can_be_read_alone(client: FlaskClient, posted: dict[str, Any]) -> None:
    both = client.get(f"{POST}/10000/comparables").json["processes"]
    assert both == [
        {"process": one["process"], "comparables": one["comparables"]} for one in posted["simulations"]
    ]
    one = client.get(f"{POST}/10000/comparables?process=violence").json["processes"]
    assert one == both[1:]
    assert client.get(f"{POST}/10000/comparables?process=theft").status_code == 404


@pytest.mark.parametrize("of", ["", "/needs", "/needs.svg", "/needs.png", "/report.pdf", "/comparables"])
def test_unchanged_fields_are_not_sent_again(client: FlaskClient, posted: dict[str, Any], of: str) -> None:
    first = client.get(f"{POST}/10000{of}")
    again = client.get(f"{POST}/10000{of}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(f"{POST}/10000{of}", headers={"If-None-Match": '"other"'})
    assert other.data == first.data


def test_a_person_unlike_all_cases_has_no_score(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    """No score, interval or comparables, but the reason in words."""
    far = dict.fromkeys(("conv_violence", "conv_property", "conv_drug", "conv_weapon", "conv_other"), 200)
    valid_body["answers"] |= far | {"years_served": 0, "conv_escape": 200, "months_employed": 12}
    valid_body["answers"] |= dict.fromkeys(("acad", "empl", "fanm", "rela", "drug"), 0)
    document = client.post(POST, json=valid_body).json
    for one in document["simulations"]:
        assert "conv_violence" in one["outside_range"]
        if one["status"] != "simulated":
            assert (one["score"], one["interval"], one["comparables"]) == (None, None, [])
            assert "withheld" in one["explanation"][0]


def test_the_list_has_pages(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    for number in range(7):
        client.post(POST, json={**valid_body, "offender_number": f"A{number}"})
        clock.advance(seconds=number % 2)  # some at the same moment
    found, where = [], f"{POST}?limit=3"
    for _ in range(3):
        page = client.get(where)
        found += [one["id"] for one in page.json["assessments"]]
        if page.json["next"] is None:
            assert "Link" not in page.headers
            break
        where = page.headers["Link"].removeprefix("<").split(">")[0]
        assert f"cursor={page.json['next']}" in where
    assert found == [f"A{number}" for number in reversed(range(7))]


def test_a_result_does_not_change_with_a_newer_library(
    client: FlaskClient, config: Config, library: Library, key: str, posted: dict[str, Any]
) -> None:
    """After a restart with another library, even the report has the same bytes."""
    printed = client.get(f"{POST}/10000/report.pdf").data
    app = created(config, library=newer(library))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    document = client.get(f"{POST}/10000").json
    assert document == posted
    assert client.get(f"{POST}/10000/report.pdf").data == printed
    app.extensions["rms"].store.close()
