"""Everything about a person deleted, once two people stand behind it.

The triggers let rows about a person go while an approved request of their erasure stands, and no hold. The
request is approved, used and deleted within one transaction, so that the road is open for that person, for
that transaction, and never for anybody else who writes meanwhile. (To take the triggers away and put them
back would open it for everybody: on SQLite transactions share a commit, and on PostgreSQL it would
lock the tables.)
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, delete, exists, func, insert, select, update

from api.storage.assessments.drafts import drafts_naming
from api.storage.audit import Audit
from api.storage.tables import ABOUT_A_PERSON, assessments, erasures, holds, users
from api.storage.tables.assessments import KEYS_OF_PERSON


@dataclass(frozen=True)
class ErasureRequest:
    """Somebody wants a person's records erased; `requested_by` is their key, `requester` their username."""

    id: int
    offender_number: str
    reason: str
    text: str
    requested_by: int
    requester: str
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Due:
    """Whose records are to go, by offender number; how many more there would be, were they not held."""

    numbers: tuple[str, ...]
    held: int


class Erasures:
    """Requests and erasing as one transaction sees them. The audit names a person by their assessments."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def request(
        self,
        number: str,
        *,
        reason: str,
        text: str,
        first: int,
        requested_by: int,
        by: str,
        at: datetime,
        expires_at: datetime,
    ) -> int:
        """The request's id; `first` is the key of the person's first assessment."""
        id: int = self._connection.execute(
            insert(erasures).returning(erasures.c.id),
            {
                "offender_number": number,
                "reason": reason,
                "text": text,
                "requested_by": requested_by,
                "requested_at": at,
                "expires_at": expires_at,
            },
        ).scalar_one()
        self._note("erasure.requested", first, by=by, at=at, erasure=id, reason=reason)
        return id

    def open(self, *, at: datetime) -> tuple[ErasureRequest, ...]:
        """All that have not expired, the oldest first."""
        found = self._connection.execute(_open(at).order_by(erasures.c.id))
        return tuple(ErasureRequest(**row._mapping) for row in found)

    def get(self, id: int, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.id == id)).first()
        return None if row is None else ErasureRequest(**row._mapping)

    def of(self, number: str, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.offender_number == number)).first()
        return None if row is None else ErasureRequest(**row._mapping)

    def withdraw(self, request: ErasureRequest, *, first: int, by: str, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.id == request.id))
        self._note("erasure.withdrawn", first, by=by, at=at, erasure=request.id)

    def delete_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.expires_at <= at))

    def erase(
        self, request: ErasureRequest, *, first: int, approved_by: int, by: str, at: datetime
    ) -> dict[str, int]:
        """Delete all that there is about the person; how many rows of each table went.

        Raises
        ------
        IntegrityError
            If the person is held, or approved by who requested it: the database itself refuses.
        """
        approved = update(erasures).where(erasures.c.id == request.id).values(approved_by=approved_by)
        self._connection.execute(approved)
        bound = {"number": request.offender_number}
        keys = self._connection.scalars(KEYS_OF_PERSON.order_by(assessments.c.pk), bound).all()
        naming = [one.id for one in drafts_naming(request.offender_number, self._connection)]
        counts = {
            about.table.name: self._connection.execute(
                delete(about.table).where(about.rows), {**bound, "drafts": naming}
            ).rowcount
            for about in ABOUT_A_PERSON
        }
        self._audit.append(
            "person.erased",
            actor=by,
            at=at,
            object_kind="assessment",
            object_key=str(first),
            detail={
                "erasure": request.id,
                "reason": request.reason,
                "requested_by": request.requester,
                "keys": list(keys),
                "rows": counts,
            },
        )
        return counts

    def due(self, *, before: datetime) -> Due:
        """Whose latest submission was made before that moment."""
        last = (
            select(assessments.c.offender_number)
            .group_by(assessments.c.offender_number)
            .having(func.max(assessments.c.submitted_at) < before)
        ).subquery()
        held = exists().where(holds.c.offender_number == last.c.offender_number)
        free = select(last.c.offender_number).where(~held).order_by(last.c.offender_number)
        counted = select(func.count()).select_from(last).where(held)
        return Due(tuple(self._connection.scalars(free)), self._connection.execute(counted).scalar_one())

    def is_due(self, number: str, *, before: datetime) -> bool:
        latest = select(func.max(assessments.c.submitted_at)).where(assessments.c.offender_number == number)
        submitted_at = self._connection.scalar(latest)
        return submitted_at is not None and submitted_at < before

    def _note(self, action: str, first: int, *, by: str, at: datetime, **detail: str | int) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="assessment", object_key=str(first), detail=detail
        )


def _open(at: datetime) -> Select[tuple[object, ...]]:
    columns = (erasures.c[name] for name in ErasureRequest.__dataclass_fields__ if name != "requester")
    return (
        select(*columns, users.c.username.label("requester"))
        .join(users, users.c.id == erasures.c.requested_by)
        .where(erasures.c.expires_at > at)
    )
