"""Whoever has the database takes the triggers away and tampers: whatever they do to the chain is found.

Each case is done in a transaction that is taken back, so that hundreds of them cost seconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.storage import Entry, Head, Store, database
from api.storage.audit import Audit
from api.storage.tables import audit
from rms.errors import StorageUnavailable
from tests.api.storage.examples import AT

ENTRIES = 12
COLUMNS = [column.name for column in audit.c]
TEXTS = [name for name in COLUMNS if name not in ("sequence", "at")]
Tamper = Callable[[Connection, st.DataObject], None]


@pytest.fixture
def intruder(store: Store, url: str) -> Iterator[Connection]:
    for place in range(ENTRIES):
        with store.transaction() as tx:
            tx.audit.append(
                "assessment.submitted",
                actor="ada",
                at=AT.replace(microsecond=100 * place),
                object_kind="assessment",
                object_key=str(place),
                detail={"kind": "what_if", "keys": [place, 7], "library": "ab"},
            )
    engine = database.migrating_engine(url)
    place = " ON audit" if database.is_postgresql(url) else ""
    with engine.connect() as connection:
        for trigger in ("audit_never_altered", "audit_never_deleted"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{place}")
        connection.commit()
        yield connection
    engine.dispose()


def entry(connection: Connection, sequence: int) -> Entry:
    return Entry(**connection.execute(select(audit).where(audit.c.sequence == sequence)).one()._mapping)


def numbers(*, least: int = 1, most: int = ENTRIES) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def _set(connection: Connection, sequence: int, column: str, text: object) -> None:
    """The very bytes, past SQLAlchemy's types."""
    marker = "%(text)s::json" if column == "detail" else "%(text)s"
    if connection.dialect.name == "sqlite":
        marker = "CAST(:text AS TEXT)"
    statement = f"UPDATE audit SET {column} = {marker} WHERE sequence = {sequence}"
    connection.exec_driver_sql(statement, {"text": text})


def change_a_byte(connection: Connection, data: st.DataObject) -> None:
    sequence, column = data.draw(numbers()), data.draw(st.sampled_from(TEXTS))
    cast = "" if connection.dialect.name == "sqlite" else "::text"
    found = connection.exec_driver_sql(f"SELECT {column}{cast} FROM audit WHERE sequence = {sequence}")
    was = found.scalar_one().encode()
    place, byte = data.draw(st.integers(0, len(was) - 1)), data.draw(st.integers(1, 127))
    assume(was[place] != byte)
    _set(connection, sequence, column, (was[:place] + bytes([byte]) + was[place + 1 :]).decode())


def break_a_byte(connection: Connection, data: st.DataObject) -> None:
    """What is no UTF-8, no number, no moment: SQLite takes everything."""
    assume(connection.dialect.name == "sqlite")
    sequence, column = data.draw(numbers()), data.draw(st.sampled_from([*TEXTS, "at"]))
    _set(connection, sequence, column, data.draw(st.binary(min_size=1, max_size=80)))


def change_a_field(connection: Connection, data: st.DataObject) -> None:
    one = entry(connection, data.draw(numbers()))
    other = {
        "at": one.at.replace(microsecond=data.draw(st.integers(0, 99))),
        "sequence": data.draw(st.integers(ENTRIES + 1, 2**31 - 1)),
        "detail": data.draw(st.dictionaries(st.text("abc", max_size=3), st.integers(0, 9))),
    }
    column = data.draw(st.sampled_from(COLUMNS))
    value = other.get(column, data.draw(st.text("abc019", max_size=64)))
    assume(value != getattr(one, column))
    connection.execute(update(audit).where(audit.c.sequence == one.sequence).values({column: value}))


def delete_some(connection: Connection, data: st.DataObject) -> None:
    """In the middle or at the end."""
    gone = data.draw(st.sets(numbers(), min_size=1))
    connection.execute(delete(audit).where(audit.c.sequence.in_(gone)))


def swap_two(connection: Connection, data: st.DataObject) -> None:
    one, other = sorted(data.draw(st.sets(numbers(), min_size=2, max_size=2)))
    first, second = entry(connection, one), entry(connection, other)
    connection.execute(delete(audit).where(audit.c.sequence.in_([one, other])))
    swapped = (replace(first, sequence=other), replace(second, sequence=one))
    connection.execute(insert(audit), [vars(row) for row in swapped])


def hash_anew(connection: Connection, data: st.DataObject) -> None:
    """Change one entry, or leave it out, and link everything after it so that the chain is whole."""
    sequence, is_left_out = data.draw(numbers()), data.draw(st.booleans())
    after = [entry(connection, number) for number in range(sequence, ENTRIES + 1)]
    previous = after[0].previous_hash
    connection.execute(delete(audit).where(audit.c.sequence >= sequence))
    after[0] = replace(after[0], actor="eve")
    for number, one in enumerate(after[is_left_out:], start=sequence):
        made = replace(one, sequence=number, previous_hash=previous)
        made = replace(made, hash=made.expected_hash())
        connection.execute(insert(audit), vars(made))
        previous = made.hash
    assert list(Audit(connection).problems()) == []


def insert_one(connection: Connection, data: st.DataObject) -> None:
    """Between two others, which move on; linked rightly to the one before it."""
    sequence = data.draw(numbers())
    for number in range(ENTRIES, sequence - 1, -1):
        moved = update(audit).where(audit.c.sequence == number)
        connection.execute(moved.values(sequence=number + 1))
    new = replace(entry(connection, sequence + 1), sequence=sequence, actor="eve")
    new = replace(new, hash=new.expected_hash())
    connection.execute(insert(audit), vars(new))


TAMPERED: tuple[Tamper, ...] = (
    *(change_a_byte, break_a_byte, change_a_field, delete_some, swap_two, hash_anew, insert_one),
)


def tried(data: st.DataObject, intruder: Connection) -> None:
    noted = Audit(intruder).head()
    assert (noted.sequence, list(Audit(intruder).problems(known_head=noted))) == (ENTRIES, [])
    try:
        data.draw(st.sampled_from(TAMPERED))(intruder, data)
        found = list(Audit(intruder).problems(known_head=noted))
    except (SQLAlchemyError, StorageUnavailable) as refused:  # two of one hash, or no JSON: never stored
        assert isinstance(refused, DBAPIError)
        found = ["refused by the database itself"]
    finally:
        intruder.rollback()
    assert found != []


ONE_DATABASE = [HealthCheck.function_scoped_fixture]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sequence", [1, 5, ENTRIES])
def test_an_entry_that_cannot_be_read_is_a_problem(intruder: Connection, sequence: int) -> None:
    _set(intruder, sequence, "actor", b"\x80")
    intruder.commit()
    (problem,) = Audit(intruder).problems()
    assert "can be read, so they were not checked" in problem


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=ONE_DATABASE)
@given(data=st.data())
def test_tampering_is_found(intruder: Connection, data: st.DataObject) -> None:
    tried(data, intruder)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None, suppress_health_check=ONE_DATABASE)
@given(data=st.data())
def test_tampering_is_found_long(intruder: Connection, data: st.DataObject) -> None:
    tried(data, intruder)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=ONE_DATABASE)
@given(
    sequence=st.integers(0, ENTRIES + 3), place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef")
)
def test_a_head_that_was_tampered_with_is_found(
    intruder: Connection, sequence: int, place: int, digit: str
) -> None:
    noted = Audit(intruder).head()
    other = Head(sequence, noted.hash[:place] + digit + noted.hash[place + 1 :])
    assume(other != noted)
    assert list(Audit(intruder).problems(known_head=other)) != []
