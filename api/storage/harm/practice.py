"""How the force works with its lists: each decision of the force or of an area, on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.tables import harm_due, harm_scores, offices, practice_decisions


@dataclass(frozen=True)
class PracticeDecision:
    """A decision about a setting. `area`: its key; None: the default of the force.

    `value`: None where the area has gone back to what holds above it.
    """

    setting: str
    area: int | None
    value: Any
    reason: str
    set_by: str
    set_at: datetime


class Practice:
    """The decisions in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def in_force(self, setting: str) -> tuple[PracticeDecision, ...]:
        """The last decision of the force and of each area, in the order in which they were made."""
        c = practice_decisions.c
        last = select(func.max(c.id)).where(c.setting == setting).group_by(c.area)
        columns = [c[name] for name in PracticeDecision.__dataclass_fields__]
        rows = self._connection.execute(select(*columns).where(c.id.in_(last)).order_by(c.id))
        return tuple(PracticeDecision(*row) for row in rows)

    def above(self) -> Mapping[int, int | None]:
        """Key of each office → key of the one above it."""
        rows = self._connection.execute(select(offices.c.id, offices.c.parent))
        return {row.id: row.parent for row in rows}

    def decide(self, decision: PracticeDecision) -> None:
        key = self._connection.execute(
            insert(practice_decisions).returning(practice_decisions.c.id), vars(decision)
        ).scalar_one()
        self._audit.append(
            "practice.decided",
            actor=decision.set_by,
            at=decision.set_at,
            object_kind="practice",
            object_key=str(key),
            detail={"setting": decision.setting, "area": decision.area or "force"},
        )

    def custody_is_due(self) -> None:
        """Note that everybody in custody is due for the next calculation: when they are shown has changed."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        people = select(harm_scores.c.person).where(harm_scores.c.hidden_until.is_not(None))
        adding = dialect.insert(harm_due).from_select(["person"], people)
        self._connection.execute(adding.on_conflict_do_nothing())
