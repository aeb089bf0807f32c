"""Caseloads, and the offices that people belong to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    union,
)

from api.storage.audit import Audit
from api.storage.people.people import Numbered
from api.storage.row_access import Clause, authorised, below, each_once, in_offices
from api.storage.tables import assessments, caseload, offices, people, users
from api.storage.tables.columns import begins_with, hidden
from api.storage.viewer import AGENCY, Reach, Viewer
from rms.errors import ListChanged

WHOSE: ColumnElement[int] = bindparam("whose", type_=Integer)

_insert = insert(caseload)
_assessed = people.alias("assessed")
_on = caseload.alias("held")


@dataclass(frozen=True)
class Part:
    """A page of a list of `total` people, by number."""

    people: tuple[Numbered, ...]
    total: int
    is_last: bool

    @property
    def keys(self) -> list[int]:
        return [one.person for one in self.people]


@dataclass(frozen=True)
class Holder:
    """A user who has a person on their caseload; `office` is the key of the user's own office."""

    id: int
    username: str
    office: int
    role: str
    active: bool


class Caseload:
    """Caseloads in one transaction. `person` is always the key.

    Lists contain only people with an offender number.
    """

    def __init__(self, connection: Connection, audit: Audit, viewer: Viewer | None) -> None:
        self._connection = connection
        self._audit = audit
        self._viewer = viewer

    def office_of(self, person: int) -> int:
        """The office that the person belongs to."""
        office: int = self._connection.execute(
            select(people.c.office).where(people.c.id == person)
        ).scalar_one()
        return office

    def may_write_about(self, person: int) -> bool:
        """Whether the viewer may submit something about this person, who is known already."""
        return bool(self._connection.scalar(select(self.theirs(WHOSE)), {"whose": person}))

    def theirs(self, person: ColumnElement[int]) -> Clause:
        """The same as a clause of a statement, always the same object for the same column or parameter."""
        viewer = self._viewer
        return true() if viewer is None else _theirs(viewer.reach, viewer.account, viewer.office, person)

    def not_theirs(self, numbers: Collection[str]) -> frozenset[str]:
        """Of these offender numbers, those of assessed people about whom the viewer may not write."""
        if self._viewer is None or not numbers:
            return frozenset()
        others = select(_assessed.c.offender_number).where(
            _assessed.c.offender_number.in_(numbers),
            exists().where(assessments.c.person == _assessed.c.id),
            not_(self.theirs(_assessed.c.id)),
        )
        return frozenset(self._connection.scalars(others))

    def holders(self, person: int) -> tuple[Holder, ...]:
        """All users who have the person on their caseload, by name, whatever their office, role and state."""
        chosen = (
            select(users.c.id, users.c.username, users.c.office, users.c.role, users.c.active)
            .join(caseload, caseload.c.user_id == users.c.id)
            .where(caseload.c.person == person)
            .order_by(users.c.username)
        )
        return tuple(Holder(**row._mapping) for row in self._connection.execute(chosen))

    def workers(self, number: str, *, role: str) -> tuple[str, ...]:
        """The active users of the role who have the person with this number on their caseload, by name.

        Nobody works with a person whom the viewer may not see.
        """
        chosen = (
            select(users.c.username)
            .join(_on, _on.c.user_id == users.c.id)
            .join(_assessed, _assessed.c.id == _on.c.person)
            .where(
                _assessed.c.offender_number == number,
                users.c.role == role,
                users.c.active,
                self.theirs(_assessed.c.id),
            )
            .order_by(users.c.username)
        )
        return tuple(self._connection.scalars(chosen))

    def of(self, account: int, *, within: int = AGENCY) -> tuple[str, ...]:
        """The offender numbers of a user's people who belong to the office `within` or below it."""
        rows = self._connection.execute(_of(account, within).order_by(people.c.offender_number)).all()
        self._audit.listed("caseload.listed", people=[row.id for row in rows], user=account)
        return tuple(row.offender_number for row in rows)

    def held_by_office(self) -> Mapping[int, Mapping[int, int]]:
        """Key of each user with a caseload → key of each office → number of its people on the caseload."""
        counted = (
            select(caseload.c.user_id, people.c.office, func.count().label("people"))
            .join(people, people.c.id == caseload.c.person)
            .group_by(caseload.c.user_id, people.c.office)
        )
        held: dict[int, dict[int, int]] = {}
        for row in self._connection.execute(counted):
            held.setdefault(row.user_id, {})[row.office] = row.people
        return held

    def holds_any(self, account: int, *, within: int) -> bool:
        """Whether a person of this office or one below it is on the user's caseload."""
        return self._connection.execute(_of(account, within).limit(1)).first() is not None

    def page_of(self, account: int, *, within: int, after: int | None, most: int) -> Part:
        """Up to `most` of the people of `of`, after the person `after`.

        Raises
        ------
        ListChanged
            If that person has been erased.
        """
        part = self._part(_of(account, within), after=after, most=most)
        self._audit.listed("caseload.listed", people=part.keys, user=account)
        return part

    def beginning_with(self, beginning: str, *, most: int) -> tuple[Numbered, ...]:
        """Up to `most` of the people whom the viewer may see, by number: those whose number begins so."""
        theirs = self._found(beginning, most).order_by("offender_number").limit(most)
        return tuple(Numbered(row.id, row.offender_number) for row in self._connection.execute(theirs))

    def unallocated(self, upper: int, *, role: str, after: int | None, most: int) -> Part:
        """The same of people of this office and those below it whom no active user of the role holds."""
        part = self._part(_unallocated(upper, role), after=after, most=most)
        self._audit.listed("caseload.unassigned_listed", people=part.keys)
        return part

    def number_unallocated(self, upper: int, *, role: str) -> int:
        """How many those are."""
        return self._count(_unallocated(upper, role))

    def take_on(self, *people: int, at: datetime) -> None:
        """Put new people on the caseload of the case worker who assesses them first.

        The audit log has the assessments themselves.
        """
        if people and self._viewer and self._viewer.reach is Reach.CASELOAD:
            self._add(*people, to=self._viewer.account, at=at)

    def assign(self, person: int, *, to: int, by: str, at: datetime) -> None:
        """Put the person on a user's caseload, unless they are already on it."""
        if not self._connection.scalar(select(_is_on(to, person))):
            self._add(person, to=to, at=at)
            self._note("caseload.assigned", person, by=by, at=at, user=to)

    def release(self, person: int, *, from_: int, by: str, at: datetime) -> bool:
        """Take the person off a user's caseload; False if they were not on it."""
        released = self._connection.execute(
            delete(caseload).where(caseload.c.user_id == from_, caseload.c.person == person)
        )
        if released.rowcount:
            self._note("caseload.released", person, by=by, at=at, user=from_)
        return bool(released.rowcount)

    def _part(self, chosen: Select[tuple[int, str]], *, after: int | None, most: int) -> Part:
        number = people.c.offender_number
        last = "" if after is None else self._connection.scalar(select(number).where(people.c.id == after))
        if last is None:
            raise ListChanged
        beyond = chosen.where(number > last).order_by(number).limit(most + 1)
        found = tuple(Numbered(row.id, row.offender_number) for row in self._connection.execute(beyond))
        return Part(found[:most], self._count(chosen), is_last=len(found) <= most)

    def _count(self, chosen: Select[Any]) -> int:
        return self._connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()

    def _found(self, beginning: str, most: int) -> Select[Any] | CompoundSelect[Any]:
        """At least the first `most` people of `beginning_with`, by the index that reads fewest people.

        A caseload is read whole: it is short. The people of offices and areas are read by office or area and
        number, all people by number. What a system may see depends on the assessments it submitted.
        """
        viewer, number = self._viewer, people.c.offender_number
        begins = begins_with(number, beginning)
        if viewer is None or (viewer.reach is Reach.OFFICES and viewer.office == AGENCY):
            return _numbered.where(begins)
        if viewer.reach is Reach.CASELOAD:
            own = select(caseload.c.person).where(caseload.c.user_id == viewer.account)
            return _numbered.where(people.c.id.in_(own), begins_with(hidden(number), beginning))
        if viewer.reach is Reach.OFFICES:
            chosen = below(viewer.office)
            parts = (
                _numbered.where(begins, column.in_(chosen)).order_by(number).limit(most).subquery()
                for column in (people.c.office, people.c.home_area)
            )
            return union(*(select(part) for part in parts))
        visible = [criterion.test for criterion in authorised(viewer)]
        return _numbered.where(begins, exists().where(assessments.c.person == people.c.id, *visible))

    def _add(self, *people: int, to: int, at: datetime) -> None:
        rows = [{"user_id": to, "person": person, "since": at} for person in people]
        self._connection.execute(_insert, rows)

    def _note(self, action: str, person: int, *, by: str, at: datetime, **detail: int) -> None:
        self._audit.append(
            action, actor=by, at=at, object_kind="person", object_key=str(person), detail=detail
        )


@each_once
def _theirs(reach: Reach, account: int, office: int, person: ColumnElement[int]) -> Clause:
    if reach is Reach.NONE:
        return false()
    if reach is Reach.CASELOAD:
        return _is_on(account, person)
    of_offices = exists().where(people.c.id == person, in_offices(below(office)))
    return of_offices if reach is Reach.OFFICES else or_(of_offices, _is_on(account, person))


def _is_on(account: int, person: int | ColumnElement[int]) -> Clause:
    """Whether the person is on this user's caseload."""
    return exists().where(caseload.c.user_id == account, caseload.c.person == person)


_numbered = select(people.c.id, people.c.offender_number).where(people.c.offender_number.is_not(None))


def _unallocated(upper: int, role: str) -> Select[tuple[int, str]]:
    held = exists().where(
        caseload.c.person == people.c.id,
        users.c.id == caseload.c.user_id,
        users.c.active,
        users.c.role == role,
    )
    is_area = exists().where(offices.c.id == people.c.office, offices.c.code.is_not(None))
    return _numbered.where(people.c.office.in_(below(upper)), ~held, ~is_area)


def _of(account: int, within: int) -> Select[tuple[int, str]]:
    """The people of a user who belong to the office `within` or below it."""
    of_user = caseload.c.user_id == account, in_offices(below(within))
    return _numbered.join(caseload, caseload.c.person == people.c.id).where(*of_user)
