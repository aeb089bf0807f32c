"""Offices: a tree with the agency at the top."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.storage.audit import Audit
from api.storage.database import hold_offices
from api.storage.row_access import below
from api.storage.tables import offices
from rms.errors import Conflict
from rms.people.offices import OfficeTree

TAKEN = "There is already an office with this name."


@dataclass(frozen=True)
class Office:
    """An office with a `code` is an area too. `parent` is the office above; only the top office has none."""

    id: int
    name: str
    parent: int | None
    code: str | None = None
    kind: str | None = None


class Offices:
    """Offices in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def all(self) -> tuple[Office, ...]:
        """Every office, by name."""
        rows = self._connection.execute(select(offices).order_by(offices.c.name))
        return tuple(Office(**row._mapping) for row in rows)

    def named(self, name: str) -> Office | None:
        row = self._connection.execute(select(offices).where(offices.c.name == name)).first()
        return None if row is None else Office(**row._mapping)

    def name_of(self, office: int) -> str:
        """The name of an office that exists, by its key."""
        named = select(offices.c.name).where(offices.c.id == office)
        return str(self._connection.execute(named).scalar_one())

    def holds(self, upper: int, office: int) -> bool:
        """Whether `office` is `upper` or below it."""
        tree = below(upper).subquery()
        return self._connection.scalar(select(tree.c.id).where(tree.c.id == office)) is not None

    def below(self, upper: int) -> frozenset[int]:
        """The keys of `upper` and of every office below it."""
        return frozenset(self._connection.scalars(below(upper)))

    def tree(self) -> OfficeTree:
        """All offices as a tree, which nobody else changes until this transaction ends."""
        hold_offices(self._connection)
        every = self._connection.execute(select(offices.c.id, offices.c.parent))
        return OfficeTree({row.id: row.parent for row in every})

    def add(self, name: str, *, parent: int, by: str, at: datetime) -> Office:
        """
        Raises
        ------
        Conflict
            If the name is taken.
        """
        try:
            key = self._connection.execute(
                insert(offices).returning(offices.c.id), {"name": name, "parent": parent}
            ).scalar_one()
        except IntegrityError as error:
            raise Conflict(TAKEN) from error
        self._audit.append(
            "office.added",
            actor=by,
            at=at,
            object_kind="office",
            object_key=str(key),
            detail={"parent": parent},
        )
        return Office(key, name, parent)

    def move(self, office: Office, *, parent: int, by: str, at: datetime) -> None:
        """Move the office, with all offices below it, below another."""
        self._connection.execute(update(offices).where(offices.c.id == office.id).values(parent=parent))
        self._audit.append(
            "office.moved",
            actor=by,
            at=at,
            object_kind="office",
            object_key=str(office.id),
            detail={"parent": parent},
        )

    def rename(self, office: Office, name: str, *, by: str, at: datetime) -> None:
        """
        Raises
        ------
        Conflict
            If the name is taken.
        """
        try:
            self._connection.execute(update(offices).where(offices.c.id == office.id).values(name=name))
        except IntegrityError as error:
            raise Conflict(TAKEN) from error
        self._audit.append("office.renamed", actor=by, at=at, object_kind="office", object_key=str(office.id))
