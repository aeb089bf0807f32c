"""Predictions in the API: the list, its pages and files, a person, and off without a model."""

import csv
import io
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.long_reads import long_read
from api.services.transfer.export_files import CSV, XLSX
from api.services.users import Role
from rms.prediction.states import State
from rms.prediction.warning import HEALTH_WARNING
from tests.api.conftest import AsUser
from tests.api.trained_force import DAY, VERSION, become

LIST = "/api/v1/prediction/list/search"


@pytest.fixture
def head(as_user: AsUser) -> FlaskClient:
    return as_user(Role.SUPERVISOR, username="head")


def listed(client: FlaskClient, **criteria: Any) -> Any:
    answer = client.post(LIST, json=criteria)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_page_of_people_by_probability(head: FlaskClient) -> None:
    found = listed(head)
    assert found["health_warning"] == HEALTH_WARNING
    assert (found["model"], found["predicted_on"]) == (VERSION, DAY.isoformat())
    probabilities = [one["probability"] for one in found["people"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert min(probabilities) >= 0.6
    assert {one["likely_offence_type"] for one in found["people"]} <= set(found["types"])
    assert "score" not in found["people"][0]


def test_pages_have_everybody_once(head: FlaskClient) -> None:
    whole = listed(head, cut_off=0.1, limit=200)
    people, cursor = [], None
    while True:
        page = listed(head, cut_off=0.1, limit=7, **({"cursor": cursor} if cursor else {}))
        people += page["people"]
        cursor = page["next"]
        if cursor is None:
            break
    assert people == whole["people"]
    assert len(people) == whole["total"] > 14


def test_a_cursor_of_another_filter_is_refused(head: FlaskClient) -> None:
    cursor = listed(head, cut_off=0.1, limit=1)["next"]
    answer = head.post(LIST, json={"cut_off": 0.2, "cursor": cursor})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "criteria",
    [{"cut_off": 1.1}, {"cut_off": "0.6"}, {"type": "Nothing"}, {"bands": ["high"]}, {"home_area": "X"}],
)
def test_a_wrong_criterion_is_refused(criteria: dict[str, Any], head: FlaskClient) -> None:
    assert head.post(LIST, json=criteria).status_code == 422


def test_the_whole_list_as_csv(head: FlaskClient) -> None:
    answer = head.post(LIST, json={"cut_off": 0.1}, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == listed(head, cut_off=0.1)["total"]
    assert {row["health_warning"] for row in rows} == {HEALTH_WARNING}


@pytest.mark.parametrize("accept", [CSV, XLSX])
def test_an_account_has_one_file_at_once(head: FlaskClient, accept: str) -> None:
    with long_read("head"):
        refused = head.post(LIST, json={"cut_off": 0.1}, headers={"Accept": accept})
        assert (refused.status_code, refused.json["code"]) == (429, "already_running")
    for _ in range(2):  # each ends its turn
        with closing(head.post(LIST, json={"cut_off": 0.1}, headers={"Accept": accept})) as answer:
            assert answer.status_code == 200 and len(answer.data) > 100


def test_a_person(head: FlaskClient) -> None:
    row = listed(head)["people"][0]
    found = head.get(f"/api/v1/prediction/people/{row['person']}").json
    assert found is not None
    assert found["probability"] == row["probability"]
    assert found["health_warning"] == HEALTH_WARNING
    assert found["detail"].startswith("The model estimates that about ")
    assert "Do not use it" in found["use"]
    changes = [abs(fact["change"]) for fact in found["facts"]]
    assert changes == sorted(changes, reverse=True)


def test_an_unknown_person_and_roles_that_may_not(head: FlaskClient, as_user: AsUser) -> None:
    assert head.get("/api/v1/prediction/people/nobody").status_code == 404
    analyst = as_user(Role.ANALYST, username="analyst")
    assert analyst.post(LIST, json={}).status_code == 403


def test_without_a_current_model_it_is_off(head: FlaskClient, app: Flask) -> None:
    person = listed(head)["people"][0]["person"]
    become(app.extensions["rms"].store, State.ROLLED_BACK)
    for answer in (head.post(LIST, json={}), head.get(f"/api/v1/prediction/people/{person}")):
        assert answer.status_code == 404
        assert "Predictions are off" in answer.text
