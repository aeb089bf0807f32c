"""Who works with whom: a supervisor gives people of their offices to case workers of their offices.

A person stays on a caseload when the case worker is moved, gets another role or is locked out, and when
an office is moved. A supervisor of the person takes them off, whatever the user's office.
"""

from dataclasses import dataclass

from api.services.access.offices import office_named
from api.services.context import Context
from api.services.users import Role, User
from api.storage import Transaction
from api.storage import User as StoredUser
from rms.errors import NotFound

PERSON_UNKNOWN = "Nothing has been submitted under this offender number."
NO_CASE_WORKER = "There is no case worker of this name in your offices."
NOT_HELD = "This person is not on that caseload."


@dataclass(frozen=True)
class HeldBy:
    """A user who has a person on their caseload, and the name of the user's own office.

    `works`: an active case worker. To any other user the caseload gives no access, until they are one again.
    """

    username: str
    office: str
    role: Role
    active: bool

    @property
    def works(self) -> bool:
        return self.active and self.role is Role.CASE_WORKER


@dataclass(frozen=True)
class Held:
    """Where a person belongs: the office's name, and everybody who has them on their caseload."""

    office: str
    holders: tuple[HeldBy, ...]


def own_caseload(context: Context) -> tuple[str, ...]:
    """The offender numbers of this user's people."""
    with context.store.reading() as tx:
        return tx.caseload.of(context.user.id)


def caseload_of(context: Context, username: str) -> tuple[str, ...]:
    """The people of the caller's offices who are on this user's caseload, whatever the user's office.

    Raises
    ------
    NotFound
        If the user is no case worker of these offices and holds nobody of them.
    """
    with context.store.reading() as tx:
        return tx.caseload.of(seen_holder(username, by=context.user, tx=tx).id, within=context.user.office)


def held(context: Context, number: str) -> Held:
    """
    Raises
    ------
    NotFound
        If there is no such person among those the caller may see.
    """
    with context.store.reading() as tx:
        return _held(number, tx)


def assign(context: Context, number: str, *, to: str) -> Held:
    """Put the person on a case worker's caseload; who works with them already goes on doing so.

    Raises
    ------
    NotFound
        If the person or the case worker is not of the caller's offices.
    """
    with context.store.transaction() as tx:
        person = _seen(number, tx)
        worker = _case_worker(to, by=context.user, tx=tx)
        tx.caseload.assign(person, to=worker.id, by=context.by, at=context.at)
        return _held(number, tx)


def release(context: Context, number: str, *, from_: str) -> Held:
    """Take the person off a user's caseload, whatever that user's office, role and state.

    Raises
    ------
    NotFound
        If the person is not of the caller's offices, or is not on that caseload.
    """
    with context.store.transaction() as tx:
        person = _seen(number, tx)
        user = tx.accounts.user(from_)
        if user is None or not tx.caseload.release(person, from_=user.id, by=context.by, at=context.at):
            raise NotFound(NOT_HELD)
        return _held(number, tx)


def move(context: Context, number: str, *, office: str) -> None:
    """Give the person over to another office, whose supervisors see them from now on, and nobody else.

    Raises
    ------
    NotFound
        If there is no such person among those the caller may see.
    InvalidInput
        If there is no such office.
    """
    with context.store.transaction() as tx:
        person = _seen(number, tx)
        there = office_named(office, tx, at="/office")
        tx.caseload.move(person, office=there.id, by=context.by, at=context.at)


def _seen(number: str, tx: Transaction) -> int:
    """The key of the person, who is refused as if unknown where the caller may not see them."""
    person = tx.people.key(number)
    if person is None or not tx.caseload.may_write_about(person):
        raise NotFound(PERSON_UNKNOWN)
    return person


def _held(number: str, tx: Transaction) -> Held:
    person = _seen(number, tx)
    names = {one.id: one.name for one in tx.offices.all()}
    office, holders = tx.caseload.office_of(person), tx.caseload.holders(person)
    return Held(
        names[office],
        tuple(HeldBy(one.username, names[one.office], Role(one.role), one.active) for one in holders),
    )


def seen_holder(username: str, *, by: User, tx: Transaction) -> StoredUser:
    """A user whose caseload a supervisor may see: a case worker of their offices, or who holds their people.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    user = tx.accounts.user(username)
    if user is not None:
        of_theirs = user.role == Role.CASE_WORKER and tx.offices.holds(by.office, user.office)
        if of_theirs or tx.caseload.holds_any(user.id, within=by.office):
            return user
    raise NotFound(NO_CASE_WORKER)


def _case_worker(username: str, *, by: User, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if (
        user is None
        or not user.active
        or user.role != Role.CASE_WORKER
        or not tx.offices.holds(by.office, user.office)
    ):
        raise NotFound(NO_CASE_WORKER)
    return user
