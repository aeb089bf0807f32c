"""Erasure requests, and the deletion of all rows about a person.

Triggers only allow rows about a person to be deleted while there is an approved request to erase them and no
legal hold. The request is approved, used and deleted in one transaction, so only that transaction can delete
them. Dropping the triggers for the deletion would allow it to every transaction: on SQLite, transactions
share a commit, and on PostgreSQL it would lock the tables.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update

from api.storage.assessments.drafts import drafts_naming
from api.storage.audit import Audit
from api.storage.audit_people import remove_from_index
from api.storage.database import hold_records
from api.storage.people.joined import parts
from api.storage.records.erased import RecordMarks, mark_erased
from api.storage.tables import (
    ABOUT_A_PERSON,
    assessments,
    erasures,
    holds,
    jobs,
    people,
    person_records,
    users,
)
from api.storage.tables.assessments import KEYS_OF_PERSON


@dataclass(frozen=True)
class ErasureRequest:
    """A request to erase a person's records.

    `person` and `requested_by` are keys, `requester` is a username. `offender_number` is empty if the person
    has none; `called` names them then, too.
    """

    id: int
    person: int
    offender_number: str
    called: str
    reason: str
    text: str
    requested_by: int
    requester: str
    requested_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Due:
    """The keys of the people to erase, and how many more are due but under a legal hold."""

    people: tuple[int, ...]
    held: int


class Erasures:
    """Erasure requests and erasures in one transaction. `person` is always the key."""

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
        """Add a request. Returns its ID."""
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
        """All requests that have not expired, oldest first."""
        rows = self._connection.execute(_open(at).order_by(erasures.c.id))
        return tuple(map(self._request, rows))

    def get(self, id: int, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.id == id)).first()
        return None if row is None else self._request(row)

    def of(self, person: int, *, at: datetime) -> ErasureRequest | None:
        row = self._connection.execute(_open(at).where(erasures.c.person == person)).first()
        return None if row is None else self._request(row)

    def withdraw(self, request: ErasureRequest, *, by: str, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.id == request.id))
        self._note("erasure.withdrawn", request.person, by=by, at=at, erasure=request.id)

    def delete_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(erasures).where(erasures.c.expires_at <= at))

    def hold_records(self) -> None:
        """Let nobody load records or move them to another person until this transaction ends.

        It comes before the lock on a person: an import holds this one and waits for that.
        """
        hold_records(self._connection)

    def erase(
        self, request: ErasureRequest, *, marks: RecordMarks | None, approved_by: int, by: str, at: datetime
    ) -> dict[str, int]:
        """Delete all rows about the person and those joined to them, and mark their source records as erased.

        Returns the number of deleted rows of each table.

        Raises
        ------
        Conflict
            If the person has source records, and there are no `marks`.
        IntegrityError
            If there is a legal hold, or the requester approves their own request. The database checks this.
        """
        approved = update(erasures).where(erasures.c.id == request.id).values(approved_by=approved_by)
        self._connection.execute(approved)
        parameters = {"person": request.person}
        everybody = parts(self._connection, request.person).keys()
        others = sorted(everybody - {request.person})
        self._mark_erased(everybody, marks=marks, at=at)
        keys = self._connection.scalars(KEYS_OF_PERSON.order_by(assessments.c.pk), parameters).all()
        draft_ids = [draft.id for draft in drafts_naming(request.offender_number, self._connection)]
        counts = {
            about.table.name: self._connection.execute(
                delete(about.table).where(about.rows), {**parameters, "drafts": draft_ids}
            ).rowcount
            for about in ABOUT_A_PERSON
        }
        remove_from_index(self._connection, request.person)
        for other in others:
            self._erase_joined(other, counts)
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

    def _mark_erased(self, everybody: Collection[int], *, marks: RecordMarks | None, at: datetime) -> None:
        chosen = select(person_records.c.source, person_records.c.source_id).where(
            person_records.c.person.in_(everybody)
        )
        records = [(row.source, row.source_id) for row in self._connection.execute(chosen)]
        mark_erased(self._connection, records, marks=marks, at=at)

    def _request(self, row: Row[Any]) -> ErasureRequest:
        called = parts(self._connection, row.person)[row.person]
        return ErasureRequest(**row._mapping, called=called)

    def _erase_joined(self, other: int, counts: dict[str, int]) -> None:
        """Delete what is left of a person who was joined to the one that is erased."""
        for about in ABOUT_A_PERSON:
            deleted = delete(about.table).where(about.rows)
            counts[about.table.name] += self._connection.execute(
                deleted, {"person": other, "drafts": []}
            ).rowcount
        remove_from_index(self._connection, other)

    def jobs_about(self, person: int) -> tuple[str, ...]:
        """The IDs of the jobs that `erase` deletes."""
        (about,) = (about for about in ABOUT_A_PERSON if about.table is jobs)
        return tuple(self._connection.scalars(select(jobs.c.id).where(about.rows), {"person": person}))

    def due(self, *, before: datetime) -> Due:
        """The people whose latest submission was made before this time. People without one are never due."""
        last = (
            select(assessments.c.person)
            .group_by(assessments.c.person)
            .having(func.max(assessments.c.submitted_at) < before)
        ).subquery()
        held = exists().where(holds.c.person == last.c.person)
        not_held = select(last.c.person).where(~held).order_by(last.c.person)
        held_count = select(func.count()).select_from(last).where(held)
        return Due(
            tuple(self._connection.scalars(not_held)), self._connection.execute(held_count).scalar_one()
        )

    def is_due(self, person: int, *, before: datetime) -> bool:
        latest = select(func.max(assessments.c.submitted_at)).where(assessments.c.person == person)
        submitted_at = self._connection.scalar(latest)
        return submitted_at is not None and submitted_at < before

    def _note(self, action: str, person: int, *, by: str, at: datetime, **detail: str | int) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="person", object_key=str(person), detail=detail
        )


def _open(at: datetime) -> Select[tuple[object, ...]]:
    joined = {"requester", "offender_number", "called"}
    columns = (erasures.c[name] for name in ErasureRequest.__dataclass_fields__ if name not in joined)
    number = func.coalesce(people.c.offender_number, "").label("offender_number")
    return (
        select(*columns, number, users.c.username.label("requester"))
        .join(people, people.c.id == erasures.c.person)
        .join(users, users.c.id == erasures.c.requested_by)
        .where(erasures.c.expires_at > at)
    )
