"""What is particular to PostgreSQL; everything else is tried on both databases."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from api.storage import Store, database, upgrade
from api.storage.migrations import downgrade
from api.storage.tables import metadata
from rms.errors import StorageReadOnly, StorageUnavailable
from tests.api.storage.examples import AT, add, assessment, result


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


@pytest.fixture
def intruder(url: str) -> Iterator[Connection]:
    """Somebody who has the rights of RMS, and a client of their own."""
    engine = database.migrating_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_steps_make_the_tables_and_take_them_away(url: str, intruder: Connection) -> None:
    context = MigrationContext.configure(intruder, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
    intruder.rollback()
    downgrade(url, "base")
    left = intruder.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert left.scalars().all() == ["alembic_version"]
    intruder.rollback()
    upgrade(url)
    assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments SET answers = '{}'",
        "UPDATE assessments SET submitted_by = 'eve', latest = false",
        "UPDATE assessments SET pk = 99",
        "DELETE FROM assessments",
        "TRUNCATE assessments CASCADE",
        "UPDATE simulations SET score = 1.0",
        "DELETE FROM simulations",
        "TRUNCATE simulations",
        "UPDATE instruments SET text = ''",
        "DELETE FROM instruments",
        "UPDATE libraries SET synthetic = false",
        "DELETE FROM libraries",
        "UPDATE audit SET actor = 'eve'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit SELECT * FROM audit ON CONFLICT (sequence) DO UPDATE SET actor = 'eve'",
    ],
)
def test_what_is_stored_stays(store: Store, intruder: Connection, statement: str) -> None:
    add(store)
    with pytest.raises(IntegrityError, match=r"never (altered|deleted|emptied)"):
        intruder.exec_driver_sql(statement)


def test_every_column_but_latest_is_frozen(store: Store, intruder: Connection) -> None:
    add(store)
    for column in metadata.tables["assessments"].columns:
        if column.name != "latest":
            with pytest.raises(IntegrityError, match="never altered"), intruder.begin():
                intruder.exec_driver_sql(f'UPDATE assessments SET "{column.name}" = "{column.name}"')
    with intruder.begin():
        intruder.exec_driver_sql("UPDATE assessments SET latest = false")


def test_processes_number_without_a_gap_and_link_one_chain(store: Store, url: str) -> None:
    script = (
        "import sys; from api.storage import Store; from tests.api.storage.examples import add\n"
        "store = Store(sys.argv[1])\n"
        "for _ in range(25): add(store)"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    with store.reading() as tx:
        stored = tx.submissions.history("10000")
        assert [one.sequence for one in stored] == list(range(99, -1, -1))
        assert [one.latest for one in stored] == [True] + [False] * 99
        assert tx.audit.head().sequence == 100
        assert list(tx.audit.problems()) == []


def test_a_transaction_within_a_transaction_is_refused(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError), store.transaction():
        pass
    add(store)


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StorageReadOnly), store.reading() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)


def test_reading_sees_one_state(store: Store) -> None:
    add(store)
    with store.reading() as tx:
        before = tx.submissions.history("10000")
        add(store)
        assert tx.submissions.history("10000") == before


def test_connections_ended_by_the_server_cost_nobody_an_error(store: Store, intruder: Connection) -> None:
    add(store)
    intruder.exec_driver_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    add(store)
    with store.reading() as tx:
        assert len(tx.submissions.history("10000")) == 2


@pytest.mark.parametrize(
    "changes",
    [{"database": "nobody_made_it"}, {"host": "127.0.0.1", "port": 1, "query": {}}, {"username": "nobody"}],
    ids=lambda changes: next(iter(changes)),
)
def test_no_way_in_is_told_without_the_password(url: str, changes: dict[str, object]) -> None:
    address = make_url(url).set(password="hunter2", **changes)  # type: ignore[arg-type]
    store = Store(address.render_as_string(hide_password=False))
    with pytest.raises(StorageUnavailable, match="cannot be reached") as refused, store.reading() as tx:
        tx.submissions.get("10000")
    store.close()
    assert "hunter2" not in str(refused.value)
