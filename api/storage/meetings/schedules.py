"""Schedules: what is done on a day of each month or of each week, and its runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.tables import schedule_runs, schedule_users, schedules, users


@dataclass(frozen=True)
class Schedule:
    """A schedule in force. `monthday` or `weekday` (0 is Monday) is its day.

    `criteria` are those of the list, in the form of the body of a search. `users`: key → name of those for
    whom a file is made. `last_run`: the due day that was run last; None: none yet.
    """

    id: int
    kind: str
    title: str
    criteria: Mapping[str, Any]
    monthday: int | None
    weekday: int | None
    set_by: str
    set_at: datetime
    users: Mapping[int, str]
    last_run: date | None


class Schedules:
    """Schedules in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def in_force(self) -> tuple[Schedule, ...]:
        """Every schedule that has not ended, in the order in which they were set."""
        last = (
            select(func.max(schedule_runs.c.due_on))
            .where(schedule_runs.c.schedule == schedules.c.id)
            .scalar_subquery()
        )
        names = ("id", "kind", "title", "criteria", "monthday", "weekday", "set_at")
        chosen = (
            select(
                *(schedules.c[name] for name in names),
                users.c.username.label("set_by"),
                last.label("last_run"),
            )
            .join(users, users.c.id == schedules.c.set_by)
            .where(schedules.c.ended_at.is_(None))
            .order_by(schedules.c.id)
        )
        rows = self._connection.execute(chosen).all()
        whose = self._users()
        return tuple(Schedule(**row._mapping, users=whose.get(row.id, {})) for row in rows)

    def add(
        self,
        kind: str,
        title: str,
        criteria: Mapping[str, Any],
        *,
        monthday: int | None,
        weekday: int | None,
        users: Sequence[int],
        user: int,
        by: str,
        at: datetime,
    ) -> int:
        """Set a schedule. Returns its key."""
        values = {
            **{"kind": kind, "title": title, "criteria": criteria},
            **{"monthday": monthday, "weekday": weekday, "set_by": user, "set_at": at},
        }
        key: int = self._connection.execute(insert(schedules).returning(schedules.c.id), values).scalar_one()
        if users:
            rows = [{"schedule": key, "user_id": one} for one in users]
            self._connection.execute(insert(schedule_users), rows)
        self._note("set", key, by=by, at=at, kind=kind, users=len(users))
        return key

    def end(self, key: int, *, user: int, by: str, at: datetime) -> bool:
        """End a schedule; False if there is none in force."""
        ending = (
            update(schedules)
            .where(schedules.c.id == key, schedules.c.ended_at.is_(None))
            .values(ended_by=user, ended_at=at)
        )
        ended = self._connection.execute(ending).rowcount > 0
        if ended:
            self._note("ended", key, by=by, at=at)
        return ended

    def begin_run(self, key: int, due_on: date, *, jobs: int, by: str, at: datetime) -> bool:
        """Note a run in the transaction of its jobs; False if another process has begun it.

        The second of two processes waits here until the first has committed or given up.
        """
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        values = {"schedule": key, "due_on": due_on, "begun_at": at, "jobs": jobs}
        adding = dialect.insert(schedule_runs).values(values).on_conflict_do_nothing()
        begun = self._connection.execute(adding).rowcount > 0
        if begun:
            self._note("run", key, by=by, at=at, due_on=due_on.isoformat(), jobs=jobs)
        return begun

    def _users(self) -> Mapping[int, Mapping[int, str]]:
        chosen = (
            select(schedule_users.c.schedule, users.c.id, users.c.username)
            .join(users, users.c.id == schedule_users.c.user_id)
            .order_by(users.c.username)
        )
        found: dict[int, dict[int, str]] = {}
        for row in self._connection.execute(chosen):
            found.setdefault(row.schedule, {})[row.id] = row.username
        return found

    def _note(self, action: str, key: int, *, by: str, at: datetime, **detail: str | int) -> None:
        self._audit.append(
            f"schedule.{action}",
            actor=by,
            at=at,
            object_kind="schedule",
            object_key=str(key),
            detail=detail,
        )
