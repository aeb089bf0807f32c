"""All that is particular to SQLite: pragmas, transactions, error codes."""

from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import SQLAlchemyError

from api.storage.json_text import compact_json
from rms.errors import ConfigurationInvalid, StorageFull, StorageReadOnly, StorageUnavailable

# Below this SQLite can lose the write-ahead log to a race between a reset and a reader.
SAFE_WAL = (3, 51, 3)
BUSY_MILLISECONDS = 5000

PRAGMAS = (
    "PRAGMA synchronous=FULL",  # COMMIT returns when the disk has it
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA recursive_triggers=ON",  # or REPLACE would pass under the triggers that forbid DELETE
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten: erased is erased
)
WITH_REFERENCES = (*PRAGMAS, "PRAGMA foreign_keys=ON")
READING = (*PRAGMAS, "PRAGMA query_only=ON")

FAILURES = {
    sqlite.SQLITE_FULL: (StorageFull, "The disk or the database's own limit is full; nothing was stored."),
    sqlite.SQLITE_READONLY: (
        StorageReadOnly,
        "The database can be read but not written; nothing was stored.",
    ),
    sqlite.SQLITE_BUSY: (StorageUnavailable, "Another process keeps the database locked; try again."),
    sqlite.SQLITE_CANTOPEN: (
        StorageUnavailable,
        "The database file cannot be opened; `rms db upgrade` makes it where there is none.",
    ),
    sqlite.SQLITE_IOERR: (StorageUnavailable, "The disk failed while the database was read or written."),
    sqlite.SQLITE_CORRUPT: (StorageUnavailable, "The database file is damaged."),
    sqlite.SQLITE_NOTADB: (StorageUnavailable, "The file is no database."),
    sqlite.SQLITE_ERROR: (
        StorageUnavailable,
        "The database does not understand RMS; `rms db upgrade` may not have been run.",
    ),
}
UNFORESEEN = (StorageUnavailable, "The database failed.")


def writing_engine(url: str) -> Engine:
    """An engine whose transactions take the write lock at once and write nothing outside of it."""
    engine = _engine(url, WITH_REFERENCES)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "before_cursor_execute", _refuse_outside_transaction)
    return engine


def migrating_engine(url: str) -> Engine:
    """As `writing_engine`, but references are not followed: a batch migration drops and remakes tables."""
    engine = _engine(url, PRAGMAS)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(url: str) -> Engine:
    """A pool of connections that can only read; each transaction sees one state of the database."""
    engine = _engine(url, READING, max_overflow=-1)
    event.listen(engine, "begin", _begin)
    return engine


def prepare(url: str) -> None:
    """Make the database file if there is none (for its owner's eyes only) and set its log to WAL.

    Raises
    ------
    ConfigurationInvalid
        If the SQLite at hand is too old for WAL to be safe.
    StorageUnavailable
        If the file cannot be made or opened.
    """
    if sqlite.sqlite_version_info < SAFE_WAL:
        least = ".".join(map(str, SAFE_WAL))
        raise ConfigurationInvalid(
            f"SQLite {sqlite.sqlite_version} can corrupt a WAL; at least {least} is needed."
        )
    path = Path(_file_url(url).database or "")
    try:
        if not path.exists() or path.stat().st_size == 0:
            path.touch()
            path.chmod(0o600)
    except OSError as error:
        raise StorageUnavailable(f"The database file cannot be made: {error.strerror}.") from error
    engine = _engine(url, PRAGMAS)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def empty_log(engine: Engine) -> None:
    """Bring all of the write-ahead log into the file and cut it to nothing, as soon as no reader needs it.

    Where one reads for longer than `BUSY_MILLISECONDS`, the log goes with a later checkpoint.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def rewrite(url: str) -> None:
    """Write the file anew from its rows alone. Nobody else can write meanwhile.

    What is deleted is overwritten, but a page that was split before can keep a copy of a row in a gap that
    nothing reads: only a new file is sure to have none.
    """
    engine = _engine(url, PRAGMAS)
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
    finally:
        connection.close()
    empty_log(engine)
    engine.dispose()


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself still holds a transaction; some failures end it without being asked."""
    try:
        return bool(connection.connection.dbapi_connection.in_transaction)  # type: ignore[union-attr]
    except (sqlite.Error, SQLAlchemyError):  # the connection is closed
        return False


def has_dangling_references(connection: Connection) -> bool:
    """References are not followed while a batch migration makes tables anew, so this is asked at its end."""
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None


def _engine(url: str, pragmas: tuple[str, ...], **pool: Any) -> Engine:
    engine = create_engine(
        _file_url(url),
        module=sqlite,
        connect_args={"isolation_level": None},  # the driver begins nothing by itself; `begin` below does
        json_serializer=compact_json,
        hide_parameters=True,  # answers and names never reach a log through an error
        **pool,
    )

    def set_pragmas(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    event.listen(engine, "connect", set_pragmas)
    event.listen(engine, "handle_error", _translated)
    return engine


def _file_url(url: str) -> URL:
    parsed = make_url(url)
    if parsed.database in (None, "", ":memory:"):
        raise ConfigurationInvalid("SQLite's database is a file, given as sqlite:////path/to/rms.sqlite.")
    return parsed


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_outside_transaction(
    _connection: Connection, cursor: Any, statement: str, *_unused: object
) -> None:
    """After a failure that ended the transaction, a statement would commit by itself: never."""
    if not cursor.connection.in_transaction and statement != "BEGIN IMMEDIATE":
        raise StorageUnavailable("The transaction has failed; nothing more is written in it.")


def _translated(context: ExceptionContext) -> StorageUnavailable | None:
    """SQLite's failure as ours. What broke a rule of the tables stays what it is (IntegrityError)."""
    error = context.original_exception
    if not isinstance(error, sqlite.OperationalError) and type(error) is not sqlite.DatabaseError:
        return None
    failure, sentence = FAILURES.get(getattr(error, "sqlite_errorcode", sqlite.SQLITE_ERROR), UNFORESEEN)
    return failure(sentence)
