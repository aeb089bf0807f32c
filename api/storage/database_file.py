"""The files of a SQLite database as this process opened them, compared with those at their path now.

SQLite goes on writing to a file that was deleted, moved, replaced or cut, and reports success. So one
connection is kept open for as long as the store: it holds the files, so that their inodes are not
used again, and says how far the write-ahead log has been copied into the database file. Only that
copying (a checkpoint) may write to the file. A file that was written without it was written by
something other than SQLite.

SQLite does not say that it wrote where a checkpoint was cut short (a full disk, a killed process). So RMS
keeps a file beside the database until a checkpoint has ended. It names the log by its salts, so that it
excuses nothing once SQLite has begun another log.

Nor does SQLite notice when its log is cut or altered, and a restart drops what follows. So the log is
read as a restart would read it: after each commit what is new in it, and all of it where it was written
to without a commit, and every so often.
"""

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import PoolProxiedConnection

from api.storage.write_ahead_log import HEADER_BYTES, Chain, LogFile, LogIndex
from rms.errors import RMSError, StorageLost, StorageOverwritten, StorageUnavailable

LOG, INDEX, JOURNAL = "-wal", "-shm", "-journal"
UNDER_WAY = "-checkpoint"  # is there while RMS copies the log, so it is left where that was cut short
LOG_PAGES = 1000  # with more in the log, it is copied into the database file
PATIENCE = 30.0  # seconds to wait for another process that copies the log: a busy disk may take long
PATIENCE_UNKNOWN = 2.0  # where the machine does not say whether one does
PAUSE = 0.01
LOOKS = 2  # after the first, at a log that does not fit
SHARE = 200  # of this many seconds of writing, one of computing is spent on reading the whole log again

Place = tuple[int, int]  # device and inode

MOVED = (
    "The database file was deleted or moved. RMS stores nothing until the file is back, or until RMS is "
    "restarted with a database."
)
REPLACED = (
    "Another file is in the place of the database file that RMS opened. RMS stores nothing until the file is "
    "back, or until RMS is restarted with a database."
)
LOG_LOST = (
    "The log beside the database (-wal, -shm) was deleted or replaced while RMS was running. RMS stores "
    "nothing until it is restarted."
)
INDEX_CUT = (
    "The index of the log beside the database (-shm) was cut while RMS was running. RMS stores nothing until "
    "it is restarted."
)
LOG_ALTERED = (
    "The log beside the database (-wal) was cut or altered by something other than RMS while RMS was "
    "running. RMS stores nothing more. Stop RMS, restore a backup, then start it again."
)
OVERWRITTEN = (
    "The database file was written to by something other than RMS while RMS was running. RMS stores nothing "
    "more. Stop RMS, restore a backup, then start it again."
)
COPYING = (
    "Another process has been copying the log into the database file for a long time: the disk may be too "
    "busy. Try again."
)


@dataclass(frozen=True)
class Content:
    """When the database file was last written, and how far SQLite had copied the log into it."""

    written: tuple[int, int]  # size in bytes, nanoseconds
    log_header: bytes  # differs after each restart of the log
    pages: int  # in the log, committed
    copied: int

    @property
    def salts(self) -> bytes:
        """Those of the log, which differ after each restart. They stand for the header of an empty log."""
        return self.log_header[16:24] if len(self.log_header) == HEADER_BYTES else self.log_header

    def explains(self, before: "Content") -> bool:
        """Whether a checkpoint, or nothing, stands between `before` and this."""
        checkpoint = (self.log_header, self.copied) != (before.log_header, before.copied)
        return checkpoint or self.written == before.written


class DatabaseFile:
    """The files at `path`, held open by one connection of `connect` from the first check on.

    `failure` says what an error of SQLite is in the tree of RMS.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[], PoolProxiedConnection],
        *,
        failure: Callable[[sqlite.Error], StorageUnavailable],
    ) -> None:
        self._path = path
        self._paths = _paths_of(path)
        self._connect = connect
        self._failure = failure
        self._held: PoolProxiedConnection | None = None
        self._log: LogFile | None = None
        self._index: LogIndex | None = None
        self._database: Place | None = None
        self._beside: dict[str, Place] = {}
        self._index_bytes = 0
        self._content: Content | None = None
        self._chain: Chain | None = None
        self._log_stamp: tuple[int, ...] = ()
        self._whole_at = 0.0  # when the whole log was last read
        self._due = 0.0  # when it is to be read again
        self._lost: StorageLost | None = None
        self._when_overwritten: Callable[[], None] | None = None
        self._log_rescued = False
        self._was_cut_short = False
        self._lock = threading.RLock()

    def when_overwritten(self, note: Callable[[], None]) -> None:
        """Call `note` as soon as it is noticed, once."""
        self._when_overwritten = note

    def refuse_damaged(self, failure: RMSError) -> None:
        """Refuse everything from now on if this failure of a connection to the database shows damage."""
        if isinstance(failure, StorageOverwritten):
            with suppress(StorageOverwritten):
                self._refuse_for_good(failure)

    def compare(self) -> None:
        """Quickly: whether the files at the path are the ones that are open, and none was cut.

        Raises
        ------
        StorageLost
            If they are not.
        """
        self._compare_places()
        if self._content is not None and not self._has_log_of(self._content):
            self.check()  # which also finds out whether it was SQLite that emptied the log

    def check(self) -> None:
        """As `compare`, and whether SQLite alone has written to the database file.

        Raises
        ------
        StorageLost
            If the files are not the ones that are open, or something else has written to the file.
        """
        with self._lock:
            self._compare_places()
            before, now = self._content, self._observed()
            if before is not None and not now.explains(before):
                now = self._observed_when_copied(before)
            self._content = now
            self._refuse_log_unless(self._has_log_of)

    def verify(self) -> None:
        """As `check`, and whether a restart would find what is new in the log, while nobody else can write.

        Where the log was written to without a commit, and every so often, the whole log is read.

        Raises
        ------
        StorageLost
            If it would not.
        """
        with self._lock:
            self.check()
            self._refuse_log_unless(partial(self._has_whole_log_of, whole=False))

    def verify_whole(self, *, recent: float = 0.0) -> None:
        """As `check`, and whether a restart would find the whole log.

        It is not read again if that was done in the last `recent` seconds, and nothing was written since.

        Raises
        ------
        StorageLost
            If it would not.
        """
        with self._lock:
            self.check()
            self._refuse_log_unless(partial(self._has_whole_log_of, whole=True, recent=recent))
            if self._is_cut(self._content):
                self._refuse_for_good(StorageOverwritten(OVERWRITTEN))

    def open_again(self) -> None:
        """Open the database as a restart does.

        Raises
        ------
        StorageUnavailable
            If what stands at its beginning is not what SQLite writes there.
        """
        with self._translated(), closing(self._connect()) as connection:
            connection.cursor().execute("PRAGMA schema_version").fetchall()

    def shorten_log(self) -> None:
        """Copy the log into the database file if it has become long and no reader needs it as it is."""
        with self._lock:
            content = self._content
            if content is None or content.copied == content.pages:
                return
            if content.pages >= LOG_PAGES or self._was_cut_short:
                self.verify_whole()
                self._checkpoint("PASSIVE")

    def empty_log(self) -> None:
        """Copy all of the log into the file and cut it to nothing, as soon as no reader needs it.

        Where one reads for longer than the busy timeout, the log goes with a later checkpoint.
        """
        with self._lock:
            self.verify_whole()
            self._checkpoint("TRUNCATE")

    def close(self) -> None:
        """Closing its last connection, SQLite copies the log into the file: an altered one it must not."""
        with self._lock:
            if self._held is None:
                return
            with suppress(RMSError):
                self.verify_whole()
            if self._lost is None:
                self._held.close()
            if self._log is not None:
                self._log.close()
            self._held, self._log, self._index, self._content, self._chain = None, None, None, None, None

    def _hold(self) -> None:
        with self._lock:
            if self._held is not None:
                return
            if is_empty(self._path):
                refuse_leftovers(self._path)  # SQLite would delete them
            self._paths = _paths_of(self._path)  # a link may lead elsewhere by now
            before = self._place("")
            with self._translated():
                held = self._connect()
            try:
                with self._translated():
                    held.cursor().execute("PRAGMA schema_version").fetchall()  # opens the log, too
                self._note_places(before)
                self._log = LogFile(Path(self._paths[LOG])) if LOG in self._beside else None
                self._index = LogIndex(Path(self._paths[INDEX])) if INDEX in self._beside else None
            except BaseException:
                held.invalidate()
                raise
            self._held = held
            self._forget_earlier_checkpoint()

    def _note_places(self, before: Place | None) -> None:
        if before != self._place("") or (self._database or before) != before:
            raise StorageLost(MOVED)
        self._database = before
        places = {name: self._place(name) for name in (LOG, INDEX)}
        self._beside = {name: place for name, place in places.items() if place is not None}
        self._index_bytes = 0

    def _compare_places(self) -> None:
        if self._lost is not None:
            raise type(self._lost)(self._lost.detail)
        if self._held is None:
            self._hold()
        place = self._place("")
        if place != self._database:
            if place is None:
                raise StorageLost(MOVED)
            self._note_overwritten()
            raise StorageOverwritten(REPLACED)
        for name, opened in self._beside.items():
            status = _status(self._paths[name])
            if status is None or _place_of(status) != opened:
                self._rescue_log()
                raise StorageLost(LOG_LOST)
            if name == INDEX:
                self._refuse_cut_index(status.st_size)

    def _refuse_cut_index(self, size: int) -> None:
        """SQLite has mapped it: to read a part that was cut off would end the process."""
        if size < self._index_bytes:
            self._refuse_for_good(StorageLost(INDEX_CUT))
        self._index_bytes = size

    def _has_log_of(self, content: Content) -> bool:
        if self._log is None or not content.pages:
            return True
        fits = self._index is None or self._index.fits(content.log_header)
        return fits and self._log.is_as_long_as(content.log_header, content.pages)

    def _refuse_log_unless(self, sound: Callable[[Content], bool]) -> None:
        """Another process may begin the log again while this one reads it, so look more than once."""
        content, repeated = self._content, 0
        while content is not None and not sound(content):
            again = self._observed()
            repeated = repeated + 1 if again == content else 0
            if repeated == LOOKS:
                self._refuse_for_good(StorageOverwritten(LOG_ALTERED))
            content = again

    def _has_whole_log_of(self, content: Content, *, whole: bool, recent: float = 0.0) -> bool:
        if self._log is None or not content.pages:
            return True
        stamp, begun, used = self._log.stamp(), time.monotonic(), time.thread_time()
        is_as_read = self._chain is not None and self._chain.is_of(content.log_header, content.pages)
        if is_as_read and stamp == self._log_stamp and (not whole or begun < self._whole_at + recent):
            return True
        whole = whole or is_as_read or begun >= self._due  # written to, and not by a commit
        chain = self._log.chain(content.log_header, content.pages, after=self._chain, whole=whole)
        if chain is None:
            return False
        self._chain, self._log_stamp = chain, stamp
        if whole:
            self._whole_at = begun
            self._due = begun + SHARE * (time.thread_time() - used)
        return True

    def _is_cut(self, content: Content | None) -> bool:
        """Whether all of the log was copied into the file, and the file is shorter than that makes it."""
        if content is None or self._chain is None or not 0 < content.copied == content.pages:
            return False
        is_read = self._chain.is_of(content.log_header, content.pages)
        return is_read and content.written[0] < self._chain.database_bytes

    def _refuse_for_good(self, lost: StorageLost) -> NoReturn:
        """And never close the connection: it would copy what is in the log into the database file."""
        with self._lock:
            if self._lost is None:
                self._lost = lost
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._held))
            if isinstance(lost, StorageOverwritten):
                self._note_overwritten()
        raise lost

    def _note_overwritten(self) -> None:
        with self._lock:
            note, self._when_overwritten = self._when_overwritten, None
        if note is not None:
            note()

    def _observed(self) -> Content:
        """The checkpoint is read first: what is seen of the file is then at least as new."""
        header, pages, copied = self._checkpointed()
        status = _status(self._paths[""])
        if status is None:
            raise StorageLost(MOVED)
        return Content((status.st_size, status.st_mtime_ns), header, pages, copied)

    def _observed_when_copied(self, before: Content) -> Content:
        """Wait for a process that copies the log: it writes to the file first, then says how far it came.

        Raises
        ------
        StorageOverwritten
            If no process copies the log, and none was stopped while it did.
        StorageUnavailable
            If it takes longer than `PATIENCE`.
        """
        begun = time.monotonic()
        while True:
            is_copying = self._index.is_being_copied() if self._index is not None else None
            now, waited = self._observed(), time.monotonic() - begun
            if now.explains(before):
                return now
            if is_copying is False or (is_copying is None and waited > PATIENCE_UNKNOWN):
                if self._is_under_way(before):
                    self._was_cut_short = True
                    return now
                self._refuse_for_good(StorageOverwritten(OVERWRITTEN))
            if waited > PATIENCE:
                raise StorageUnavailable(COPYING)
            time.sleep(PAUSE)

    def _checkpointed(self) -> tuple[bytes, int, int]:
        """The log's header, and how many of its pages are committed and copied.

        Another process may begin the log again, with another header: pages are of the one that stands
        before and after they are counted.
        """
        before, header = None, self._log_header()
        while before != header:
            with self._translated():
                _, pages, copied = self._execute("PRAGMA wal_checkpoint(NOOP)")
            before, header = header, self._log_header()
        return header, pages, copied

    def _log_header(self) -> bytes:
        """The header of the log. An empty log has none, so its salts in the index stand for it."""
        if self._log is None:
            return b""
        return self._log.header() or (self._index.salts() if self._index is not None else b"")

    def _checkpoint(self, how: str) -> None:
        """Whatever it wrote, also where the disk was full in the middle of it, was written by SQLite."""
        under_way = Path(self._paths[UNDER_WAY])
        try:
            with suppress(OSError):  # a full disk
                under_way.write_bytes(self._observed().salts)
            with self._translated():
                is_busy, _, _ = self._execute(f"PRAGMA wal_checkpoint({how})")
            if not is_busy:  # otherwise another process may be copying
                self._was_cut_short = False
                with suppress(OSError):
                    under_way.unlink(missing_ok=True)
        finally:
            self._content = self._observed()

    def _is_under_way(self, content: Content) -> bool:
        """Whether this log was being copied when the last checkpoint began, and that one did not end."""
        try:
            return Path(self._paths[UNDER_WAY]).read_bytes() == content.salts
        except OSError:
            return False

    def _forget_earlier_checkpoint(self) -> None:
        """One that was cut short before SQLite began this log, or of which nothing is left to copy."""
        content = self._observed()
        if not self._is_under_way(content) or content.copied == content.pages:
            with suppress(OSError):
                Path(self._paths[UNDER_WAY]).unlink(missing_ok=True)

    def _rescue_log(self) -> None:
        """Bring what a deleted log holds into the database file, while it is still open."""
        with self._lock:
            if self._log_rescued or self._place(LOG) is not None:
                return
            self._log_rescued = True
            with self._translated():
                self._execute("PRAGMA wal_checkpoint(FULL)")

    def _execute(self, statement: str) -> Any:
        assert self._held is not None
        return self._held.cursor().execute(statement).fetchone()

    def _place(self, name: str) -> Place | None:
        """Where the database file is, or what stands beside it under its name with this at the end."""
        status = _status(self._paths[name])
        return status and _place_of(status)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite.Error as error:
            failure = self._failure(error)
            self.refuse_damaged(failure)
            raise failure from error


def refuse_leftovers(path: Path) -> None:
    """
    Raises
    ------
    StorageLost
        If the database is gone or empty, and its log is still there.
    """
    places = dict.fromkeys((path, without_links(path)))
    beside = (place.with_name(place.name + name) for place in places for name in (LOG, INDEX, JOURNAL))
    if left := [file.name for file in beside if file.exists()]:
        names = " and ".join(left)
        raise StorageLost(
            f"There is no database at {path}, or it is empty, but {names} of an earlier one is beside it. "
            f"The database was deleted or cut. Move {names} away, then restore a backup."
        )


def is_empty(path: Path) -> bool:
    """Whether there is no file, or nothing in it."""
    return not path.exists() or path.stat().st_size == 0


def without_links(path: Path) -> Path:
    """Where the file really is: SQLite keeps its log beside the target of a link."""
    return Path(os.path.realpath(path))  # Path.resolve fails where links form a circle


def _paths_of(path: Path) -> dict[str, str]:
    """The database file by its link, so that one that leads elsewhere shows, and the log at the target."""
    target = without_links(path)
    return {"": str(path), **{name: f"{target}{name}" for name in (LOG, INDEX, UNDER_WAY)}}


def _place_of(status: os.stat_result) -> Place:
    return status.st_dev, status.st_ino


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  # faster than Path.stat, and each commit asks ten times
    except OSError:
        return None
