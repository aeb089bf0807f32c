"""The chain is whole, and whatever is done to an entry behind its back shows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from api.storage import Head, Store, database
from tests.api.storage.examples import AT, assessment, result

TRIGGERS = ("audit_never_altered", "audit_never_deleted")


@pytest.fixture
def intruder(store: Store, url: str) -> Iterator[Connection]:
    """Somebody with the database, who took the triggers away; the audit has five entries."""
    for place in range(4):
        with store.transaction() as tx:
            tx.audit.append(
                "report.read", actor="ada", at=AT, object_kind="assessment", object_key=str(place)
            )
    with store.transaction() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
    engine = database.migrating_engine(url)
    place = " ON audit" if database.is_postgresql(url) else ""
    with engine.connect() as connection:
        for trigger in TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{place}")
        connection.commit()
        yield connection
    engine.dispose()


def problems(store: Store, known_head: Head | None = None) -> list[str]:
    with store.reading() as tx:
        return list(tx.audit.problems(known_head=known_head))


def test_untouched_chain_is_whole(store: Store, intruder: Connection) -> None:
    assert problems(store) == []
    with store.reading() as tx:
        head = tx.audit.head()
    assert head.sequence == 5
    assert problems(store, head) == []


@pytest.mark.parametrize("sequence", range(1, 6))
@pytest.mark.parametrize(
    "change",
    [
        "at = '2020-01-01 00:00:00.000000'",
        "actor = 'eve'",
        "action = 'nothing'",
        "object_kind = 'user'",
        "object_key = '77'",
        'detail = \'{"kind":"what_if"}\'',
        "previous_hash = 'ff'",
        "hash = 'ff'",
        "sequence = sequence + 100",
    ],
)
def test_any_altered_entry_is_found(store: Store, intruder: Connection, sequence: int, change: str) -> None:
    altered = intruder.exec_driver_sql(f"UPDATE audit SET {change} WHERE sequence = {sequence}")
    assert altered.rowcount == 1
    intruder.commit()
    assert problems(store) != []


@pytest.mark.parametrize("sequence", range(1, 5))
def test_a_removed_entry_is_found(store: Store, intruder: Connection, sequence: int) -> None:
    intruder.exec_driver_sql(f"DELETE FROM audit WHERE sequence = {sequence}")
    intruder.commit()
    assert f"Entry {sequence} is missing: entry {sequence + 1} follows {sequence - 1}." in problems(store)


def test_entries_cut_off_the_end_show_against_a_known_head(store: Store, intruder: Connection) -> None:
    with store.reading() as tx:
        head = tx.audit.head()
    intruder.exec_driver_sql("DELETE FROM audit WHERE sequence = 5")
    intruder.commit()
    assert problems(store) == []
    assert problems(store, head) == ["The audit ends at entry 4; entry 5 was noted down."]


def test_a_chain_made_anew_shows_against_a_known_head(store: Store, intruder: Connection) -> None:
    with store.reading() as tx:
        head = tx.audit.head()
    intruder.exec_driver_sql("DELETE FROM audit")
    intruder.commit()
    for _ in range(6):
        with store.transaction() as tx:
            tx.audit.append("report.read", actor="eve", at=AT, object_kind="assessment", object_key="1")
    assert problems(store) == []
    assert problems(store, head) == ["Entry 5 is not the one that was noted down."]


def test_entry_names_nobody_who_was_assessed(store: Store) -> None:
    form = assessment("SECRET77")
    with store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
    with store.reading() as tx:
        (entry,) = tx.audit.entries()
    assert (entry.actor, entry.action, entry.at) == ("ada", "assessment.submitted", AT)
    assert "SECRET77" not in str(entry)


def test_a_change_taken_back_leaves_no_entry(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
        _ = 1 / 0
    with store.reading() as tx:
        assert tx.audit.head().sequence == 0
