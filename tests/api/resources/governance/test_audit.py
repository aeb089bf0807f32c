"""The audit log is searched, exported and verified, and each use of it is logged."""

import csv
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.storage import Store
from tests.api.conftest import START, Clock

AUDIT = "/api/v1/audit"
NOW = START.date().isoformat()


@pytest.fixture
def store(app: Flask) -> Store:
    store: Store = app.extensions["rms"].store
    return store


@pytest.fixture
def client(with_key: Callable[[str, Role], FlaskClient]) -> FlaskClient:
    return with_key("auditor", Role.AUDITOR)


def fill(store: Store, entries: int = 10) -> None:
    """Entries with three actions, by two users, on two days."""
    with store.transaction() as tx:
        for number in range(entries):
            tx.audit.append(
                ("assessment.read", "search.read", "bands.read")[number % 3],
                actor=("ada", "ben")[number % 2],
                at=START - timedelta(days=1 - number % 2),
                object_kind="assessment",
                object_key="" if number % 3 == 1 else str(number),
                detail={"keys": [12, number, 120]} if number % 3 == 1 else {},
            )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"actor": "ben"}, [9, 7, 5, 3, 1]),
        ({"action": "search.read"}, [7, 4, 1]),
        ({"actor": "ben", "action": "search.read"}, [7, 1]),
        ({"object_kind": "assessment", "object_key": "2"}, [2]),
        ({"object_kind": "assessment", "object_key": "12"}, [7, 4, 1]),
        ({"object_kind": "assessment", "object_key": "7"}, [7]),
        ({"object_kind": "assessment", "object_key": "%"}, []),
        ({"actor": "ada", "from": "2026-03-03", "to": "2026-03-03"}, [8, 6, 4, 2, 0]),
        ({"actor": "ada", "from": "2026-03-04"}, []),
        ({"object_kind": "assessment", "to": "9999-12-31"}, list(range(9, -1, -1))),
    ],
)
def test_a_search_finds_the_entries_that_meet_every_criterion(
    client: FlaskClient, store: Store, query: dict[str, str], expected: list[int]
) -> None:
    with store.reading() as tx:
        before = tx.audit.head().sequence
    fill(store)
    entries = client.get(AUDIT, query_string=query).json["entries"]
    assert [entry["sequence"] - before - 1 for entry in entries] == expected


def test_pages_are_linked_and_a_cursor_belongs_to_its_search(client: FlaskClient, store: Store) -> None:
    fill(store)
    whole = client.get(AUDIT, query_string={"object_kind": "assessment"}).json
    assert whole["next"] is None
    pages, link = [], f"{AUDIT}?object_kind=assessment&limit=4"
    while link:
        answer = client.get(link)
        pages.append(answer.json["entries"])
        link = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert [len(page) for page in pages] == [4, 4, 2]
    assert sum(pages, []) == whole["entries"]
    cursor = client.get(AUDIT, query_string={"object_kind": "assessment", "limit": 4}).json["next"]
    refused = client.get(AUDIT, query_string={"actor": "ada", "cursor": cursor})
    assert [problem["code"] for problem in refused.json["errors"]] == ["invalid_cursor"]


def test_the_csv_has_every_matching_entry(client: FlaskClient, store: Store) -> None:
    fill(store, 1200)
    answer = client.get(AUDIT, query_string={"object_kind": "assessment"}, headers={"Accept": "text/csv"})
    lines = list(csv.DictReader(answer.text.splitlines()))
    assert len(lines) == 1200
    shown = client.get(AUDIT, query_string={"object_kind": "assessment", "limit": 1}).json["entries"][0]
    assert {
        **lines[0],
        "sequence": int(lines[0]["sequence"]),
        "detail": json.loads(lines[0]["detail"]),
    } == shown


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"object_key": "1"}, "/query/object_kind", "required"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "/query/from", "range_reversed"),
        ({"limit": "201"}, "/query/limit", "invalid_value"),
        ({"who": "ada"}, "/query/who", "unknown_field"),
        ({"cursor": "1"}, "/query/cursor", "invalid_cursor"),
    ],
)
def test_an_invalid_query_is_refused(
    client: FlaskClient, query: dict[str, str], pointer: str, code: str
) -> None:
    refused = client.get(AUDIT, query_string=query)
    assert refused.status_code == 422
    assert [(problem["pointer"], problem["code"]) for problem in refused.json["errors"]] == [(pointer, code)]


def test_every_use_of_the_audit_log_is_logged(client: FlaskClient, store: Store) -> None:
    client.get(AUDIT, query_string={"actor": "ada", "from": NOW})
    client.get(AUDIT, headers={"Accept": "text/csv"})
    client.get(f"{AUDIT}/head")
    client.get(f"{AUDIT}/verify")
    with store.reading() as tx:
        latest = [(entry.action, entry.actor, entry.detail) for entry in tx.audit.entries()][-4:]
        entries = tx.audit.head().sequence
    assert latest == [
        ("audit.read", "auditor", {"criteria": "actor,first_day", "entries": 0}),
        ("audit.exported", "auditor", {"criteria": ""}),
        ("audit.head_read", "auditor", {}),
        ("audit.verified", "auditor", {"entries": entries - 1, "problems": 0}),
    ]


def test_the_log_is_verified_against_a_noted_head(client: FlaskClient, store: Store, clock: Clock) -> None:
    head = client.get(f"{AUDIT}/head").json
    noted = f"{head['sequence']}:{head['hash']}"
    verdict = client.get(f"{AUDIT}/verify", query_string={"head": noted}).json
    assert (verdict["whole"], verdict["problems"], verdict["entries"]) == (True, [], head["sequence"] + 1)
    assert verdict["head"]["sequence"] == verdict["entries"]
    missing = f"{head['sequence'] + 50}:{head['hash']}"
    verdict = client.get(f"{AUDIT}/verify", query_string={"head": missing}).json
    assert not verdict["whole"] and str(head["sequence"] + 50) in verdict["problems"][0]
    for wrong in ("", "5", f"05:{head['hash']}", f"5 {head['hash']}"):
        assert client.get(f"{AUDIT}/verify", query_string={"head": wrong}).status_code == 422


def test_a_long_chain_is_verified_in_little_memory(client: FlaskClient, store: Store) -> None:
    def peak() -> int:
        tracemalloc.start()
        assert client.get(f"{AUDIT}/verify").json["whole"]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    fill(store, 1000)
    few = peak()
    fill(store, 5000)
    assert peak() < few + 250_000  # bytes
