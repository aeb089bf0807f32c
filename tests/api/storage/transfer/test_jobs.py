"""Owners of jobs take turns."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.storage import Job, State, Store
from tests.api.storage.examples import AT, add_user, job

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def owners(store: Store) -> list[int]:
    return [add_user(store, name).id for name in ("ada", "ben", "cyd")]


def waiting(store: Store, owner: int, number: int, *, after: timedelta = timedelta(0)) -> None:
    """So many jobs of one owner, the first of which was asked for `after` the beginning."""
    with store.transaction() as tx:
        for place in range(number):
            at = AT + after + place * SECOND
            tx.jobs.add(job(f"{owner}-{place:02}", owner=owner, created_at=at), by="test", detail={})


def claim(store: Store, *, after: timedelta = MINUTE) -> Job | None:
    with store.transaction() as tx:
        return tx.jobs.claim(lease="x", at=AT + after, until=AT + after + MINUTE)


def finish(store: Store, done: Job) -> None:
    with store.transaction() as tx:
        ended = Job(**{**vars(done), "state": State.DONE, "finished_at": AT + MINUTE})
        tx.jobs.finish(ended, by="test", detail={})
        tx.jobs.delete(done, by="test", at=AT)


def served(store: Store, times: int) -> list[int]:
    """Whose jobs a single process works on, one after the other, each forgotten when it is done."""
    found = []
    for place in range(times):
        taken = claim(store, after=MINUTE + place * SECOND)
        assert taken is not None
        found.append(taken.owner)
        finish(store, taken)
    return found


def test_twenty_jobs_of_one_owner_hold_up_nobody_else(store: Store, owners: Sequence[int]) -> None:
    ada, ben, cyd = owners
    waiting(store, ada, 20)
    waiting(store, ben, 1, after=MINUTE)
    waiting(store, cyd, 2, after=MINUTE + SECOND)
    assert served(store, 6) == [ada, ben, cyd, ada, cyd, ada]


def test_who_comes_late_is_next(store: Store, owners: Sequence[int]) -> None:
    ada, ben, _ = owners
    waiting(store, ada, 20)
    assert served(store, 3) == [ada] * 3
    waiting(store, ben, 1, after=MINUTE)
    taken = claim(store, after=2 * MINUTE)
    assert taken is not None and taken.owner == ben


def test_who_has_fewer_running_comes_first(store: Store, owners: Sequence[int]) -> None:
    ada, ben, cyd = owners
    for owner in owners:
        waiting(store, owner, 3, after=owner * SECOND)
    taken = [claim(store) for _ in range(9)]
    assert [one.owner for one in taken if one] == [ada, ben, cyd] * 3
    assert claim(store) is None


def test_the_oldest_of_one_owner_comes_first(store: Store, owners: Sequence[int]) -> None:
    waiting(store, owners[0], 3)
    taken = [claim(store) for _ in range(3)]
    assert [one.id for one in taken if one] == [f"{owners[0]}-{place:02}" for place in range(3)]


def test_many_processes_share_by_owner(store: Store, owners: Sequence[int]) -> None:
    """However they interleave, no owner has two jobs more under way than another who has some waiting."""
    for owner in owners:
        waiting(store, owner, 20)
    with ThreadPoolExecutor(6) as processes:
        taken = list(processes.map(lambda _: claim(store), range(30)))
    ids = [one.id for one in taken if one is not None]
    assert len(ids) == len(set(ids)) == 30
    shares = [sum(one.startswith(f"{owner}-") for one in ids) for owner in owners]
    assert max(shares) - min(shares) <= 4
