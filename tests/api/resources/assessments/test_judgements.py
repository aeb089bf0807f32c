"""Own judgement first: no route shows results before the user has judged."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.services.users import Role
from tests.api.conftest import Clock
from tests.api.resources.described import as_described

POST = "/api/v1/assessments"
JUDGEMENTS = f"{POST}/10000/judgements"
OWN = {
    "judgements": {
        "recidivism": {"judgement": "higher", "confidence": 2},
        "violence": {"judgement": "about_the_same", "confidence": 5},
    }
}
WRONG = "invalid_value"
REFUSING = ("simulations/violence", "comparables", "needs", "needs.svg", "needs.png", "report.pdf")
SCORES = re.compile(r'"(score|interval|typicality|effective_size|simulated|expected|gap)": ?[\[0-9-]')


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, judgement_first=True)


@pytest.fixture
def submitted(client: FlaskClient, valid_body: dict[str, Any]) -> Any:
    return client.post(POST, json=valid_body)


def statuses(answer: Any) -> set[str]:
    return {one["status"] for one in answer["simulations"]}


def test_no_result_is_shown_before_the_judgement(client: FlaskClient, submitted: Any) -> None:
    assert submitted.status_code == 201
    for response in (submitted, client.get(f"{POST}/10000")):
        assert statuses(response.json) == {"withheld_until_judged"}
        assert not SCORES.search(response.text)
        assert all(not one["comparables"] for one in response.json["simulations"])
    for path in REFUSING:
        refused = client.get(f"{POST}/10000/{path}")
        assert (refused.status_code, refused.json["code"]) == (403, "judgement_first"), path
    override = {"process": "violence", "direction": "lower", "reason_code": "other", "text": "x" * 20}
    assert client.post(f"{POST}/10000/overrides", json=override).json["code"] == "judgement_first"


def test_lists_and_searches_show_no_results_either(client: FlaskClient, submitted: Any) -> None:
    for found in (client.get(POST), client.get("/api/v1/offenders/10000/assessments")):
        assert statuses(found.json["assessments"][0]) == {"withheld_until_judged"}
        assert not SCORES.search(found.text)
    as_csv = client.get(f"{POST}?all=true", headers={"Accept": "text/csv"}).text
    assert as_csv.count("\r\n") == 1 and not re.search(r"\b1\.\d{2,}", as_csv)
    for criteria in ({"score_min": 1}, {"score_max": 2, "count": True}, {"band": "1.00–1.24"}):
        assert client.post(f"{POST}/search", json=criteria).json["assessments"] == []
    by_score = {"sort": "score", "process": ["violence"], "all": False}
    assert client.post(f"{POST}/search", json=by_score).json["assessments"] == []
    assert client.post(f"{POST}/counts", json={}).json["scores"] == {}
    assert client.post(f"{POST}/search", json={}).json["assessments"] != []


def test_results_are_shown_after_the_judgement(
    client: FlaskClient, submitted: Any, app: Flask, clock: Clock
) -> None:
    judged = client.post(JUDGEMENTS, json=OWN)
    assert judged.status_code == 201
    assert [one["scores_seen"] for one in judged.json["judgements"]] == [False, False]
    shown = client.get(f"{POST}/10000")
    assert statuses(shown.json) == {"simulated"} and SCORES.search(shown.text)
    for path in REFUSING:
        assert client.get(f"{POST}/10000/{path}").status_code == 200
    assert client.post(f"{POST}/search", json={"score_min": 1}).json["assessments"] != []
    clock.advance(minutes=5)
    again = client.post(JUDGEMENTS, json=OWN).json["judgements"]
    assert {(one["scores_seen"], one["at"]) for one in again} == {(True, clock().isoformat())}
    assert len(client.get(JUDGEMENTS).json["judgements"]) == 4


def test_each_user_must_judge(client: FlaskClient, submitted: Any, as_user: Any) -> None:
    client.post(JUDGEMENTS, json=OWN)
    supervisor = as_user(Role.SUPERVISOR)
    assert statuses(supervisor.get(f"{POST}/10000").json) == {"withheld_until_judged"}
    assert supervisor.get(JUDGEMENTS).json == {"judgements": []}


def test_a_judgement_of_the_baseline_also_counts_for_its_what_ifs(
    client: FlaskClient, submitted: Any
) -> None:
    what_if = client.post(f"{POST}/10000/what-if", json={"answers": {"drug": 0}})
    assert statuses(what_if.json) == {"withheld_until_judged"}
    client.post(JUDGEMENTS, json=OWN)
    assert statuses(client.get(f"{POST}/10000-01").json) == {"simulated"}
    correction = {"answers": {"drug": 0}, "reason": "Mistyped."}
    corrected = client.post(f"{POST}/10000/corrections", json=correction)
    assert statuses(corrected.json) == {"withheld_until_judged"}  # other answers, another judgement


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"violence": None}, "/judgements/violence", "required"),
        ({"theft": OWN["judgements"]["violence"]}, "/judgements/theft", "unknown_field"),
        (
            {"violence": {"judgement": "medium", "confidence": 1}},
            "/judgements/violence/judgement",
            "invalid_value",
        ),
        (
            {"violence": {"judgement": "lower", "confidence": 6}},
            "/judgements/violence/confidence",
            "invalid_value",
        ),
    ],
)
def test_invalid_judgements_are_refused(
    client: FlaskClient, submitted: Any, changed: dict[str, Any], pointer: str, code: str
) -> None:
    own = {process: said for process, said in {**OWN["judgements"], **changed}.items() if said}
    refused = client.post(JUDGEMENTS, json={"judgements": own})
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [(pointer, code)]
    assert statuses(client.get(f"{POST}/10000").json) == {"withheld_until_judged"}


def test_responses_match_the_schema(client: FlaskClient, submitted: Any) -> None:
    described = client.get("/api/v1/openapi.json").json
    as_described(described, POST, submitted, method="post")
    path = f"{POST}/{{id}}/judgements"
    as_described(described, path, client.post(JUDGEMENTS, json=OWN), method="post")
    as_described(described, path, client.get(JUDGEMENTS))


class TestNotRequired:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, judgement_first=False)

    def test_the_submitter_has_seen_the_scores(self, client: FlaskClient, submitted: Any) -> None:
        assert statuses(submitted.json) == {"simulated"}
        judged = client.post(JUDGEMENTS, json=OWN).json["judgements"]
        assert [one["scores_seen"] for one in judged] == [True, True]

    def test_a_user_who_has_not_opened_it_has_not_seen_the_scores(self, submitted: Any, as_user: Any) -> None:
        judged = as_user(Role.SUPERVISOR).post(JUDGEMENTS, json=OWN).json["judgements"]
        assert {one["scores_seen"] for one in judged} == {False}
