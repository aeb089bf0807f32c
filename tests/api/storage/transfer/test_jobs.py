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
    """Add that many jobs of one owner, the first of them `after` the start."""
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
    """The owners of the jobs that a single process runs, one by one."""
    owners = []
    for place in range(times):
        taken = claim(store, after=MINUTE + place * SECOND)
        assert taken is not None
        owners.append(taken.owner)
        finish(store, taken)
    return owners


def test_twenty_jobs_of_one_owner_delay_no_other_owner(store: Store, owners: Sequence[int]) -> None:
    ada, ben, cyd = owners
    waiting(store, ada, 20)
    waiting(store, ben, 1, after=MINUTE)
    waiting(store, cyd, 2, after=MINUTE + SECOND)
    assert served(store, 6) == [ada, ben, cyd, ada, cyd, ada]


def test_a_new_owner_is_next(store: Store, owners: Sequence[int]) -> None:
    ada, ben, _ = owners
    waiting(store, ada, 20)
    assert served(store, 3) == [ada] * 3
    waiting(store, ben, 1, after=MINUTE)
    taken = claim(store, after=2 * MINUTE)
    assert taken is not None and taken.owner == ben


def test_the_owner_with_fewest_running_jobs_is_next(store: Store, owners: Sequence[int]) -> None:
    ada, ben, cyd = owners
    for owner in owners:
        waiting(store, owner, 3, after=owner * SECOND)
    taken = [claim(store) for _ in range(9)]
    assert [claimed.owner for claimed in taken if claimed] == [ada, ben, cyd] * 3
    assert claim(store) is None


def test_the_oldest_of_one_owner_comes_first(store: Store, owners: Sequence[int]) -> None:
    waiting(store, owners[0], 3)
    taken = [claim(store) for _ in range(3)]
    assert [claimed.id for claimed in taken if claimed] == [f"{owners[0]}-{place:02}" for place in range(3)]


def test_many_processes_share_by_owner(store: Store, owners: Sequence[int]) -> None:
    """However they interleave, owners with waiting jobs have about as many running."""
    for owner in owners:
        waiting(store, owner, 20)
    with ThreadPoolExecutor(6) as processes:
        taken = list(processes.map(lambda _: claim(store), range(30)))
    ids = [claimed.id for claimed in taken if claimed is not None]
    assert len(ids) == len(set(ids)) == 30
    shares = [sum(id.startswith(f"{owner}-") for id in ids) for owner in owners]
    assert max(shares) - min(shares) <= 4


def test_owners_with_an_open_job_can_be_left_out(store: Store, owners: Sequence[int]) -> None:
    for owner in owners:
        waiting(store, owner, 1)
    with store.transaction() as tx:
        claimed = tx.jobs.claim(lease="x", at=AT, until=AT + MINUTE, other_than=owners[:2])
        assert claimed is not None and claimed.owner == owners[2]
        assert tx.jobs.claim(lease="x", at=AT, until=AT + MINUTE, other_than=owners[:2]) is None
