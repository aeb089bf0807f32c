"""Bands: the quarters, and the bands that an agency adds."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.conftest import Clock

BANDS, SEARCH, POST = "/api/v1/bands", "/api/v1/assessments/search", "/api/v1/assessments"
QUARTERS = ["1.00–1.24", "1.25–1.49", "1.50–1.74", "1.75–2.00"]


@pytest.fixture
def client(as_user: Callable[..., FlaskClient]) -> FlaskClient:
    """A supervisor, who may add bands."""
    return as_user(Role.SUPERVISOR)


@pytest.fixture
def band() -> dict[str, Any]:
    return {
        "name": "Offered the programme",
        "process": "recidivism",
        "low": 1.4,
        "high": 1.69,
        "owner": "Probation North",
        "expires_on": "2027-01-01",
        "outcome": {"rate": 0.41, "n": 230, "period": "2020 to 2022", "library": "small 1"},
    }


def test_the_quarters_are_named_after_their_scores(client: FlaskClient) -> None:
    found = client.get(BANDS).json["bands"]
    assert [one["name"] for one in found] == QUARTERS
    assert [f"{one['low']:.2f}–{one['high']:.2f}" for one in found] == QUARTERS
    assert {(one["process"], one["owner"], one["expired"]) for one in found} == {(None, None, False)}


def test_a_band_is_added_and_expires(client: FlaskClient, band: dict[str, Any], clock: Clock) -> None:
    added = client.post(BANDS, json=band)
    assert (added.status_code, added.json) == (201, {**band, "expired": False})
    assert client.get(BANDS).json["bands"][4:] == [added.json]
    clock.advance(days=365)
    assert client.get(BANDS).json["bands"][4:] == [{**added.json, "expired": True}]
    refused = client.post(SEARCH, json={"band": band["name"]})
    assert [problem["code"] for problem in refused.json["errors"]] == ["unknown_band"]
    renewed = client.post(BANDS, json={**band, "expires_on": "2028-01-01"})
    assert renewed.status_code == 201


def test_adding_is_audited(app: Flask, client: FlaskClient, band: dict[str, Any]) -> None:
    client.post(BANDS, json=band)
    with app.extensions["rms"].store.reading() as tx:
        last = list(tx.audit.entries())[-1]
    assert (last.action, last.actor, last.detail) == ("band.added", "a.supervisor", {})


@pytest.mark.parametrize("field", ["name", "process", "low", "high", "owner", "expires_on", "outcome"])
def test_every_field_is_required(client: FlaskClient, band: dict[str, Any], field: str) -> None:
    del band[field]
    refused = client.post(BANDS, json=band)
    assert [problem["pointer"] for problem in refused.json["errors"]] == [f"/{field}"]


WRONG = (
    ({"name": "Medium"}, "/name", "middle_named"),
    ({"name": "moderate to high"}, "/name", "middle_named"),
    ({"name": "1.25–1.49"}, "/name", "name_taken"),
    ({"low": 1.7}, "/low", "range_reversed"),
    ({"high": 2.5}, "/high", "invalid_value"),
    ({"expires_on": "2026-03-04"}, "/expires_on", "date_out_of_range"),
    ({"outcome": {"rate": 1.2, "n": 1, "period": "x", "library": "x"}}, "/outcome/rate", "invalid_value"),
    ({"outcome": {"rate": 0.2, "period": "x", "library": "x"}}, "/outcome/n", "required"),
)


@pytest.mark.parametrize(("changed", "pointer", "code"), WRONG)
def test_invalid_bands_are_refused(
    client: FlaskClient, band: dict[str, Any], changed: dict[str, Any], pointer: str, code: str
) -> None:
    refused = client.post(BANDS, json={**band, **changed})
    assert refused.status_code == 422
    assert (pointer, code) in [(problem["pointer"], problem["code"]) for problem in refused.json["errors"]]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"name": "other", "low": 1.69, "high": 1.8}, 409),
        ({"name": "other", "low": 1.7, "high": 1.8}, 201),
        ({"name": "other", "process": "violence"}, 201),
        ({"name": "other", "owner": "Probation South"}, 201),
        ({"low": 1.7, "high": 1.8}, 409),
    ],
)
def test_bands_of_the_same_owner_and_process_do_not_overlap(
    client: FlaskClient, band: dict[str, Any], changed: dict[str, Any], status: int
) -> None:
    client.post(BANDS, json=band)
    assert client.post(BANDS, json={**band, **changed}).status_code == status


def test_a_search_can_name_a_band(
    client: FlaskClient, band: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    document = client.post(POST, json=valid_body).json
    score = round(document["simulations"][0]["score"], 2)
    client.post(BANDS, json={**band, "low": score, "high": score})
    criteria = {"band": band["name"]}
    (found,) = client.post(SEARCH, json=criteria).json["assessments"]
    assert [row["process"] for row in found["simulations"]] == ["recidivism"]
    assert client.get(POST, query_string=criteria).json["assessments"] == [found]
    of_quarters = [client.post(SEARCH, json={"band": name}).json["assessments"] for name in QUARTERS]
    rows = [row for found in of_quarters for one in found for row in one["simulations"]]
    assert sorted(row["process"] for row in rows) == ["recidivism", "violence"]


def test_a_band_and_a_range_cannot_be_combined(client: FlaskClient) -> None:
    refused = client.post(SEARCH, json={"band": "1.00–1.24", "score_min": 1.1})
    assert [problem["pointer"] for problem in refused.json["errors"]] == ["/score_min"]
