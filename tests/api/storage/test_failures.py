"""A full disk, a file that cannot be written, a damaged one: told apart, and nothing half-written."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection

from api.storage import Store, upgrade
from rms.errors import StorageFull, StorageOverwritten, StorageReadOnly, StorageUnavailable
from tests.api.rows import at_each, change
from tests.api.storage.examples import AT, assessment, result

UNPRIVILEGED_USER = 65534


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def add(store: Store, number: str = "10000") -> str:
    form = assessment(number)
    with store.transaction() as tx:
        return tx.submissions.add(form, result(form, cases=300), by="ada", at=AT).id


def counts(url: str) -> dict[str, int]:
    connection = sqlite.connect(url.removeprefix("sqlite:///"))
    tables = "assessments", "simulations", "audit"
    found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return found


@pytest.fixture
def limit(store: Store, url: str) -> Iterator[dict[str, int]]:
    """How many pages the database may have: what it has and 40 more, until the test says otherwise."""
    connection = sqlite.connect(url.removeprefix("sqlite:///"))
    limit = {"pages": connection.execute("PRAGMA page_count").fetchone()[0] + 40}
    connection.close()

    def apply(_connection: Connection, cursor: sqlite.Cursor, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            cursor.connection.execute(f"PRAGMA max_page_count={limit['pages']}")

    with at_each("after_cursor_execute", apply):
        yield limit


def test_full(store: Store, url: str, limit: dict[str, int]) -> None:
    stored = 0
    with pytest.raises(StorageFull):
        while stored < 1000:
            add(store)
            stored += 1
    assert 0 < stored < 40
    assert counts(url) == {"assessments": stored, "simulations": 2 * stored, "audit": stored}
    with store.reading() as tx:
        assert len(tx.submissions.history("10000")) == stored
    limit["pages"] = 100_000
    assert add(store) == f"10000-{stored:02d}"


def test_full_while_many_write(store: Store, url: str, limit: dict[str, int]) -> None:
    def attempt(place: int) -> bool:
        try:
            add(store, f"{place % 3}")
        except StorageFull:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(120)))
    stored = sum(outcomes)
    assert 0 < stored < 120
    assert counts(url) == {"assessments": stored, "simulations": 2 * stored, "audit": stored}
    with store.reading() as tx:
        for number in "012":
            sequences = [listed.sequence for listed in tx.submissions.history(number)]
            assert sequences == list(range(len(sequences) - 1, -1, -1))


def test_read_only(store: Store, url: str) -> None:
    add(store)
    closed = Store(f"sqlite:///file:{url.removeprefix('sqlite:///')}?mode=ro&uri=true")
    with closed.reading() as tx:
        assert tx.submissions.get("10000") is not None
    with pytest.raises(StorageReadOnly):
        add(closed)
    closed.close()
    assert counts(url)["assessments"] == 1


def test_reading_cannot_write(store: Store, url: str) -> None:
    with pytest.raises(StorageReadOnly), store.reading() as tx:
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
    assert counts(url)["assessments"] == 0


def test_locked_by_another_process(store: Store, url: str) -> None:
    def hurry(connection: sqlite.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=10")

    other = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with at_each("connect", hurry), pytest.raises(StorageUnavailable, match="locked"):
        add(store)
    other.execute("COMMIT")
    other.close()
    assert add(store) == "10000"


def test_no_database(tmp_path: Path) -> None:
    (tmp_path / "rms.sqlite").write_bytes(b"This is a letter to a friend, and it goes on. " * 100)
    store = Store(f"sqlite:///{tmp_path / 'rms.sqlite'}")
    for use in (store.check, lambda: add(store)):
        with pytest.raises(StorageOverwritten, match="damaged"):
            use()
    store.close()


def test_no_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'rms.sqlite'}"
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        upgrade(url)
    store = Store(url)
    for use in (store.check, lambda: add(store)):
        with pytest.raises(StorageUnavailable, match="cannot be opened"):
            use()
    store.close()


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a database, as a user sees it who may read it and not write."""
    folder, user = Path(mkdtemp()), os.geteuid()
    upgrade(f"sqlite:///{folder / 'rms.sqlite'}")
    for file in folder.iterdir():
        file.chmod(0o666)
    folder.chmod(0o555)
    if user == 0:
        os.seteuid(UNPRIVILEGED_USER)
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written(read_only_folder: Path) -> None:
    """What helps is said, which is not an upgrade."""
    there, new = (f"sqlite:///{read_only_folder / name}" for name in ("rms.sqlite", "new.sqlite"))
    store = Store(there)
    for use in (store.check, lambda: add(store), lambda: upgrade(there), lambda: upgrade(new)):
        with pytest.raises(StorageUnavailable, match="Let the user that RMS runs as write") as caught:
            use()
        assert "upgrade" not in caught.value.detail
    store.close()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}")
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        store.check()
    store.close()


def test_errors_show_no_answers(store: Store, url: str) -> None:
    """Whatever an error carries may end up in a log."""
    form = assessment("SECRET77")
    add(store, "SECRET77")
    change(url, "UPDATE people SET next_sequence = 0")
    with pytest.raises(Exception, match="UNIQUE") as caught, store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
    assert "SECRET77" not in str(caught.value)
    assert "Not on record" not in str(caught.value)
