"""Everything about a person deleted, once two people stand behind it.

The triggers let rows about a person go while an approved request of their erasure stands, and no hold. The
request is approved, used and deleted within one transaction, so that the road is open for that person, for
that transaction, and never for anybody else who writes meanwhile. (To take the triggers away and put them
back would open it for everybody: on SQLite transactions share a commit, and on PostgreSQL it would
lock the tables.)
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from api.storage.assessments.drafts import drafts_naming
from api.storage.audit import Audit
from api.storage.tables import (
    assessments,
    caseload,
    changes,
    corrections,
    drafts,
    erasures,
    holds,
    idempotency_keys,
    import_groups,
    import_keys,
    jobs,
    judgements,
    notes,
    offenders,
    outbox,
    override_decisions,
    overrides,
    shown_needs,
    shown_scores,
    simulations,
    users,
)

_number: ColumnElement[str] = bindparam("number", type_=String)
_keys = select(assessments.c.pk).where(assessments.c.offender_number == _number)
_ids = select(assessments.c.id).where(assessments.c.offender_number == _number)


def _quoted(text: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether JSON holds the number, or an id of the person's assessments, as a text of its own."""
    return or_(text.contains('"' + _number + '"'), text.contains('"' + _number + "-"))


_naming_imports = select(import_groups.c.job).where(_quoted(import_groups.c.results))


@dataclass(frozen=True)
class About:
    """A table that tells of people, and which of its rows tell of the person whose `number` is bound."""

    table: Table
    rows: ColumnElement[bool]


# In the order in which they can go: whoever refers to a row goes before it. A test walks the references of
# all tables and asks for those that are not here. What names somebody without a reference, it cannot see.
ABOUT_A_PERSON = (
    About(shown_scores, shown_scores.c.assessment.in_(_keys)),
    About(shown_needs, shown_needs.c.assessment.in_(_keys)),
    About(simulations, simulations.c.assessment.in_(_keys)),
    About(changes, changes.c.assessment.in_(_keys)),
    About(corrections, corrections.c.assessment.in_(_keys)),
    About(
        override_decisions,
        override_decisions.c.override.in_(select(overrides.c.id).where(overrides.c.assessment.in_(_keys))),
    ),
    About(overrides, overrides.c.assessment.in_(_keys)),
    About(notes, notes.c.assessment.in_(_keys)),
    About(judgements, judgements.c.assessment.in_(_keys)),
    About(outbox, outbox.c.assessment.in_(_keys)),
    About(idempotency_keys, idempotency_keys.c.assessment.in_(_ids)),
    About(import_groups, import_groups.c.job.in_(_naming_imports)),  # what is under way begins anew
    About(jobs, _quoted(cast(jobs.c.request, String))),
    About(import_keys, import_keys.c.assessment.in_(_keys)),
    About(drafts, or_(drafts.c.carried_from.in_(_ids), drafts.c.id.in_(bindparam("drafts", expanding=True)))),
    About(assessments, assessments.c.offender_number == _number),
    About(caseload, caseload.c.offender_number == _number),
    About(holds, holds.c.offender_number == _number),
    About(erasures, erasures.c.offender_number == _number),
    About(offenders, offenders.c.offender_number == _number),
)


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
        keys = self._connection.scalars(_keys.order_by(assessments.c.pk), bound).all()
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
