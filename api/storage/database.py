"""Which database it is, by its URL. What differs between the two is in `sqlite` and `postgresql`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, insert, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.storage import postgresql, sqlite
from api.storage.database_file import is_empty
from api.storage.group_commit import GroupCommit
from rms.errors import ConfigurationInvalid

__all__ = [
    "Writer",
    "damage",
    "has_dangling_references",
    "hold_audit",
    "hold_records",
    "insert_rows",
    "is_missing",
    "migrating_engine",
    "prepare",
    "reading_engine",
    "rewrite",
]


class Writer(Protocol):
    """The one road in: what the block wrote is on disk when it has been left, or never happened."""

    def transaction(self) -> AbstractContextManager[Connection]: ...

    def compare_files(self) -> None:
        """Quickly: refuse with `StorageLost` if the files at the database's path are not the open ones."""

    def check_files(self) -> None:
        """The same, and refuse if something other than RMS has written to the database file or its log."""

    def when_overwritten(self, note: Callable[[], None]) -> None:
        """Call `note` as soon as one of these finds that the database was overwritten."""

    def empty_log(self) -> None: ...

    def close(self) -> None: ...


def opened(url: str) -> tuple[Engine, Writer]:
    """The way out, as of `reading_engine`, and the way in. Both refuse another database in its place."""
    if is_postgresql(url):
        identity = postgresql.Identity()
        writer = postgresql.Transactions(postgresql.writing_engine(url, identity))
        return postgresql.reading_engine(url, identity), writer
    file = sqlite.database_file(url)
    return sqlite.reading_engine(url, file), GroupCommit(sqlite.writing_engine(url, file), file)


def reading_engine(url: str) -> Engine:
    """Connections that can only read; each transaction sees one state of the database."""
    return postgresql.reading_engine(url) if is_postgresql(url) else sqlite.reading_engine(url)


def migrating_engine(url: str) -> Engine:
    return postgresql.writing_engine(url) if is_postgresql(url) else sqlite.migrating_engine(url)


def prepare(url: str) -> None:
    """Make SQLite's file, if there is none; a database of PostgreSQL is made by whoever runs the server."""
    if not is_postgresql(url):
        sqlite.prepare(url)


def is_missing(url: str) -> bool:
    """Whether there is no database, or none in which RMS has put anything down."""
    if not is_postgresql(url) and is_empty(sqlite.file_path(url)):
        return True
    engine = reading_engine(url)
    try:
        with engine.connect() as connection:
            return not inspect(connection).has_table("audit")
    finally:
        engine.dispose()


def damage(url: str, *, quick: bool = False) -> list[str]:
    """What is wrong with SQLite's file; PostgreSQL's server looks after its own."""
    return [] if is_postgresql(url) else sqlite.damage(url, quick=quick)


def rewrite(url: str) -> bool:
    """Write SQLite's file anew, so that nothing deleted is left in it; False where there is no file."""
    if is_postgresql(url):
        return False
    sqlite.rewrite(url)
    return True


def hold_audit(connection: Connection) -> None:
    """Let nobody else link to the audit's chain until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        postgresql.hold_audit(connection)


def hold_records(connection: Connection, *, only_loading: bool = False) -> None:
    """Let nobody else move records between people until this transaction ends, or load any.

    `only_loading`: others may load at the same time. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        postgresql.hold_records(connection, only_loading=only_loading)


def hold_offices(connection: Connection) -> None:
    """Let nobody else change the tree of offices until this transaction ends. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        postgresql.hold_offices(connection)


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, each with a value for each of these columns."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        postgresql.copy_rows(connection, table, columns, rows)
    else:
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


def has_dangling_references(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and sqlite.has_dangling_references(connection)


def without_password(url: str) -> str:
    """The URL as it may be shown.

    >>> without_password("postgresql://rms:secret@records/rms")
    'postgresql://rms:***@records/rms'
    """
    parsed = make_url(url)
    return url if parsed.password is None else parsed.render_as_string(hide_password=True)


def is_postgresql(url: str) -> bool:
    """
    Raises
    ------
    ConfigurationInvalid
        If it is neither of the two; the URL is not repeated, for it may hold a password.
    """
    try:
        name = make_url(url).get_backend_name()
    except ArgumentError:
        name = ""
    if name not in ("sqlite", "postgresql"):
        raise ConfigurationInvalid(
            "The database is given as sqlite:////path/to/rms.sqlite or postgresql://user:password@host/name."
        )
    return name == "postgresql"
