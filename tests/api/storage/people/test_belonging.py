"""The office of a person follows their home area, unless a supervisor has moved them; both end caseloads."""

from datetime import timedelta
from typing import Any

import pytest
from alembic import command

from api.storage import Reply, Store, database, migrations
from api.storage.records.records import AreaRow
from api.storage.transfer.jobs import Job, State
from tests.api.rows import rows
from tests.api.storage.examples import assessment, result
from tests.api.storage.records.examples import AT, join, key_of, load, person, person_of, separate

WARDS = [AreaRow(line, f"W{line}", f"Ward {line}", "ward", None) for line in range(1, 5)]
NEXT, AFTER = AT + timedelta(days=1), AT + timedelta(days=2)


@pytest.fixture
def wards(store: Store) -> dict[str, int]:
    """The key of each ward, by code."""
    load(store, "areas", WARDS)
    with store.reading() as tx:
        return {office.code: office.id for office in tx.offices.all() if office.code}


@pytest.fixture
def worker(store: Store) -> int:
    with store.transaction() as tx:
        return tx.accounts.add_user("cy", password_hash="x", role="case_worker", by="test", at=AT).id


def place(url: str, person: int) -> Any:
    """The office of a person, their home area, and whether the one follows the other."""
    (found,) = rows(url, f"SELECT office, home_area, follows_home FROM people WHERE id = {person}")
    return found[0], found[1], bool(found[2])


def moves(store: Store, person: int) -> list[tuple[str, str, Any]]:
    """Who moved the person to which office, as an auditor finds it."""
    with store.reading() as tx:
        return [
            (one.action, one.actor, one.detail.get("office") or int(one.object_key))
            for one in tx.audit.entries_about(person)
            if one.action.endswith(".moved")
        ]


def allocate(store: Store, person: int, to: int) -> None:
    with store.transaction() as tx:
        tx.caseload.assign(person, to=to, by="test", at=AT)


def keep_copies(store: Store, account: int) -> None:
    """A finished file and a page of this user."""
    job = Job("job", "export", account, "case_worker", 1, AT, {}, state=State.DONE, expires_at=AFTER)
    page = Reply("page", 200, b"kept", AFTER, str(account), of_stranger=False)
    with store.transaction() as tx:
        tx.jobs.add(job, by="cy", detail={})
        tx.replies.add(page)


def copies(store: Store) -> tuple[Any, bool]:
    """When the file expires, and whether the page is still kept."""
    with store.reading() as tx:
        job = tx.jobs.get("job")
        assert job is not None
        return job.expires_at, tx.replies.find("page", at=AT) is not None


def test_an_import_that_moves_a_person_ends_caseloads_and_files_and_is_on_record(
    store: Store, url: str, wards: dict[str, int], worker: int
) -> None:
    both = [person(id, line=line, offender_number=f"A{id}", home_area="W1") for line, id in enumerate("12")]
    load(store, "people", both)
    moved, stays = (person_of(store, id) for id in "12")
    allocate(store, moved, worker)
    allocate(store, stays, worker)
    keep_copies(store, worker)

    renamed = [person("1", offender_number="A1", home_area="W1", surname="Lee")]
    load(store, "people", renamed, at=NEXT)  # at the same address: nothing ends
    assert copies(store) == (AFTER, True)
    assert moves(store, moved) == []

    load(store, "people", [renamed[0]._replace(details={**renamed[0].details, "home_area": "W2"})], at=NEXT)

    assert place(url, moved) == (wards["W2"], wards["W2"], True)
    with store.reading() as tx:
        assert tx.caseload.holders(moved) == ()
        assert [one.username for one in tx.caseload.holders(stays)] == ["cy"]
    assert copies(store) == (NEXT, False)
    assert moves(store, moved) == [("people.moved", "test", wards["W2"])]
    assert moves(store, stays) == []


def test_a_supervisor_who_moves_a_person_ends_the_same(
    store: Store, url: str, wards: dict[str, int], worker: int
) -> None:
    load(store, "people", [person("1", offender_number="A1", home_area="W1")])
    key = person_of(store, "1")
    allocate(store, key, worker)
    keep_copies(store, worker)
    with store.transaction() as tx:
        tx.belonging.move(key, office=wards["W2"], by="sue", at=NEXT)
    assert place(url, key) == (wards["W2"], wards["W1"], False)
    with store.reading() as tx:
        assert tx.caseload.holders(key) == ()
    assert copies(store) == (NEXT, False)
    assert moves(store, key) == [("person.moved", "sue", wards["W2"])]


def test_the_office_stays_where_a_supervisor_moved_the_person_even_to_where_they_live(
    store: Store, url: str, wards: dict[str, int]
) -> None:
    load(store, "people", [person("1", home_area="W1")])
    key = person_of(store, "1")
    with store.transaction() as tx:
        tx.belonging.move(key, office=wards["W1"], by="sue", at=AT)
    load(store, "people", [person("1", home_area="W2")], at=NEXT)
    assert place(url, key) == (wards["W1"], wards["W2"], False)


def test_the_office_follows_the_first_home_area(store: Store, url: str, wards: dict[str, int]) -> None:
    load(store, "people", [person("1")])
    load(store, "people", [person("1", home_area="W3")], at=NEXT)
    assert place(url, person_of(store, "1")) == (wards["W3"], wards["W3"], True)
    load(store, "people", [person("1")], at=AFTER)  # the source does not know it any more
    assert place(url, person_of(store, "1")) == (wards["W3"], wards["W3"], True)


def test_a_person_who_was_assessed_first_stays_with_who_assessed_them(
    store: Store, url: str, wards: dict[str, int]
) -> None:
    form = assessment("10000")
    with store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
    load(store, "people", [person("1", offender_number="10000", home_area="W1")])
    load(store, "people", [person("1", offender_number="10000", home_area="W2")], at=NEXT)
    assert place(url, person_of(store, "1")) == (1, wards["W2"], False)


def test_after_a_join_the_office_follows_whatever_source_tells_of_the_next_address(
    store: Store, url: str, wards: dict[str, int], worker: int
) -> None:
    load(store, "people", [person("P", home_area="W1")])
    load(store, "people", [person("X", home_area="W2")], at=NEXT, source="custody")
    one, other = key_of(store, "P"), key_of(store, "X", "custody")
    stays = join(store, one, other, user=worker)
    assert place(url, stays) == (wards["W2"], wards["W2"], True)
    assert moves(store, stays) == [("people.moved", "sam", wards["W2"])]
    for place_now in ("W3", "W4"):
        load(store, "people", [person("X", home_area=place_now)], at=AFTER, source="custody")
        assert place(url, stays) == (wards[place_now], wards[place_now], True)

    separate(store, one, other, user=worker)

    assert place(url, stays) == (wards["W1"], wards["W1"], True)
    assert place(url, person_of(store, "X", "custody")) == (wards["W4"], wards["W4"], True)


def test_a_join_and_a_separation_leave_a_person_where_a_supervisor_moved_them(
    store: Store, url: str, wards: dict[str, int], worker: int
) -> None:
    load(store, "people", [person("P", home_area="W1")])
    load(store, "people", [person("X", home_area="W2")], at=NEXT, source="custody")
    one, other = key_of(store, "P"), key_of(store, "X", "custody")
    with store.transaction() as tx:
        tx.belonging.move(person_of(store, "P"), office=wards["W4"], by="sue", at=AT)
    stays = join(store, one, other, user=worker)
    assert place(url, stays) == (wards["W4"], wards["W2"], False)
    separate(store, one, other, user=worker)
    assert place(url, stays) == (wards["W4"], wards["W1"], False)


def test_people_of_one_batch_go_to_different_offices(
    store: Store, url: str, wards: dict[str, int], worker: int
) -> None:
    ids = [f"P{number}" for number in range(40)]
    load(store, "people", [person(id, line=line, home_area="W1") for line, id in enumerate(ids)])
    homes = {id: f"W{1 + number % 4}" for number, id in enumerate(ids)}
    for id in ids:
        allocate(store, person_of(store, id), worker)
    changed = [person(id, line=line, home_area=home) for line, (id, home) in enumerate(homes.items())]
    load(store, "people", changed, at=NEXT)
    for id, home in homes.items():
        key = person_of(store, id)
        assert place(url, key) == (wards[home], wards[home], True)
        assert moves(store, key) == ([] if home == "W1" else [("people.moved", "test", wards[home])])
    with store.reading() as tx:
        assert sum(tx.caseload.held_by_office()[worker].values()) == 10
        assert [one.action for one in tx.audit.entries()].count("people.moved") == 3


def test_an_upgrade_knows_from_the_audit_log_whom_a_supervisor_has_moved(
    store: Store, url: str, wards: dict[str, int]
) -> None:
    load(store, "people", [person(id, line=line, home_area="W1") for line, id in enumerate("123")])
    back, here, stranded = (person_of(store, id) for id in "123")
    form = assessment("10000")
    with store.transaction() as tx:
        tx.belonging.move(back, office=wards["W1"], by="sue", at=AT)
        tx.submissions.add(form, result(form), by="ada", at=AT)
        assessed = tx.people.key("10000")
        assert assessed is not None
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        command.downgrade(migrations.configuration(connection), "0030-1")
        connection.exec_driver_sql(f"UPDATE people SET home_area = {wards['W2']} WHERE id = {stranded}")
        command.upgrade(migrations.configuration(connection), "head")
    engine.dispose()
    following = {one: place(url, one)[2] for one in (back, here, stranded, assessed)}
    assert following == {back: False, here: True, stranded: True, assessed: False}
