"""What is to be done again because records have changed: harm scores, and the search for duplicates."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, null, select
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.tables import duplicates_due, harm_due, person_records


def note_scores_due(connection: Connection, persons: Collection[int]) -> None:
    """Note that the scores of these people are to be calculated again."""
    if persons:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        noting = dialect.insert(harm_due).on_conflict_do_nothing(index_elements=["person"])
        connection.execute(noting, [{"person": key} for key in sorted(set(persons))])


def note_duplicates_due(connection: Connection, chosen: ColumnElement[bool]) -> None:
    """Note that likely duplicates of these records are to be looked for.

    A search that is under way has not seen them as they are now.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    records = select(person_records.c.id, null()).where(chosen)
    noting = dialect.insert(duplicates_due).from_select(["record", "search"], records)
    connection.execute(noting.on_conflict_do_update(index_elements=["record"], set_={"search": null()}))
