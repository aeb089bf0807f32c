"""Persons as such: whether there is one, what else is held of them, and who looked at it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, or_, select

from api.storage.audit import BATCH, Entry
from api.storage.audit_search import ASSESSMENT
from api.storage.tables import (
    ABOUT_A_PERSON,
    assessments,
    audit,
    changes,
    corrections,
    drafts,
    erasures,
    holds,
    idempotency_keys,
    offenders,
    shown_needs,
    shown_scores,
    simulations,
    users,
)

# What a person's record tells already, in words of its own, or what only repeats it.
TOLD = {
    *(assessments, simulations, changes, corrections, shown_scores, shown_needs),
    *(drafts, holds, erasures, offenders, idempotency_keys),
}


class People:
    """Persons as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, number: str) -> int | None:
        """The key of the person's first assessment, by which the audit names them; None: there is nobody.

        Until the transaction ends nobody else holds, erases or assesses them.
        """
        locked = select(offenders).where(offenders.c.offender_number == number).with_for_update()
        if self._connection.execute(locked).first() is None:
            return None
        return self.first_key(number)

    def first_key(self, number: str) -> int | None:
        chosen = select(assessments.c.pk).where(assessments.c.offender_number == number)
        return self._connection.scalar(chosen.order_by(assessments.c.sequence).limit(1))

    def looks(self, keys: Sequence[int]) -> Iterator[Entry]:
        """What the audit tells of these assessments, alone or among others, oldest first."""
        alone = {str(key) for key in keys}
        chosen = (
            select(audit)
            .where(audit.c.object_kind == ASSESSMENT)
            .where(or_(audit.c.object_key.in_(alone), audit.c.object_key == ""))
            .order_by(audit.c.sequence)
        )
        for row in self._connection.execute(chosen, execution_options={"yield_per": BATCH}):
            if row.object_key or not alone.isdisjoint(map(str, row.detail.get("keys", ()))):
                yield Entry(**row._mapping)

    def roles(self) -> Mapping[str, str]:
        """Everybody's role, by username."""
        found = self._connection.execute(select(users.c.username, users.c.role))
        return {row.username: row.role for row in found}

    def also_held(self, number: str) -> dict[str, list[dict[str, Any]]]:
        """The rows about the person in tables that nothing else tells of; staff by their role."""
        others = [about for about in ABOUT_A_PERSON if about.table not in TOLD]
        found = {}
        for about in others:
            rows = self._connection.execute(select(about.table).where(about.rows), {"number": number})
            found[about.table.name] = [self._without_staff(about.table, row._asdict()) for row in rows]
        return found

    def _without_staff(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        for key in table.foreign_keys:
            if key.column.table is users and row[key.parent.name] is not None:
                role = select(users.c.role).where(users.c.id == row[key.parent.name])
                row[key.parent.name] = self._connection.scalar(role)
        return row
