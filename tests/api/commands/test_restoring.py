"""`rms db upgrade` and `rms serve` refuse a database that is missing or is not the one last in use."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from api.runtime.head_keeper import HeadKeeper
from api.services.database_identity import EMPTY, DatabaseInUse, keep_head, note_when_overwritten
from api.storage import Head, KeptHead, Noted, Store
from api.storage.database import migrating_engine, prepare
from rms.errors import StorageLost, StorageOverwritten, StorageUnavailable
from tests.api.commands.command_line import quick_rms
from tests.api.storage.examples import AT
from tests.end_to_end.server import free_port
from tests.postgresql import Server

SECRET = "a secret of thirty-two characters or more"


@pytest.fixture(params=["sqlite", "postgresql"])
def env(request: pytest.FixtureRequest, tmp_path: Path, library_folder: Path) -> dict[str, str]:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'rms.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    env = {"RMS_DATA": str(data), "RMS_DATABASE": url, "RMS_LIBRARY": str(library_folder)}
    env |= {"RMS_SECRET_KEY": SECRET}
    assert quick_rms("db", "upgrade", env=env).returncode == 0
    return env


@pytest.fixture
def on_sqlite(env: dict[str, str]) -> Path:
    return Path(env["RMS_DATA"]) / "rms.sqlite"


only_sqlite = pytest.mark.parametrize("env", ["sqlite"], indirect=True)  # its database is a file


def kept(env: dict[str, str]) -> KeptHead:
    return KeptHead(Path(env["RMS_DATA"]))


def write(env: dict[str, str], count: int = 1) -> Head:
    """Work for a while, as a server does. Returns the head of the audit log afterwards."""
    with closing(Store(env["RMS_DATABASE"])) as store:
        for place in range(count):
            with store.transaction() as tx:
                tx.audit.append("test", actor="ada", at=AT, object_kind="x", object_key=str(place))
        keep_head(kept(env), store=store)
        with store.reading() as tx:
            return tx.audit.head()


def copied(file: Path, to: Path) -> None:
    with closing(sqlite.connect(str(file))) as source, closing(sqlite.connect(str(to))) as target:
        source.backup(target)


def removed(file: Path) -> None:
    for name in ("", "-wal", "-shm"):
        file.with_name(file.name + name).unlink(missing_ok=True)


def without_last_entry(env: dict[str, str]) -> None:
    """As a backup from before the last entry is."""
    engine = migrating_engine(env["RMS_DATABASE"])
    table = " ON audit" if engine.dialect.name == "postgresql" else ""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER audit_never_deleted{table}")
        connection.exec_driver_sql("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
    engine.dispose()


def test_the_head_is_kept_and_the_same_database_is_taken(env: dict[str, str]) -> None:
    head = write(env, 3)
    assert head.sequence == 3
    assert kept(env).read() == Noted(head)
    again = quick_rms("db", "upgrade", env=env)
    assert (again.returncode, again.stderr) == (0, "")
    assert write(env).sequence == 4


def test_an_older_state_is_refused_until_it_is_accepted(env: dict[str, str]) -> None:
    write(env, 3)
    without_last_entry(env)
    refused = quick_rms("db", "upgrade", env=env)
    assert refused.returncode == 5 and "3 entries" in refused.stderr
    assert "rms db accept-restored" in refused.stderr
    accepted = quick_rms("db", "accept-restored", env=env)
    assert (accepted.returncode, accepted.stdout) == (0, "Accepted: 2 audit entries, all intact.\n")
    with closing(Store(env["RMS_DATABASE"])) as store, store.reading() as tx:
        last = list(tx.audit.entries())[-1]
        assert (last.action, last.detail) == ("database.restored", {"entries": 2, "noted": 3})
        assert kept(env).read() == Noted(tx.audit.head())
    assert quick_rms("db", "upgrade", env=env).returncode == 0


def test_another_record_of_the_same_length_is_refused(env: dict[str, str]) -> None:
    head = write(env, 3)
    kept(env).write(Noted(Head(head.sequence, "0" * 64)))
    assert quick_rms("db", "upgrade", env=env).returncode == 5


def test_the_keeper_never_notes_less_or_another(env: dict[str, str]) -> None:
    write(env, 3)
    noted = Noted(Head(7, "ab" * 32))
    kept(env).write(noted)
    with closing(Store(env["RMS_DATABASE"])) as store:
        assert keep_head(kept(env), store=store) is False
    assert kept(env).read() == noted


def test_the_thread_notes_once_more_when_it_stops(env: dict[str, str]) -> None:
    with closing(Store(env["RMS_DATABASE"])) as store:
        keeper = HeadKeeper(store=store, kept=kept(env))
        keeper.start()
        with store.transaction() as tx:
            tx.audit.append("test", actor="ada", at=AT, object_kind="x", object_key="1")
        keeper.stop(within=20)
        with store.reading() as tx:
            assert kept(env).read() == Noted(tx.audit.head())


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"entries": "x"}', "\0", "[" * 9000, " " * 10_001])
def test_a_damaged_head_is_refused(env: dict[str, str], content: str) -> None:
    write(env)
    kept(env).file.write_text(content, encoding="utf-8")
    refused = quick_rms("db", "upgrade", env=env)
    assert refused.returncode == 5 and "rms db accept-restored" in refused.stderr
    assert quick_rms("db", "accept-restored", env=env).returncode == 0
    assert quick_rms("db", "upgrade", env=env).returncode == 0


@only_sqlite
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda file: file.symlink_to("/dev/zero")])
def test_a_head_that_is_no_file_is_refused(env: dict[str, str], make: Callable[[Path], None]) -> None:
    write(env)
    kept(env).file.unlink()
    make(kept(env).file)
    refused = quick_rms("db", "upgrade", env=env)
    assert refused.returncode == 5 and "not a regular file" in refused.stderr
    kept(env).file.rename(kept(env).file.with_name("aside"))
    assert quick_rms("db", "accept-restored", env=env).returncode == 0
    assert quick_rms("db", "upgrade", env=env).returncode == 0


@pytest.fixture
def in_use(env: dict[str, str]) -> Iterator[tuple[Store, DatabaseInUse]]:
    """The database as a worker knows it after it has answered `/ready` once."""
    write(env, 3)
    store, database = Store(env["RMS_DATABASE"]), DatabaseInUse(kept(env))
    database.check(store)
    yield store, database
    store.close()


def emptied(env: dict[str, str]) -> None:
    """As a database of PostgreSQL whose tables were dropped, while its connections went on."""
    engine = migrating_engine(env["RMS_DATABASE"])
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


@pytest.mark.parametrize("env", ["postgresql"], indirect=True)
@pytest.mark.parametrize("head", ["kept", "gone"])
def test_emptied_under_a_worker_it_is_not_the_database_in_use(
    env: dict[str, str], in_use: tuple[Store, DatabaseInUse], head: str
) -> None:
    store, database = in_use
    emptied(env)
    if head == "gone":
        kept(env).file.unlink()
    with pytest.raises(StorageLost) as refused:
        database.check(store)
    assert refused.value.detail == EMPTY
    with pytest.raises(StorageUnavailable, match="Restore a backup"), store.transaction() as tx:
        tx.audit.append("test", actor="ada", at=AT, object_kind="x", object_key="1")
    if head == "kept":  # the command says the same
        upgraded = quick_rms("db", "upgrade", env=env)
        assert upgraded.returncode == 5 and EMPTY in upgraded.stderr
        assert quick_rms("db", "upgrade", "--start-again", env=env).returncode == 0


@pytest.mark.parametrize("env", ["postgresql"], indirect=True)
def test_a_worker_started_later_says_the_same(env: dict[str, str]) -> None:
    write(env, 3)
    emptied(env)
    with closing(Store(env["RMS_DATABASE"])) as store, pytest.raises(StorageLost, match="it is empty"):
        DatabaseInUse(kept(env)).check(store)


@pytest.mark.parametrize("env", ["postgresql"], indirect=True)
@pytest.mark.parametrize("migrated", [False, True])
def test_dropped_and_made_again_under_a_worker_it_is_refused(
    env: dict[str, str],
    in_use: tuple[Store, DatabaseInUse],
    postgresql_template: tuple[Server, str],
    migrated: bool,
) -> None:
    """Whether or not it has tables: nothing is stored in another database."""
    store, database = in_use
    server, template = postgresql_template
    with store.transaction() as tx:
        tx.audit.append("test", actor="ada", at=AT, object_kind="x", object_key="1")
    server.replace(env["RMS_DATABASE"], template=template if migrated else None)
    for _ in range(2):
        with pytest.raises(StorageLost, match="--start-again"):
            database.check(store)
        with pytest.raises(StorageLost, match="--start-again"), store.transaction() as tx:
            tx.audit.append("test", actor="ada", at=AT, object_kind="x", object_key="1")
        with pytest.raises(StorageLost, match="--start-again"), store.reading() as tx:
            tx.audit.head()


def test_an_older_state_is_not_the_database_in_use(
    env: dict[str, str], in_use: tuple[Store, DatabaseInUse]
) -> None:
    store, database = in_use
    without_last_entry(env)
    with pytest.raises(StorageLost, match="accept-restored"):
        database.check(store)


def test_a_new_database_needs_its_tables(env: dict[str, str], tmp_path: Path) -> None:
    """None was in use before: the advice is to make them."""
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    prepare(url)
    with closing(Store(url)) as store, pytest.raises(StorageUnavailable, match="rms db upgrade"):
        DatabaseInUse(KeptHead(tmp_path)).check(store)


@only_sqlite
@pytest.mark.parametrize("empty", [False, True])
def test_a_missing_database_is_not_created_again(env: dict[str, str], on_sqlite: Path, empty: bool) -> None:
    write(env, 3)
    removed(on_sqlite)
    if empty:
        on_sqlite.touch()
    refused = quick_rms("db", "upgrade", env=env)
    assert refused.returncode == 5 and "--start-again" in refused.stderr and "3 entries" in refused.stderr
    assert on_sqlite.exists() is empty
    again = quick_rms("db", "upgrade", "--start-again", env=env)
    assert (again.returncode, again.stdout.strip()) == (0, env["RMS_DATABASE"])
    with closing(Store(env["RMS_DATABASE"])) as store, store.reading() as tx:
        (entry,) = tx.audit.entries()
        assert (entry.action, entry.detail) == ("database.begun_anew", {"entries": 0, "noted": 3})
    assert quick_rms("db", "upgrade", env=env).returncode == 0


def test_an_existing_database_is_not_started_again(env: dict[str, str]) -> None:
    head = write(env, 3)
    assert quick_rms("db", "upgrade", "--start-again", env=env).returncode == 3
    assert write(env).sequence == head.sequence + 1


@only_sqlite
@pytest.mark.parametrize("target", ["rms.sqlite", "elsewhere.db"], ids=["file", "link"])
def test_no_database_is_created_beside_an_old_log(env: dict[str, str], on_sqlite: Path, target: str) -> None:
    on_sqlite.unlink()
    if target != on_sqlite.name:
        on_sqlite.symlink_to(target)
    on_sqlite.with_name(f"{target}-wal").write_bytes(b"of an earlier one")
    for options in ((), ("--start-again",)):
        refused = quick_rms("db", "upgrade", *options, env=env)
        assert refused.returncode == 5 and f"{target}-wal" in refused.stderr
    assert not on_sqlite.exists()


@only_sqlite
def test_serving_a_missing_or_older_database_is_refused(env: dict[str, str], on_sqlite: Path) -> None:
    backup = on_sqlite.with_name("backup.sqlite")
    write(env, 2)
    copied(on_sqlite, backup)
    write(env, 1)
    env = env | {"RMS_BIND": f"127.0.0.1:{free_port()}"}
    removed(on_sqlite)
    refused = quick_rms("serve", env=env)
    assert refused.returncode == 5 and "Restore a backup" in refused.stderr and not on_sqlite.exists()
    shutil.copy(backup, on_sqlite)
    refused = quick_rms("serve", env=env)
    assert refused.returncode == 5 and "rms db accept-restored" in refused.stderr


@only_sqlite
def test_a_complete_backup_needs_no_accept_restored(env: dict[str, str], on_sqlite: Path) -> None:
    """As docs/operations.md says: stop, remove the file and its log, copy the backup, upgrade, start."""
    backup = on_sqlite.with_name("backup.sqlite")
    write(env, 3)
    copied(on_sqlite, backup)
    removed(on_sqlite)
    shutil.copy(backup, on_sqlite)
    assert quick_rms("db", "upgrade", env=env).returncode == 0
    assert write(env).sequence == 4


@only_sqlite
def test_a_damaged_file_is_not_accepted(env: dict[str, str], on_sqlite: Path) -> None:
    write(env, 50)
    content = bytearray(on_sqlite.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096 * 8] = b"\xff" * 4096 * 8
    on_sqlite.write_bytes(content)
    refused = quick_rms("db", "accept-restored", env=env)
    assert refused.returncode in (4, 5) and "damaged" in refused.stderr


@only_sqlite
def test_an_overwritten_file_is_remembered(env: dict[str, str], on_sqlite: Path) -> None:
    backup = on_sqlite.with_name("backup.sqlite")
    write(env, 2)
    copied(on_sqlite, backup)
    with closing(Store(env["RMS_DATABASE"])) as store:
        store.check()
        on_sqlite.write_bytes(backup.read_bytes())
        with pytest.raises(StorageOverwritten):
            keep_head(kept(env), store=store)
    refused = quick_rms("db", "upgrade", env=env)
    assert refused.returncode == 5 and "rms db accept-restored" in refused.stderr
    with closing(Store(env["RMS_DATABASE"])) as store:
        assert keep_head(kept(env), store=store) is False
    assert json.loads(kept(env).file.read_text())["overwritten"] is True
    assert quick_rms("db", "accept-restored", env=env).returncode == 0
    assert quick_rms("db", "upgrade", env=env).returncode == 0


@only_sqlite
def test_the_keeper_notes_nothing_of_a_moved_file(env: dict[str, str], on_sqlite: Path) -> None:
    with closing(Store(env["RMS_DATABASE"])) as store:
        keep_head(kept(env), store=store)
        before = kept(env).read()
        on_sqlite.rename(on_sqlite.with_name("elsewhere"))
        with pytest.raises(StorageLost):
            keep_head(kept(env), store=store)
    assert kept(env).read() == before


@only_sqlite
def test_an_overwritten_file_is_noted_at_once(env: dict[str, str], on_sqlite: Path) -> None:
    head = write(env, 3)
    with closing(Store(env["RMS_DATABASE"])) as store:
        note_when_overwritten(kept(env), store=store)
        store.check()
        on_sqlite.write_bytes(on_sqlite.read_bytes())
        with pytest.raises(StorageOverwritten), store.transaction():
            pass
        assert kept(env).read() == Noted(head, overwritten=True)


def test_a_head_is_not_saved_over_a_newer_note(env: dict[str, str]) -> None:
    """Another thread notes that the database was overwritten, while this one reads its head."""
    earlier = Noted(write(env, 3))
    kept(env).note_overwritten()
    kept(env).advance(Head(7, "ab" * 32), after=earlier)
    assert kept(env).read() == Noted(earlier.head, overwritten=True)


@only_sqlite
def test_verification_finds_damage_outside_the_audit_log(env: dict[str, str], on_sqlite: Path) -> None:
    write(env, 3)
    with closing(sqlite.connect(str(on_sqlite))) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'assessments'")
        ((size,),) = connection.execute("PRAGMA page_size")
    with on_sqlite.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    verified = quick_rms("audit", "verify", env=env)
    assert verified.returncode == 4 and "The database file is damaged." in verified.stderr
    assert "Traceback" not in verified.stderr
