"""Who has the records of a person who was joined, what each is called, and the legal hold on the records."""

from collections.abc import Callable

import pytest

from api.storage import Store
from tests.api.storage.records.examples import AT, join, key_of, load_three, person_of, separate

CALLED = {id: f"person {id} of crime records" for id in "ABC"}
Join = Callable[[str, str], None]


@pytest.fixture
def persons(store: Store) -> dict[str, int]:
    load_three(store)
    return {id: person_of(store, id) for id in "ABC"}


@pytest.fixture
def user(store: Store) -> int:
    with store.transaction() as tx:
        return tx.accounts.add_user("sam", password_hash="x", role="supervisor", by="test", at=AT).id


@pytest.fixture
def joined(store: Store, user: int) -> Join:
    def together(one: str, other: str) -> None:
        join(store, key_of(store, one), key_of(store, other), user=user)

    return together


@pytest.fixture
def apart(store: Store, user: int) -> Join:
    def from_each_other(one: str, other: str) -> None:
        separate(store, key_of(store, one), key_of(store, other), user=user)

    return from_each_other


def holders(store: Store, persons: dict[str, int]) -> dict[str, str | None]:
    """ID of each person → the ID of the one who has their records."""
    ids = {key: id for id, key in persons.items()}
    with store.reading() as tx:
        return {id: ids.get(tx.people.holder(key) or 0) for id, key in persons.items()}


def called(store: Store, person: int) -> list[str]:
    with store.reading() as tx:
        found = tx.people.parts(person)
    assert next(iter(found)) == person
    return list(found.values())


def test_a_chain_of_joins_and_its_undoing(
    store: Store, persons: dict[str, int], joined: Join, apart: Join
) -> None:
    assert holders(store, persons) == {"A": "A", "B": "B", "C": "C"}
    assert called(store, persons["A"]) == [CALLED["A"]]
    joined("B", "C")
    joined("A", "B")
    assert holders(store, persons) == {"A": "A", "B": "A", "C": "A"}
    assert set(called(store, persons["A"])) == {*CALLED.values()}
    apart("A", "B")
    assert holders(store, persons) == {"A": "A", "B": "B", "C": "B"}
    assert called(store, persons["A"]) == [CALLED["A"]]
    assert called(store, persons["B"]) == [CALLED["B"], CALLED["C"]]
    apart("B", "C")
    assert holders(store, persons) == {"A": "A", "B": "B", "C": "C"}


def test_the_middle_of_a_chain_is_undone(
    store: Store, persons: dict[str, int], joined: Join, apart: Join
) -> None:
    joined("B", "C")
    joined("A", "B")
    apart("B", "C")
    assert holders(store, persons) == {"A": "A", "B": "A", "C": "C"}
    assert called(store, persons["A"]) == [CALLED["A"], CALLED["B"]]


def test_an_unknown_person_and_one_without_records(store: Store) -> None:
    with store.transaction() as tx:
        numbered = tx.people.add("A100", office=1, by="test", at=AT)
        plain = tx.people.add(None, office=1, by="test", at=AT)
        assert [tx.people.holder(key) for key in (numbered, plain, 10**6)] == [numbered, plain, None]
        assert tx.people.parts(numbered) == {numbered: "A100"}
        assert tx.people.parts(plain) == {plain: "a person without a number or records"}


def reasons(store: Store, persons: dict[str, int]) -> dict[str, str | None]:
    with store.reading() as tx:
        found = {id: tx.holds.of(key) for id, key in persons.items()}
    return {id: hold.reason if hold else None for id, hold in found.items()}


def test_a_legal_hold_stays_on_the_records_that_it_was_placed_on(
    store: Store, persons: dict[str, int], user: int, joined: Join, apart: Join
) -> None:
    with store.transaction() as tx:
        tx.holds.place(persons["B"], "Of B.", account=user, by="sam", at=AT)
    joined("A", "B")  # the records go to A
    assert reasons(store, persons) == {"A": "Of B.", "B": "Of B.", "C": None}
    with store.transaction() as tx:
        tx.holds.place(persons["C"], "Of C.", account=user, by="sam", at=AT)
    joined("A", "C")
    assert reasons(store, persons)["A"] == "Of B. Of C."
    apart("A", "B")  # nobody knows whose records the reason is about: both stay on hold
    assert reasons(store, persons) == {"A": "Of B. Of C.", "B": "Of B. Of C.", "C": "Of C."}


def test_what_an_entry_is_about_of_several_people(store: Store, persons: dict[str, int]) -> None:
    a, b, c = (persons[id] for id in "ABC")
    with store.transaction() as tx:
        look = {"actor": "ada", "at": AT, "object_kind": "person"}
        tx.audit.append("person.records_read", **look, object_key=str(a))
        tx.audit.append("harm.listed", **look, object_key="", people=[a, b])
        tx.audit.append("harm.listed", **look, object_key="", people=[c])
    with store.reading() as tx:
        entries = list(tx.audit.entries_about(a, b))[-2:]
        found = tx.audit.people_of(entries, (a, b, c))
        assert [found[entry.sequence] for entry in entries] == [{a}, {a, b}]
        assert tx.audit.people_of((), (a, b)) == {}
