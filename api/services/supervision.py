"""What a supervisor looks at first: the offices below, who works there, and whom nobody works with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.services.accounts import Role, User
from api.services.caseloads import NO_CASE_WORKER
from api.storage import ListedSubmission, Office, Part, Store, Transaction
from api.storage import User as StoredUser
from rms.errors import NotFound


@dataclass(frozen=True)
class Worker:
    """A case worker, and how many people are on their caseload."""

    username: str
    active: bool
    people: int


@dataclass(frozen=True)
class Branch:
    """An office of the tree, `depth` steps below its top: its own people, and all with those below it."""

    office: Office
    depth: int
    people: int
    people_below: int
    workers: tuple[Worker, ...]


@dataclass(frozen=True)
class People:
    """Some of a list of `total` people, with the latest assessment of each.

    `next` is the key of the assessment that the next page comes after, None on the last.
    """

    latest: tuple[ListedSubmission, ...]
    total: int
    next: int | None


@dataclass(frozen=True)
class FullCaseload:
    """One case worker's people, a page of them, and how many forms they have begun."""

    username: str
    office: str
    people: People
    drafts: int


def office_tree(by: User, *, store: Store) -> tuple[Branch, ...]:
    """The supervisor's office and all below it, each before those below it, by name."""
    with store.reading() as tx:
        offices, users = tx.offices.all(), tx.accounts.users()
        people, sizes = tx.caseload.people_of_offices(), tx.caseload.sizes()
    workers: dict[int, list[Worker]] = {}
    for user in users:
        if user.role == Role.CASE_WORKER:
            worker = Worker(user.username, user.active, sizes.get(user.id, 0))
            workers.setdefault(user.office, []).append(worker)
    (top,) = (one for one in offices if one.id == by.office)
    return tuple(_branches(top, 0, offices, people, workers))


def case_workers_of(by: User, *, store: Store) -> tuple[str, ...]:
    """Whoever of the supervisor's offices can be given people, by name."""
    with store.reading() as tx:
        return tuple(
            user.username
            for user in tx.accounts.users()
            if user.role == Role.CASE_WORKER and user.active and tx.offices.holds(by.office, user.office)
        )


def full_caseload(
    username: str, *, by: User, store: Store, at: datetime, limit: int, after: int | None = None
) -> FullCaseload:
    """Up to `limit` of the case worker's people, by number, after the one whose latest has this key.

    Raises
    ------
    NotFound
        If there is no case worker of this name in the offices of whoever asks; one locked out is there.
    """
    with store.reading() as tx:
        worker = _case_worker(username, by=by, tx=tx)
        (office,) = (one.name for one in tx.offices.all() if one.id == worker.office)
        people = _people(tx.caseload.page_of(worker.id, after=after, most=limit), tx)
        drafts = len(tx.drafts.of(worker.id, at=at))
    return FullCaseload(worker.username, office, people, drafts)


def people_of_nobody(by: User, *, store: Store, limit: int, after: int | None = None) -> People:
    """The same of the people of these offices with whom nobody works."""
    with store.reading() as tx:
        return _people(tx.caseload.of_nobody(by.office, after=after, most=limit), tx)


def _people(part: Part, tx: Transaction) -> People:
    latest = tx.submissions.latest_of(part.numbers)
    return People(latest, part.total, None if part.is_last or not latest else latest[-1].key)


def _branches(
    office: Office,
    depth: int,
    offices: tuple[Office, ...],
    people: Mapping[int, int],
    workers: Mapping[int, list[Worker]],
) -> Iterator[Branch]:
    below = [
        branch
        for one in offices
        if one.parent == office.id
        for branch in _branches(one, depth + 1, offices, people, workers)
    ]
    own = people.get(office.id, 0)
    everybody = own + sum(branch.people for branch in below)
    yield Branch(office, depth, own, everybody, tuple(workers.get(office.id, ())))
    yield from below


def _case_worker(username: str, *, by: User, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if user is None or user.role != Role.CASE_WORKER or not tx.offices.holds(by.office, user.office):
        raise NotFound(NO_CASE_WORKER)
    return user
