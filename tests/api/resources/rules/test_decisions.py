"""Rules in the API: the list, decisions with reasons and records, and what is refused."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.services.users import Role
from rms.rules.rule_book import RULES
from tests.api.conftest import AsUser
from tests.api.resources.systems.service_accounts import administrator, system

ALLOCATION = "/api/v1/rules/allocation/decisions"
CASE = {"tier": "C1", "rsr": 6.9, "rosh": "low", "nationality": "British"}


@pytest.fixture
def worker(as_user: AsUser) -> FlaskClient:
    return as_user(Role.CASE_WORKER)


def posted(client: FlaskClient, *cases: object, path: str = ALLOCATION, **more: object) -> dict[str, Any]:
    answer = client.post(path, json={"cases": list(cases), **more})
    assert answer.status_code == 200 and answer.json, answer.text
    return dict(answer.json)


def test_every_rule_is_listed_with_its_sets(worker: FlaskClient) -> None:
    listed = worker.get("/api/v1/rules").json
    assert listed
    assert [one["rule"] for one in listed["rules"]] == list(RULES)
    sets = {one["version"]: one for rule in listed["rules"] for one in rule["rule_sets"]}
    assert sets["allocation-2022"]["in_force_from"] == "2022-07-02"
    assert sets["tier-v3"]["in_force_from"] is None
    assert "rsr" in sets["allocation-2022"]["asks"]


def test_a_decision_has_its_reasons_records_and_flags(worker: FlaskClient) -> None:
    answer = posted(worker, {**CASE, "records": {"rsr": "assessment 10000"}}, as_at="2026-11-30")
    assert (answer["rule"], answer["rule_set"], answer["as_at"]) == (
        "allocation",
        "allocation-2022",
        "2026-11-30",
    )
    (decision,) = answer["decisions"]
    assert (decision["outcome"], decision["problems"]) == ("retained", [])
    assert decision["reasons"] == [
        {
            "row": "1a",
            "says": "RSR is 6.9 %: 6.9 % or more is retained.",
            "fields": ["rsr"],
            "records": ["assessment 10000"],
        }
    ]
    assert [flag["name"] for flag in decision["flags"]] == ["tier_disagrees"]
    assert decision["inputs"]["nationality"] == "British"


def test_each_case_of_a_batch_has_its_own_answer_in_order(worker: FlaskClient) -> None:
    cases = [CASE, {"rsr": "much"}, {"rating": 1}, {}, {**CASE, "rsr": 1}]
    decisions = posted(worker, *cases)["decisions"]
    assert [one["outcome"] for one in decisions] == ["retained", None, None, "allocated", "allocated"]
    assert decisions[1]["problems"] == [
        {
            "pointer": "/rsr",
            "code": "wrong_value",
            "detail": '"much" is not allowed. rsr must be a number.',
        }
    ]
    assert [problem["code"] for problem in decisions[2]["problems"]] == ["unknown_field"]


def test_figures_of_ogrs3_are_complete(worker: FlaskClient) -> None:
    case = {
        "sex": "male",
        "age_at_conviction": 20,
        "age_at_first_sanction": 20,
        "age_at_followup_start": 20,
        "previous_sanctions": 3,
        "offence_category": "Violence",
    }
    (decision,) = posted(worker, case, path="/api/v1/rules/ogrs3/decisions")["decisions"]
    assert decision["results"]["p2yr"] == pytest.approx(0.6928061177628605, abs=1e-15)
    assert (decision["outcome"], decision["results"]["percent_two_years"]) == ("Medium", 69)
    assert [reason["row"] for reason in decision["reasons"]] == [
        "age_and_sex",
        "status",
        "sanctions",
        "offence",
    ]


def test_days_are_texts(worker: FlaskClient) -> None:
    case = {"age": 30, "crd": "2024-09-30", "sentence_start": "2021-01-01"}
    path = "/api/v1/rules/handover/decisions"
    (decision,) = posted(worker, case, path=path, as_at="2022-08-01")["decisions"]
    assert decision["results"] == {"start": "2024-02-14", "handover": "2024-05-15"}
    assert decision["inputs"]["crd"] == "2024-09-30"


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        (ALLOCATION, {}, 422, "required"),
        (ALLOCATION, {"cases": []}, 422, "1 to 1,000 cases"),
        (ALLOCATION, {"cases": [1]}, 422, "object"),
        (ALLOCATION, {"cases": [CASE], "as_at": "1999-01-01"}, 404, "No rule set of allocation was in force"),
        (ALLOCATION, {"cases": [CASE], "as_at": "9999-12-31"}, 422, "from 1900 to 2199"),
        (ALLOCATION, {"cases": [CASE], "rule_set": "tier-v2"}, 404, "there are allocation-2022"),
        (ALLOCATION, {"cases": [CASE] * 1001}, 422, "At most 1,000"),
        ("/api/v1/rules/luck/decisions", {"cases": [CASE]}, 404, "There is no rule"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    worker: FlaskClient, path: str, body: object, status: int, word: str
) -> None:
    answer = worker.post(path, json=body)
    assert (answer.status_code, word in answer.text) == (status, True), answer.text


def test_a_system_needs_the_scope(app: Flask) -> None:
    admin = administrator(app)
    allowed, other = (system(app, admin, scopes=[scope]) for scope in ("rules:decide", "harm:read"))
    assert allowed.post(ALLOCATION, json={"cases": [CASE]}).status_code == 200
    assert other.post(ALLOCATION, json={"cases": [CASE]}).status_code == 403


def test_the_audit_log_has_the_number_of_cases_and_nothing_of_them(app: Flask, worker: FlaskClient) -> None:
    posted(worker, CASE, {**CASE, "nationality": "Polish"})
    with app.extensions[EXTENSION].store.reading() as tx:
        (entry,) = [entry for entry in tx.audit.entries() if entry.action == "rules.decided"]
    assert (entry.object_key, entry.detail) == ("allocation", {"rule_set": "allocation-2022", "cases": 2})
    assert "Polish" not in str(vars(entry)) and "6.9" not in str(vars(entry))
