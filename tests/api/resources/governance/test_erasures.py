"""Erasures are requested by one administrator and approved by another, and legal holds prevent them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.replies import keep_reply, of_user, reply_of
from api.services.users import Role
from api.storage import Store
from tests.api.conftest import START, Clock
from tests.api.contexts import context_for

POST, ERASURES = "/api/v1/assessments", "/api/v1/erasures"
HOLD = "/api/v1/offenders/10000/hold"
BODY = {"offender_number": "10000", "reason_code": "court_order", "text": "Order 7 of the court."}
REASON = {"reason": "A complaint is pending."}
WithKey = Callable[[str, Role], FlaskClient]


@pytest.fixture
def store(app: Flask) -> Store:
    store: Store = app.extensions["rms"].store
    return store


@pytest.fixture
def ada(with_key: WithKey) -> FlaskClient:
    return with_key("ada", Role.ADMINISTRATOR)


@pytest.fixture
def ben(with_key: WithKey) -> FlaskClient:
    return with_key("ben", Role.ADMINISTRATOR)


@pytest.fixture
def chief(with_key: WithKey) -> FlaskClient:
    return with_key("chief", Role.SUPERVISOR)


@pytest.fixture(autouse=True)
def person(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    """A person with two assessments."""
    assert [client.post(POST, json=valid_body).status_code for _ in range(2)] == [201, 201]


def last_entries(store: Store, count: int) -> list[tuple[str, str, str]]:
    with store.reading() as tx:
        entries = [(entry.action, entry.actor, entry.object_key) for entry in tx.audit.entries()]
    of_records = [entry for entry in entries if entry[0].startswith(("hold.", "erasure.", "person.erased"))]
    return of_records[-count:]


def test_two_administrators_erase_a_person(
    ada: FlaskClient, ben: FlaskClient, client: FlaskClient, store: Store
) -> None:
    request = ada.post(ERASURES, json=BODY)
    assert request.status_code == 201
    assert ada.get(ERASURES).json == ben.get(ERASURES).json == {"erasures": [request.json]}
    assert {name: request.json[name] for name in BODY} == BODY
    reply_id = keep_reply(
        context_for(store, at=START), b"of her", status=422, secret="one", whose="1", keeper=of_user(1)
    )
    assert reply_id is not None
    approval = ben.post(f"{ERASURES}/{request.json['id']}/approval")
    assert (approval.status_code, approval.json["erased"]["assessments"]) == (200, 2)
    assert reply_of(context_for(store, at=START), reply_id, secret="one", whose=["1"]) is None
    assert client.get(f"{POST}/10000").status_code == 404
    assert client.get("/api/v1/offenders/10000/assessments").status_code == 404
    assert ben.get(ERASURES).json == {"erasures": []}
    assert ben.post(f"{ERASURES}/{request.json['id']}/approval").status_code == 404
    assert last_entries(store, 2) == [("erasure.requested", "ada", "1"), ("person.erased", "ben", "1")]
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []


def test_administrators_cannot_approve_their_own_request(ada: FlaskClient, client: FlaskClient) -> None:
    request = ada.post(ERASURES, json=BODY).json
    refused = ada.post(f"{ERASURES}/{request['id']}/approval")
    assert (refused.status_code, refused.json["code"]) == (409, "another_must_approve")
    assert ada.post(ERASURES, json=BODY).json["code"] == "conflict"
    assert client.get(f"{POST}/10000").status_code == 200


def test_a_request_expires_after_thirty_days(ada: FlaskClient, ben: FlaskClient, clock: Clock) -> None:
    expired = ada.post(ERASURES, json=BODY).json
    clock.advance(days=30)
    assert ben.post(f"{ERASURES}/{expired['id']}/approval").status_code == 404
    request = ada.post(ERASURES, json=BODY)
    assert request.status_code == 201
    assert ben.post(f"{ERASURES}/{request.json['id']}/approval").status_code == 200


def test_a_withdrawn_request_cannot_be_approved(ada: FlaskClient, ben: FlaskClient, store: Store) -> None:
    request = ada.post(ERASURES, json=BODY).json
    assert ada.delete(f"{ERASURES}/{request['id']}").status_code == 204
    assert ada.delete(f"{ERASURES}/{request['id']}").status_code == 404
    assert ben.post(f"{ERASURES}/{request['id']}/approval").status_code == 404
    assert last_entries(store, 1) == [("erasure.withdrawn", "ada", "1")]


def test_records_under_a_legal_hold_cannot_be_erased(
    ada: FlaskClient, ben: FlaskClient, chief: FlaskClient, store: Store
) -> None:
    request = ada.post(ERASURES, json=BODY).json
    assert chief.get(HOLD).status_code == 404
    hold = chief.put(HOLD, json=REASON)
    assert hold.json == {**REASON, "placed_by": "chief", "placed_at": hold.json["placed_at"]}
    assert chief.get(HOLD).json == hold.json
    refused = ben.post(f"{ERASURES}/{request['id']}/approval")
    assert (refused.status_code, refused.json["code"]) == (409, "on_hold")
    assert ada.delete(f"{ERASURES}/{request['id']}").status_code == 204
    assert ada.post(ERASURES, json=BODY).json["code"] == "on_hold"
    assert chief.put(HOLD, json={"reason": "Another."}).json["reason"] == "Another."
    assert [chief.delete(HOLD).status_code for _ in range(2)] == [204, 404]
    again = ada.post(ERASURES, json=BODY).json
    assert ben.post(f"{ERASURES}/{again['id']}/approval").status_code == 200
    assert [entry[0] for entry in last_entries(store, 7)] == [
        *("erasure.requested", "hold.placed", "erasure.withdrawn", "hold.placed", "hold.lifted"),
        *("erasure.requested", "person.erased"),
    ]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"reason_code": "retention"}, "/reason_code"),
        ({"text": ""}, "/text"),
        ({"offender_number": 10000}, "/offender_number"),
        ({"approved_by": "ben"}, "/approved_by"),
    ],
)
def test_an_invalid_request_is_refused(ada: FlaskClient, changed: dict[str, Any], pointer: str) -> None:
    refused = ada.post(ERASURES, json={**BODY, **changed})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_unknown_numbers_and_requests_are_not_found(ada: FlaskClient, chief: FlaskClient) -> None:
    for number in ("10001", "1\x00", "10000-01"):
        assert ada.post(ERASURES, json={**BODY, "offender_number": number}).status_code in (404, 422)
        assert chief.put(f"/api/v1/offenders/{number}/hold", json=REASON).status_code == 404
    assert ada.post(f"{ERASURES}/2147483647/approval").status_code == 404
    assert ada.post(f"{ERASURES}/9{'0' * 30}/approval").status_code == 404
    assert ada.post(f"{ERASURES}/nobody/approval").status_code == 404
