"""The training log: who has tried which exercise, when, and whether they passed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from api.storage.tables import training_attempts

_passed_at = func.min(training_attempts.c.tried_at).filter(training_attempts.c.passed)


@dataclass(frozen=True)
class Tried:
    """A user's attempts at an exercise. `passed_at`: the first that was right; None: none yet."""

    user: int
    exercise: str
    attempts: int
    last_at: datetime
    passed_at: datetime | None


class TrainingLog:
    """The log in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, exercise: str, *, passed: bool, user: int, at: datetime) -> None:
        values = {"exercise": exercise, "passed": passed, "user_id": user, "tried_at": at}
        self._connection.execute(insert(training_attempts), values)

    def number_since(self, moment: datetime, *, user: int) -> int:
        """How often a user has tried after that moment."""
        conditions = (training_attempts.c.user_id == user, training_attempts.c.tried_at > moment)
        return self._connection.scalar(select(func.count()).where(*conditions)) or 0

    def of(self, users: Collection[int]) -> tuple[Tried, ...]:
        """What these users have tried."""
        table = training_attempts.c
        chosen = (
            select(
                table.user_id.label("user"),
                table.exercise,
                func.count().label("attempts"),
                func.max(table.tried_at, type_=table.tried_at.type).label("last_at"),
                _passed_at.label("passed_at"),
            )
            .where(table.user_id.in_(users))
            .group_by(table.user_id, table.exercise)
        )
        return tuple(Tried(**row._mapping) for row in self._connection.execute(chosen))
