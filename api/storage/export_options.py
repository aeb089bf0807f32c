"""Choices for exports that users keep under names of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import export_options


@dataclass(frozen=True)
class SavedOptions:
    """`options` as an export takes them in its body: fields, sort, format."""

    name: str
    options: Mapping[str, Any]
    saved_at: datetime


class ExportOptions:
    """Saved options as one transaction sees them. The audit names the user and none of them."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def of_user(self, user_id: int) -> tuple[SavedOptions, ...]:
        """All of one user's, by name."""
        found = (
            select(export_options).where(export_options.c.user_id == user_id).order_by(export_options.c.name)
        )
        return tuple(
            SavedOptions(row.name, row.options, row.saved_at) for row in self._connection.execute(found)
        )

    def save(self, options: SavedOptions, *, user_id: int, by: str) -> None:
        """Under its name, in place of what stood there."""
        where = (export_options.c.user_id == user_id, export_options.c.name == options.name)
        replaced = self._connection.execute(update(export_options).where(*where).values(**vars(options)))
        if not replaced.rowcount:
            self._connection.execute(insert(export_options), {**vars(options), "user_id": user_id})
        self._append("export_options.saved", user_id, by=by, at=options.saved_at)

    def remove(self, name: str, *, user_id: int, by: str, at: datetime) -> bool:
        """Whether there was one to remove."""
        where = (export_options.c.user_id == user_id, export_options.c.name == name)
        removed = self._connection.execute(delete(export_options).where(*where)).rowcount > 0
        if removed:
            self._append("export_options.removed", user_id, by=by, at=at)
        return removed

    def _append(self, action: str, user_id: int, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="user", object_key=str(user_id))
