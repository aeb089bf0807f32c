"""Records erased for good: asked for by one, approved by another; or after the time they are kept for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from api.services.context import Context
from api.services.governance.holds import PERSON_UNKNOWN, person
from api.services.users import Role, User
from api.storage import ErasureRequest, Transaction
from rms.calendar import months_before
from rms.errors import Conflict, InvalidInput, NotFound, Problem, RMSError

OPEN_FOR = timedelta(days=30)
REASONS = ("court_order", "request_of_the_person", "entered_in_error", "no_longer_needed")
EXPIRED = "retention"


class OnHold(RMSError):
    """What a court or a complaint may ask for must stay."""

    code = "on_hold"

    def __init__(self) -> None:
        super().__init__("The records of this person are held: nothing of them is erased until it is lifted.")


class AnotherMustApprove(RMSError):
    """Nobody erases anything alone."""

    code = "another_must_approve"

    def __init__(self) -> None:
        super().__init__("An erasure is approved by another than who asked for it.")


@dataclass(frozen=True)
class Due:
    """People whose latest submission is older than the day allows: how many are to go, how many are held."""

    before: date
    people: int
    held: int


def request_erasure(context: Context, number: str, *, reason: str, text: str) -> ErasureRequest:
    """Ask for everything about the person to be erased; for 30 days another can approve it.

    Raises
    ------
    NotFound
        If there is nobody of this number.
    OnHold
        If their records are held.
    Conflict
        If somebody has asked already.
    """
    with context.store.transaction() as tx:
        return _requested(
            person(number, tx), reason=reason, text=text, user=context.user, at=context.at, tx=tx
        )


def open_erasures(context: Context) -> tuple[ErasureRequest, ...]:
    """What waits for a second person, the oldest first."""
    with context.store.reading() as tx:
        return tx.erasures.open(at=context.at)


def withdraw_erasure(context: Context, id: int) -> None:
    """
    Raises
    ------
    NotFound
        If no such request is open.
    """
    with context.store.transaction() as tx:
        request = _there(tx.erasures.get(id, at=context.at))
        tx.erasures.withdraw(request, by=context.by, at=context.at)


def approve_erasure(context: Context, id: int) -> Mapping[str, int]:
    """Erase, as another asked: how many rows of each table went. It cannot be taken back.

    Raises
    ------
    NotFound
        If no such request is open.
    AnotherMustApprove
        If it is one's own.
    OnHold
        If the person's records are held.
    """
    with context.store.transaction() as tx:
        counts = _erased(_there(tx.erasures.get(id, at=context.at)), user=context.user, at=context.at, tx=tx)
    context.store.empty_log()
    return counts


def approvers(context: Context, usernames: tuple[str, ...]) -> tuple[User, User]:
    """Who asks for what has expired to be erased, and who approves it.

    Raises
    ------
    InvalidInput
        If they are not two different administrators.
    """
    with context.store.reading() as tx:
        found = [tx.accounts.user(name) for name in dict.fromkeys(usernames)]
    known = [
        User(one.id, one.username, Role(one.role), one.office)
        for one in found
        if one and one.active and one.role == Role.ADMINISTRATOR
    ]
    if len(known) != len(found) or len(known) != 2:
        detail = "Two different administrators have to stand behind it: name both."
        raise InvalidInput([Problem("", "two_administrators", detail)])
    return known[0], known[1]


def due(context: Context, months: int) -> Due:
    """How many people were last assessed so many months ago, or longer."""
    before = months_before(context.at.date(), months)
    with context.store.reading() as tx:
        found = tx.erasures.due(before=_midnight(before))
    return Due(before, len(found.people), found.held)


def erase_expired(
    context: Context, months: int, *, asks: User, approves: User
) -> Iterator[Mapping[str, int]]:
    """Erase one person after another, each in a transaction of their own; tells what went of each.

    Whoever was held or assessed again meanwhile stays.
    """
    before = _midnight(months_before(context.at.date(), months))
    with context.store.reading() as tx:
        people = tx.erasures.due(before=before).people
    for one in people:
        with context.store.transaction() as tx:
            if not tx.people.keep(one) or not tx.erasures.is_due(one, before=before):
                continue
            if tx.holds.of(one) is not None:
                continue
            request = tx.erasures.of(one, at=context.at) or _requested(
                one, reason=EXPIRED, text="", user=asks, at=context.at, tx=tx
            )
            by = approves if request.requested_by != approves.id else asks
            counts = _erased(request, user=by, at=context.at, tx=tx)
        yield counts
    context.store.empty_log()


def _requested(
    about: int, *, reason: str, text: str, user: User, at: datetime, tx: Transaction
) -> ErasureRequest:
    """The request to erase the person with the key `about`."""
    if tx.holds.of(about) is not None:
        raise OnHold
    tx.erasures.delete_expired(at=at)
    if tx.erasures.of(about, at=at) is not None:
        raise Conflict("An erasure of these records has already been requested.")
    id = tx.erasures.request(
        about,
        reason=reason,
        text=text,
        requested_by=user.id,
        by=user.username,
        at=at,
        expires_at=at + OPEN_FOR,
    )
    number = tx.people.number(about) or ""
    return ErasureRequest(id, about, number, reason, text, user.id, user.username, at, at + OPEN_FOR)


def _erased(request: ErasureRequest, *, user: User, at: datetime, tx: Transaction) -> Mapping[str, int]:
    if not tx.people.keep(request.person):
        raise NotFound(PERSON_UNKNOWN)
    if request.requested_by == user.id:
        raise AnotherMustApprove
    if tx.holds.of(request.person) is not None:
        raise OnHold
    tx.replies.end_all()  # sealed as they are, nobody can tell whom they are about
    return tx.erasures.erase(request, approved_by=user.id, by=user.username, at=at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _there(request: ErasureRequest | None) -> ErasureRequest:
    if request is None:
        raise NotFound("No such request is open: it was withdrawn, approved, or its 30 days are over.")
    return request
