"""People with a key of their own: with no assessment, or with no number yet."""

import pytest

from api.storage import AGENCY, Reach, Store, Viewer
from rms.errors import Conflict, HeldElsewhere
from tests.api.rows import rows
from tests.api.storage.examples import AT, MARKS, assessment, result

NUMBER = "NOBODY7"
LATER = AT.replace(year=2026)


def users(store: Store) -> tuple[int, int]:
    with store.transaction() as tx:
        ada, ben = (
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT)
            for name in ("ada", "ben")
        )
    return ada.id, ben.id


def supervisor(account: int, office: int) -> Viewer:
    return Viewer(account, "sue", Reach.OFFICES, office, AT)


def test_a_person_without_an_assessment_is_placed_held_seen_and_erased(store: Store, url: str) -> None:
    ada, ben = users(store)
    with store.transaction() as tx:
        north = tx.offices.add("North", parent=AGENCY, by="ada", at=AT).id
        south = tx.offices.add("South", parent=AGENCY, by="ada", at=AT).id
        person = tx.people.add(NUMBER, office=north, by="ada", at=AT)
        tx.belonging.move(person, office=south, by="ada", at=AT)
        tx.caseload.assign(person, to=ada, by="ada", at=AT)
        tx.holds.place(person, "A complaint.", account=ada, by="ada", at=AT)
    with store.reading() as tx:
        assert (tx.people.key(NUMBER), tx.people.number(person)) == (person, NUMBER)
        assert tx.caseload.office_of(person) == south
        assert tx.caseload.of(ada) == (NUMBER,)
        assert tx.holds.of(person) is not None
        assert tx.erasures.due(before=LATER).people == ()
    for office, sees in ((north, False), (south, True)):
        with store.within(supervisor(ada, office)).reading() as tx:
            assert tx.caseload.may_write_about(person) is sees
            assert tx.submissions.history(NUMBER) == ()
    with store.transaction() as tx:
        tx.holds.lift(person, by="ada", at=AT)
        asked = {"reason": "x", "text": "x", "by": "ada", "at": AT, "expires_at": LATER}
        tx.erasures.request(person, requested_by=ada, **asked)
        request = tx.erasures.of(person, at=AT)
        assert request is not None and request.offender_number == NUMBER
        counts = tx.erasures.erase(request, marks=MARKS, approved_by=ben, by="ben", at=AT)
    assert (counts["people"], counts["caseload"], counts["assessments"]) == (1, 1, 0)
    assert rows(url, "SELECT * FROM people") == []
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        named = [one for one in tx.audit.entries() if one.object_kind == "person"]
    assert {one.object_key for one in named} == {str(person)}
    assert {one.action for one in named} >= {"person.added", "person.moved", "hold.placed", "person.erased"}


def test_people_without_a_number(store: Store, url: str) -> None:
    ada, ben = users(store)
    with store.transaction() as tx:
        first, second = (tx.people.add(None, office=AGENCY, by="ada", at=AT) for _ in range(2))
        tx.caseload.assign(first, to=ada, by="ada", at=AT)
        assert tx.people.number(first) is None
        assert tx.caseload.of(ada) == ()  # lists are of numbers
        request = tx.erasures.request(
            first, reason="x", text="x", requested_by=ada, by="ada", at=AT, expires_at=LATER
        )
        found = tx.erasures.get(request, at=AT)
        assert found is not None and found.offender_number == ""
        tx.erasures.erase(found, marks=MARKS, approved_by=ben, by="ben", at=AT)
    assert rows(url, "SELECT id FROM people") == [(second,)]


def test_a_number_is_one_persons(store: Store) -> None:
    with store.transaction() as tx:
        tx.people.add(NUMBER, office=AGENCY, by="ada", at=AT)
        with pytest.raises(Conflict):
            tx.people.add(NUMBER, office=AGENCY, by="ada", at=AT)


def test_keys_are_not_given_again(store: Store) -> None:
    ada, ben = users(store)
    with store.transaction() as tx:
        gone = tx.people.add(NUMBER, office=AGENCY, by="ada", at=AT)
        tx.erasures.request(gone, reason="x", text="x", requested_by=ada, by="ada", at=AT, expires_at=LATER)
        request = tx.erasures.of(gone, at=AT)
        assert request is not None
        tx.erasures.erase(request, marks=MARKS, approved_by=ben, by="ben", at=AT)
        assert tx.people.add(NUMBER, office=AGENCY, by="ada", at=AT) > gone


def test_who_is_known_without_an_assessment_is_not_new(store: Store) -> None:
    """Assessing a person of another office first does not give access to them."""
    ada, _ = users(store)
    with store.transaction() as tx:
        north = tx.offices.add("North", parent=AGENCY, by="ada", at=AT).id
        person = tx.people.add(NUMBER, office=north, by="ada", at=AT)
    form = assessment(NUMBER)
    worker = store.within(Viewer(ada, "ada", Reach.CASELOAD, AGENCY, AT))
    with pytest.raises(HeldElsewhere), worker.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
    with store.transaction() as tx:
        tx.caseload.assign(person, to=ada, by="ada", at=AT)
    with worker.transaction() as tx:
        assert tx.submissions.add(form, result(form), by="ada", at=AT).sequence == 0
    with store.reading() as tx:
        assert tx.caseload.office_of(person) == north


def test_offices_of_a_tree_hold_their_people(store: Store) -> None:
    with store.transaction() as tx:
        north = tx.offices.add("North", parent=AGENCY, by="ada", at=AT).id
        tx.people.add(NUMBER, office=north, by="ada", at=AT)
        tx.people.add(None, office=north, by="ada", at=AT)
        assert tx.people.of_offices() == {north: 2}
