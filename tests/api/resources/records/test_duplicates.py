"""Likely duplicates over the API: seen within one's offices, decided on by supervisors."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.records import duplicates
from api.services.records.duplicates import Searched, propose_duplicates
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.services.users import Role
from api.storage import Proposed, Store
from api.storage.records.duplicates import Duplicates
from tests.api.contexts import context_for
from tests.api.two_sources import folders, import_both

DUPLICATES = "/api/v1/people/duplicates"
REASON = "The same photograph."


@pytest.fixture
def store(app: Flask) -> Store:
    found = app.extensions["rms"].store
    assert isinstance(found, Store)
    return found


@pytest.fixture
def searched(store: Store, tmp_path: Path) -> Searched:
    return import_both(store, tmp_path)


@pytest.fixture
def chief(with_key: Callable[[str, Role], FlaskClient], searched: Searched) -> FlaskClient:
    return with_key("the.chief", Role.SUPERVISOR)


def of(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The pairs by the IDs of their records."""
    return {
        (pair["records"][0]["source_id"], pair["records"][1]["source_id"]): pair for pair in document["pairs"]
    }


def keys(client: FlaskClient, *pair: str) -> list[int]:
    return [record["record"] for record in of(client.get(DUPLICATES).json)[pair[0], pair[1]]["records"]]


def decide(client: FlaskClient, decision: str, records: list[int], reason: str = REASON) -> int:
    return client.post(f"{DUPLICATES}/{decision}", json={"records": records, "reason": reason}).status_code


def test_pairs_come_with_their_evidence(chief: FlaskClient, searched: Searched) -> None:
    assert (searched.changed, searched.found, searched.waiting) == (9, 3, 3)
    document = chief.get(DUPLICATES).json
    pairs = of(document)
    assert document["total"] == 3 and document["joined"] == []
    assert [*pairs] == [("P1", "X1"), ("P3", "X3"), ("P2", "X2")]
    assert pairs["P1", "X1"]["evidence"] == {
        **{"name": "agrees", "date_of_birth": "agrees", "sex": "agrees"},
        **{"pnc": "agrees", "cro": "unknown"},
    }
    assert pairs["P2", "X2"]["evidence"]["name"] == "near"
    assert 0.5 <= pairs["P2", "X2"]["probability"] <= pairs["P1", "X1"]["probability"] <= 1
    first, second = pairs["P1", "X1"]["records"]
    assert (first["offender_number"], second["offender_number"]) == ("10001", None)
    assert (second["source"], second["forename"], second["home_area"]) == ("custody", "ANN", "East")
    assert len(chief.get(f"{DUPLICATES}?limit=1").json["pairs"]) == 1


def test_a_join_and_its_separation(
    chief: FlaskClient, store: Store, tmp_path: Path, searched: Searched
) -> None:
    records = keys(chief, "P1", "X1")
    assert decide(chief, "join", records) == 204
    document = chief.get(DUPLICATES).json
    (joined,) = document["joined"]
    assert (joined["joined_by"], joined["reason"]) == ("the.chief", REASON)
    assert {record["offender_number"] for record in joined["records"]} == {"10001"}
    assert document["total"] == 2
    assert decide(chief, "join", records) == 404

    assert decide(chief, "separate", records[::-1]) == 204
    for folder in folders(tmp_path):  # both again
        import_folder(context_for(store), FolderOnDisk(folder))
    assert propose_duplicates(context_for(store), everybody=True).waiting == 2
    document = chief.get(DUPLICATES).json
    assert document["joined"] == [] and ("P1", "X1") not in of(document)
    with store.reading() as tx:
        said = {entry.action for entry in tx.audit.entries()}
    assert said >= {"duplicates.proposed", "duplicates.listed", "records.joined", "records.separated"}


def test_a_pair_that_is_kept_apart_is_not_seen_again(chief: FlaskClient, store: Store) -> None:
    records = keys(chief, "P2", "X2")
    assert decide(chief, "separate", records) == 204
    assert decide(chief, "join", records) == 404
    assert propose_duplicates(context_for(store), everybody=True).waiting == 2


def test_pairs_are_stored_in_portions_and_a_search_that_was_stopped_is_due_again(
    chief: FlaskClient, store: Store, searched: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "PORTION", 1)
    records = keys(chief, "P2", "X2")
    assert decide(chief, "separate", records) == 204
    propose, stored = Duplicates.propose, []

    def stopped(self: Duplicates, found: Sequence[Proposed], **more: Any) -> None:
        if stored:
            raise KeyboardInterrupt
        stored.extend(found)
        propose(self, found, **more)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Duplicates, "propose", stopped)
        propose_duplicates(context_for(store), everybody=True)
    assert len(stored) == 1 and chief.get(DUPLICATES).json["total"] == 2  # nothing was lost
    again = propose_duplicates(context_for(store), everybody=True)
    assert (again.found, again.waiting) == (3, 2)
    assert ("P2", "X2") not in of(chief.get(DUPLICATES).json)  # they are kept apart


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"records": [1, 2]}, "/reason"),
        ({"records": [1], "reason": "x"}, "/records"),
        ({"records": [1, 2, 3], "reason": "x"}, "/records"),
        ({"records": [1, "2"], "reason": "x"}, "/records/1"),
        ({"records": [1, 2], "reason": ""}, "/reason"),
        ({"records": [1, 2], "reason": "x", "who": "y"}, "/who"),
    ],
)
@pytest.mark.parametrize("decision", ["join", "separate"])
def test_what_is_wrong_with_a_decision(
    chief: FlaskClient, decision: str, body: dict[str, Any], pointer: str
) -> None:
    refused = chief.post(f"{DUPLICATES}/{decision}", json=body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_a_pair_is_shown_only_to_those_who_may_see_both_people(
    searched: Searched, store: Store, chief: FlaskClient, as_user: Callable[..., FlaskClient]
) -> None:
    """P3 lives in West and X3 in East."""
    east = as_user(Role.SUPERVISOR, username="east", office="East")
    west = as_user(Role.SUPERVISOR, username="west", office="West")
    sergeant = as_user(Role.OFFENDER_MANAGER, username="sergeant", office="East")
    for client in (east, sergeant):
        assert [*of(client.get(DUPLICATES).json)] == [("P1", "X1"), ("P2", "X2")]
    assert west.get(DUPLICATES).json == {"total": 0, "pairs": [], "joined": []}
    records = keys(chief, "P3", "X3")
    for client in (east, west):
        assert decide(client, "join", records) == decide(client, "separate", records) == 404
    assert decide(chief, "join", records) == 204
    joined = [client.get(DUPLICATES).json["joined"] for client in (chief, east, west)]
    assert [len(pairs) for pairs in joined] == [1, 1, 0]  # at home in East, and so of its office


def test_records_that_do_not_exist(chief: FlaskClient) -> None:
    for records in ([998, 999], [1, 1], [1, 999]):
        assert decide(chief, "join", records) == decide(chief, "separate", records) == 404


def test_a_person_learns_of_the_decisions_about_them(
    chief: FlaskClient, store: Store, as_user: Callable[..., FlaskClient]
) -> None:
    decide(chief, "join", keys(chief, "P1", "X1"))
    record = chief.get("/api/v1/offenders/10001/record").json
    (join,) = record["also_held"]["joins"]
    assert (join["joined_by"], join["reason"]) == ("supervisor", REASON)
    assert len(record["also_held"]["person_records"]) == 2
    assert "joined the records of 10001 and of another person" in {look["said"] for look in record["looks"]}
    assert "the.chief" not in str(record)
