"""Requests for help: anyone asks, and those on the rota take, answer and close them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from api.services.context import Context
from api.services.users import Role, User, known
from api.storage import HelpRequest, Transaction
from rms.errors import Conflict, InvalidInput, LimitReached, NotFound, Problem

MOST_A_DAY = 50  # requests of one account
SHOWN = 200
SHOWN_OWN = 20
WEEKS = 8  # of the rota that can be set
DAYS_TO_FINISH = 28  # how long somebody keeps the requests after a week on the rota
SUPPORTING = (Role.SUPERVISOR, Role.ADMINISTRATOR)
NO_REQUEST = "There is no such request."
CLOSED = "This request is closed."


@dataclass(frozen=True)
class Week:
    """A week of the rota, from its Monday, and who is on it, by name."""

    monday: date
    named: tuple[str, ...]


@dataclass(frozen=True)
class Queue:
    """`waiting`: requests that are not closed, oldest first. `closed`: newest first."""

    waiting: tuple[HelpRequest, ...]
    closed: tuple[HelpRequest, ...]


def ask_for_help(context: Context, text: str, *, page: str) -> int:
    """Store a request. Returns its key. `page` is the template of a route.

    Raises
    ------
    LimitReached
        If the caller has asked `MOST_A_DAY` times in the last 24 hours.
    """
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        if tx.help_requests.number_since(context.at - timedelta(days=1), user=context.user.id) >= MOST_A_DAY:
            raise LimitReached(f"You have asked for help {MOST_A_DAY} times today. Try again tomorrow.")
        return tx.help_requests.add(text, page=page, user=context.user.id, by=context.by, at=context.at)


def own_requests(context: Context) -> tuple[HelpRequest, ...]:
    """The caller's own requests, newest first."""
    with context.store.reading() as tx:
        return tx.help_requests.of(context.user.id, most=SHOWN_OWN)


def rota(context: Context) -> tuple[Week, ...]:
    """This week and the weeks that follow."""
    first = _monday(context)
    mondays = [first + timedelta(weeks=place) for place in range(WEEKS)]
    with context.store.reading() as tx:
        named = tx.help_requests.rota(mondays[0], mondays[-1])
    return tuple(Week(monday, named.get(monday, ())) for monday in mondays)


def supporters(context: Context) -> tuple[User, ...]:
    """The active users who can be on the rota, by name."""
    with context.store.reading() as tx:
        return tuple(_supporters(tx).values())


def set_rota(context: Context, monday: date, usernames: Sequence[str]) -> None:
    """Say who is on the rota in a week, in place of those before.

    Raises
    ------
    InvalidInput
        If the week or a user is none that can be chosen.
    """
    with context.store.transaction() as tx:
        users = _supporters(tx)
        problems = []
        if monday not in {week.monday for week in rota(context)}:
            problems.append(Problem("/monday", "invalid_choice", "Choose one of the weeks."))
        if not set(usernames) <= set(users):
            problems.append(Problem("/users", "invalid_choice", "Choose supervisors and administrators."))
        if problems:
            raise InvalidInput(problems)
        named = {users[name].id for name in usernames}
        tx.help_requests.set_rota(monday, named, by=context.by, at=context.at)


def may_support(context: Context) -> bool:
    """Whether the caller reads and answers requests.

    Administrators do, and supervisors who are on the rota now or later, or were in the last weeks.
    """
    if context.user.role is not Role.SUPERVISOR:
        return context.user.role is Role.ADMINISTRATOR
    since = _monday(context) - timedelta(days=DAYS_TO_FINISH)
    with context.store.reading() as tx:
        return tx.help_requests.is_named(context.user.id, since=since)


def number_unanswered(context: Context) -> int | None:
    """How many requests wait for an answer; None for those who do not answer any."""
    if not may_support(context):
        return None
    with context.store.reading() as tx:
        return tx.help_requests.number_unanswered()


def queue(context: Context) -> Queue:
    """The requests; none for those who do not answer them."""
    if not may_support(context):
        return Queue((), ())
    with context.store.reading() as tx:
        return Queue(tx.help_requests.not_closed(most=SHOWN), tx.help_requests.closed(most=SHOWN))


def help_request(context: Context, key: int) -> HelpRequest:
    """
    Raises
    ------
    NotFound
        If there is none, or the caller does not answer requests.
    """
    found = None
    if may_support(context):
        with context.store.reading() as tx:
            found = tx.help_requests.get(key)
    if found is None:
        raise NotFound(NO_REQUEST)
    return found


def take(context: Context, key: int) -> None:
    """
    Raises
    ------
    NotFound
        As `help_request`.
    Conflict
        If it is closed, or somebody else has taken it.
    """
    help_request(context, key)
    with context.store.transaction() as tx:
        found = _not_closed(tx, key)
        if found.taken_by not in (None, context.by):
            raise Conflict(f"{found.taken_by} has taken this request.")
        tx.help_requests.take(key, user=context.user.id, by=context.by, at=context.at)


def answer(context: Context, key: int, text: str) -> None:
    """Answer it, also if somebody else has taken it. A second answer replaces the first.

    Raises
    ------
    NotFound
        As `help_request`.
    Conflict
        If it is closed.
    """
    help_request(context, key)
    with context.store.transaction() as tx:
        _not_closed(tx, key)
        tx.help_requests.answer(key, text, user=context.user.id, by=context.by, at=context.at)


def close(context: Context, key: int) -> None:
    """It raises as `answer`."""
    help_request(context, key)
    with context.store.transaction() as tx:
        _not_closed(tx, key)
        tx.help_requests.close(key, by=context.by, at=context.at)


def _not_closed(tx: Transaction, key: int) -> HelpRequest:
    found = tx.help_requests.get(key)
    if found is None:
        raise NotFound(NO_REQUEST)
    if found.closed_at is not None:
        raise Conflict(CLOSED)
    return found


def _supporters(tx: Transaction) -> Mapping[str, User]:
    users = map(known, tx.accounts.users())
    return {user.username: user for user in users if user.active and user.role in SUPPORTING}


def _monday(context: Context) -> date:
    return context.today - timedelta(days=context.today.weekday())
