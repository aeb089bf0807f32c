"""The files of a SQLite database as this process opened them, compared with those at their path now.

SQLite goes on writing to a file that was deleted, moved, replaced or cut, and reports success. So one
connection is kept open for as long as the store: it holds the files, so that their inodes are not
used again, and says how far the write-ahead log has been copied into the database file. Only that
copying (a checkpoint) may write to the file. A file that was written without it was written by
something other than SQLite.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import PoolProxiedConnection

from rms.errors import StorageLost, StorageOverwritten, StorageUnavailable

LOG, INDEX, JOURNAL = "-wal", "-shm", "-journal"
LOG_PAGES = 1000  # with more in the log, it is copied into the database file
LOG_HEADER_BYTES = 32
PATIENCE = 2.0  # seconds that another process may take for a checkpoint
PAUSE = 0.01

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
OVERWRITTEN = (
    "The database file was written to by something other than RMS while RMS was running. RMS stores nothing "
    "more. Stop RMS, restore a backup, then start it again."
)


@dataclass(frozen=True)
class Content:
    """When the database file was last written, and how far SQLite had copied the log into it."""

    written: tuple[int, int]  # size in bytes, nanoseconds
    log_header: bytes  # differs after each restart of the log
    pages: int
    copied: int

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
        self._connect = connect
        self._failure = failure
        self._held: PoolProxiedConnection | None = None
        self._database: Place | None = None
        self._beside: dict[str, Place] = {}
        self._content: Content | None = None
        self._overwritten = False
        self._log_rescued = False
        self._lock = threading.RLock()

    def compare(self) -> None:
        """Quickly: whether the files at the path are the ones that are open.

        Raises
        ------
        StorageLost
            If they are not.
        """
        if self._overwritten:
            raise StorageOverwritten(OVERWRITTEN)
        if self._held is None:
            self._hold()
        place = _place(self._path)
        if place != self._database:
            raise StorageLost(MOVED) if place is None else StorageOverwritten(REPLACED)
        if any(_place(self._suffixed(name)) != place for name, place in self._beside.items()):
            self._rescue_log()
            raise StorageLost(LOG_LOST)

    def check(self) -> None:
        """As `compare`, and whether SQLite alone has written to the database file.

        Raises
        ------
        StorageLost
            If the files are not the ones that are open, or something else has written to the file.
        """
        with self._lock:
            self.compare()
            before, now = self._content, self._observed()
            give_up = time.monotonic() + PATIENCE
            while before is not None and not now.explains(before):  # another process may be copying
                if time.monotonic() > give_up:
                    self._overwritten = True
                    raise StorageOverwritten(OVERWRITTEN)
                time.sleep(PAUSE)
                now = self._observed()
            self._content = now

    def shorten_log(self) -> None:
        """Copy the log into the database file if it has become long and no reader needs it as it is."""
        with self._lock:
            content = self._content
            if content and content.pages >= LOG_PAGES and content.copied < content.pages:
                self._checkpoint("PASSIVE")

    def empty_log(self) -> None:
        """Copy all of the log into the file and cut it to nothing, as soon as no reader needs it.

        Where one reads for longer than the busy timeout, the log goes with a later checkpoint.
        """
        with self._lock:
            self.check()
            self._checkpoint("TRUNCATE")

    def close(self) -> None:
        with self._lock:
            if self._held is not None:
                self._held.close()
            self._held, self._content = None, None

    def _hold(self) -> None:
        with self._lock:
            if self._held is not None:
                return
            if is_empty(self._path):
                refuse_leftovers(self._path)  # SQLite would delete them
            before = _place(self._path)
            with self._translated():
                held = self._connect()
            try:
                with self._translated():
                    held.cursor().execute("PRAGMA schema_version").fetchall()  # opens the log, too
                self._note_places(before)
            except BaseException:
                held.invalidate()
                raise
            self._held = held

    def _note_places(self, before: Place | None) -> None:
        if before != _place(self._path) or (self._database or before) != before:
            raise StorageLost(MOVED)
        self._database = before
        found = {name: _place(self._suffixed(name)) for name in (LOG, INDEX)}
        self._beside = {name: place for name, place in found.items() if place is not None}

    def _observed(self) -> Content:
        """The checkpoint is read first: what is seen of the file is then at least as new."""
        with self._translated():
            _, pages, copied = self._execute("PRAGMA wal_checkpoint(NOOP)")
        try:
            status = self._path.stat()
        except OSError as error:
            raise StorageLost(MOVED) from error
        return Content((status.st_size, status.st_mtime_ns), self._log_header(), pages, copied)

    def _log_header(self) -> bytes:
        """Read from the file. To close a file ends the locks on it, but SQLite locks nothing in the log."""
        try:
            with self._suffixed(LOG).open("rb") as log:
                return log.read(LOG_HEADER_BYTES)
        except OSError:
            return b""

    def _checkpoint(self, how: str) -> None:
        """Whatever it wrote, also where the disk was full in the middle of it, was written by SQLite."""
        try:
            with self._translated():
                self._execute(f"PRAGMA wal_checkpoint({how})")
        finally:
            self._content = self._observed()

    def _rescue_log(self) -> None:
        """Bring what a deleted log holds into the database file, while it is still open."""
        with self._lock:
            if self._log_rescued or _place(self._suffixed(LOG)) is not None:
                return
            self._log_rescued = True
            with self._translated():
                self._execute("PRAGMA wal_checkpoint(FULL)")

    def _execute(self, statement: str) -> Any:
        assert self._held is not None
        return self._held.cursor().execute(statement).fetchone()

    def _suffixed(self, name: str) -> Path:
        return self._path.with_name(self._path.name + name)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite.Error as error:
            raise self._failure(error) from error


def refuse_leftovers(path: Path) -> None:
    """
    Raises
    ------
    StorageLost
        If the database is gone or empty, and its log is still there.
    """
    beside = (path.with_name(path.name + name) for name in (LOG, INDEX, JOURNAL))
    if left := [file.name for file in beside if file.exists()]:
        names = " and ".join(left)
        raise StorageLost(
            f"There is no database at {path}, or it is empty, but {names} of an earlier one is beside it. "
            f"The database was deleted or cut. Move {names} away, then restore a backup."
        )


def is_empty(path: Path) -> bool:
    """Whether there is no file, or nothing in it."""
    return not path.exists() or path.stat().st_size == 0


def _place(path: Path) -> Place | None:
    try:
        status = os.stat(path)  # noqa: PTH116  # a third faster than Path.stat, for each commit
    except OSError:
        return None
    return status.st_dev, status.st_ino
