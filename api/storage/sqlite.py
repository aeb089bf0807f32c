"""All that is particular to SQLite: pragmas, transactions, error codes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from api.storage.database_file import DatabaseFile, is_empty, refuse_leftovers, without_links
from api.storage.json_text import compact_json
from rms.errors import (
    ConfigurationInvalid,
    RMSError,
    StorageFull,
    StorageOverwritten,
    StorageReadOnly,
    StorageUnavailable,
)

# Below this SQLite can lose the write-ahead log to a race between a reset and a reader.
SAFE_WAL = (3, 51, 3)
BUSY_MILLISECONDS = 5000

PRAGMAS = (
    "PRAGMA synchronous=FULL",  # COMMIT returns when the disk has it
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA recursive_triggers=ON",  # or REPLACE would pass under the triggers that forbid DELETE
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten: erased is erased
    "PRAGMA mmap_size=0",  # a file that is cut while it is mapped would end the process
)
# Checkpoints are made by `DatabaseFile`, which knows then that it was RMS that wrote to the file.
WRITING = (*PRAGMAS, "PRAGMA foreign_keys=ON", "PRAGMA wal_autocheckpoint=0")
READING = (*PRAGMAS, "PRAGMA query_only=ON")

DAMAGED = (
    "The database file or its log is damaged. RMS stores nothing more. Stop RMS, restore a backup, then "
    "start it again."
)

FAILURES = {
    sqlite.SQLITE_FULL: (StorageFull, "The disk or the database's own limit is full; nothing was stored."),
    sqlite.SQLITE_READONLY: (
        StorageReadOnly,
        "The database can be read but not written; nothing was stored. Let the user that RMS runs as "
        "write to the database file and to its folder.",
    ),
    sqlite.SQLITE_BUSY: (StorageUnavailable, "Another process keeps the database locked; try again."),
    sqlite.SQLITE_IOERR: (StorageUnavailable, "The disk failed while the database was read or written."),
    sqlite.SQLITE_CORRUPT: (StorageOverwritten, DAMAGED),
    sqlite.SQLITE_NOTADB: (StorageOverwritten, DAMAGED),
    sqlite.SQLITE_ERROR: (
        StorageUnavailable,
        "The database does not understand RMS; `rms db upgrade` may not have been run.",
    ),
}
UNFORESEEN = (StorageUnavailable, "The database failed.")
PRIMARY = 0xFF  # the bits of an error code that say which kind it is

NO_FILE = (
    "The database file cannot be opened: there is none. Restore a backup. If there has never been a database "
    "here, run `rms db upgrade`."
)
FOLDER_READ_ONLY = (
    "The database file cannot be opened: RMS cannot write to its folder, where SQLite keeps its log. Let the "
    "user that RMS runs as write to that folder."
)
NOT_OPENED = (
    "The database file cannot be opened. Check that it is a file, and that the user that RMS runs as can "
    "read and write it."
)


def writing_engine(url: str, file: DatabaseFile | None = None) -> Engine:
    """An engine whose transactions take the write lock at once and write nothing outside of it.

    `file` refuses everything once a connection has met damage.
    """
    engine = _watched(_engine(url, WRITING), file)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "before_cursor_execute", _refuse_outside_transaction)
    return engine


def migrating_engine(url: str) -> Engine:
    """As `writing_engine`, but references are not followed: a batch migration drops and remakes tables."""
    engine = _engine(url, PRAGMAS)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(url: str, file: DatabaseFile | None = None) -> Engine:
    """A pool of connections that can only read; each transaction sees one state of the database.

    `file` as of `writing_engine`.
    """
    engine = _watched(_engine(url, READING, max_overflow=-1), file)
    event.listen(engine, "begin", _begin)
    return engine


def prepare(url: str) -> None:
    """Make the database file if there is none (for its owner's eyes only) and set its log to WAL.

    Raises
    ------
    ConfigurationInvalid
        If the SQLite at hand is too old for WAL to be safe.
    StorageLost
        If there is none, but the log of one is there.
    StorageUnavailable
        If the file cannot be made or opened.
    """
    if sqlite.sqlite_version_info < SAFE_WAL:
        least = ".".join(map(str, SAFE_WAL))
        raise ConfigurationInvalid(
            f"SQLite {sqlite.sqlite_version} can corrupt a WAL; at least {least} is needed."
        )
    path = file_path(url)
    try:
        if is_empty(path):
            refuse_leftovers(path)
            path.touch()
            path.chmod(0o600)
    except OSError as error:
        raise StorageUnavailable(_cannot_be_made(path, error)) from error
    engine = _engine(url, PRAGMAS)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def _cannot_be_made(path: Path, error: OSError) -> str:
    detail = f"The database file cannot be made: {error.strerror}."
    if isinstance(error, PermissionError):
        return f"{detail} Let the user that RMS runs as write to the folder {without_links(path).parent}."
    return detail


def database_file(url: str) -> DatabaseFile:
    """The files of the database, held open by a connection of their own."""
    engine, path = _engine(url, READING, poolclass=NullPool), file_path(url)
    return DatabaseFile(path, engine.raw_connection, failure=lambda error: _failure(error, path))


def rewrite(url: str) -> None:
    """Write the file anew from its rows alone. Nobody else can write meanwhile.

    What is deleted is overwritten, but a page that was split before can keep a copy of a row in a gap that
    nothing reads: only a new file is sure to have none.
    """
    engine, file = _engine(url, PRAGMAS), database_file(url)
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_autocheckpoint=0")
        connection.cursor().execute("VACUUM")
        file.empty_log()  # before the connection is closed, which would copy the log if it is the last
    finally:
        connection.close()
        file.close()
    engine.dispose()


def damage(url: str, *, quick: bool = False) -> list[str]:
    """What SQLite finds wrong with the whole file, in its words, which name tables and pages only.

    A `quick` check does not compare the indexes with their tables.
    """
    engine = _engine(url, READING)
    try:
        with engine.connect() as connection:
            check = "PRAGMA quick_check" if quick else "PRAGMA integrity_check"
            lines = connection.exec_driver_sql(check).scalars().all()
            dangling = lines == ["ok"] and has_dangling_references(connection)
    except StorageOverwritten:
        return ["SQLite cannot read all of it."]
    finally:
        engine.dispose()
    return [text for text in lines if text != "ok"] + ["A reference points at nothing."] * dangling


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
    event.listen(engine, "handle_error", _translated(file_path(url)))
    return engine


def _watched(engine: Engine, file: DatabaseFile | None) -> Engine:
    def refuse_damaged(context: ExceptionContext) -> None:
        error = getattr(context, "chained_exception", None)  # there is none if the error was not translated
        if file is not None and isinstance(error, RMSError):
            file.refuse_damaged(error)

    event.listen(engine, "handle_error", refuse_damaged)
    return engine


def file_path(url: str) -> Path:
    """Where the database is.

    Raises
    ------
    ConfigurationInvalid
        If it is not a file.
    """
    database = make_url(url).database
    if database in (None, "", ":memory:"):
        raise ConfigurationInvalid("SQLite's database is a file, given as sqlite:////path/to/rms.sqlite.")
    return Path(str(database).removeprefix("file:")).absolute()


def _file_url(url: str) -> URL:
    """To open what is there, and make nothing: only `prepare` makes a file."""
    parsed, path = make_url(url), file_path(url)
    query = {"mode": "rw", **parsed.query, "uri": "true"}
    return parsed.set(database=f"file:{quote(str(path))}", query=query)


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


def _translated(path: Path) -> Callable[[ExceptionContext], StorageUnavailable | None]:
    """SQLite's failure as ours. What broke a rule of the tables stays what it is (IntegrityError)."""

    def translate(context: ExceptionContext) -> StorageUnavailable | None:
        error = context.original_exception
        if not isinstance(error, sqlite.OperationalError) and type(error) is not sqlite.DatabaseError:
            return None
        return _failure(error, path)

    return translate


def _failure(error: BaseException, path: Path) -> StorageUnavailable:
    code = getattr(error, "sqlite_errorcode", sqlite.SQLITE_ERROR) & PRIMARY
    if code == sqlite.SQLITE_CANTOPEN:
        return StorageUnavailable(_cannot_be_opened(path))
    failure, sentence = FAILURES.get(code, UNFORESEEN)
    return failure(sentence)


def _cannot_be_opened(path: Path) -> str:
    if not path.exists():
        return NO_FILE
    return NOT_OPENED if os.access(without_links(path).parent, os.W_OK) else FOLDER_READ_ONLY
