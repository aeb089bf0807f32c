"""Criteria that users keep under names of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import saved_filters


@dataclass(frozen=True)
class SavedFilter:
    """`criteria` as a search takes them in its body."""

    name: str
    criteria: Mapping[str, Any]
    saved_at: datetime


class SavedFilters:
    """Saved filters as one transaction sees them. The audit names the user and no filter: a name may tell."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def of_user(self, user_id: int) -> tuple[SavedFilter, ...]:
        """All of one user's, by name."""
        found = select(saved_filters).where(saved_filters.c.user_id == user_id).order_by(saved_filters.c.name)
        return tuple(
            SavedFilter(row.name, row.criteria, row.saved_at) for row in self._connection.execute(found)
        )

    def save(self, filter: SavedFilter, *, user_id: int, by: str) -> None:
        """Under its name, in place of what stood there."""
        where = (saved_filters.c.user_id == user_id, saved_filters.c.name == filter.name)
        replaced = self._connection.execute(update(saved_filters).where(*where).values(**vars(filter)))
        if not replaced.rowcount:
            self._connection.execute(insert(saved_filters), {**vars(filter), "user_id": user_id})
        self._append("filter.saved", user_id, by=by, at=filter.saved_at)

    def remove(self, name: str, *, user_id: int, by: str, at: datetime) -> bool:
        """Whether there was one to remove."""
        where = (saved_filters.c.user_id == user_id, saved_filters.c.name == name)
        removed = self._connection.execute(delete(saved_filters).where(*where)).rowcount > 0
        if removed:
            self._append("filter.removed", user_id, by=by, at=at)
        return removed

    def _append(self, action: str, user_id: int, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="user", object_key=str(user_id))
