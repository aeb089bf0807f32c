"""Areas: offices with a code, which imports add and change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from api.storage.access.offices import Office
from api.storage.audit import Audit
from api.storage.database import hold_offices
from api.storage.records.loading import Loaded, Refused
from api.storage.tables import offices
from api.storage.viewer import AGENCY
from rms.people.offices import MOST_OFFICES, OfficeTree


@dataclass(frozen=True)
class AreaRow:
    """A row of the file of areas. `parent` is the code of the area around it; empty: the agency."""

    line: int
    code: str
    name: str
    kind: str
    parent: str | None


class LoadingAreas:
    """Areas in one transaction. All offices are read once; only what is new or has changed is written."""

    def __init__(self, connection: Connection, audit: Audit, *, by: str, at: datetime) -> None:
        hold_offices(connection)
        self._connection = connection
        self._audit = audit
        self._by, self._at = by, at
        every = [Office(**row._mapping) for row in connection.execute(select(offices))]
        self._tree = OfficeTree({office.id: office.parent for office in every})
        self._areas = {office.code: office for office in every if office.code is not None}
        self._named = {office.name: office.id for office in every}

    def load(self, rows: Sequence[AreaRow]) -> Loaded:
        """Store the rows, each of another area, and each after that of its parent."""
        loaded = Loaded()
        for row in rows:
            before = self._areas.get(row.code)
            if row.parent is not None and row.parent not in self._areas:
                loaded.refused.append(Refused(row.line, "parent", "unknown_area"))
                continue
            parent = AGENCY if row.parent is None else self._areas[row.parent].id
            if before is not None and Office(before.id, row.name, parent, row.code, row.kind) == before:
                loaded.unchanged += 1
            elif (refused := self._refused(row, before, parent)) is not None:
                loaded.refused.append(refused)
            else:
                self._store(row, before, parent)
                loaded.added += before is None
                loaded.changed += before is not None
        return loaded

    def _refused(self, row: AreaRow, before: Office | None, parent: int) -> Refused | None:
        key = None if before is None else before.id
        if key is None and len(self._tree) >= MOST_OFFICES:
            return Refused(row.line, "area", "too_many_areas")
        if key is not None and self._tree.holds(key, parent):
            return Refused(row.line, "parent", "area_in_itself")
        if self._tree.is_too_deep(parent, key):
            return Refused(row.line, "parent", "too_deep")
        if self._named.get(row.name, key) != key:
            return Refused(row.line, "name", "name_taken")
        return None

    def _store(self, row: AreaRow, before: Office | None, parent: int) -> None:
        values = {"code": row.code, "name": row.name, "kind": row.kind, "parent": parent}
        if before is None:
            key: int = self._connection.execute(insert(offices).returning(offices.c.id), values).scalar_one()
        else:
            key = before.id
            self._connection.execute(update(offices).where(offices.c.id == key).values(**values))
            del self._named[before.name]
        self._areas[row.code] = Office(key, row.name, parent, row.code, row.kind)
        self._named[row.name] = key
        self._tree.place(key, parent)
        self._audit.append(
            "office.added" if before is None else "office.moved",
            actor=self._by,
            at=self._at,
            object_kind="office",
            object_key=str(key),
            detail={"parent": parent},
        )
