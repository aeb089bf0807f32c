"""The database deleted, moved, replaced or cut while it is in use: nothing more is acknowledged."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from api.storage import Store, upgrade
from rms.errors import StorageLost, StorageOverwritten, StorageUnavailable
from tests.api.storage.examples import AT, add_large, assessment, result
from tests.api.storage.files.damage import (
    ALL,
    LOG_LOST,
    MOVED,
    backed_up,
    log_of,
    run,
)


@pytest.fixture
def url_in_folder(tmp_path: Path, migrated_folder: Path) -> str:
    shutil.copytree(migrated_folder, tmp_path / "data")
    return f"sqlite:///{tmp_path / 'data' / 'rms.sqlite'}"


@pytest.fixture(params=[True, False], ids=["written before", "only read before"])
def used(request: pytest.FixtureRequest, url_in_folder: str) -> tuple[Store, Path, Path]:
    """A store in use, its file, and a backup that lacks the last of what it acknowledged."""
    store, file = Store(url_in_folder), Path(url_in_folder.removeprefix("sqlite:///"))
    store.check()
    copy = backed_up(file)
    if request.param:
        assert add_large(store) == "10000"
    return store, file, copy


@pytest.mark.parametrize("happened", ALL.values(), ids=ALL)
def test_nothing_is_acknowledged_and_nothing_is_ready(
    used: tuple[Store, Path, Path], happened: Callable[[Path, Path], object]
) -> None:
    store, file, copy = used
    happened(file, copy)
    for _ in range(3):
        with pytest.raises(StorageLost):
            add_large(store)
        with pytest.raises(StorageLost):
            store.check()
        with pytest.raises(StorageLost), store.reading() as tx:
            tx.submissions.history("10000")
    store.close()


@pytest.mark.parametrize("happened", ALL.values(), ids=ALL)
def test_what_happens_within_a_transaction_is_noticed(
    used: tuple[Store, Path, Path], happened: Callable[[Path, Path], object]
) -> None:
    """After its last statement, before its COMMIT."""
    store, file, copy = used
    form = assessment("20000")
    with pytest.raises(StorageUnavailable), store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
        happened(file, copy)
    store.close()


@pytest.mark.parametrize("happened", [MOVED["moved away"], MOVED["folder moved away"]])
def test_it_goes_on_when_the_file_is_back(
    used: tuple[Store, Path, Path], happened: Callable[[Path, Path], object]
) -> None:
    store, file, copy = used
    before, place = store.check(), file.stat().st_ino
    happened(file, copy)
    with pytest.raises(StorageLost):
        add_large(store, "30000")
    elsewhere = file.parent / "elsewhere" if file.parent.exists() else file.parent.with_name("elsewhere")
    elsewhere.rename(file if elsewhere.is_file() else file.parent)
    assert file.stat().st_ino == place and store.check() == before
    assert add_large(store, "30000") == "30000"
    store.close()


@pytest.mark.parametrize("happened", [LOG_LOST["log deleted"], LOG_LOST["log and index deleted"]])
def test_what_a_deleted_log_held_is_brought_into_the_file(
    url: str, file: Path, store: Store, happened: Callable[[Path, Path], object]
) -> None:
    acknowledged = [add_large(store) for _ in range(5)]
    happened(file, file)
    with pytest.raises(StorageLost):
        store.check()
    copy = file.parent / "as a restart finds it.sqlite"
    run("cp", file, copy)
    restarted = Store(f"sqlite:///{copy}")
    with restarted.reading() as tx:
        assert {listed.id for listed in tx.submissions.history("10000")} == set(acknowledged)
        assert list(tx.audit.problems()) == []
    restarted.close()


def test_a_deleted_file_whose_inode_is_used_again(url: str, file: Path) -> None:
    store = Store(url)
    add_large(store)
    file.unlink()
    for name in ("-wal", "-shm"):
        file.with_name(file.name + name).unlink()
    with pytest.raises(StorageLost):
        add_large(store)
    upgrade(url)
    with pytest.raises(StorageLost):
        add_large(store)
    store.close()


def test_other_processes_may_copy_the_log_into_the_file(url: str, file: Path, store: Store) -> None:
    """Their checkpoints write to the file as well, in every order with those of this store."""
    other = sqlite.connect(str(file), isolation_level=None)
    expected = 0
    for how in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
        for also_written in (False, True):
            add_large(store)
            if also_written:
                other.execute("UPDATE people SET next_sequence = next_sequence")
            other.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
            add_large(store)
            store.check()
            expected += 2
    other.execute("VACUUM")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    other.close()
    add_large(store)
    with store.reading() as tx:
        assert len(tx.submissions.history("10000")) == expected + 1


def test_two_stores_that_both_write_and_copy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.storage.database_file.LOG_PAGES", 20)
    stores = [Store(url), Store(url)]
    ids = [add_large(stores[place % 2]) for place in range(60)]
    assert len(set(ids)) == 60
    for store in stores:
        store.check()
        store.close()


def test_the_log_stays_short(file: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """RMS itself copies the log into the file: SQLite was told not to."""
    monkeypatch.setattr("api.storage.database_file.LOG_PAGES", 50)
    for _ in range(60):
        add_large(store)
    assert log_of(file).stat().st_size < 150 * 4200


def test_a_log_beside_no_database_is_refused(url: str, file: Path) -> None:
    store = Store(url)
    add_large(store)
    run("cp", log_of(file), file.parent / "kept")
    store.close()
    run("mv", file.parent / "kept", log_of(file))
    for empty in (False, True):
        file.unlink(missing_ok=True)
        if empty:
            file.touch()
        with pytest.raises(StorageLost, match="rms.sqlite-wal"):
            upgrade(url)
        opened = Store(url)
        with pytest.raises(StorageLost, match="rms.sqlite-wal"):
            opened.check()
        opened.close()
        assert log_of(file).exists() and file.exists() is empty


def test_nothing_makes_a_database_but_an_upgrade(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'rms.sqlite'}")
    for use in (store.check, lambda: add_large(store)):
        with pytest.raises(StorageUnavailable, match="there is none"):
            use()
    store.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["with space", "with%41", "with?question", "with#hash", "ä"])
def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    url = f"sqlite:///{str(tmp_path / name).replace('%', '%25').replace('?', '%3F')}/rms.sqlite"
    upgrade(url)
    store = Store(url)
    assert add_large(store) == "10000"
    store.close()


@pytest.mark.parametrize("part", range(8))
def test_a_file_that_was_cut_before_it_is_opened(url: str, file: Path, part: int) -> None:
    """Whatever is read of it: an answer or a refusal, never something unforeseen."""
    store = Store(url)
    for _ in range(20):
        add_large(store)
    store.close()
    os.truncate(file, file.stat().st_size * part // 8)
    store = Store(url)
    with pytest.raises(StorageUnavailable):
        store.check()
        with store.reading() as tx:
            list(tx.audit.problems())
            tx.submissions.history("10000")
    store.close()


def test_an_overwritten_file_stays_refused(used: tuple[Store, Path, Path]) -> None:
    store, file, copy = used
    content = file.read_bytes()
    run("cp", copy, file)
    with pytest.raises(StorageOverwritten):
        store.check()
    file.write_bytes(content)
    with pytest.raises(StorageOverwritten):
        store.check()
    store.close()
