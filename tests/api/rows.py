"""The database without the store: its rows and its events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from api.storage import database


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows that a statement selects, on either database."""
    engine = database.reading_engine(url)
    with engine.connect() as connection:
        selected = [tuple(row) for row in connection.exec_driver_sql(statement)]
    engine.dispose()
    return selected


def change(url: str, statement: str) -> None:
    """Change the database as another program would."""
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def at_each(event_name: str, handler: Callable[..., None]) -> Iterator[None]:
    """Call the handler at each event with this name, of any engine."""
    event.listen(Engine, event_name, handler)
    yield
    event.remove(Engine, event_name, handler)
