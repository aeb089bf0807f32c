"""Entries are found by the people they are about, however many were seen at once."""

import pytest

from api.storage import AGENCY, AuditCriteria, PeopleSet, Reach, Store, Viewer, database
from api.storage.audit_people import BLOCK, MOST_ROWS, remove_from_index
from rms.engine.filter import Filter, Sort
from tests.api.rows import rows
from tests.api.storage.examples import AT, assessment, result

ADA = Viewer(1, "ada", Reach.OFFICES, AGENCY, AT)
NUMBERS = ("A1", "B2", "C3")


@pytest.fixture
def people(store: Store) -> list[int]:
    """The keys of three people, the first of whom was assessed twice."""
    with store.transaction() as tx:
        for number in ("A1", *NUMBERS):
            form = assessment(number)
            tx.submissions.add(form, result(form), by="ada", at=AT)
        return [tx.people.key(number) or 0 for number in NUMBERS]


def about(person: int, store: Store) -> list[str]:
    with store.reading() as tx:
        found = tx.audit.page(AuditCriteria(people=(person,)), limit=100)
        assert list(tx.audit.entries_about(person)) == list(reversed(found))
    return [one.action for one in reversed(found)]


def test_looks_are_found_by_person(store: Store, people: list[int]) -> None:
    a, b, c = people
    with store.within(ADA).reading() as tx:
        keys = tx.search.page(Filter(everything=True), sort=Sort(), limit=10)
        tx.audit.looked("assessments.listed", keys=keys)
        tx.submissions.get("B2")
        tx.submissions.history("A1")
        tx.audit.looked("assessments.counted", people=tx.search.few_people(Filter(offender="C3")))
    with store.transaction() as tx:
        note = tx.notes.add("C3", "Said.", author=_author(store, tx), by="ada", at=AT)
    assert note.number == 1
    assert about(a, store) == [*["assessment.submitted"] * 2, "assessments.listed", "person.read"]
    assert about(b, store) == ["assessment.submitted", "assessments.listed", "assessment.read"]
    assert about(c, store) == [
        *("assessment.submitted", "assessments.listed", "assessments.counted"),
        "note.written",
    ]


def _author(store: Store, tx: object) -> int:
    user = tx.accounts.add_user("ada", password_hash="x", role="case_worker", by="test", at=AT)  # type: ignore[attr-defined]
    return int(user.id)


def test_a_count_of_many_names_nobody(
    store: Store, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.reading() as tx:
        assert set(tx.search.few_people(Filter(everything=True))) == set(people)
        monkeypatch.setattr("api.storage.search.search.FEW", 3)
        assert tx.search.few_people(Filter(everything=True)) == ()


def test_a_post_adds_one_row_and_a_list_one_for_each_person(
    store: Store, url: str, people: list[int]
) -> None:
    counted = "SELECT sequence, count(*) FROM audit_people GROUP BY sequence ORDER BY sequence"
    assert [count for _, count in rows(url, counted)] == [1, 1, 1, 1]
    with store.within(ADA).reading() as tx:
        tx.audit.looked("assessments.listed", keys=(1, 2, 3, 4))
    assert rows(url, counted)[-1][1] == 3


def test_a_file_of_many_has_a_text_for_each_block(store: Store, url: str, people: list[int]) -> None:
    many = [*range(1, MOST_ROWS + 2), 3 * BLOCK + 5]
    before = len(rows(url, "SELECT * FROM audit_people"))
    with store.within(ADA).reading() as tx:
        tx.audit.looked("assessments.exported", people=PeopleSet(many))
    assert len(rows(url, "SELECT * FROM audit_people")) == before
    assert [block for (block,) in rows(url, "SELECT block FROM audit_blocks ORDER BY block")] == [0, 3]
    assert about(people[0], store)[-1] == "assessments.exported"
    assert about(3 * BLOCK + 5, store) == ["assessments.exported"]
    assert about(3 * BLOCK + 4, store) == about(3 * BLOCK + 6, store) == []
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        remove_from_index(connection, people[0])
    engine.dispose()
    assert "assessments.exported" not in about(people[0], store)
    assert about(people[1], store)[-1] == "assessments.exported"
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []


def test_a_set_of_people_holds_each_once() -> None:
    found = PeopleSet([7, 3, 7, 20_000])
    assert (len(found), list(found)) == (3, [3, 7, 20_000])
    assert 7 in found and 8 not in found and 10**9 not in found
    assert [(block, text.count("1")) for block, text in found.blocks()] == [(0, 2), (2, 1)]


def test_who_was_erased_meanwhile_is_left_out(store: Store, url: str, people: list[int]) -> None:
    with store.within(ADA).reading() as tx:
        tx.audit.looked("assessments.listed", keys=(1, 99))
        tx.audit.looked("caseload.listed", people=[people[1], 10_000])
    last = "SELECT count(*) FROM audit_people WHERE sequence > 4"
    assert rows(url, last) == [(2,)]
