"""A look into the database past the store."""

from typing import Any

from api.storage import database


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds, on either database."""
    engine = database.reading_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql(statement)]
    engine.dispose()
    return found
