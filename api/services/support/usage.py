"""How much RMS is used, month by month, by users of the offices that the caller may see.

It is counted from the audit log. It says how many users did something and how often, and names nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api.services.access.offices import as_tree
from api.services.context import Context
from api.services.transfer.export_fields import Cells, Holds, as_it_is, safe_cells
from api.services.transfer.export_files import csv_parts
from api.services.users import Role, User, known
from api.storage import Office, Transaction
from rms.errors import NotFound
from rms.support.usage import ACTIONS, COUNTED, RECOMMENDATIONS, Done, MonthOfUse, month_of_use, months_until

MONTHS = 12
NO_OFFICE = "There is no such office among those you may see."
FIELDS = (
    as_it_is("office", "Office, with those below it"),
    as_it_is("month", "Month"),
    as_it_is("sessions", "Sessions", Holds.NUMBER),
    *(as_it_is(f"users_{kind}", f"Users: {kind}", Holds.NUMBER) for kind in ACTIONS),
    as_it_is("recommendations", "Recommendations", Holds.NUMBER),
)


@dataclass(frozen=True)
class OfficeUse:
    """The use by the users of an office and those below it; the last month is the present one.

    `accounts`: how many users have an active account there now.
    """

    office: Office
    accounts: int
    months: tuple[MonthOfUse, ...]


@dataclass(frozen=True)
class UsageShown:
    """The use of one office, and the offices that the caller may choose, each with its depth."""

    use: OfficeUse
    offices: tuple[tuple[int, Office], ...]


def usage(context: Context, office: int | None = None) -> UsageShown:
    """The use of an office, by default the caller's own.

    Raises
    ------
    NotFound
        If the caller may not see that office.
    """
    with context.store.reading() as tx:
        offices = _offices(context, tx)
        key = context.user.office if office is None else office
        if key not in {one.id for _, one in offices}:
            raise NotFound(NO_OFFICE)
        done, users = _done(context, tx), _users(tx)
        chosen = next(one for _, one in offices if one.id == key)
        return UsageShown(_use(tx, chosen, users, done), offices)


def csv_of_usage(context: Context) -> str:
    """The use of each office that the caller may see, month by month."""
    with context.store.reading() as tx:
        done, users = _done(context, tx), _users(tx)
        used = [_use(tx, office, users, done) for _, office in _offices(context, tx)]
    rows = [row for one in used for row in _rows(one)]
    cells: Cells = list(zip(*rows, strict=True))
    return "".join(csv_parts([one.name for one in FIELDS], [safe_cells(cells, FIELDS)]))


def _offices(context: Context, tx: Transaction) -> tuple[tuple[int, Office], ...]:
    seen = tx.offices.below(context.user.office)
    return tuple(as_tree(one for one in tx.offices.all() if one.id in seen))


def _users(tx: Transaction) -> tuple[User, ...]:
    """The people who use RMS: no service accounts."""
    users = map(known, tx.accounts.users())
    return tuple(user for user in users if user.role is not Role.SERVICE_ACCOUNT)


def _done(context: Context, tx: Transaction) -> dict[date, tuple[Done, ...]]:
    """What all users did in each of the last months."""
    firsts = months_until(context.today, count=MONTHS)
    begins = [datetime.combine(first, time(), context.zone) for first in firsts]
    ends = [*begins[1:], context.at + timedelta(days=1)]  # of the present month: nothing is later
    return {
        first: tx.usage.between(begin, end, actions=COUNTED)
        for first, begin, end in zip(firsts, begins, ends, strict=True)
    }


def _use(
    tx: Transaction, office: Office, users: tuple[User, ...], done: dict[date, tuple[Done, ...]]
) -> OfficeUse:
    within = tx.offices.below(office.id)
    theirs = [user for user in users if user.office in within]
    names = {user.username for user in theirs}
    months = tuple(month_of_use(first, did, users=names) for first, did in done.items())
    return OfficeUse(office, sum(user.active for user in theirs), months)


def _rows(one: OfficeUse) -> Iterator[tuple[str, ...]]:
    for month in one.months:
        users = (str(month.of[kind].users) for kind in ACTIONS)
        sessions, made = month.of["sessions"].times, month.of[RECOMMENDATIONS].times
        yield (one.office.name, f"{month.first:%Y-%m}", str(sessions), *users, str(made))
