"""The log beside the database cut or altered in place while it is in use: nothing more is acknowledged."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, event

from api.storage import Store
from api.storage.write_ahead_log import FRAME_HEADER_BYTES, HEADER_BYTES
from rms.errors import StorageLost, StorageOverwritten, StorageUnavailable
from tests.api.storage.examples import AT, add_large, assessment, result
from tests.api.storage.files.damage import ALTERED, FRAME, PAGE, altered, beside, length, middle

EARLIER = 6  # assessments acknowledged before the log is altered


@pytest.fixture
def used(url: str, file: Path) -> Iterator[tuple[Store, list[str]]]:
    """A store, and what it acknowledged."""
    store = Store(url)
    yield store, [add_large(store) for _ in range(EARLIER)]
    store.close()


def after_crash(file: Path) -> set[str]:
    """The assessments that a restart finds, from copies of the files as they are now."""
    copy = file.parent / "copy" / file.name
    copy.parent.mkdir()
    copy.write_bytes(file.read_bytes())
    beside(copy, "wal").write_bytes(beside(file, "wal").read_bytes())
    with closing(sqlite.connect(str(copy))) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "assessments" not in tables:
            return set()
        return {id for (id,) in connection.execute("SELECT id FROM assessments")}


@pytest.mark.parametrize("happened", ALTERED.values(), ids=ALTERED)
def test_nothing_more_is_acknowledged_and_nothing_is_ready(
    used: tuple[Store, list[str]], file: Path, happened: Callable[[Path], object]
) -> None:
    store, earlier = used
    assert after_crash(file) == set(earlier)
    happened(file)
    for _ in range(2):
        with pytest.raises(StorageOverwritten, match="log beside the database"):
            add_large(store, "20000")
        with pytest.raises(StorageOverwritten):
            store.check()
        with pytest.raises(StorageOverwritten), store.reading() as tx:
            tx.submissions.history("10000")


@pytest.mark.parametrize("happened", ALTERED.values(), ids=ALTERED)
def test_a_check_notices_by_itself(
    used: tuple[Store, list[str]], file: Path, happened: Callable[[Path], object]
) -> None:
    store, _ = used
    happened(file)
    with pytest.raises(StorageOverwritten):
        store.check()


@pytest.mark.parametrize("happened", ALTERED.values(), ids=ALTERED)
def test_what_happens_within_a_transaction_is_noticed(
    used: tuple[Store, list[str]], file: Path, happened: Callable[[Path], object]
) -> None:
    """After its last statement, before its COMMIT."""
    store, _ = used
    form = assessment("20000")
    with pytest.raises(StorageUnavailable), store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=AT)
        happened(file)


def restarted(store: Store, file: Path, *, then: int) -> bytes:
    """The log as it was before it was begun again, with so many assessments since."""
    earlier = beside(file, "wal").read_bytes()
    with closing(sqlite.connect(str(file), isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    for _ in range(then):
        add_large(store)
    assert beside(file, "wal").read_bytes()[16:24] != earlier[16:24]
    return earlier


@pytest.mark.parametrize("then", [1, EARLIER + 6], ids=["shorter", "longer"])
@pytest.mark.parametrize("first", ["check", "write", "read", "close"])
def test_an_earlier_log_written_over_the_log_is_noticed_and_reported_at_once(
    used: tuple[Store, list[str]], file: Path, then: int, first: str
) -> None:
    """All its checksums fit, so only the index shows that SQLite has begun another log since."""
    store, _ = used
    earlier, reports = restarted(store, file, then=then), list[str]()
    store.when_overwritten(lambda: reports.append("overwritten"))
    before = file.read_bytes()
    altered(file, 0, content=earlier.ljust(length(file), b"\0"))
    if first == "check":
        with pytest.raises(StorageOverwritten):
            store.check()
    elif first == "write":
        with pytest.raises(StorageOverwritten):
            add_large(store)
    elif first == "read":
        with suppress(StorageOverwritten), store.reading() as tx:  # it may need no page of the log
            tx.submissions.history("10000")
    store.close()
    assert reports == ["overwritten"] and file.read_bytes() == before


@pytest.mark.parametrize("first", ["read", "write"])
def test_damage_that_a_connection_meets_is_refused_for_good(url: str, file: Path, first: str) -> None:
    """A page in the middle was damaged before RMS started, so only reading it shows that."""
    with closing(Store(url)) as store:
        for _ in range(EARLIER):
            add_large(store)
    with closing(sqlite.connect(str(file))) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'assessments'")
    with file.open("r+b", buffering=0) as opened:
        opened.seek((page - 1) * PAGE)
        opened.write(b"\xff" * PAGE)
    reports = list[str]()
    with closing(Store(url)) as store:
        store.when_overwritten(lambda: reports.append("overwritten"))
        store.check()
        with pytest.raises(StorageOverwritten, match="damaged"):
            if first == "write":
                add_large(store)
            else:
                with store.reading() as tx:
                    tx.submissions.history("10000")
        assert reports == ["overwritten"]
        with pytest.raises(StorageOverwritten, match="damaged"):
            store.check()


def test_another_process_that_comes_later_notices_too(
    url: str, used: tuple[Store, list[str]], file: Path
) -> None:
    altered(file, middle(file) + 2000)
    with closing(Store(url)) as other, pytest.raises(StorageOverwritten):
        other.check()


def test_what_begins_after_an_alteration_under_load_is_found_or_refused(url: str, file: Path) -> None:
    """Four threads write. No commit is under way while the log is altered."""
    store, later, altered_already = Store(url), list[str](), threading.Event()

    def work(number: str) -> None:
        with suppress(StorageUnavailable):
            for _ in range(1000):
                begins_after = altered_already.is_set()
                acknowledged = add_large(store, number)
                if begins_after:
                    later.append(acknowledged)

    threads = [threading.Thread(target=work, args=(f"P{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    while not beside(file, "wal").exists() or length(file) < 60 * FRAME:
        time.sleep(0.005)
    with suppress(StorageUnavailable), store.transaction():
        altered(file, HEADER_BYTES + 20 * FRAME + 2000)
        altered_already.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert set(later) <= after_crash(file)
    store.close()


@contextmanager
def altered_at_commit(file: Path) -> Iterator[None]:
    """With the next commit, which writes to the log as well, so that the times of the file do not tell."""
    once = [lambda: altered(file, middle(file) + 2000)]

    def alter_once(_connection: Connection) -> None:
        if once:
            once.pop()()

    event.listen(Engine, "commit", alter_once)
    try:
        yield
    finally:
        event.remove(Engine, "commit", alter_once)


def test_an_alteration_in_the_middle_of_a_commit_is_noticed_soon(
    used: tuple[Store, list[str]], file: Path
) -> None:
    store, _ = used
    with altered_at_commit(file), pytest.raises(StorageOverwritten):
        end = time.monotonic() + 5  # the machine may be busy
        while time.monotonic() < end:
            add_large(store)


@pytest.mark.parametrize("content", [b"\xff" * PAGE, bytes(PAGE)], ids=["damaged", "zeros"])
def test_an_altered_log_is_not_copied_into_the_database(
    used: tuple[Store, list[str]], url: str, file: Path, content: bytes
) -> None:
    """SQLite would do so when the last connection is closed."""
    store, _ = used
    before = file.read_bytes()
    altered(file, HEADER_BYTES + 3 * FRAME + FRAME_HEADER_BYTES, content=content)
    store.close()
    assert file.read_bytes() == before


def test_a_log_altered_in_the_middle_of_a_commit_is_not_copied_either(
    used: tuple[Store, list[str]], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it has become so long with that commit that RMS would copy it."""
    store, _ = used
    before = file.read_bytes()
    monkeypatch.setattr("api.storage.database_file.LOG_PAGES", length(file) // FRAME + 1)
    with altered_at_commit(file), pytest.raises(StorageOverwritten):
        for _ in range(2):  # noticed with the first where the whole log is due to be read
            add_large(store)
    assert file.read_bytes() == before


def test_a_log_that_sqlite_has_emptied_is_no_loss(
    used: tuple[Store, list[str]], url: str, file: Path
) -> None:
    store, earlier = used
    with closing(sqlite.connect(str(file), isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert length(file) == 0
        with store.reading() as tx:
            assert {one.id for one in tx.submissions.history("10000")} == set(earlier)
        store.check()
        assert add_large(store) not in earlier


def test_a_log_that_another_process_empties_again_and_again_is_no_alarm(url: str) -> None:
    """The log looks the same each time, and the database file has been written."""
    with closing(Store(url)) as watching, closing(Store(url)) as writing:
        for number in ("10000", "20000", "30000"):
            add_large(writing, number)
            writing.empty_log()
            watching.check()
        assert add_large(watching, "40000") == "40000"


def test_a_database_cut_behind_a_checkpoint_is_refused(
    used: tuple[Store, list[str]], url: str, file: Path
) -> None:
    """The checkpoint explains why the file was written, not that it is too short."""
    store, _ = used
    with closing(sqlite.connect(str(file), isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        os.truncate(file, file.stat().st_size // PAGE // 2 * PAGE)
        with pytest.raises(StorageOverwritten):
            store.check()
        with pytest.raises(StorageOverwritten):
            add_large(store)


def test_a_header_overwritten_behind_a_checkpoint_is_not_ready(
    used: tuple[Store, list[str]], url: str, file: Path
) -> None:
    store, _ = used
    with closing(sqlite.connect(str(file), isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        with file.open("r+b", buffering=0) as opened:
            opened.write(b"\0" * 100)
        with pytest.raises(StorageUnavailable):
            store.check()


@pytest.mark.parametrize("size", [0, 16384])
def test_a_cut_index_ends_no_process_and_loses_nothing(url: str, size: int) -> None:
    """SQLite has it mapped: whatever touches the part cut off would end the process (SIGBUS)."""
    command = [sys.executable, "-m", "tests.api.storage.index_cut_process", url, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged, refused = done.stdout.splitlines()
    assert refused.split() == [StorageLost.code] * 3
    with closing(Store(url)) as restarted, restarted.reading() as tx:
        assert {one.id for one in tx.submissions.history("10000")} == set(acknowledged.split())
        assert list(tx.audit.problems()) == []


def assert_no_false_alarm(url: str, *, seconds: float, processes: int = 3, pages: int = 12) -> int:
    command = [sys.executable, "-m", "tests.api.storage.checkpointing_process", url, str(seconds), str(pages)]
    started = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(processes)
    ]
    said = [process.communicate(timeout=seconds + 60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * processes
    return sum(map(int, said))


def test_checkpoints_of_several_processes_raise_no_alarm(url: str) -> None:
    """Each copies the log as soon as it has a dozen pages, so that it is begun again all the time."""
    written = assert_no_false_alarm(url, seconds=2)
    with closing(Store(url)) as store, store.reading() as tx:
        assert tx.audit.head().sequence == written > 0


@pytest.mark.parametrize("end", ["fails", "is killed"])
def test_a_process_that_gives_up_in_the_middle_of_a_checkpoint_raises_no_alarm(
    used: tuple[Store, list[str]], url: str, file: Path, end: str
) -> None:
    """The file has been written, and SQLite counts none of it as copied. The next commit finishes it."""
    store, earlier = used
    before = file.read_bytes()
    command = [sys.executable, "-m", "tests.api.storage.checkpoint_cut_process", url, str(len(before)), end]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if end == "fails" else -signal.SIGXFSZ), done.stderr
    assert file.read_bytes() != before and beside(file, "checkpoint").exists()
    store.check()
    assert add_large(store) not in earlier
    assert not beside(file, "checkpoint").exists()
    altered(file, PAGE)
    with pytest.raises(StorageOverwritten):
        store.check()


def cut_short(url: str, file: Path) -> None:
    """A process is killed in the middle of a checkpoint."""
    size = str(file.stat().st_size)
    command = [sys.executable, "-m", "tests.api.storage.checkpoint_cut_process", url, size, "is killed"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGXFSZ
    assert beside(file, "checkpoint").exists()


def test_a_checkpoint_cut_short_excuses_nothing_once_the_log_is_another(url: str, file: Path) -> None:
    with closing(Store(url)) as store:
        for _ in range(EARLIER):
            add_large(store)
        cut_short(url, file)
        left = beside(file, "checkpoint").read_bytes()
    with closing(Store(url)) as store:
        store.check()
        assert not beside(file, "checkpoint").exists()
        add_large(store)
        beside(file, "checkpoint").write_bytes(left)
        altered(file, PAGE)
        with pytest.raises(StorageOverwritten):
            add_large(store)


def test_a_checkpoint_that_finds_another_under_way_leaves_its_sign(
    used: tuple[Store, list[str]], url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is then killed after it wrote."""
    monkeypatch.setattr("api.storage.database_file.LOG_PAGES", 1)
    store, _ = used
    with closing(Store(url)) as third:
        third.check()
        command = [sys.executable, "-m", "tests.api.storage.checkpoint_slow_process", url, "announced"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin and other.stdout and other.stdout.readline() == "announced\n"
            add_large(store)
            assert beside(file, "checkpoint").exists()
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.stdout.readline() == "written\n"
            other.kill()
        for one in (store, third):
            one.check()
            add_large(one)
        assert not beside(file, "checkpoint").exists()


@pytest.mark.parametrize("comes_to_its_end", [True, False])
def test_another_process_may_take_long_for_a_checkpoint(
    used: tuple[Store, list[str]], url: str, monkeypatch: pytest.MonkeyPatch, comes_to_its_end: bool
) -> None:
    """The disk is busy. A request that waits for too long is refused, and can be sent again."""
    monkeypatch.setattr("api.storage.database_file.PATIENCE", 20 if comes_to_its_end else 0.1)
    store, earlier = used
    command = [sys.executable, "-m", "tests.api.storage.checkpoint_slow_process", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout and other.stdout.readline() == "written\n"
        later = threading.Timer(0.5, other.stdin.close)
        later.start()
        if not comes_to_its_end:
            with pytest.raises(StorageUnavailable, match="busy"):
                store.check()
            later.join()
            other.wait(20)
        store.check()
        assert add_large(store) not in earlier
        assert other.wait(20) == 0


@pytest.mark.soak
@pytest.mark.parametrize("pages", [1, 7, 40])
def test_checkpoints_of_several_processes_for_longer(url: str, pages: int) -> None:
    assert assert_no_false_alarm(url, seconds=30, pages=pages) > 300
