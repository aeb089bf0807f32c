"""Who works with whom: a supervisor gives people of their offices to case workers of their offices."""

from dataclasses import dataclass
from datetime import datetime

from api.services.accounts import Role, User
from api.services.offices import office_named
from api.storage import Store, Transaction
from api.storage import User as StoredUser
from rms.errors import NotFound

NOBODY_HERE = "Nothing has been submitted under this offender number."
NO_CASE_WORKER = "There is no case worker of this name in your offices."


@dataclass(frozen=True)
class Held:
    """Where a person belongs: the office's name, and the usernames of those who work with them."""

    office: str
    holders: tuple[str, ...]


def own_caseload(user: User, *, store: Store) -> tuple[str, ...]:
    """The offender numbers of this user's people."""
    with store.reading() as tx:
        return tx.caseload.of(user.id)


def caseload_of(username: str, *, by: User, store: Store) -> tuple[str, ...]:
    """
    Raises
    ------
    NotFound
        If there is no case worker of this name in the offices of whoever asks.
    """
    with store.reading() as tx:
        return tx.caseload.of(_case_worker(username, by=by, tx=tx).id)


def held(number: str, *, store: Store) -> Held:
    """
    Raises
    ------
    NotFound
        If there is no such person among those the caller may see.
    """
    with store.reading() as tx:
        return _held(number, tx)


def assign(number: str, *, to: str, by: User, store: Store, at: datetime) -> Held:
    """Put the person on a case worker's caseload; who works with them already goes on doing so.

    Raises
    ------
    NotFound
        If the person or the case worker is not of the caller's offices.
    """
    with store.transaction() as tx:
        _seen(number, tx)
        tx.caseload.assign(number, to=_case_worker(to, by=by, tx=tx).id, by=by.username, at=at)
        return _held(number, tx)


def release(number: str, *, from_: str, by: User, store: Store, at: datetime) -> Held:
    """Take the person off a case worker's caseload.

    Raises
    ------
    NotFound
        If the person or the case worker is not of the caller's offices, or the one not on the other's.
    """
    with store.transaction() as tx:
        _seen(number, tx)
        worker = _case_worker(from_, by=by, tx=tx)
        if not tx.caseload.release(number, from_=worker.id, by=by.username, at=at):
            raise NotFound("This person is not on that caseload.")
        return _held(number, tx)


def move(number: str, *, office: str, by: User, store: Store, at: datetime) -> None:
    """Give the person over to another office, whose supervisors see them from now on, and nobody else.

    Raises
    ------
    NotFound
        If there is no such person among those the caller may see.
    InvalidInput
        If there is no such office.
    """
    with store.transaction() as tx:
        _seen(number, tx)
        there = office_named(office, tx, at="/office")
        tx.caseload.move(number, office=there.id, by=by.username, at=at)


def _seen(number: str, tx: Transaction) -> int:
    """The office of the person, who is refused as if unknown where the caller may not see them."""
    office, theirs = tx.caseload.office_of(number), tx.caseload.may_write_about(number)
    if office is None or not theirs:
        raise NotFound(NOBODY_HERE)
    return office


def _held(number: str, tx: Transaction) -> Held:
    office = _seen(number, tx)
    (name,) = (one.name for one in tx.offices.all() if one.id == office)
    return Held(name, tx.caseload.holders(number))


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
