"""The data about a person that a subject access request needs and no other repository reads."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from api.storage.tables import (
    ABOUT_A_PERSON,
    assessments,
    audit_people,
    changes,
    corrections,
    drafts,
    erasures,
    holds,
    idempotency_keys,
    offices,
    overrides,
    people,
    shown_needs,
    shown_scores,
    simulations,
    sources,
    undecided_overrides,
    users,
)

# What stands in a row in place of the key of another.
NAMED_BY = {
    users.c.id: users.c.role,
    assessments.c.pk: assessments.c.id,
    sources.c.id: sources.c.name,
    offices.c.id: offices.c.name,
}
# Tables whose content the document has elsewhere.
COVERED = {
    *(assessments, simulations, changes, corrections, shown_scores, shown_needs),
    *(drafts, holds, erasures, people, idempotency_keys, audit_people, undecided_overrides),
}


class PersonalRecords:
    """The data about people in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names: dict[tuple[Column[Any], int], str] = {}

    def roles(self) -> Mapping[str, str]:
        """The role of each user, by username."""
        rows = self._connection.execute(select(users.c.username, users.c.role))
        return {row.username: row.role for row in rows}

    def assessments(self, person: int) -> Mapping[int, str]:
        """The person's assessments: key → ID."""
        chosen = select(assessments.c.pk, assessments.c.id).where(assessments.c.person == person)
        return {row.pk: row.id for row in self._connection.execute(chosen.order_by(assessments.c.pk))}

    def overrides(self, person: int) -> Mapping[int, str]:
        """The overrides of the person's assessments: key → ID of the assessment."""
        chosen = select(overrides.c.id, assessments.c.id.label("assessment_id")).join(assessments)
        rows = self._connection.execute(chosen.where(assessments.c.person == person))
        return {row.id: row.assessment_id for row in rows}

    def also_held(self, people: Collection[int]) -> dict[str, list[dict[str, Any]]]:
        """The rows about a person, and those joined to them, in all other tables.

        Staff have their role, assessments their ID, areas and source systems their name.
        """
        by_table = {}
        for about in ABOUT_A_PERSON:
            if about.table in COVERED:
                continue
            chosen = select(about.table).where(about.rows)
            key = about.table.primary_key.columns.keys()
            rows = {
                tuple(row[name] for name in key): row
                for person in people
                for row in self._connection.execute(chosen, {"person": person}).mappings()
            }  # a join is about both people
            by_table[about.table.name] = [self._with_names(about.table, {**row}) for row in rows.values()]
        return by_table

    def _with_names(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row with roles of users, IDs of assessments, and names of areas and sources instead of keys."""
        referring = {key.parent.name: key.column for key in table.foreign_keys}
        if "source" in table.c:
            referring["source"] = sources.c.id  # rows have the source of their record without a reference
        for name, column in referring.items():
            if column in NAMED_BY and row[name] is not None:
                row[name] = self._name(column, row[name])
        return row

    def _name(self, column: Column[Any], key: int) -> str:
        """What stands in place of the key, looked up once."""
        if (column, key) not in self._names:
            chosen = select(NAMED_BY[column]).where(column == key)
            self._names[column, key] = self._connection.execute(chosen).scalar_one()
        return self._names[column, key]
