"""Legal holds: whose records must stay."""

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
    """The holds as one transaction sees them. The audit names a person by their first assessment's key."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def of(self, number: str) -> Hold | None:
        chosen = (
            select(holds.c.reason, users.c.username, holds.c.placed_at)
            .join(users, users.c.id == holds.c.placed_by)
            .where(holds.c.offender_number == number)
        )
        row = self._connection.execute(chosen).first()
        return None if row is None else Hold(*row)

    def place(self, number: str, reason: str, *, first: int, account: int, by: str, at: datetime) -> None:
        """In place of a hold that is there; `first` is what `People.keep` told."""
        values = {"reason": reason, "placed_by": account, "placed_at": at}
        replaced = self._connection.execute(
            update(holds).where(holds.c.offender_number == number).values(**values)
        )
        if not replaced.rowcount:
            self._connection.execute(insert(holds), {"offender_number": number, **values})
        self._note("hold.placed", first, by=by, at=at)

    def lift(self, number: str, *, first: int, by: str, at: datetime) -> None:
        self._connection.execute(delete(holds).where(holds.c.offender_number == number))
        self._note("hold.lifted", first, by=by, at=at)

    def _note(self, action: str, first: int, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="assessment", object_key=str(first))
