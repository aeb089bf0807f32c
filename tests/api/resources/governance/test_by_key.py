"""A person without an offender number is held, disclosed, erased and looked up by the ID in their address."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.services.users import Role
from api.storage import RecordMarks, Store
from tests.api.case_records import AT, DECLARATION, FILES, SOURCE, address, key_of, load
from tests.api.conftest import SECRET, Clock
from tests.api.contexts import context_for
from tests.api.storage.records.examples import join, separate
from tests.api.storage.records.examples import key_of as record_of

API = "/api/v1"
HELD = {"reason": "A complaint is pending."}
ASKED = {"reason_code": "court_order", "text": "Order 7."}
P2, P4 = f"person P2 of {SOURCE}", f"person P4 of {SOURCE}"
User = Callable[..., FlaskClient]


@pytest.fixture
def store(app: Flask) -> Store:
    found = app.extensions["rms"].store
    assert isinstance(found, Store)
    load(found)
    return found


@pytest.fixture
def user(as_user: User, store: Store) -> User:
    return as_user


@pytest.fixture
def by_key(app: Flask, store: Store) -> Callable[[str], str]:
    """The end of the address of the person with this ID in the source: `by-key/` and an ID."""
    return lambda source_id: address(app, source_id).removeprefix("/people/")


def visits(auditor: FlaskClient, person: str, **criteria: Any) -> list[str]:
    """What was done and seen, newest first, without the searches themselves."""
    answer = auditor.post(f"{API}/audit/search", json={"person": person, **criteria})
    assert answer.status_code == 200, answer.json
    return [one["said"] for one in answer.json["visits"] if one["action"] != "audit.person_read"]


def test_a_hold_is_placed_read_and_lifted(user: User, by_key: Callable[[str], str]) -> None:
    chief, place = user(Role.SUPERVISOR), f"{API}/people/{by_key('P2')}/hold"
    assert chief.get(place).status_code == 404
    placed = chief.put(place, json=HELD)
    assert placed.json == {**HELD, "placed_by": "a.supervisor", "placed_at": placed.json["placed_at"]}
    assert chief.get(place).json == placed.json
    assert [chief.delete(place).status_code for _ in range(2)] == [204, 404]
    with_number = f"{API}/people/{by_key('P1')}/hold"
    assert chief.put(with_number, json=HELD).status_code == 200
    assert chief.get(f"{API}/offenders/A100/hold").json["reason"] == HELD["reason"]


def test_a_person_without_a_number_is_moved_and_released(user: User, by_key: Callable[[str], str]) -> None:
    chief, place = user(Role.SUPERVISOR), f"{API}/people/{by_key('P2')}"
    mill, castle = (
        user(Role.SUPERVISOR, username=name, office=f"{name} ward") for name in ("Mill", "Castle")
    )
    assert chief.get(f"{place}/holders").json == {"office": "Castle ward", "holders": [], "held_by": []}
    assert mill.get(f"{place}/holders").status_code == 404
    assert castle.put(f"{place}/office", json={"office": "Nowhere"}).status_code == 422
    assert castle.put(f"{place}/office", json={"office": "Mill ward"}).status_code == 204
    assert mill.get(f"{place}/holders").json["office"] == "Mill ward"
    assert chief.delete(f"{place}/holders/nobody").status_code == 404
    with_number = f"{API}/people/{by_key('P1')}/holders"
    user(Role.CASE_WORKER, username="cy", office="Castle ward")
    assert chief.put(f"{API}/offenders/A100/holders/cy").status_code == 200
    assert chief.get(with_number).json["holders"] == ["cy"]
    assert chief.delete(f"{with_number}/cy").json["holders"] == []
    assert chief.delete(f"{with_number}/cy").status_code == 404


def test_nobody_reaches_a_person_of_other_areas(user: User, by_key: Callable[[str], str]) -> None:
    mill = user(Role.SUPERVISOR, office="Mill ward")
    for person in (by_key("P2"), "by-key/nobody", f"by-key/{'A' * 22}"):
        place = f"{API}/people/{person}"
        answers = [
            mill.get(f"{place}/hold"),
            mill.put(f"{place}/hold", json=HELD),
            mill.delete(f"{place}/hold"),
            mill.get(f"{place}/record"),
            mill.get(f"{place}/holders"),
            mill.put(f"{place}/office", json={"office": "Mill ward"}),
            mill.delete(f"{place}/holders/cy"),
        ]
        assert [(one.status_code, one.json["detail"]) for one in answers] == [
            (404, "There is no such person.")
        ] * 7


def test_the_document_of_a_person_without_a_number(user: User, by_key: Callable[[str], str]) -> None:
    chief, place = user(Role.SUPERVISOR), f"{API}/people/{by_key('P2')}"
    chief.put(f"{place}/hold", json=HELD)
    record = chief.get(f"{place}/record").json
    assert (record["person"], record["offender_number"], record["assessments"]) == (P2, "", [])
    assert record["hold"]["reason"] == HELD["reason"]
    (said,) = record["also_held"]["person_records"]
    assert (said["surname"], said["source"], said["home_area"]) == ("Park", SOURCE, "Castle ward")
    assert len(record["also_held"]["associations"]) == 3
    assert f"placed a legal hold on {P2}" in {look["said"] for look in record["looks"]}


def test_who_looked_is_found_by_id_and_by_address(
    user: User, app: Flask, by_key: Callable[[str], str]
) -> None:
    chief, auditor, person = user(Role.SUPERVISOR), user(Role.AUDITOR), by_key("P2")
    assert chief.get(f"{API}/harm/people/{person.removeprefix('by-key/')}").status_code == 200
    expected = [f"opened the harm score of {P2}"]
    for text in (person, person.removeprefix("by-key/"), f"https://rms.example/people/{person}/harm?x=1"):
        assert visits(auditor, text) == expected, text
    for nobody in ("by-key/nobody", "B" * 22, f"by-key/{'A' * 22}"):
        answer = auditor.post(f"{API}/audit/search", json={"person": nobody})
        assert answer.status_code == 404, nobody
    with app.extensions["rms"].store.reading() as tx:
        searches = [one for one in tx.audit.entries() if one.action == "audit.person_read"]
        key = str(key_of(app.extensions["rms"].store, "P2"))
    assert [one.object_key for one in searches] == [key] * 3 + [""] * 3


def test_pages_of_looks_by_id_follow_each_other(
    user: User, clock: Clock, by_key: Callable[[str], str]
) -> None:
    chief, auditor, person = user(Role.SUPERVISOR), user(Role.AUDITOR), by_key("P2")
    for _ in range(3):
        chief.get(f"{API}/people/{person}/record")
        clock.advance(minutes=2)
    body, found = {"person": person, "limit": 1, "action": "person.disclosed"}, []
    page = auditor.post(f"{API}/audit/search", json=body).json
    found += page["visits"]
    while page["next"]:
        page = auditor.post(f"{API}/audit/search", json={**body, "cursor": page["next"]}).json
        found += page["visits"]
    assert len(found) == 3


def imported(store: Store, tmp_path: Any) -> list[tuple[str, str]]:
    """Import the same files again: where problems are, and their codes."""
    (tmp_path / "import.toml").write_text(DECLARATION)
    for kind, text in FILES.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
    context = context_for(store, at=AT)
    report = import_folder(context, FolderOnDisk(tmp_path), marks=RecordMarks(SECRET))
    return [(one.pointer, one.code) for file in report.files for one in file.problems]


def test_a_person_without_a_number_is_erased_and_stays_so(
    user: User, store: Store, by_key: Callable[[str], str], tmp_path: Any
) -> None:
    ada, ben = user(Role.ADMINISTRATOR, username="ada"), user(Role.ADMINISTRATOR, username="ben")
    chief, person = user(Role.SUPERVISOR), by_key("P2")
    assert imported(store, tmp_path) == []
    request = ada.post(f"{API}/erasures", json={**ASKED, "person": person})
    assert (request.status_code, request.json["person"], request.json["offender_number"]) == (201, P2, "")
    chief.put(f"{API}/people/{person}/hold", json=HELD)
    refused = ben.post(f"{API}/erasures/{request.json['id']}/approval")
    assert (refused.status_code, refused.json["code"]) == (409, "on_hold")
    chief.delete(f"{API}/people/{person}/hold")
    erased = ben.post(f"{API}/erasures/{request.json['id']}/approval").json["erased"]
    assert (erased["person_records"], erased["offences"], erased["associations"]) == (1, 1, 3)
    assert chief.get(f"{API}/harm/people/{person.removeprefix('by-key/')}").status_code == 404
    assert user(Role.AUDITOR).post(f"{API}/audit/search", json={"person": person}).status_code == 404
    assert imported(store, tmp_path) == [
        ("/people.csv/3/person", "erased_person"),
        ("/offences.csv/7/person", "erased_person"),
        ("/associations.csv/2/other", "erased_person"),
        ("/associations.csv/3/person", "erased_person"),
        ("/associations.csv/4/person", "erased_person"),
    ]
    assert ada.get(f"{API}/erasures/source-records").json == {"sources": [{"source": SOURCE, "records": 1}]}
    allowed = {"source": SOURCE, "source_id": "P2", "reason": "Convicted again."}
    place = f"{API}/erasures/source-records/allowed"
    assert ada.post(place, json={**allowed, "source_id": "P3"}).status_code == 404
    assert [ada.post(place, json=allowed).status_code for _ in range(2)] == [204, 404]
    assert imported(store, tmp_path) == []
    assert key_of(store, "P2") > 4  # a new person


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ({}, 422, "one_person"),
        ({"person": "x", "offender_number": "x"}, 422, "one_person"),
        ({"person": "by-key/nobody"}, 404, None),
        ({"person": "A" * 22}, 404, None),
    ],
)
def test_an_erasure_names_one_person(
    user: User, named: dict[str, str], status: int, code: str | None
) -> None:
    refused = user(Role.ADMINISTRATOR).post(f"{API}/erasures", json={**ASKED, **named})
    assert refused.status_code == status
    if code:
        assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [("/person", code)]


@pytest.fixture
def decides(store: Store) -> int:
    with store.transaction() as tx:
        return tx.accounts.add_user("sam", password_hash="x", role="supervisor", by="test", at=AT).id


def test_looks_at_both_people_are_found_while_they_are_joined(
    user: User, store: Store, decides: int, clock: Clock, by_key: Callable[[str], str]
) -> None:
    """P1 has the number A100. P4 is joined to P1, and P2 is neither."""
    chief, auditor = user(Role.SUPERVISOR), user(Role.AUDITOR)
    a, b = by_key("P1"), by_key("P4")
    for person in (a, b, by_key("P2")):
        assert chief.get(f"{API}/harm/people/{person.removeprefix('by-key/')}").status_code == 200
        clock.advance(minutes=2)
    listed = chief.post(f"{API}/harm/list/search", json={"show_hidden": True}).json
    assert len(listed["people"]) == 3  # P4 has no score
    clock.advance(minutes=2)
    only_a = ["saw A100 in the offender list", "opened the harm score of A100"]
    only_b = [f"opened the harm score of {P4}"]
    assert (visits(auditor, a), visits(auditor, b)) == (only_a, only_b)
    records = record_of(store, "P1"), record_of(store, "P4")
    join(store, *records, user=decides)
    both = visits(auditor, "A100", actor="a.supervisor")
    assert both == [only_a[0], only_b[0], only_a[1]]
    assert visits(auditor, b, actor="a.supervisor") == both  # the earlier address leads to both
    assert "joined the records of A100 and of another person" in visits(auditor, a)
    looks = [one["said"] for one in chief.get(f"{API}/offenders/A100/record").json["looks"]]
    assert [said for said in looks if said in both] == both[::-1]
    separate(store, *records, user=decides)
    disclosed = ["opened all data held about A100", "opened the list of assessments of A100"]
    assert visits(auditor, a, actor="a.supervisor") == [*disclosed, *only_a]
    assert visits(auditor, b, actor="a.supervisor") == only_b


def test_a_request_for_a_person_who_was_joined_since_is_not_approved(
    user: User, store: Store, decides: int, by_key: Callable[[str], str]
) -> None:
    ada, ben = user(Role.ADMINISTRATOR, username="ada"), user(Role.ADMINISTRATOR, username="ben")
    request = ada.post(f"{API}/erasures", json={**ASKED, "person": by_key("P4")}).json
    join(store, record_of(store, "P1"), record_of(store, "P4"), user=decides)
    refused = ben.post(f"{API}/erasures/{request['id']}/approval")
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    assert ada.delete(f"{API}/erasures/{request['id']}").status_code == 204
    again = ada.post(f"{API}/erasures", json={**ASKED, "person": by_key("P4")})
    assert again.json["offender_number"] == "A100"
    erased = ben.post(f"{API}/erasures/{again.json['id']}/approval").json["erased"]
    assert (erased["people"], erased["person_records"]) == (2, 2)
