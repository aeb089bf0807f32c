"""The store of one request: one state of the database, each look once, and present again after a write."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.storage import AGENCY, Reach, RequestStore, Store, Viewer
from rms.errors import NotFound
from tests.api.storage.examples import AT, assessment, result

VIEWER = Viewer(1, "ada", Reach.OFFICES, AGENCY, AT)
OTHER = replace(VIEWER, name="ben", reach=Reach.NONE)


@pytest.fixture
def request_store(store: Store) -> Iterator[RequestStore]:
    request_store = RequestStore(store)
    yield request_store
    request_store.end_reading()


def submit(store: Store, number: str = "10000") -> None:
    with store.transaction() as tx:
        tx.submissions.add(assessment(number), result(assessment(number)), by="ada", at=AT)


def actions(store: Store) -> list[str]:
    with store.reading() as tx:
        return [f"{one.actor} {one.action}" for one in tx.audit.entries()]


def sees(store: Store, id: str) -> bool:
    with store.reading() as tx:
        return tx.submissions.is_visible(id)


def test_what_others_write_meanwhile_is_not_seen(store: Store, request_store: RequestStore) -> None:
    assert not sees(request_store, "10000")
    submit(store)
    assert not sees(request_store, "10000") and sees(store, "10000")
    request_store.end_reading()
    assert sees(request_store, "10000")


def test_what_the_request_writes_is_seen_afterwards(request_store: RequestStore) -> None:
    assert not sees(request_store, "10000")
    with request_store.transaction() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
        assert not sees(request_store, "10000")  # read apart: it shows the state before
    assert sees(request_store, "10000")


def test_a_look_is_on_record_once(store: Store, request_store: RequestStore) -> None:
    submit(store)
    mine = request_store.within(VIEWER)
    for _ in range(2):
        with mine.reading() as tx:
            assert tx.submissions.get("10000") and tx.submissions.assessment("10000")
    assert actions(store) == ["ada assessment.submitted"]
    request_store.record_looks()
    request_store.record_looks()
    assert sees(mine, "10000")
    with mine.transaction() as tx:
        assert tx.submissions.get("10000")
    request_store.record_looks()
    assert actions(store) == ["ada assessment.submitted", "ada assessment.read"]


def test_two_viewers_look_for_themselves(store: Store, request_store: RequestStore) -> None:
    submit(store)
    assert sees(request_store.within(VIEWER), "10000")
    assert not sees(request_store.within(OTHER), "10000")
    request_store.record_looks()
    assert actions(store)[1:] == ["ada assessment.read", "ben assessment.refused"]


def test_looks_go_along_with_what_is_written(store: Store, request_store: RequestStore) -> None:
    submit(store)
    mine = request_store.within(VIEWER)
    assert sees(mine, "10000")
    submit(mine, "20000")
    assert actions(store)[1:] == ["ada assessment.read", "ada assessment.submitted"]


def test_a_look_outlives_a_refusal_and_a_failed_write(store: Store, request_store: RequestStore) -> None:
    submit(store)
    mine = request_store.within(VIEWER)
    with pytest.raises(NotFound), mine.reading() as tx:
        tx.submissions.get("nobody")
        raise NotFound("There is none.")
    with pytest.raises(ZeroDivisionError), mine.transaction():
        _ = 1 / 0
    request_store.record_looks()
    assert actions(store)[1:] == ["ada assessment.refused"]


def test_a_request_does_not_write_while_it_reads(request_store: RequestStore) -> None:
    with (
        request_store.reading() as tx,
        pytest.raises(RuntimeError, match="not while it reads"),
        request_store.transaction(),
    ):
        pytest.fail("This would end the reading above.")
    assert tx.audit.unwritten == ()
