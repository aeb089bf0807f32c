"""The way of the database from one version of its tables to the next, by Alembic.

A new step: `versions/NNNN_words.py` beside the others (template: `script.py.mako`). A step is
written out and then never changed. SQLite alters a table by making it anew (`batch_alter_table`),
which loses its triggers: such a step makes them again.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from api.storage.database import migrating_engine, prepare

FOLDER = Path(__file__).parent


def upgrade(url: str) -> None:
    """Make the database if there is none and bring its tables up to date, all in one transaction.

    Raises
    ------
    StorageUnavailable
        If the file cannot be made, opened or written.
    """
    prepare(url)
    _run(url, command.upgrade, "head")


def downgrade(url: str, revision: str) -> None:
    """Back to an earlier revision (`base`: no tables). What only later tables hold is lost."""
    _run(url, command.downgrade, revision)


def is_current(connection: Connection) -> bool:
    """Whether the tables are the ones this RMS works with."""
    return MigrationContext.configure(connection).get_current_revision() == head()


@cache
def head() -> str:
    """The revision of the newest step."""
    return str(ScriptDirectory(str(FOLDER)).get_current_head())


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(url: str, step: Callable[[Config, str], object], revision: str) -> None:
    engine = migrating_engine(url)
    try:
        with engine.begin() as connection:
            step(configuration(connection), revision)
    finally:
        engine.dispose()
