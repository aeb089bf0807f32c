"""Erasure of a person's records: on request, approved by a second user, or at the end of retention."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from api.services.context import Context
from api.services.governance.holds import PERSON_UNKNOWN, locked_person
from api.services.people.naming import PersonNamed
from api.services.users import Role, User
from api.storage import ErasureRequest, JobFiles, RecordMarks, Transaction
from rms.calendar import months_before
from rms.errors import Conflict, InvalidInput, NotFound, Problem, RMSError

OPEN_FOR = timedelta(days=30)
REASONS = ("court_order", "request_of_the_person", "entered_in_error", "no_longer_needed")
EXPIRED = "retention"
JOINED_SINCE = "This person was joined to another one. Withdraw the request, and request it for that person."
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


def request_erasure(context: Context, named: PersonNamed, *, reason: str, text: str) -> ErasureRequest:
    """Request the erasure of all records of a person. Another user can approve it for 30 days.

    Raises
    ------
    NotFound
        If there is no such person.
    OnHold
        If the records are under a legal hold.
    Conflict
        If an erasure is already requested.
    """
    with context.store.transaction() as tx:
        return _requested(
            locked_person(named, tx), reason=reason, text=text, user=context.user, at=context.at, tx=tx
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


def approve_erasure(context: Context, id: int, *, files: JobFiles, secret: str) -> Mapping[str, int]:
    """Erase what another user requested to erase. Returns the number of deleted rows of each table.

    `files` are those of jobs. The files of the jobs that are erased are deleted after the commit. Under the
    `secret` of the service, the person's source records are marked, so that no import brings them back.

    Raises
    ------
    NotFound
        If no such request is open.
    AnotherMustApprove
        If the user requested it themselves.
    OnHold
        If the records are under a legal hold.
    Conflict
        If the person was joined to another one after the request.
    """
    with context.store.transaction() as tx:
        tx.erasures.hold_records()
        request = _required(tx.erasures.get(id, at=context.at))
        jobs = tx.erasures.jobs_about(request.person)
        counts = _erased(request, marks=RecordMarks(secret), user=context.user, at=context.at, tx=tx)
    _remove_files(jobs, files)
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
    context: Context, months: int, *, asks: User, approves: User, files: JobFiles, secret: str | None
) -> Iterator[Mapping[str, int]]:
    """Erase the records of each person in their own transaction. Yields the deleted rows of each person.

    People who have been assessed again or put under a legal hold in the meantime are skipped. `files` and
    `secret` are as for `approve_erasure`; without a secret nobody with case records can be erased. The other
    arguments say how old the last assessment must be, and which administrators ask and approve.
    """
    before = _midnight(months_before(context.today, months), context.zone)
    with context.store.reading() as tx:
        people = tx.erasures.due(before=before).people
    marks = RecordMarks(secret) if secret else None
    for person in people:
        with context.store.transaction() as tx:
            tx.erasures.hold_records()
            if not tx.people.keep(person) or not tx.erasures.is_due(person, before=before):
                continue
            if tx.holds.of(person) is not None:
                continue
            request = tx.erasures.of(person, at=context.at) or _requested(
                person, reason=EXPIRED, text="", user=asks, at=context.at, tx=tx
            )
            by = approves if request.requested_by != approves.id else asks
            jobs = tx.erasures.jobs_about(person)
            counts = _erased(request, marks=marks, user=by, at=context.at, tx=tx)
        _remove_files(jobs, files)
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
    return _required(tx.erasures.get(id, at=at))


def _erased(
    request: ErasureRequest, *, marks: RecordMarks | None, user: User, at: datetime, tx: Transaction
) -> Mapping[str, int]:
    if not tx.people.keep(request.person):
        raise NotFound(PERSON_UNKNOWN)
    if tx.people.holder(request.person) != request.person:
        raise Conflict(JOINED_SINCE)
    if request.requested_by == user.id:
        raise AnotherMustApprove
    if tx.holds.of(request.person) is not None:
        raise OnHold
    tx.replies.end_all()  # they are encrypted: no one can tell which are about this person
    return tx.erasures.erase(request, marks=marks, approved_by=user.id, by=user.username, at=at)


def _remove_files(jobs: Iterable[str], files: JobFiles) -> None:
    for job in jobs:
        files.remove(job)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _required(request: ErasureRequest | None) -> ErasureRequest:
    if request is None:
        raise NotFound(NOT_OPEN)
    return request
