"""Items that users save under a name: criteria of a search, options of an export."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from api.storage.audit import Audit


@dataclass(frozen=True)
class SavedItem:
    """`content` is JSON, in the form of an API request body."""

    name: str
    content: Mapping[str, Any]
    saved_at: datetime


class SavedItems:
    """One kind of saved item within a transaction: its table, its content column, its name in the audit log.

    The audit log names the user but not the item, because users may put personal details in the name.
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
        """All items of one user, by name."""
        columns = (self._table.c[name] for name in ("name", self._content, "saved_at"))
        query = select(*columns).where(self._table.c.user_id == user_id).order_by(self._table.c.name)
        return tuple(SavedItem(*row) for row in self._connection.execute(query))

    def save(self, item: SavedItem, *, user_id: int, by: str) -> None:
        """Save the item. An item with the same name is replaced."""
        values = {"name": item.name, self._content: item.content, "saved_at": item.saved_at}
        where = (self._table.c.user_id == user_id, self._table.c.name == item.name)
        replaced = self._connection.execute(update(self._table).where(*where).values(**values))
        if not replaced.rowcount:
            self._connection.execute(insert(self._table), {**values, "user_id": user_id})
        self._append("saved", user_id, by=by, at=item.saved_at)

    def remove(self, name: str, *, user_id: int, by: str, at: datetime) -> bool:
        """Remove the item; False if there was none with this name."""
        where = (self._table.c.user_id == user_id, self._table.c.name == name)
        removed = self._connection.execute(delete(self._table).where(*where)).rowcount > 0
        if removed:
            self._append("removed", user_id, by=by, at=at)
        return removed

    def _append(self, event: str, user_id: int, *, by: str, at: datetime) -> None:
        action = f"{self._kind}.{event}"
        self._audit.append(action, actor=by, at=at, object_kind="user", object_key=str(user_id))
