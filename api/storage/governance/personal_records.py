"""What is held of a person in tables that nothing else tells of, and the roles of staff."""

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
    users,
)

# What a person's record tells already, in words of its own, or what only repeats it.
TOLD = {
    *(assessments, simulations, changes, corrections, shown_scores, shown_needs),
    *(drafts, holds, erasures, people, idempotency_keys, audit_people),
}


class PersonalRecords:
    """What one transaction sees of people's records. `person` is always the key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def roles(self) -> Mapping[str, str]:
        """Everybody's role, by username."""
        found = self._connection.execute(select(users.c.username, users.c.role))
        return {row.username: row.role for row in found}

    def assessments(self, person: int) -> Mapping[int, str]:
        """The person's assessments: key → id."""
        chosen = select(assessments.c.pk, assessments.c.id).where(assessments.c.person == person)
        return {row.pk: row.id for row in self._connection.execute(chosen.order_by(assessments.c.pk))}

    def overrides(self, person: int) -> Mapping[int, str]:
        """The overrides of the person's assessments: key → id of the assessment."""
        chosen = select(overrides.c.id, assessments.c.id.label("of")).join(assessments)
        found = self._connection.execute(chosen.where(assessments.c.person == person))
        return {row.id: row.of for row in found}

    def also_held(self, person: int) -> dict[str, list[dict[str, Any]]]:
        """The rows about the person in tables that nothing else tells of; staff by their role."""
        others = [about for about in ABOUT_A_PERSON if about.table not in TOLD]
        found = {}
        for about in others:
            rows = self._connection.execute(select(about.table).where(about.rows), {"person": person})
            found[about.table.name] = [self._without_staff(about.table, row._asdict()) for row in rows]
        return found

    def _without_staff(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        for key in table.foreign_keys:
            if key.column.table is users and row[key.parent.name] is not None:
                role = select(users.c.role).where(users.c.id == row[key.parent.name])
                row[key.parent.name] = self._connection.scalar(role)
        return row
