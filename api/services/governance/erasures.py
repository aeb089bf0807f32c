"""Erasure of a person's records: on request, approved by a second user, or at the end of retention."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from api.services.context import Context
from api.services.governance.holds import PERSON_UNKNOWN, locked_person
from api.services.users import Role, User
from api.storage import ErasureRequest, Transaction
from rms.calendar import months_before
from rms.errors import Conflict, InvalidInput, NotFound, Problem, RMSError

OPEN_FOR = timedelta(days=30)
REASONS = ("court_order", "request_of_the_person", "entered_in_error", "no_longer_needed")
EXPIRED = "retention"
NOT_OPEN = "This request is no longer open: it was approved or withdrawn, or its 30 days are over."


class OnHold(RMSError):
    """The person's records are under a legal hold."""

    code = "on_hold"

    def __init__(self) -> None:
        super().__init__(
            "This person’s records are under a legal hold. They cannot be erased until it is lifted."
        )


class AnotherMustApprove(RMSError):
    """The user who requested an erasure tried to approve it."""

    code = "another_must_approve"

    def __init__(self) -> None:
        super().__init__("You requested this erasure. Another administrator must approve it.")


@dataclass(frozen=True)
class Due:
    """How many people were last assessed before this day: to be erased, and under a legal hold."""

    before: date
    people: int
    held: int


def request_erasure(context: Context, number: str, *, reason: str, text: str) -> ErasureRequest:
    """Request the erasure of all records of a person. Another user can approve it for 30 days.

    Raises
    ------
    NotFound
        If no person has this number.
    OnHold
        If the records are under a legal hold.
    Conflict
        If an erasure is already requested.
    """
    with context.store.transaction() as tx:
        return _requested(
            locked_person(number, tx), reason=reason, text=text, user=context.user, at=context.at, tx=tx
        )


def open_erasures(context: Context) -> tuple[ErasureRequest, ...]:
    """The requests that wait for approval, oldest first."""
    with context.store.reading() as tx:
        return tx.erasures.open(at=context.at)


def number_to_approve(context: Context) -> int:
    """How many of these another administrator requested, so that this one can approve them."""
    return sum(one.requested_by != context.user.id for one in open_erasures(context))


def withdraw_erasure(context: Context, id: int) -> None:
    """
    Raises
    ------
    NotFound
        If no such request is open.
    """
    with context.store.transaction() as tx:
        request = _required(tx.erasures.get(id, at=context.at))
        tx.erasures.withdraw(request, by=context.by, at=context.at)


def approve_erasure(context: Context, id: int) -> Mapping[str, int]:
    """Erase what another user requested to erase. Returns the number of deleted rows of each table.

    Raises
    ------
    NotFound
        If no such request is open.
    AnotherMustApprove
        If the user requested it themselves.
    OnHold
        If the records are under a legal hold.
    """
    with context.store.transaction() as tx:
        request = _required(tx.erasures.get(id, at=context.at))
        counts = _erased(request, user=context.user, at=context.at, tx=tx)
    context.store.empty_log()
    return counts


def approvers(context: Context, usernames: tuple[str, ...]) -> tuple[User, User]:
    """The two administrators who request and approve the erasure of expired records.

    Raises
    ------
    InvalidInput
        If they are not two different administrators.
    """
    with context.store.reading() as tx:
        users = [tx.accounts.user(name) for name in dict.fromkeys(usernames)]
    administrators = [
        User(user.id, user.username, Role(user.role), user.office)
        for user in users
        if user and user.active and user.role == Role.ADMINISTRATOR
    ]
    if len(administrators) != len(users) or len(administrators) != 2:
        detail = "Name two different administrators: one requests the erasure and the other approves it."
        raise InvalidInput([Problem("", "two_administrators", detail)])
    return administrators[0], administrators[1]


def due(context: Context, months: int) -> Due:
    """How many people were last assessed this many months ago or earlier."""
    before = months_before(context.today, months)
    with context.store.reading() as tx:
        expired = tx.erasures.due(before=_midnight(before, context.zone))
    return Due(before, len(expired.people), expired.held)


def erase_expired(
    context: Context, months: int, *, asks: User, approves: User
) -> Iterator[Mapping[str, int]]:
    """Erase the records of each person in their own transaction. Yields the deleted rows of each person.

    People who have been assessed again or put under a legal hold in the meantime are skipped.
    """
    before = _midnight(months_before(context.today, months), context.zone)
    with context.store.reading() as tx:
        people = tx.erasures.due(before=before).people
    for person in people:
        with context.store.transaction() as tx:
            if not tx.people.keep(person) or not tx.erasures.is_due(person, before=before):
                continue
            if tx.holds.of(person) is not None:
                continue
            request = tx.erasures.of(person, at=context.at) or _requested(
                person, reason=EXPIRED, text="", user=asks, at=context.at, tx=tx
            )
            by = approves if request.requested_by != approves.id else asks
            counts = _erased(request, user=by, at=context.at, tx=tx)
        yield counts
    context.store.empty_log()


def _requested(
    person: int, *, reason: str, text: str, user: User, at: datetime, tx: Transaction
) -> ErasureRequest:
    """The new request to erase the person with this key."""
    if tx.holds.of(person) is not None:
        raise OnHold
    tx.erasures.delete_expired(at=at)
    if tx.erasures.of(person, at=at) is not None:
        raise Conflict("An erasure of these records has already been requested.")
    id = tx.erasures.request(
        person,
        reason=reason,
        text=text,
        requested_by=user.id,
        by=user.username,
        at=at,
        expires_at=at + OPEN_FOR,
    )
    number = tx.people.number(person) or ""
    return ErasureRequest(id, person, number, reason, text, user.id, user.username, at, at + OPEN_FOR)


def _erased(request: ErasureRequest, *, user: User, at: datetime, tx: Transaction) -> Mapping[str, int]:
    if not tx.people.keep(request.person):
        raise NotFound(PERSON_UNKNOWN)
    if request.requested_by == user.id:
        raise AnotherMustApprove
    if tx.holds.of(request.person) is not None:
        raise OnHold
    tx.replies.end_all()  # they are encrypted: no one can tell which are about this person
    return tx.erasures.erase(request, approved_by=user.id, by=user.username, at=at)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _required(request: ErasureRequest | None) -> ErasureRequest:
    if request is None:
        raise NotFound(NOT_OPEN)
    return request
