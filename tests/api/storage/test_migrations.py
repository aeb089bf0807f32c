"""The migrations make exactly the tables the code works with."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pysqlite3 import dbapi2 as sqlite

from api.storage import Store, database, upgrade
from api.storage import sqlite as sqlite_database
from api.storage.migrations import downgrade
from api.storage.tables import metadata
from rms.errors import ConfigurationInvalid, StorageUnavailable
from tests.api.storage.examples import AT, assessment, job, result

LINES = re.compile(r"\n|(?<=[A-Z]), (?=\w)")  # a column that was added later has no line of its own


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def objects(url: str) -> list[tuple[str, str, str]]:
    connection = sqlite.connect(url.removeprefix("sqlite:///"))
    found: list[tuple[str, str, str]] = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    ).fetchall()
    connection.close()
    return found


def clauses(url: str, *types: str) -> dict[str, list[str]]:
    """What everything of these types is made of, in no order: a table made anew may have another."""
    return {
        name: sorted(line.strip(" \t,)(") for line in LINES.split(sql.replace('"', "")))
        for type, name, sql in objects(url)
        if type in types and sql and name != "alembic_version"
    }


def test_upgrade_makes_the_tables_of_the_code(url: str) -> None:
    engine = database.reading_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_upgrade_makes_the_constraints_of_the_code(url: str, tmp_path: Path) -> None:
    """Autogenerate does not look at checks, keys' names or partial indexes: the SQL itself tells."""
    plain = f"sqlite:///{tmp_path / 'plain.sqlite'}"
    database.prepare(plain)
    engine = database.migrating_engine(plain)
    with engine.begin() as connection:
        metadata.create_all(connection)
    engine.dispose()

    assert clauses(url, "table", "index") == clauses(plain, "table", "index")


def test_upgrade_again_changes_nothing(url: str, store: Store) -> None:
    with store.transaction() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
    before = objects(url)
    upgrade(url)
    assert objects(url) == before
    with store.reading() as tx:
        assert tx.submissions.get("10000") is not None


def test_down_and_up_again(url: str) -> None:
    before = clauses(url, "table", "index", "trigger")
    downgrade(url, "base")
    assert {name for _, name, _ in objects(url)} <= {
        "alembic_version",
        "sqlite_autoindex_alembic_version_1",
        "sqlite_sequence",
    }
    upgrade(url)
    assert clauses(url, "table", "index", "trigger") == before


def test_jobs_of_before_are_for_the_role_and_office_that_their_owners_have(url: str, store: Store) -> None:
    with store.transaction() as tx:
        tx.accounts.add_user("ada", password_hash="", role="analyst", by="test", at=AT)
        tx.jobs.add(job("asked for before"), by="ada", detail={})
    store.close()
    downgrade(url, "0013")
    upgrade(url)
    again = Store(url)
    with again.transaction() as tx:
        found = tx.jobs.claim(lease="x", at=AT, until=AT)
    again.close()
    assert found is not None and (found.id, found.role, found.office) == ("asked for before", "analyst", 1)


def test_an_upgrade_that_fails_leaves_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rms.sqlite'}"
    connection = sqlite.connect(url.removeprefix("sqlite:///"))
    connection.execute("CREATE TABLE audit (in_the_way)")
    connection.close()
    with pytest.raises(StorageUnavailable):
        upgrade(url)
    assert [name for _, name, _ in objects(url)] == ["audit"]


def test_an_upgrade_that_would_leave_dangling_references_is_refused(url: str) -> None:
    downgrade(url, "base")
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE children (parent REFERENCES parents)")
        connection.exec_driver_sql("INSERT INTO children VALUES (1)")
    engine.dispose()
    before = objects(url)
    with pytest.raises(StorageUnavailable, match="point at nothing"):
        upgrade(url)
    assert objects(url) == before


def test_file_is_in_wal_mode_and_for_its_owner_only(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    assert path.stat().st_mode & 0o777 == 0o600
    connection = sqlite.connect(str(path))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_connections_wait_for_the_disk_and_follow_references(url: str) -> None:
    engine = sqlite_database.writing_engine(url)
    with engine.begin() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "foreign_keys")
        }
    engine.dispose()
    assert asked == {"synchronous": 2, "foreign_keys": 1}


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(ConfigurationInvalid, match="3.51.3"):
        upgrade(f"sqlite:///{tmp_path / 'rms.sqlite'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/rms"])
def test_only_a_file_will_do(wrong: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        upgrade(wrong)


def test_check_tells_whether_the_tables_are_there(store: Store, tmp_path: Path) -> None:
    store.check()
    (tmp_path / "empty.sqlite").touch()
    empty = Store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(StorageUnavailable, match="rms db upgrade"):
        empty.check()
    with pytest.raises(StorageUnavailable, match="rms db upgrade"), empty.reading() as tx:
        tx.submissions.get("10000")
    empty.close()
