"""Legal holds on the records of people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import holds, users


@dataclass(frozen=True)
class Hold:
    """`placed_by` is a username."""

    reason: str
    placed_by: str
    placed_at: datetime


class Holds:
    """The legal holds in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def of(self, person: int) -> Hold | None:
        chosen = (
            select(holds.c.reason, users.c.username, holds.c.placed_at)
            .join(users, users.c.id == holds.c.placed_by)
            .where(holds.c.person == person)
        )
        row = self._connection.execute(chosen).first()
        return None if row is None else Hold(*row)

    def place(self, person: int, reason: str, *, account: int, by: str, at: datetime) -> None:
        """Place a hold on the person's records, or replace its reason."""
        values = {"reason": reason, "placed_by": account, "placed_at": at}
        replaced = self._connection.execute(update(holds).where(holds.c.person == person).values(**values))
        if not replaced.rowcount:
            self._connection.execute(insert(holds), {"person": person, **values})
        self._note("hold.placed", person, by=by, at=at)

    def lift(self, person: int, *, by: str, at: datetime) -> None:
        self._connection.execute(delete(holds).where(holds.c.person == person))
        self._note("hold.lifted", person, by=by, at=at)

    def _note(self, action: str, person: int, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="person", object_key=str(person))
