"""Overrides that wait for a decision: counted for each supervisor without reading those that do not wait."""

import pytest

from api.storage import AGENCY, Reach, Store, Viewer, upgrade
from api.storage.migrations import downgrade
from tests.api.rows import rows
from tests.api.storage.examples import AT, assessment, result
from tests.api.storage.plans import explained

WAITING = "SELECT override FROM undecided_overrides ORDER BY 1"
UNDECIDED = "SELECT id FROM overrides WHERE id NOT IN (SELECT override FROM override_decisions) ORDER BY 1"


def supervisor(account: int, office: int = AGENCY) -> Viewer:
    return Viewer(account, "sue", Reach.OFFICES, office, AT)


@pytest.fixture
def authors(store: Store) -> list[int]:
    """The keys of two users, of whom the first overrode 10000 twice and 20000 once, the second 10000 once."""
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="supervisor", by="test", at=AT).id
            for name in ("ada", "ben")
        ]
        for number in ("10000", "20000"):
            form = assessment(number)
            tx.submissions.add(form, result(form), by="test", at=AT)
        for id, author, reason in (
            ("10000", 0, "a"),
            ("10000", 0, "b"),
            ("20000", 0, "a"),
            ("10000", 1, "a"),
        ):
            tx.overrides.add(
                id,
                process="violence",
                direction="higher",
                reason_code=reason,
                text="x",
                author=users[author],
                by="test",
                at=AT,
            )
    return users


def decide(store: Store, id: str, number: int, decider: int) -> None:
    with store.transaction() as tx:
        (made,) = (one for one in tx.overrides.of(id) if one.number == number)
        tx.overrides.decide(made, "agreed", text="x", decider=decider, by="test", at=AT)


def test_each_supervisor_decides_on_those_of_others(store: Store, url: str, authors: list[int]) -> None:
    ada, ben = authors
    for decided, by_ada, by_ben in ((None, 1, 3), (("10000", 1, ben), 1, 2), (("10000", 3, ada), 0, 2)):
        if decided:
            decide(store, *decided)
        assert rows(url, WAITING) == rows(url, UNDECIDED)
        for account, number in ((ada, by_ada), (ben, by_ben)):
            with store.within(supervisor(account)).reading() as tx:
                review = tx.overrides.to_review(most=10)
                assert tx.overrides.number_waiting() == review.number_waiting == number
            assert len(review.waiting) == number
            assert all(one.override.author != account for one in review.waiting)
            assert all(one.override.author == account for one in review.own)
            total = len(review.waiting) + len(review.own) + len(review.decided)
            assert total == 4


def test_another_office_has_none(store: Store, authors: list[int]) -> None:
    with store.transaction() as tx:
        south = tx.offices.add("South", parent=AGENCY, by="test", at=AT).id
    with store.within(supervisor(authors[1], south)).reading() as tx:
        assert tx.overrides.number_waiting() == 0


def test_the_count_reads_only_overrides_that_wait(store: Store, url: str, authors: list[int]) -> None:
    with store.within(supervisor(authors[1])).reading() as tx, explained() as plans:
        tx.overrides.number_waiting()
    (plan,) = plans
    if url.startswith("sqlite"):  # PostgreSQL reads small tables as a whole, whatever their indexes
        assert "SEARCH overrides USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan
        assert "SCAN overrides" not in plan, plan


def test_an_upgrade_finds_those_that_wait_already(store: Store, url: str, authors: list[int]) -> None:
    decide(store, "10000", 1, authors[1])
    store.close()
    before = rows(url, WAITING)
    downgrade(url, "0021")
    upgrade(url)
    assert len(before) == 3 and rows(url, WAITING) == before == rows(url, UNDECIDED)
