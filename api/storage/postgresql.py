"""All that is particular to PostgreSQL: connections, transactions, error codes.

Here many processes write at once. A COMMIT returns when the server has the transaction on disk
(its own `synchronous_commit`, which must not be off).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url

from api.storage.json_text import compact_json
from api.storage.storable import NOT_STORABLE
from rms.errors import (
    InvalidInput,
    Problem,
    RMSError,
    StorageFull,
    StorageLost,
    StorageReadOnly,
    StorageUnavailable,
)

CONNECTIONS = 10  # of each engine of each process; more threads than that wait for one
LOCK_MILLISECONDS = 5000
# To compile a query takes longer than any query of RMS should. Further processes take some milliseconds to
# begin, ten times what the server reckons: a count of everything gains by them, a page does not.
SESSION = f"-c timezone=UTC -c lock_timeout={LOCK_MILLISECONDS} -c jit=off -c parallel_setup_cost=10000"
CONNECT_SECONDS = 5

# By SQLSTATE, or by the class that its first two characters are.
FAILURES = {
    "53100": (StorageFull, "The database server's disk is full; nothing was stored."),
    "25006": (StorageReadOnly, "The database can be read but not written; nothing was stored."),
    "42501": (StorageReadOnly, "RMS may not write to the database; nothing was stored."),
    "42P01": (
        StorageUnavailable,
        "The database has no tables of RMS. Restore a backup. If there has never been a database here, run "
        "`rms db upgrade`.",
    ),
    "40": (StorageUnavailable, "Another transaction stood in the way; try again."),
    "55": (StorageUnavailable, "Another process keeps the database locked; try again."),
    "53": (StorageUnavailable, "The database server has no room for more; try again."),
}
UNREACHABLE = (StorageUnavailable, "The database server cannot be reached, or does not let RMS in.")

ANOTHER = (
    "This is not the database that RMS opened: it was dropped and made again, or replaced. RMS stores "
    "nothing more in it. Stop RMS and restore a backup. To begin with an empty database on purpose, stop RMS "
    "and run `rms db upgrade --start-again`."
)

OID = "SELECT oid FROM pg_database WHERE datname = current_database()"
_hold_audit = text("SELECT pg_advisory_xact_lock(hashtext('rms audit'))")
_hold_records = text("SELECT pg_advisory_xact_lock(hashtext('rms records'))")
_hold_offices = text("SELECT pg_advisory_xact_lock(hashtext('rms offices'))")
_share_records = text("SELECT pg_advisory_xact_lock_shared(hashtext('rms records'))")


class Identity:
    """The database that was opened first, which a name can stop to mean while RMS is running."""

    def __init__(self) -> None:
        self._oid: int | None = None
        self._lock = threading.Lock()

    def compare(self, connection: psycopg.Connection[tuple[int]], _record: object) -> None:
        """Each new connection: a database that is dropped ends those to it.

        Raises
        ------
        StorageLost
            If it leads to another database.
        """
        row = connection.execute(OID).fetchone()
        connection.rollback()
        assert row is not None
        with self._lock:
            self._oid = self._oid or row[0]
        if row[0] != self._oid:
            connection.close()
            raise StorageLost(ANOTHER)


class Transactions:
    """One transaction a block, each on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of_this_thread = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """
        Raises
        ------
        StorageUnavailable
            If the transaction cannot begin, or was not committed.
        """
        if getattr(self._of_this_thread, "open", False):
            raise RuntimeError("A transaction within a transaction could wait for itself.")
        self._of_this_thread.open = True
        try:
            with self._engine.begin() as connection:
                yield connection
        finally:
            self._of_this_thread.open = False

    def when_overwritten(self, note: Callable[[], None]) -> None:
        """Nothing: the server looks after its files."""

    def compare_files(self) -> None:
        """Nothing: the server looks after its files."""

    def check_files(self) -> None:
        """Nothing: the server looks after its files."""

    def empty_log(self) -> None:
        """Nothing: the server keeps its log and its pages as its operator has set it."""

    def close(self) -> None:
        self._engine.dispose()


def writing_engine(url: str, identity: Identity | None = None) -> Engine:
    return _engine(url, identity)


def reading_engine(url: str, identity: Identity | None = None) -> Engine:
    """Each transaction sees one state of the database and can write nothing."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return _engine(url, identity).execution_options(**options)


def hold_audit(connection: Connection) -> None:
    """Wait for one's turn at the end of the audit's chain, and keep it until the transaction ends."""
    connection.execute(_hold_audit)


def hold_records(connection: Connection, *, only_loading: bool) -> None:
    """Wait until nobody else moves records, or loads any, and keep it so until the transaction ends."""
    connection.execute(_share_records if only_loading else _hold_records)


def hold_offices(connection: Connection) -> None:
    """Wait until nobody else changes the tree of offices, and keep it so until the transaction ends."""
    connection.execute(_hold_offices)


def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows by COPY, which takes a tenth of the time of INSERT."""
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), names)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _engine(url: str, identity: Identity | None) -> Engine:
    engine = create_engine(
        _driver_url(url),
        connect_args={"options": SESSION, "connect_timeout": CONNECT_SECONDS},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,  # a restarted server costs nobody an error
        json_serializer=compact_json,
        hide_parameters=True,  # answers and names never reach a log through an error
    )
    event.listen(engine, "handle_error", _translated)
    if identity is not None:
        event.listen(engine, "connect", identity.compare)
    return engine


def _driver_url(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")


def _translated(context: ExceptionContext) -> RMSError | None:
    """PostgreSQL's failure as ours. What broke a rule of the tables stays what it is (IntegrityError)."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error) or isinstance(error, psycopg.IntegrityError):
        return None
    if context.is_pre_ping:  # the pool finds a connection gone, and makes another
        return None
    state = error.sqlstate or ""
    if isinstance(error, psycopg.DataError) and not state:  # a NUL, which the driver does not send
        return InvalidInput([Problem("", "invalid_value", NOT_STORABLE)])
    failure, sentence = FAILURES.get(state) or FAILURES.get(state[:2]) or UNREACHABLE
    if not isinstance(error, psycopg.OperationalError) and state not in FAILURES:
        return None  # a mistake of ours, to be seen as one
    return failure(sentence)
