"""Who works with whom, and which office a person belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from api.storage.audit import Audit
from api.storage.row_access import Clause, below
from api.storage.tables import assessments, caseload, offenders, users
from api.storage.viewer import AGENCY, Reach, Viewer

_insert = insert(caseload)


@dataclass(frozen=True)
class Part:
    """Some people of a list of `total`, by their numbers."""

    numbers: tuple[str, ...]
    total: int
    is_last: bool


@dataclass(frozen=True)
class Holder:
    """Somebody who has a person on their caseload; `office` is the key of the user's own office."""

    username: str
    office: int
    role: str
    active: bool


class Caseload:
    """Caseloads as one transaction sees them. The audit names a person by their first assessment's key."""

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None) -> None:
        self._connection = connection
        self._audit = audit
        self._viewer = viewer

    def office_of(self, number: str) -> int | None:
        """The office that the person belongs to; None if there is no such person."""
        return self._connection.scalar(
            select(offenders.c.office).where(offenders.c.offender_number == number)
        )

    def may_write_about(self, number: str) -> bool:
        """Whether the viewer may submit something about this person, who is known already."""
        return bool(self._connection.scalar(select(self.theirs(number))))

    def theirs(self, number: str) -> Clause:
        """The same, to be asked along with something else."""
        viewer = self._viewer
        if viewer is None:
            return true()
        if viewer.reach is Reach.NOBODY:
            return false()
        if viewer.reach is Reach.CASELOAD:
            return _is_on(viewer.account, number)
        of_offices = exists().where(
            offenders.c.offender_number == number, offenders.c.office.in_(below(viewer.office))
        )
        if viewer.reach is Reach.OFFICES:
            return of_offices
        own = exists().where(
            assessments.c.submitted_by == viewer.name, assessments.c.offender_number == number
        )
        return or_(of_offices, own)

    def holders(self, number: str) -> tuple[Holder, ...]:
        """Everybody who has the person on their caseload, by name, of whatever office, role and state."""
        found = (
            select(users.c.username, users.c.office, users.c.role, users.c.active)
            .join(caseload, caseload.c.user_id == users.c.id)
            .where(caseload.c.offender_number == number)
            .order_by(users.c.username)
        )
        return tuple(Holder(**row._mapping) for row in self._connection.execute(found))

    def of(self, account: int, *, within: int = AGENCY) -> tuple[str, ...]:
        """The offender numbers of one user's people who belong to the office `within` or below it."""
        self._audit.looked("caseload.listed", user=account)
        found = _of(account, within).order_by(caseload.c.offender_number)
        return tuple(self._connection.scalars(found))

    def held_by_office(self) -> Mapping[int, Mapping[int, int]]:
        """For each user who holds people: how many of which office, by the keys of both."""
        counted = (
            select(caseload.c.user_id, offenders.c.office, func.count().label("people"))
            .join(offenders, offenders.c.offender_number == caseload.c.offender_number)
            .group_by(caseload.c.user_id, offenders.c.office)
        )
        found: dict[int, dict[int, int]] = {}
        for row in self._connection.execute(counted):
            found.setdefault(row.user_id, {})[row.office] = row.people
        return found

    def holds_any(self, account: int, *, within: int) -> bool:
        """Whether the user holds somebody of this office or of one below it."""
        return self._connection.execute(_of(account, within).limit(1)).first() is not None

    def people_of_offices(self) -> Mapping[int, int]:
        """How many people belong to each office that any belong to."""
        counted = select(offenders.c.office, func.count().label("people")).group_by(offenders.c.office)
        return {row.office: row.people for row in self._connection.execute(counted)}

    def page_of(self, account: int, *, within: int, after: int | None, most: int) -> Part:
        """Up to `most` of the people of `of`, after the one whom the assessment `after` (a key) is of."""
        self._audit.looked("caseload.listed", user=account)
        return self._part(_of(account, within), caseload.c.offender_number, after=after, most=most)

    def of_nobody(self, upper: int, *, role: str, after: int | None, most: int) -> Part:
        """The same of the people of this office and those below it whom no active user of the role holds."""
        self._audit.looked("caseload.unassigned_listed")
        held = exists().where(
            caseload.c.offender_number == offenders.c.offender_number,
            users.c.id == caseload.c.user_id,
            users.c.active,
            users.c.role == role,
        )
        theirs = select(offenders.c.offender_number).where(offenders.c.office.in_(below(upper)), ~held)
        return self._part(theirs, offenders.c.offender_number, after=after, most=most)

    def take_on(self, number: str, *, at: datetime) -> None:
        """Whoever is the first to assess somebody holds them; that they did is on record as it is."""
        if self._viewer and self._viewer.reach is Reach.CASELOAD:
            self._add(number, to=self._viewer.account, at=at)

    def assign(self, number: str, *, to: int, by: str, at: datetime) -> None:
        """Put the person on somebody's caseload, if they are not on it."""
        if not self._connection.scalar(select(_is_on(to, number))):
            self._add(number, to=to, at=at)
            self._note("caseload.assigned", number, by=by, at=at, user=to)

    def release(self, number: str, *, from_: int, by: str, at: datetime) -> bool:
        """Take the person off somebody's caseload; False if they were not on it."""
        released = self._connection.execute(
            delete(caseload).where(caseload.c.user_id == from_, caseload.c.offender_number == number)
        )
        if released.rowcount:
            self._note("caseload.released", number, by=by, at=at, user=from_)
        return bool(released.rowcount)

    def move(self, number: str, *, office: int, by: str, at: datetime) -> None:
        """The person belongs to that office from now on, and is on nobody's caseload."""
        self._connection.execute(
            update(offenders).where(offenders.c.offender_number == number).values(office=office)
        )
        self._connection.execute(delete(caseload).where(caseload.c.offender_number == number))
        self._note("person.moved", number, by=by, at=at, office=office)

    def _part(
        self, people: Select[tuple[str]], number: ColumnElement[str], *, after: int | None, most: int
    ) -> Part:
        last = select(assessments.c.offender_number).where(assessments.c.pk == after).scalar_subquery()
        beyond = people.where(number > func.coalesce(last, "")).order_by(number).limit(most + 1)
        found: tuple[str, ...] = tuple(self._connection.scalars(beyond))
        total = self._connection.scalar(select(func.count()).select_from(people.subquery()))
        return Part(found[:most], total or 0, is_last=len(found) <= most)

    def _add(self, number: str, *, to: int, at: datetime) -> None:
        self._connection.execute(_insert, {"user_id": to, "offender_number": number, "since": at})

    def _note(self, action: str, number: str, *, by: str, at: datetime, **detail: int) -> None:
        first = select(assessments.c.pk).where(
            assessments.c.offender_number == number, assessments.c.sequence == 0
        )
        self._audit.append(
            action,
            actor=by,
            at=at,
            object_kind="assessment",
            object_key=str(self._connection.scalar(first)),
            detail=detail,
        )


def _is_on(account: int, number: str) -> Clause:
    """Whether the person is on this user's caseload."""
    return exists().where(caseload.c.user_id == account, caseload.c.offender_number == number)


def _of(account: int, within: int) -> Select[tuple[str]]:
    """The people of one user who belong to the office `within` or below it."""
    return (
        select(caseload.c.offender_number)
        .join(offenders, offenders.c.offender_number == caseload.c.offender_number)
        .where(caseload.c.user_id == account, offenders.c.office.in_(below(within)))
    )
