"""The database past the store: what is in it, and what happens to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from api.storage import database


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds, on either database."""
    engine = database.reading_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(statement)]
    engine.dispose()
    return found


def change(url: str, statement: str) -> None:
    """Alter the database as another program would."""
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def at_each(event_name: str, act: Callable[..., None]) -> Iterator[None]:
    """Call `act` at each such event of any engine."""
    event.listen(Engine, event_name, act)
    yield
    event.remove(Engine, event_name, act)
