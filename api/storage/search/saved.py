"""What users keep under names of their own: criteria of a search, options of an export."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from api.storage.audit import Audit


@dataclass(frozen=True)
class SavedItem:
    """`content` is JSON, as the API takes it in a body."""

    name: str
    content: Mapping[str, Any]
    saved_at: datetime


class SavedItems:
    """One kind of it, as one transaction sees it: its table, its column of content, its word in the audit.

    The audit names the user and none of the names: they may tell something.
    """

    def __init__(
        self, connection: Connection, audit: Audit, *, table: Table, content: str, kind: str
    ) -> None:
        self._connection = connection
        self._audit = audit
        self._table = table
        self._content = content
        self._kind = kind

    def of_user(self, user_id: int) -> tuple[SavedItem, ...]:
        """All of one user's, by name."""
        columns = (self._table.c[name] for name in ("name", self._content, "saved_at"))
        found = select(*columns).where(self._table.c.user_id == user_id).order_by(self._table.c.name)
        return tuple(SavedItem(*row) for row in self._connection.execute(found))

    def save(self, saved: SavedItem, *, user_id: int, by: str) -> None:
        """Under its name, in place of what stood there."""
        values = {"name": saved.name, self._content: saved.content, "saved_at": saved.saved_at}
        where = (self._table.c.user_id == user_id, self._table.c.name == saved.name)
        replaced = self._connection.execute(update(self._table).where(*where).values(**values))
        if not replaced.rowcount:
            self._connection.execute(insert(self._table), {**values, "user_id": user_id})
        self._append("saved", user_id, by=by, at=saved.saved_at)

    def remove(self, name: str, *, user_id: int, by: str, at: datetime) -> bool:
        """Whether there was one to remove."""
        where = (self._table.c.user_id == user_id, self._table.c.name == name)
        removed = self._connection.execute(delete(self._table).where(*where)).rowcount > 0
        if removed:
            self._append("removed", user_id, by=by, at=at)
        return removed

    def _append(self, what: str, user_id: int, *, by: str, at: datetime) -> None:
        action = f"{self._kind}.{what}"
        self._audit.append(action, actor=by, at=at, object_kind="user", object_key=str(user_id))
