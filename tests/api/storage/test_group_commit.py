"""Members of a batch share a COMMIT and nothing else."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import ProgrammingError

from api.storage.group_commit import LARGEST_BATCH, GroupCommit
from api.storage.sqlite import database_file, prepare, writing_engine
from rms.errors import StorageUnavailable


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "plain.sqlite")
    prepare(f"sqlite:///{path}")
    connection = sqlite.connect(path)
    connection.execute("CREATE TABLE written (n INTEGER PRIMARY KEY, parent REFERENCES written)")
    connection.close()
    return path


@pytest.fixture
def engine(path: str) -> Iterator[Engine]:
    engine = writing_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def group(engine: Engine, path: str) -> Iterator[GroupCommit]:
    group = GroupCommit(engine, database_file(f"sqlite:///{path}"))
    yield group
    group.close()


def on_disk(path: str) -> list[int]:
    connection = sqlite.connect(path)
    numbers = [n for (n,) in connection.execute("SELECT n FROM written ORDER BY n")]
    connection.close()
    return numbers


def write(connection: Connection, n: int) -> None:
    connection.exec_driver_sql("INSERT INTO written (n) VALUES (?)", (n,))


def write_alone(group: GroupCommit, n: int) -> None:
    with group.transaction() as connection:
        write(connection, n)


def wait_for_line(group: GroupCommit, length: int) -> None:
    while group.waiting < length:
        time.sleep(0.001)


def test_what_was_acknowledged_is_on_disk(group: GroupCommit, path: str) -> None:
    def check(n: int) -> bool:
        write_alone(group, n)
        return n in on_disk(path)

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(check, range(200)))


@pytest.mark.parametrize(
    ("members", "commits"), [(1, 1), (20, 1), (LARGEST_BATCH, 1), (LARGEST_BATCH + 1, 2)]
)
def test_who_stands_in_line_shares_a_commit(
    engine: Engine, group: GroupCommit, path: str, members: int, commits: int
) -> None:
    seen: list[Connection] = []
    event.listen(engine, "commit", seen.append)
    with ThreadPoolExecutor(members) as threads:
        with group.transaction() as connection:
            rest = [threads.submit(write_alone, group, n) for n in range(1, members)]
            wait_for_line(group, members - 1)
            write(connection, 0)
        for outcome in rest:
            outcome.result()
    assert on_disk(path) == list(range(members))
    assert len(seen) == commits


@pytest.mark.parametrize("failing", ["first", "middle", "last", "all"])
def test_a_member_that_fails_harms_no_other(group: GroupCommit, path: str, failing: str) -> None:
    fails = {"first": {0}, "middle": {3}, "last": {6}, "all": set(range(7))}[failing]
    order: list[int] = []

    def member(n: int) -> None:
        with group.transaction() as connection:
            order.append(n)
            write(connection, n)
            if len(order) - 1 in fails:
                raise ZeroDivisionError

    with ThreadPoolExecutor(7) as threads, group.transaction():  # all seven stand in line behind this one
        outcomes = [threads.submit(member, n) for n in range(7)]
        wait_for_line(group, 7)
    failed = [outcome.exception() for outcome in outcomes if outcome.exception()]
    assert [type(failure) for failure in failed] == [ZeroDivisionError] * len(fails)
    assert on_disk(path) == sorted(n for place, n in enumerate(order) if place not in fails)


@pytest.mark.parametrize(
    ("spoil", "failure"),
    [
        ("ROLLBACK", StorageUnavailable),
        ("ROLLBACK; raise", ZeroDivisionError),
        ("RELEASE member", StorageUnavailable),
        ("close", ProgrammingError),
        ("dangling reference", StorageUnavailable),
    ],
)
def test_a_lost_batch_is_told_to_all_and_leaves_nothing(
    group: GroupCommit, path: str, spoil: str, failure: type[Exception]
) -> None:
    """SQLite may end a transaction by itself, lose a savepoint, or find at COMMIT that it cannot."""

    def spoiler() -> None:
        with group.transaction() as connection:
            if spoil == "dangling reference":
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                connection.exec_driver_sql("INSERT INTO written (n, parent) VALUES (5, 99)")
            elif spoil == "close":
                connection.connection.driver_connection.close()
            else:
                write(connection, 5)
                connection.exec_driver_sql(spoil.removesuffix("; raise"))
                if "raise" in spoil:
                    raise ZeroDivisionError

    with ThreadPoolExecutor(1) as threads, pytest.raises(StorageUnavailable), group.transaction() as first:
        write(first, 1)
        outcome = threads.submit(spoiler)
        wait_for_line(group, 1)
    assert type(outcome.exception()) is failure
    assert on_disk(path) == []
    write_alone(group, 7)
    assert on_disk(path) == [7]


def test_nothing_is_written_once_the_transaction_is_gone(group: GroupCommit, path: str) -> None:
    with pytest.raises(StorageUnavailable), group.transaction() as connection:
        connection.exec_driver_sql("ROLLBACK")
        with suppress(StorageUnavailable):
            write(connection, 1)
    assert on_disk(path) == []


def test_a_transaction_within_a_transaction_is_refused(group: GroupCommit, path: str) -> None:
    with pytest.raises(RuntimeError), group.transaction(), group.transaction():
        pass
    write_alone(group, 1)
    assert on_disk(path) == [1]


def test_closing_meanwhile_loses_nothing(group: GroupCommit, path: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = [threads.submit(write_alone, group, n) for n in range(400)]
        while not outcomes[-1].done():
            group.close()
    assert [outcome.result() for outcome in outcomes] == [None] * 400
    assert on_disk(path) == list(range(400))


def test_nobody_hangs_when_all_sorts_of_members_meet(group: GroupCommit, path: str) -> None:
    def member(n: int) -> int | None:
        with suppress(ZeroDivisionError):
            with group.transaction() as connection:
                write(connection, n)
                if n % 7 == 0:
                    raise ZeroDivisionError
            return n
        return None

    with ThreadPoolExecutor(24) as threads:
        done = [n for n in threads.map(member, range(1500)) if n is not None]
    assert on_disk(path) == done == [n for n in range(1500) if n % 7]
    assert threading.active_count() < 24
