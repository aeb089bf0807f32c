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
from api.storage.audit_people import remove_from_index
from api.storage.tables import ABOUT_A_PERSON, assessments, erasures, holds, people, users
from api.storage.tables.assessments import KEYS_OF_PERSON


@dataclass(frozen=True)
class ErasureRequest:
    """Somebody asked for a person's records to be erased.

    `person` and `requested_by` are keys, `requester` is a username. The number is empty where there is none.
    """

    id: int
    person: int
    offender_number: str
    reason: str
    text: str
    requested_by: int
    requester: str
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Due:
    """Whose records are to go, by the keys of people; how many more there would be, were they not held."""

    people: tuple[int, ...]
    held: int


class Erasures:
    """Requests and erasing as one transaction sees them. `person` is always the key."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def request(
        self,
        person: int,
        *,
        reason: str,
        text: str,
        requested_by: int,
        by: str,
        at: datetime,
        expires_at: datetime,
    ) -> int:
        """The request's id."""
        id: int = self._connection.execute(
            insert(erasures).returning(erasures.c.id),
            {
                "person": person,
                "reason": reason,
                "text": text,
                "requested_by": requested_by,
                "requested_at": at,
                "expires_at": expires_at,
            },
        ).scalar_one()
        self._note("erasure.requested", person, by=by, at=at, erasure=id, reason=reason)
        return id

    def open(self, *, at: datetime) -> tuple[ErasureRequest, ...]:
        """All that have not expired, the oldest first."""
        found = self._connection.execute(_open(at).order_by(erasures.c.id))
        return tuple(ErasureRequest(**row._mapping) for row in found)

    def get(self, id: int, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.id == id)).first()
        return None if row is None else ErasureRequest(**row._mapping)

    def of(self, person: int, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.person == person)).first()
        return None if row is None else ErasureRequest(**row._mapping)

    def withdraw(self, request: ErasureRequest, *, by: str, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.id == request.id))
        self._note("erasure.withdrawn", request.person, by=by, at=at, erasure=request.id)

    def delete_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.expires_at <= at))

    def erase(self, request: ErasureRequest, *, approved_by: int, by: str, at: datetime) -> dict[str, int]:
        """Delete all that there is about the person; how many rows of each table went.

        Raises
        ------
        IntegrityError
            If the person is held, or approved by who requested it: the database itself refuses.
        """
        approved = update(erasures).where(erasures.c.id == request.id).values(approved_by=approved_by)
        self._connection.execute(approved)
        bound = {"person": request.person}
        keys = self._connection.scalars(KEYS_OF_PERSON.order_by(assessments.c.pk), bound).all()
        naming = [one.id for one in drafts_naming(request.offender_number, self._connection)]
        counts = {
            about.table.name: self._connection.execute(
                delete(about.table).where(about.rows), {**bound, "drafts": naming}
            ).rowcount
            for about in ABOUT_A_PERSON
        }
        remove_from_index(self._connection, request.person)
        self._audit.append(
            "person.erased",
            actor=by,
            at=at,
            object_kind="person",
            object_key=str(request.person),
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
        """Whose latest submission was made before that moment. Who has none is never due."""
        last = (
            select(assessments.c.person)
            .group_by(assessments.c.person)
            .having(func.max(assessments.c.submitted_at) < before)
        ).subquery()
        held = exists().where(holds.c.person == last.c.person)
        free = select(last.c.person).where(~held).order_by(last.c.person)
        counted = select(func.count()).select_from(last).where(held)
        return Due(tuple(self._connection.scalars(free)), self._connection.execute(counted).scalar_one())

    def is_due(self, person: int, *, before: datetime) -> bool:
        latest = select(func.max(assessments.c.submitted_at)).where(assessments.c.person == person)
        submitted_at = self._connection.scalar(latest)
        return submitted_at is not None and submitted_at < before

    def _note(self, action: str, person: int, *, by: str, at: datetime, **detail: str | int) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="person", object_key=str(person), detail=detail
        )


def _open(at: datetime) -> Select[tuple[object, ...]]:
    joined = {"requester", "offender_number"}
    columns = (erasures.c[name] for name in ErasureRequest.__dataclass_fields__ if name not in joined)
    number = func.coalesce(people.c.offender_number, "").label("offender_number")
    return (
        select(*columns, number, users.c.username.label("requester"))
        .join(people, people.c.id == erasures.c.person)
        .join(users, users.c.id == erasures.c.requested_by)
        .where(erasures.c.expires_at > at)
    )
