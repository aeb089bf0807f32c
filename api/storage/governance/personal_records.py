"""The data about a person that a subject access request needs and no other repository reads."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, select

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
    overrides,
    people,
    shown_needs,
    shown_scores,
    simulations,
    undecided_overrides,
    users,
)

# What stands in a row in place of the key of another.
NAMED_BY = {users.c.id: users.c.role, assessments.c.pk: assessments.c.id}
# Tables whose content the document has elsewhere.
COVERED = {
    *(assessments, simulations, changes, corrections, shown_scores, shown_needs),
    *(drafts, holds, erasures, people, idempotency_keys, audit_people, undecided_overrides),
}


class PersonalRecords:
    """The data about people in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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

    def also_held(self, person: int) -> dict[str, list[dict[str, Any]]]:
        """The rows about the person in all other tables. Staff have their role, assessments their ID."""
        by_table = {}
        for about in ABOUT_A_PERSON:
            if about.table in COVERED:
                continue
            rows = self._connection.execute(select(about.table).where(about.rows), {"person": person})
            by_table[about.table.name] = [self._with_names(about.table, row._asdict()) for row in rows]
        return by_table

    def _with_names(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row with the role of each user and the ID of each assessment in place of their keys."""
        for key in table.foreign_keys:
            named = NAMED_BY.get(key.column)
            if named is not None and row[key.parent.name] is not None:
                chosen = select(named).where(key.column == row[key.parent.name])
                row[key.parent.name] = self._connection.scalar(chosen)
        return row
