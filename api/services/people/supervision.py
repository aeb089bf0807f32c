"""A supervisor's overview: their offices, the case workers there, and unallocated people."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from api.services.access.offices import as_tree
from api.services.context import Context
from api.services.people.caseloads import HeldBy, seen_holder
from api.services.people.finding import FoundPerson
from api.services.users import Role
from api.storage import Office, Part, Transaction
from api.storage import User as StoredUser


@dataclass(frozen=True)
class Worker:
    """A case worker, and how many people of the supervisor's offices and of others are on their caseload."""

    username: str
    active: bool
    people: int
    elsewhere: int = 0


@dataclass(frozen=True)
class OtherHolder:
    """A user with people of the supervisor's offices who is not a case worker of these offices."""

    user: HeldBy
    people: int


@dataclass(frozen=True)
class Branch:
    """An office, `depth` steps below the top: its own people, and with those of the offices below it."""

    office: Office
    depth: int
    people: int
    people_below: int
    workers: tuple[Worker, ...]


@dataclass(frozen=True)
class People:
    """A page of a list of `total` people by number, each with the latest assessment, if there is one.

    The next page comes after the person with the key `next`; None on the last page.
    """

    listed: tuple[FoundPerson, ...]
    total: int
    next: int | None


@dataclass(frozen=True)
class FullCaseload:
    """A page of one user's people who are of the supervisor's offices.

    For a user of these offices also: how many drafts they have, and how many people of which other offices
    are on their caseload.
    """

    user: HeldBy
    people: People
    drafts: int | None
    elsewhere: tuple[tuple[str, int], ...]


def office_tree(context: Context) -> tuple[Branch, ...]:
    """The supervisor's office and all below it by name, each before those below it."""
    with context.store.reading() as tx:
        offices, users = tx.offices.all(), tx.accounts.users()
        people, held = tx.people.of_offices(), tx.caseload.held_by_office()
        here = tx.offices.below(context.user.office)
    workers: dict[int, list[Worker]] = {}
    for user in users:
        if user.role == Role.CASE_WORKER:
            within, elsewhere = _parted(held.get(user.id, {}), here)
            worker = Worker(user.username, user.active, sum(within.values()), sum(elsewhere.values()))
            workers.setdefault(user.office, []).append(worker)
    return _branches([office for office in offices if office.id in here], people, workers)


def other_holders(context: Context) -> tuple[OtherHolder, ...]:
    """The users with people of the supervisor's offices who are not in `office_tree`, by name.

    They have moved to another office, or have another role now.
    """
    with context.store.reading() as tx:
        names = {office.id: office.name for office in tx.offices.all()}
        users, held, here = (
            tx.accounts.users(),
            tx.caseload.held_by_office(),
            tx.offices.below(context.user.office),
        )
    return tuple(
        OtherHolder(_held_by(user, names), count)
        for user in users
        if (count := sum(_parted(held.get(user.id, {}), here)[0].values()))
        and not (user.role == Role.CASE_WORKER and user.office in here)
    )


def case_workers_of(context: Context) -> tuple[str, ...]:
    """The active case workers of the supervisor's offices, by name."""
    with context.store.reading() as tx:
        users, here = tx.accounts.users(), tx.offices.below(context.user.office)
    return tuple(
        user.username
        for user in users
        if user.role == Role.CASE_WORKER and user.active and user.office in here
    )


def full_caseload(context: Context, username: str, *, limit: int, after: int | None = None) -> FullCaseload:
    """Up to `limit` of the user's people of these offices, by number, after the person with this key.

    Raises
    ------
    NotFound
        If the user is not a case worker of the caller's offices, active or not, and has none of their people.
    """
    with context.store.reading() as tx:
        user, here = seen_holder(username, by=context.user, tx=tx), tx.offices.below(context.user.office)
        names = {office.id: office.name for office in tx.offices.all()}
        people = _people(
            tx.caseload.page_of(user.id, within=context.user.office, after=after, most=limit), tx
        )
        if user.office not in here:
            return FullCaseload(_held_by(user, names), people, None, ())
        drafts = len(tx.drafts.of(user.id, at=context.at))
        _, elsewhere = _parted(tx.caseload.held_by_office().get(user.id, {}), here)
    by_office = sorted((names[id], count) for id, count in elsewhere.items())
    return FullCaseload(_held_by(user, names), people, drafts, tuple(by_office))


def unallocated_people(context: Context, *, limit: int, after: int | None = None) -> People:
    """The same of the people of these offices who are on no active case worker's caseload."""
    with context.store.reading() as tx:
        unallocated = tx.caseload.unallocated(
            context.user.office, role=Role.CASE_WORKER, after=after, most=limit
        )
        return _people(unallocated, tx)


def _people(part: Part, tx: Transaction) -> People:
    keys = part.keys
    latest = {one.offender_number: one for one in tx.submissions.latest_of(keys)} if keys else {}
    listed = tuple(FoundPerson(one.number, latest.get(one.number)) for one in part.people)
    return People(listed, part.total, None if part.is_last else keys[-1])


def _branches(
    offices: Iterable[Office], people: Mapping[int, int], workers: Mapping[int, list[Worker]]
) -> tuple[Branch, ...]:
    in_order = list(as_tree(offices))
    total = {office.id: people.get(office.id, 0) for _, office in in_order}
    for _, office in reversed(in_order):
        if office.parent in total:
            total[office.parent] += total[office.id]
    return tuple(
        Branch(office, depth, people.get(office.id, 0), total[office.id], tuple(workers.get(office.id, ())))
        for depth, office in in_order
    )


def _parted(held: Mapping[int, int], here: Set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many people of which office, split into the offices `here` and all others."""
    within = {office: count for office, count in held.items() if office in here}
    return within, {office: count for office, count in held.items() if office not in here}


def _held_by(user: StoredUser, names: Mapping[int, str]) -> HeldBy:
    return HeldBy(user.username, names[user.office], Role(user.role), user.active)
