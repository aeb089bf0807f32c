"""An auditor asks by offender number who looked at a person, when and at what."""

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
    store: Store = app.extensions["rms"].store
    return store


@pytest.fixture
def auditor(with_key: Callable[[str, Role], FlaskClient]) -> FlaskClient:
    return with_key("aud.auditor", Role.AUDITOR)


@pytest.fixture(autouse=True)
def known(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    """A person with two assessments, and another one."""
    for number in (NUMBER, NUMBER, "OTHER77"):
        assert client.post(POST, json={**valid_body, "offender_number": number}).status_code == 201
        clock.advance(minutes=1)


def visits_found(auditor: FlaskClient, **criteria: Any) -> list[tuple[str, str]]:
    """The user and the words of each visit."""
    response = auditor.post(SEARCH, json={"person": NUMBER, **criteria})
    assert response.status_code == 200, response.json
    return [(visit["actor"], visit["said"]) for visit in response.json["visits"]]


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
    assert visits_found(auditor) == [
        (USERNAME, f"exported assessments, including those of {NUMBER}"),
        (USERNAME, f"saw counts of assessments, including those of {NUMBER}"),
        (USERNAME, f"saw {NUMBER} and {NUMBER}-01 in a list"),
        (USERNAME, f"opened the list of assessments of {NUMBER}"),
        (USERNAME, f"opened the result of {NUMBER}-01"),
        (USERNAME, f"submitted {NUMBER}-01"),
        (USERNAME, f"submitted {NUMBER}"),
    ]


def test_the_search_is_logged_with_the_key_of_the_person(auditor: FlaskClient, store: Store) -> None:
    visits_found(auditor, actor=USERNAME)
    with store.reading() as tx:
        *_, last = tx.audit.entries()
        key = tx.people.key(NUMBER)
    assert (last.action, last.actor, last.object_kind) == ("audit.person_read", "aud.auditor", "person")
    assert (last.object_key, last.detail) == (str(key), {"criteria": "actor"})
    assert ("aud.auditor", f"searched the audit log for {NUMBER}") in visits_found(auditor)


def test_pages_follow_each_other_and_days_are_criteria(
    client: FlaskClient, auditor: FlaskClient, clock: Clock
) -> None:
    for _ in range(4):
        client.get(BASE)
        clock.advance(minutes=1)
    body = {"person": NUMBER, "limit": 2, "action": "assessment.read"}
    page = auditor.post(SEARCH, json=body).json
    entries = [number for visit in page["visits"] for number in visit["entries"]]
    while page["next"]:
        page = auditor.post(SEARCH, json={**body, "cursor": page["next"]}).json
        entries += [number for visit in page["visits"] for number in visit["entries"]]
    assert len(entries) == len(set(entries)) == 4 and entries == sorted(entries, reverse=True)
    assert visits_found(auditor, to="2026-03-03") == []
    assert len(visits_found(auditor, **{"from": START.date().isoformat(), "actor": USERNAME})) == 6


def test_the_page_of_results_is_a_list_that_was_seen(
    as_user: Callable[..., FlaskClient], auditor: FlaskClient
) -> None:
    """It counts too, but a user who reads a row of it has seen more than a count."""
    assert as_user(Role.SUPERVISOR).get("/results?latest=true").status_code == 200
    assert ("a.supervisor", f"saw {NUMBER}-01 in a list") in visits_found(auditor)
    assert "saw counts" not in str(visits_found(auditor))


@pytest.mark.parametrize("limit", range(1, 12))
def test_no_page_loses_an_entry_of_what_was_done_several_times_in_a_minute(
    client: FlaskClient, auditor: FlaskClient, clock: Clock, limit: int
) -> None:
    for _ in range(2):
        for _ in range(4):
            assert client.get(BASE).status_code == 200
            assert client.get(POST, query_string={"all": "true"}).status_code == 200
            clock.advance(seconds=5)
        clock.advance(minutes=1)
    body = {"person": NUMBER, "limit": limit, "actor": USERNAME}
    page = auditor.post(SEARCH, json=body).json
    visits = page["visits"]
    while page["next"]:
        page = auditor.post(SEARCH, json={**body, "cursor": page["next"]}).json
        visits += page["visits"]
    entries = [number for visit in visits for number in visit["entries"]]
    assert len(entries) == len(set(entries)) == 2 * 4 * 2 + 2
    if limit > 9:
        assert f"opened the result of {NUMBER}, 4 times" in {visit["said"] for visit in visits}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/person", "required"),
        ({"person": NUMBER, "from": "2026-03-02", "to": "2026-03-01"}, "/from", "range_reversed"),
        ({"person": NUMBER, "cursor": "1"}, "/cursor", "invalid_cursor"),
        ({"person": NUMBER, "who": "ada"}, "/who", "unknown_field"),
    ],
)
def test_an_invalid_search_is_refused(
    auditor: FlaskClient, body: dict[str, str], pointer: str, code: str
) -> None:
    refused = auditor.post(SEARCH, json=body)
    assert refused.status_code == 422
    assert [(problem["pointer"], problem["code"]) for problem in refused.json["errors"]] == [(pointer, code)]


def test_a_cursor_belongs_to_one_person(auditor: FlaskClient) -> None:
    cursor = auditor.post(SEARCH, json={"person": NUMBER, "limit": 1}).json["next"]
    refused = auditor.post(SEARCH, json={"person": "OTHER77", "limit": 1, "cursor": cursor})
    assert [problem["code"] for problem in refused.json["errors"]] == ["invalid_cursor"]


def test_the_log_does_not_contain_an_unknown_number(auditor: FlaskClient, store: Store) -> None:
    for number in ("NOBODY7", "no number at all"):
        assert auditor.post(SEARCH, json={"person": number}).status_code == 404
    with store.reading() as tx:
        entries = [vars(entry) for entry in tx.audit.entries() if entry.action == "audit.person_read"]
    assert [entry["object_key"] for entry in entries] == ["", ""] and "NOBODY7" not in str(entries)


def test_administrators_cannot_search_by_person(with_key: Callable[[str, Role], FlaskClient]) -> None:
    ada = with_key("ada", Role.ADMINISTRATOR)
    assert ada.post(SEARCH, json={"person": NUMBER}).status_code == 403
    assert ada.get("/api/v1/audit", query_string={"person": NUMBER}).status_code == 422


def test_nothing_is_found_after_an_erasure(
    auditor: FlaskClient, with_key: Callable[[str, Role], FlaskClient], store: Store
) -> None:
    ada, ben = with_key("ada", Role.ADMINISTRATOR), with_key("ben", Role.ADMINISTRATOR)
    visits_found(auditor)
    body = {"offender_number": NUMBER, "reason_code": "court_order", "text": "Ordered."}
    request = ada.post("/api/v1/erasures", json=body).json
    counts = ben.post(f"/api/v1/erasures/{request['id']}/approval").json["erased"]
    assert (counts["people"], counts["audit_people"]) == (1, 4)
    assert auditor.post(SEARCH, json={"person": NUMBER}).status_code == 404
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
