"""Saved filters: visible only to their owner, without offender numbers."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_api_key, create_user
from api.services.users import Role
from tests.api.conftest import START, Clock
from tests.api.contexts import context_for

MINE = "/api/v1/me/filters"
CRITERIA: dict[str, Any] = {"need.drug.min": 50, "release_to": "2026-12-31", "process": ["violence"]}


def test_a_filter_is_saved_replaced_and_deleted(client: FlaskClient) -> None:
    saved = client.put(f"{MINE}/Due soon", json=CRITERIA)
    assert (saved.status_code, saved.json["name"], saved.json["criteria"]) == (200, "Due soon", CRITERIA)
    assert client.get(f"{MINE}/Due soon").json == saved.json
    again = client.put(f"{MINE}/Due soon", json={"latest": True}).json
    client.put(f"{MINE}/All", json={"all": True})
    assert [one["name"] for one in client.get(MINE).json["filters"]] == ["All", "Due soon"]
    assert client.get(f"{MINE}/Due soon").json == again
    assert client.delete(f"{MINE}/Due soon").json == {"removed": True}
    assert client.delete(f"{MINE}/Due soon").status_code == 404
    assert client.get(f"{MINE}/Due soon").status_code == 404


def test_a_saved_filter_can_be_searched_with(client: FlaskClient) -> None:
    criteria = client.put(f"{MINE}/x", json=CRITERIA).json["criteria"]
    assert client.post("/api/v1/assessments/search", json=criteria).status_code == 200


def test_days_from_today_are_saved_as_days(
    client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    """A month later, the same filter finds other people."""
    for number, release in (("1", "2026-04-01"), ("2", "2026-05-01")):
        body = {**valid_body, "offender_number": number, "release_date": release}
        assert client.post("/api/v1/assessments", json=body).status_code == 201
    saved = client.put(f"{MINE}/Soon", json={"release_next_days": 30}).json["criteria"]
    for days, expected in ((0, ["1"]), (31, ["2"]), (31, [])):
        clock.advance(days=days)
        assert client.get(f"{MINE}/Soon").json["criteria"] == saved == {"release_next_days": 30}
        found = client.post("/api/v1/assessments/search", json=saved).json["assessments"]
        assert [one["id"] for one in found] == expected


def test_filters_of_other_users_are_not_found(app: Flask, client: FlaskClient) -> None:
    store = app.extensions["rms"].store
    create_user(
        context_for(store, at=START, by="test"), "b.worker", "a long enough passphrase", role=Role.CASE_WORKER
    )
    key = create_api_key(context_for(store, at=START, by="test"), "b.worker", name="test")
    client.put(f"{MINE}/mine", json=CRITERIA)
    other = {"Authorization": f"Bearer {key}"}
    assert client.get(MINE, headers=other).json == {"filters": []}
    assert client.get(f"{MINE}/mine", headers=other).status_code == 404
    assert client.delete(f"{MINE}/mine", headers=other).status_code == 404
    assert client.get(f"{MINE}/mine").status_code == 200


def test_an_offender_number_is_not_saved(client: FlaskClient) -> None:
    refused = client.put(f"{MINE}/x", json={**CRITERIA, "offender_number": "10000"})
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [
        ("/offender_number", "not_saved")
    ]
    assert client.get(MINE).json == {"filters": []}


@pytest.mark.parametrize(
    ("name", "criteria", "pointer"),
    [
        ("x", {"release_next_days": 30, "release_to": "2026-12-01"}, "/release_next_days"),
        ("x", {"need.drug.min": 51, "need.drug.max": 50}, "/need.drug.min"),
        ("x", {"limit": 5}, "/limit"),
        ("x" * 65, CRITERIA, "/name"),
        ("x", {}, ""),
        ("x", {"include": "what_if"}, ""),
    ],
)
def test_invalid_or_empty_filters_are_not_saved(
    client: FlaskClient, name: str, criteria: dict[str, Any], pointer: str
) -> None:
    refused = client.put(f"{MINE}/{name}", json=criteria)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == pointer


def test_the_audit_log_names_the_user_but_not_the_filter(app: Flask, client: FlaskClient) -> None:
    client.put(f"{MINE}/A name that tells", json=CRITERIA)
    client.delete(f"{MINE}/A name that tells")
    with app.extensions["rms"].store.reading() as tx:
        entries = list(tx.audit.entries())[-2:]
    assert [one.action for one in entries] == ["filter.saved", "filter.removed"]
    assert {(one.object_kind, str(one.detail)) for one in entries} == {("user", "{}")}
