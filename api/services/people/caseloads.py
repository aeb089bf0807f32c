"""Caseloads: supervisors assign people of their offices to case workers and systems of their offices.

A person stays on a caseload when its user moves to another office, gets another role or is locked out, and
when an office moves. A supervisor of the person can release them, whatever the user's office. A person who
changes to another office leaves every caseload: `api.storage.people.belonging`.
"""

from dataclasses import dataclass

from api.services.access.offices import office_named
from api.services.context import Context
from api.services.people.naming import PersonNamed, key_of
from api.services.users import Role, User
from api.storage import Transaction
from api.storage import User as StoredUser
from rms.errors import NotFound

NOBODY_THERE = "There is no such person."
PERSON_UNKNOWN = "Nothing has been submitted under this offender number."
NO_CASE_WORKER = "Your offices have no case worker or service account with this name."
NOT_HELD = "This person is not on that user’s caseload."
HOLDING = (Role.CASE_WORKER, Role.SERVICE_ACCOUNT)  # to whom a caseload gives access


@dataclass(frozen=True)
class HeldBy:
    """A user who has a person on their caseload, and the name of the user's own office.

    `works`: the caseload gives them access. It does so only while they are active and of a role in `HOLDING`.
    """

    username: str
    office: str
    role: Role
    active: bool

    @property
    def works(self) -> bool:
        return self.active and self.role in HOLDING


@dataclass(frozen=True)
class Held:
    """The name of a person's office, and every user who has the person on their caseload."""

    office: str
    holders: tuple[HeldBy, ...]


def own_caseload(context: Context) -> tuple[str, ...]:
    """The offender numbers of this user's people."""
    with context.store.reading() as tx:
        return tx.caseload.of(context.user.id)


def caseload_of(context: Context, username: str) -> tuple[str, ...]:
    """Those on this user's caseload who are of the caller's offices, whatever the user's office.

    Raises
    ------
    NotFound
        If the user is not a case worker of these offices and has none of their people.
    """
    with context.store.reading() as tx:
        return tx.caseload.of(seen_holder(username, by=context.user, tx=tx).id, within=context.user.office)


def held(context: Context, named: PersonNamed) -> Held:
    """
    Raises
    ------
    NotFound
        If the caller may not see such a person.
    """
    with context.store.reading() as tx:
        return _held(_seen(named, tx), tx)


def workers_of(context: Context, number: str) -> tuple[str, ...]:
    """The active case workers of the person, by name; nobody for a person whom the caller may not see."""
    with context.store.reading() as tx:
        return tx.caseload.workers(number, role=Role.CASE_WORKER)


def assign(context: Context, number: str, *, to: str) -> Held:
    """Put the person on a caseload as well; they stay on the others they are on.

    Raises
    ------
    NotFound
        If the person, or the case worker or service account, is not of the caller's offices.
    """
    with context.store.transaction() as tx:
        person = _seen(number, tx)
        worker = _holder_to_be(to, by=context.user, tx=tx)
        tx.caseload.assign(person, to=worker.id, by=context.by, at=context.at)
        return _held(person, tx)


def release(context: Context, named: PersonNamed, *, from_: str) -> Held:
    """Take the person off a user's caseload, whatever the user's office and role, active or not.

    Raises
    ------
    NotFound
        If the person is not of the caller's offices, or not on that caseload.
    """
    with context.store.transaction() as tx:
        person = _seen(named, tx)
        user = tx.accounts.user(from_)
        if user is None or not tx.caseload.release(person, from_=user.id, by=context.by, at=context.at):
            raise NotFound(NOT_HELD)
        tx.end_copies(user.id, context.at)
        return _held(person, tx)


def move(context: Context, named: PersonNamed, *, office: str) -> None:
    """Transfer the person to another office. They are taken off every caseload, and imports leave them there.

    Raises
    ------
    NotFound
        If the caller may not see such a person.
    InvalidInput
        If there is no such office.
    """
    with context.store.transaction() as tx:
        person = _seen(named, tx)
        there = office_named(office, tx, at="/office")
        tx.belonging.move(person, office=there.id, by=context.by, at=context.at)


def _seen(named: PersonNamed, tx: Transaction) -> int:
    """The key of the person. A person whom the caller may not see counts as unknown."""
    person = key_of(named, tx)
    if person is None or not tx.caseload.may_write_about(person):
        raise NotFound(PERSON_UNKNOWN if isinstance(named, str) else NOBODY_THERE)
    return person


def _held(person: int, tx: Transaction) -> Held:
    names = {office.id: office.name for office in tx.offices.all()}
    holders = tuple(
        HeldBy(holder.username, names[holder.office], Role(holder.role), holder.active)
        for holder in tx.caseload.holders(person)
    )
    return Held(names[tx.caseload.office_of(person)], holders)


def seen_holder(username: str, *, by: User, tx: Transaction) -> StoredUser:
    """A user whose caseload a supervisor may see: of their offices, or with some of their people.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    user = tx.accounts.user(username)
    if user is not None:
        of_their_offices = user.role == Role.CASE_WORKER and tx.offices.holds(by.office, user.office)
        if of_their_offices or tx.caseload.holds_any(user.id, within=by.office):
            return user
    raise NotFound(NO_CASE_WORKER)


def _holder_to_be(username: str, *, by: User, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if (
        user is None
        or not user.active
        or user.role not in HOLDING
        or not tx.offices.holds(by.office, user.office)
    ):
        raise NotFound(NO_CASE_WORKER)
    return user
