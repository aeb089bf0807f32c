"""Which case records each source system has sent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from api.storage.tables import record_imports, sources


@dataclass(frozen=True)
class SourceRecords:
    """How many records of a kind imports of a source have added. `as_at`: the day that its data describe."""

    source: str
    kind: str
    as_at: date
    added: int
    last_at: datetime


class Coverage:
    """Counts in one transaction. They read the list of imports and no record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_source(self) -> tuple[SourceRecords, ...]:
        begun = record_imports.c.begun_at
        counted = (
            select(
                sources.c.name.label("source"),
                record_imports.c.kind,
                sources.c.as_at,
                func.sum(record_imports.c.added).label("added"),
                func.max(begun, type_=begun.type).label("last_at"),
            )
            .join(sources, sources.c.id == record_imports.c.source)
            .group_by(sources.c.name, record_imports.c.kind, sources.c.as_at)
            .order_by(sources.c.name, record_imports.c.kind)
        )
        return tuple(SourceRecords(**row._mapping) for row in self._connection.execute(counted))
