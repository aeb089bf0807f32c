"""Many writers, one write connection, one COMMIT for all that are waiting.

A COMMIT that waits for the disk costs far more than the statements before it. So the
members of a batch write one after the other, each but the first inside a savepoint, and the
last member commits for all. No member returns before that COMMIT has returned.

    member 1  BEGIN IMMEDIATE  …                               (waits for the batch)
    member 2                     SAVEPOINT … RELEASE           (waits for the batch)
    member 3                                         SAVEPOINT … RELEASE COMMIT

If the body of a member raises, the transaction goes back to that member's savepoint. This does not
affect the others: the member then commits, or leaves that to the next one, as if it had succeeded. The
first member needs no savepoint: nothing else is written yet, so the whole batch is rolled back.

The whole batch fails, and each member gets the error, if SQLite ends the transaction by itself (on a
full disk, for example), if COMMIT fails, or if a restart would not find the batch: the files at the path
of the database are no longer the ones that were written to, or the log is damaged.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine

from api.storage.database_file import DatabaseFile
from api.storage.sqlite import in_transaction
from rms.errors import RMSError, StorageUnavailable

LARGEST_BATCH = 64
RECENT = 1.0  # seconds in which a check does not read the log again, if nothing was written to it


class Batch:
    """The members that share one COMMIT, and what became of it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.members = 0
        self.failure: BaseException | None = None
        self.decided = threading.Event()
        self._in_doubt = False

    @property
    def whole(self) -> bool:
        """Whether what the transaction holds is exactly what its members kept."""
        return not self._in_doubt and in_transaction(self.connection)

    @contextmanager
    def member(self) -> Iterator[None]:
        """Keep what the block wrote, or take back exactly that and nothing else.

        The first member raises with what it wrote still there: the batch has to be rolled back.
        """
        if self.members == 1:
            yield
            return
        self._savepoint("SAVEPOINT member")
        try:
            yield
        except BaseException:
            if in_transaction(self.connection):
                self._savepoint("ROLLBACK TO member")
                self._savepoint("RELEASE member")
            raise
        self._savepoint("RELEASE member")

    def _savepoint(self, statement: str) -> None:
        self._in_doubt = True  # should the statement fail, nobody knows what a COMMIT would keep
        self.connection.exec_driver_sql(statement)
        self._in_doubt = False

    def decide(self, failure: BaseException | None) -> None:
        self.failure = failure
        self.decided.set()

    def wait(self) -> None:
        """Return once the batch is on disk.

        Raises
        ------
        StorageUnavailable
            Or the kind of it that says why the batch is not.
        """
        self.decided.wait()
        if isinstance(self.failure, StorageUnavailable):
            raise type(self.failure)(self.failure.detail) from self.failure  # one exception per thread
        if self.failure is not None:
            raise StorageUnavailable("The database failed; nothing was stored.") from self.failure


class GroupCommit:
    """Writes of any number of threads through one connection of `engine` to `file`."""

    def __init__(self, engine: Engine, file: DatabaseFile) -> None:
        self._engine = engine
        self._file = file
        self._connection: Connection | None = None
        self._batch: Batch | None = None
        self._turn = threading.Lock()
        self._owner: int | None = None
        self.waiting = 0
        self._counting = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One member of a batch: when the block has been left without an error, it is on disk.

        Raises
        ------
        StorageUnavailable
            If the transaction cannot begin, or the batch did not reach the disk.
        """
        self._take_turn()
        failure: BaseException | None = None
        try:
            batch = self._join()
            try:
                with batch.member():
                    yield batch.connection
            except BaseException as error:
                failure = error
                raise
            finally:
                self._end_turn(batch, failure)
        finally:
            self._owner = None
            self._turn.release()
        batch.wait()

    def empty_log(self) -> None:
        self._file.empty_log()

    def when_overwritten(self, note: Callable[[], None]) -> None:
        self._file.when_overwritten(note)

    def compare_files(self) -> None:
        self._file.compare()

    def check_files(self) -> None:
        self._file.verify_whole(recent=RECENT)
        self._file.open_again()

    def close(self) -> None:
        """Commit the batch under way, then let go of the connection and the engine."""
        with self._turn:
            if self._batch is not None:
                self._commit(self._batch)
            if self._connection is not None:
                self._connection.close()
                self._connection = None
        self._engine.dispose()
        self._file.close()

    def _take_turn(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("A transaction within a transaction would wait for itself.")
        self._wait_in_line(+1)
        try:
            self._turn.acquire()
        except BaseException:  # a signal: whoever counted on this member to commit must not wait for ever
            self._wait_in_line(-1)
            with self._turn:
                self._commit_unless_left_to_another()
            raise
        self._wait_in_line(-1)
        self._owner = threading.get_ident()

    def _wait_in_line(self, change: int) -> None:
        with self._counting:
            self.waiting += change

    def _join(self) -> Batch:
        """The open batch, or a new one with its BEGIN done."""
        if self._batch is None:
            self._file.check()
            self._connection = self._connection or self._engine.connect()
            try:
                self._connection.begin()
            except BaseException:
                self._discard_connection()
                raise
            self._batch = Batch(self._connection)
        self._batch.members += 1
        return self._batch

    def _end_turn(self, batch: Batch, failure: BaseException | None) -> None:
        if failure is not None and batch.members == 1:
            self._roll_back(batch, failure)
        elif batch.whole:
            self._commit_unless_left_to_another()
        else:
            self._finish(batch, failure or StorageUnavailable("The database gave the transaction up."))

    def _roll_back(self, batch: Batch, failure: BaseException) -> None:
        """Nobody waits for this batch: its one member raises by itself."""
        self._batch = None
        try:
            batch.connection.rollback()
        except BaseException:
            self._discard_connection()
            raise
        finally:
            batch.decide(failure)

    def _commit_unless_left_to_another(self) -> None:
        batch = self._batch
        if batch is not None and (not self.waiting or batch.members >= LARGEST_BATCH):
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        try:
            self._file.verify()
            batch.connection.commit()
            self._file.verify()  # a restart would find the batch
        except BaseException as error:
            self._finish(batch, error)
            if not isinstance(error, Exception):
                raise
        else:
            self._finish(batch, None)
            with suppress(RMSError):  # the next commit tries again
                self._file.shorten_log()

    def _finish(self, batch: Batch, failure: BaseException | None) -> None:
        self._batch = None
        if failure is not None:
            self._discard_connection()
        batch.decide(failure)

    def _discard_connection(self) -> None:
        """Close it for good, which takes back what it had not committed; the next batch opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(RMSError):
                connection.invalidate()
                connection.close()
