"""Who looked at a person, when, and at what: an auditor's first question, by number."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.storage import Store
from tests.api.conftest import START, USERNAME, Clock

POST, SEARCH = "/api/v1/assessments", "/api/v1/audit/search"
NUMBER = "A7777BC"
BASE = f"{POST}/{NUMBER}"


@pytest.fixture
def store(app: Flask) -> Store:
    found: Store = app.extensions["rms"].store
    return found


@pytest.fixture
def auditor(with_key: Callable[[str, Role], FlaskClient]) -> FlaskClient:
    return with_key("aud.auditor", Role.AUDITOR)


@pytest.fixture(autouse=True)
def known(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    """A person with two assessments, and another one."""
    for number in (NUMBER, NUMBER, "OTHER77"):
        assert client.post(POST, json={**valid_body, "offender_number": number}).status_code == 201
        clock.advance(minutes=1)


def said(auditor: FlaskClient, **asked: Any) -> list[tuple[str, str]]:
    found = auditor.post(SEARCH, json={"person": NUMBER, **asked})
    assert found.status_code == 200, found.json
    return [(one["actor"], one["said"]) for one in found.json["visits"]]


def test_every_look_is_found_in_words(client: FlaskClient, auditor: FlaskClient, clock: Clock) -> None:
    looks = (
        lambda: client.get(f"{BASE}-01"),
        lambda: client.get(f"/api/v1/offenders/{NUMBER}/assessments"),
        lambda: client.get(POST, query_string={"all": "true"}),
        lambda: client.post(f"{POST}/counts", json={"offender_number": NUMBER}),
        lambda: client.get(POST, query_string={"all": "true"}, headers={"Accept": "text/csv"}),
        lambda: client.get(f"{POST}/OTHER77"),
        lambda: client.get(POST, query_string={"offender_number": "OTHER77"}),
    )
    for look in looks:
        assert look().status_code == 200
        clock.advance(minutes=1)
    assert said(auditor) == [
        (USERNAME, f"exported assessments, including those of {NUMBER}"),
        (USERNAME, f"counted assessments, including those of {NUMBER}"),
        (USERNAME, f"saw {NUMBER} and {NUMBER}-01 in a list"),
        (USERNAME, f"opened the list of assessments of {NUMBER}"),
        (USERNAME, f"opened the result of {NUMBER}-01"),
        (USERNAME, f"submitted {NUMBER}-01"),
        (USERNAME, f"submitted {NUMBER}"),
    ]


def test_the_search_is_on_record_and_names_the_person_by_key(auditor: FlaskClient, store: Store) -> None:
    said(auditor, actor=USERNAME)
    with store.reading() as tx:
        *_, last = tx.audit.entries()
        key = tx.people.key(NUMBER)
    assert (last.action, last.actor, last.object_kind) == ("audit.person_read", "aud.auditor", "person")
    assert (last.object_key, last.detail) == (str(key), {"criteria": "actor"})
    assert ("aud.auditor", f"searched the audit log for {NUMBER}") in said(auditor)


def test_page_by_page_and_by_day(client: FlaskClient, auditor: FlaskClient, clock: Clock) -> None:
    for _ in range(4):
        client.get(BASE)
        clock.advance(minutes=1)
    asked = {"person": NUMBER, "limit": 2, "action": "assessment.read"}
    first = auditor.post(SEARCH, json=asked).json
    entries = [number for one in first["visits"] for number in one["entries"]]
    while first["next"]:
        first = auditor.post(SEARCH, json={**asked, "cursor": first["next"]}).json
        entries += [number for one in first["visits"] for number in one["entries"]]
    assert len(entries) == len(set(entries)) == 4 and entries == sorted(entries, reverse=True)
    assert said(auditor, to="2026-03-03") == []
    assert len(said(auditor, **{"from": START.date().isoformat(), "actor": USERNAME})) == 6


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({}, "/person", "required"),
        ({"person": NUMBER, "from": "2026-03-02", "to": "2026-03-01"}, "/from", "range_reversed"),
        ({"person": NUMBER, "cursor": "1"}, "/cursor", "invalid_cursor"),
        ({"person": NUMBER, "who": "ada"}, "/who", "unknown_field"),
    ],
)
def test_what_is_refused(auditor: FlaskClient, asked: dict[str, str], pointer: str, code: str) -> None:
    refused = auditor.post(SEARCH, json=asked)
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [(pointer, code)]


def test_a_cursor_is_one_persons(auditor: FlaskClient) -> None:
    cursor = auditor.post(SEARCH, json={"person": NUMBER, "limit": 1}).json["next"]
    other = auditor.post(SEARCH, json={"person": "OTHER77", "limit": 1, "cursor": cursor})
    assert [one["code"] for one in other.json["errors"]] == ["invalid_cursor"]


def test_nobody_of_this_number(auditor: FlaskClient, store: Store) -> None:
    for number in ("NOBODY7", "no number at all"):
        assert auditor.post(SEARCH, json={"person": number}).status_code == 404
    with store.reading() as tx:
        noted = [vars(one) for one in tx.audit.entries() if one.action == "audit.person_read"]
    assert [one["object_key"] for one in noted] == ["", ""] and "NOBODY7" not in str(noted)


def test_administrators_do_not_ask_by_person(with_key: Callable[[str, Role], FlaskClient]) -> None:
    ada = with_key("ada", Role.ADMINISTRATOR)
    assert ada.post(SEARCH, json={"person": NUMBER}).status_code == 403
    assert ada.get("/api/v1/audit", query_string={"person": NUMBER}).status_code == 422


def test_nothing_is_found_after_an_erasure(
    auditor: FlaskClient, with_key: Callable[[str, Role], FlaskClient], store: Store
) -> None:
    ada, ben = with_key("ada", Role.ADMINISTRATOR), with_key("ben", Role.ADMINISTRATOR)
    said(auditor)
    body = {"offender_number": NUMBER, "reason_code": "court_order", "text": "Ordered."}
    asked = ada.post("/api/v1/erasures", json=body).json
    gone = ben.post(f"/api/v1/erasures/{asked['id']}/approval").json["erased"]
    assert (gone["people"], gone["audit_people"]) == (1, 4)
    assert auditor.post(SEARCH, json={"person": NUMBER}).status_code == 404
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
