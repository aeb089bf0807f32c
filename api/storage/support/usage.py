"""How often each user did what, counted from the audit log."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from api.storage.tables import audit
from api.storage.tables.columns import hidden
from rms.support.usage import Done


class Usage:
    """Counts in one transaction. An index has all columns that they need."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def between(self, first: datetime, end: datetime, *, actions: Collection[str]) -> tuple[Done, ...]:
        """What users did from one moment until before another."""
        counted = (
            select(audit.c.actor, audit.c.action, func.count().label("times"))
            .where(audit.c.at >= first, audit.c.at < end, hidden(audit.c.action).in_(actions))
            .group_by(audit.c.action, audit.c.actor)
        )
        return tuple(Done(**row._mapping) for row in self._connection.execute(counted))
