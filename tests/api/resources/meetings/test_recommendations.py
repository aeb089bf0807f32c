"""Recommendations over the API: listed for an area, added, decided and withdrawn."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from rms.reports.harm_words import LEFT_OUT
from tests.api.conftest import Clock
from tests.api.small_force import load_small_force

AREA = "/api/v1/harm/areas/W1/recommendations"
BODY = {"kind": "select", "cohort": "flex", "reason": "Two robberies. No plan."}
ACCEPTED = {"state": "accepted", "reason": "The team has room."}


@pytest.fixture
def force(app: Flask) -> Flask:
    load_small_force(app.extensions["rms"].store)
    return app


@pytest.fixture
def manager(force: Flask, as_user: Callable[..., FlaskClient]) -> FlaskClient:
    return as_user(Role.OFFENDER_MANAGER, username="manager", office="Castle")


@pytest.fixture
def head(force: Flask, as_user: Callable[..., FlaskClient]) -> FlaskClient:
    return as_user(Role.SUPERVISOR, username="head", office="Castle")


def path_of(client: FlaskClient, forename: str) -> str:
    rows = client.post("/api/v1/harm/list/search", json={"show_hidden": True}).json["people"]
    (id,) = [row["person"] for row in rows if row["forename"] == forename]
    return f"/api/v1/harm/people/{id}/recommendations"


def decision(made: dict[str, Any]) -> str:
    return f"/api/v1/harm/recommendations/{made['id']}/decision"


def test_added_listed_and_decided(manager: FlaskClient, head: FlaskClient) -> None:
    sent = manager.post(path_of(manager, "Ann"), json={**BODY, "criteria": {"offence_category": "Robbery"}})
    assert sent.status_code == 201
    made = sent.json
    assert (made["state"], made["rank"]) == ("waiting", 1)
    assert made["criteria"] == f"offence Robbery. Left out: {LEFT_OUT}"
    assert made["by"] == "manager" and made["decision"] is None
    (row,) = [
        one
        for one in manager.post("/api/v1/harm/list/search", json={}).json["people"]
        if one["forename"] == "Ann"
    ]
    assert made["harm_score"]["score"] == row["score"]
    assert head.get(AREA).json == {"recommendations": [made], "next": None}
    assert manager.post(decision(made), json=ACCEPTED).status_code == 403
    decided = head.post(decision(made), json=ACCEPTED)
    assert decided.status_code == 200
    assert (decided.json["state"], decided.json["decision"]["by"]) == ("accepted", "head")
    assert head.post(decision(made), json=ACCEPTED).status_code == 409
    assert manager.get(path_of(manager, "Ann")).json == {"recommendations": [decided.json]}


def test_withdrawn_by_the_author_alone(manager: FlaskClient, head: FlaskClient) -> None:
    made = head.post(path_of(head, "Ann"), json={**BODY, "kind": "deselect", "cohort": None}).json
    end = {"state": "withdrawn", "reason": "Wrong person."}
    assert manager.post(decision(made), json=end).status_code == 403
    assert head.post(decision(made), json=ACCEPTED).status_code == 403  # four eyes
    assert head.post(decision(made), json=end).json["state"] == "withdrawn"


def test_the_list_has_what_waits_and_what_is_recent(
    manager: FlaskClient, head: FlaskClient, clock: Clock
) -> None:
    old = manager.post(path_of(manager, "Ann"), json=BODY).json
    waiting = manager.post(path_of(manager, "Bea"), json=BODY).json
    head.post(decision(old), json=ACCEPTED)
    assert {one["id"] for one in head.get(AREA).json["recommendations"]} == {old["id"], waiting["id"]}
    clock.advance(days=40)
    assert [one["id"] for one in head.get(AREA).json["recommendations"]] == [waiting["id"]]
    since = head.get(f"{AREA}?since=2026-03-04").json["recommendations"]
    assert {one["id"] for one in since} == {old["id"], waiting["id"]}


def test_the_list_of_an_area_has_pages(manager: FlaskClient, clock: Clock) -> None:
    """Newest first; those of one moment by key. Each page names only its own people in the audit log."""
    first = manager.post(path_of(manager, "Ann"), json=BODY).json["id"]
    second = manager.post(path_of(manager, "Bea"), json=BODY).json["id"]
    page = manager.get(f"{AREA}?limit=1").json
    assert [one["id"] for one in page["recommendations"]] == [second]
    cursor = page["next"]
    following = manager.get(f"{AREA}?limit=1&cursor={cursor}").json
    assert [one["id"] for one in following["recommendations"]] == [first] and following["next"] is None
    whole = manager.get(f"{AREA}?limit=2").json
    assert ([one["id"] for one in whole["recommendations"]], whole["next"]) == ([second, first], None)
    for query in (f"since=2026-03-04&cursor={cursor}", "cursor=x", "limit=0", "limit=201"):
        refused = manager.get(f"{AREA}?{query}")
        assert refused.status_code == 422, query
    assert manager.get(f"{AREA}?cursor=x").json["errors"][0]["code"] == "invalid_cursor"


def test_other_areas_are_absent(
    manager: FlaskClient, head: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    other = as_user(Role.SUPERVISOR, username="mill", office="Mill")
    path = path_of(manager, "Ann")
    made = manager.post(path, json=BODY).json
    assert other.get(AREA).status_code == 404
    assert other.get(path).status_code == 404
    assert other.post(path, json=BODY).status_code == 404
    assert other.post(decision(made), json=ACCEPTED).status_code == 404
    assert other.get(AREA.replace("W1", "W2")).json == {"recommendations": [], "next": None}
    assert head.post("/api/v1/harm/recommendations/x/decision", json=ACCEPTED).status_code == 404


# The body, and the pointer and code of each problem.
WRONG = [
    ({}, {("/kind", "required"), ("/reason", "required")}),
    ({**BODY, "kind": "keep"}, {("/kind", "invalid_value")}),
    ({**BODY, "cohort": "big"}, {("/cohort", "invalid_value")}),
    ({**BODY, "kind": "deselect"}, {("/cohort", "cohort_of_deselected")}),
    ({**BODY, "criteria": {"home_area": "W9"}}, {("/home_area", "unknown_area")}),
]


@pytest.mark.parametrize(("body", "problems"), WRONG)
def test_what_is_refused(manager: FlaskClient, body: dict[str, Any], problems: set[tuple[str, str]]) -> None:
    sent = manager.post(path_of(manager, "Ann"), json=body)
    assert sent.status_code == 422
    assert {(one["pointer"], one["code"]) for one in sent.json["errors"]} == problems
