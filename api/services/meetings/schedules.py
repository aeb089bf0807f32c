"""Schedules: files of an offender list each month, and scores calculated each week.

The thread that runs jobs asks every minute what is due. A run is noted in the transaction that adds its
jobs, so several processes do not run one due day twice. After a stop, what was missed is caught up once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.services.context import Context
from api.services.harm.listing import SAVED_LISTS
from api.services.harm.practice import ready_made_lists
from api.services.search.saved import saved_items
from api.services.transfer.exports import LIST_EXPORT
from api.services.transfer.jobs import enqueue_scheduled
from api.services.users import Role, User, known
from api.storage import Schedule, Transaction
from rms.errors import Conflict, InvalidInput, NotFound, Problem
from rms.harm.practice import FORCE
from rms.meetings.due_days import DueDays

REFRESH = "harm_refresh"
REFRESH_TITLE = "Calculate harm scores"
RECEIVING = (Role.SUPERVISOR, Role.OFFENDER_MANAGER)  # they see offender lists of whole areas
MOST_SCHEDULES = 50
NO_SCHEDULE = "There is no such schedule in force."


@dataclass(frozen=True)
class OfferedList:
    """A list that can be made on a schedule: ready-made, or saved by the user. `id` is unique among them."""

    id: str
    title: str
    criteria: Mapping[str, Any]


def offered_lists(context: Context) -> tuple[OfferedList, ...]:
    """The ready-made lists, and those that this user has saved."""
    with context.store.reading() as tx:
        in_use = ready_made_lists(tx, FORCE)  # a schedule is for the whole agency
    ready = (OfferedList(f"ready {one.name}", one.title, one.criteria) for one in in_use)
    own = (OfferedList(f"own {one.name}", one.name, one.content) for one in saved_items(context, SAVED_LISTS))
    return (*ready, *own)


def receivers(context: Context) -> tuple[User, ...]:
    """The active users who can be given a file, by name."""
    with context.store.reading() as tx:
        return tuple(
            user for user in map(known, tx.accounts.users()) if user.active and user.role in RECEIVING
        )


def schedules(context: Context) -> tuple[Schedule, ...]:
    """Every schedule in force."""
    with context.store.reading() as tx:
        return tx.schedules.in_force()


def next_due(schedule: Schedule, *, context: Context) -> date:
    """The day on which it is due next; today or earlier if it waits to be run."""
    days, since = DueDays(schedule.monthday, schedule.weekday), _since(schedule, context)
    day = since + timedelta(days=1)
    while days.last(day) <= since:
        day += timedelta(days=1)
    return days.last(day)


def schedule_list(context: Context, chosen: str, days: DueDays, usernames: Sequence[str]) -> None:
    """Make a file of this list for these users, each with the people whom that user may see.

    Raises
    ------
    InvalidInput
        If the list or a user does not exist, or there is no user.
    Conflict
        If there are too many schedules.
    """
    lists = {one.id: one for one in offered_lists(context)}
    users = {user.username: user.id for user in receivers(context)}
    problems = []
    if chosen not in lists:
        problems.append(Problem("/list", "invalid_value", "Choose one of the lists."))
    if not usernames or not set(usernames) <= set(users):
        detail = "Choose one or more active supervisors or offender managers."
        problems.append(Problem("/users", "invalid_value", detail))
    if problems:
        raise InvalidInput(problems)
    found = lists[chosen]
    _add(context, LIST_EXPORT, found.title, found.criteria, days, [users[name] for name in usernames])


def schedule_refresh(context: Context, days: DueDays) -> None:
    """Calculate harm scores on these days. It replaces the schedule before.

    Raises
    ------
    Conflict
        If there are too many schedules.
    """
    for earlier in schedules(context):
        if earlier.kind == REFRESH:
            end_schedule(context, earlier.id)
    _add(context, REFRESH, REFRESH_TITLE, {}, days, [])


def end_schedule(context: Context, key: int) -> None:
    """
    Raises
    ------
    NotFound
        If there is none in force with this key.
    """
    with context.store.transaction() as tx:
        if not tx.schedules.end(key, user=context.user.id, by=context.by, at=context.at):
            raise NotFound(NO_SCHEDULE)


def run_due(context: Context) -> int:
    """Add the jobs of all schedules that are due. Returns how many runs this process has begun."""
    with context.store.reading() as tx:
        waiting = [one for one in tx.schedules.in_force() if _due(one, context) is not None]
    return sum(_run(context, schedule) for schedule in waiting)


def _add(
    context: Context,
    kind: str,
    title: str,
    criteria: Mapping[str, Any],
    days: DueDays,
    users: Sequence[int],
) -> None:
    with context.store.transaction() as tx:
        if len(tx.schedules.in_force()) >= MOST_SCHEDULES:
            raise Conflict(f"There are {MOST_SCHEDULES} schedules, which is the maximum. End one first.")
        tx.schedules.add(
            kind,
            title,
            criteria,
            monthday=days.monthday,
            weekday=days.weekday,
            users=users,
            user=context.user.id,
            by=context.by,
            at=context.at,
        )


def _since(schedule: Schedule, context: Context) -> date:
    """The day after which a due day has not been run yet."""
    set_on = schedule.set_at.astimezone(context.zone).date()
    return schedule.last_run or set_on - timedelta(days=1)


def _due(schedule: Schedule, context: Context) -> date | None:
    days = DueDays(schedule.monthday, schedule.weekday)
    return days.due(context.today, since=_since(schedule, context))


def _run(context: Context, schedule: Schedule) -> bool:
    due = _due(schedule, context)
    assert due is not None
    with context.store.transaction() as tx:
        owners = tuple(_owners(tx, schedule))
        begun = tx.schedules.begin_run(schedule.id, due, jobs=len(owners), by=schedule.set_by, at=context.at)
        for owner in owners if begun else ():
            request = {
                "title": schedule.title,
                "criteria": dict(schedule.criteria),
                "due_on": due.isoformat(),
            }
            enqueue_scheduled(
                tx, owner, schedule.kind, request, by=schedule.set_by, at=context.at, schedule=schedule.id
            )
    return begun


def _owners(tx: Transaction, schedule: Schedule) -> Iterator[User]:
    """Whose jobs they are. Scores are calculated for nobody: an active administrator owns the job."""
    active = [user for user in map(known, tx.accounts.users()) if user.active]
    if schedule.kind == REFRESH:
        administrators = [user for user in active if user.role is Role.ADMINISTRATOR]
        yield from [user for user in active if user.username == schedule.set_by][:1] or administrators[:1]
    else:
        yield from (user for user in active if user.id in schedule.users and user.role in RECEIVING)
