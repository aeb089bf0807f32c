"""The view of domestic abuse: people by their RFS figure, and every part of the figure of one person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from api.services.harm.explaining import history_in, key_in_history, refuse_unseen
from api.services.harm.listing import MOST_COUNTED, AsAt, as_at, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.services.records.person import full_name
from api.storage import NOBODY, DomesticAbuseRow, StoredOffence, Transaction
from rms.errors import ListChanged
from rms.harm.domestic_abuse import RFS, rfs_figure
from rms.harm.history import HarmHistory
from rms.harm.listing import HarmFilter
from rms.harm.score import HarmScore, counted_offences
from rms.records.current import first_known


@dataclass(frozen=True)
class DomesticAbusePerson:
    """A person of the view. `rank`: within the filter, from 1; None without a figure."""

    rank: int | None
    row: DomesticAbuseRow
    name: str | None
    number: str | None
    area: str | None


@dataclass(frozen=True)
class DomesticAbusePage:
    """`total` is counted up to `MOST_COUNTED`. `next`: whom the next page comes after; None on the last."""

    people: tuple[DomesticAbusePerson, ...]
    next: int | None
    total: int
    as_at: AsAt


@dataclass(frozen=True)
class DomesticAbusePart:
    """A counted domestic abuse offence, with its days and its points by component."""

    offence: StoredOffence
    days: float | None
    points: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class DomesticAbuseExplanation:
    """The figure of a person on a day (None: no domestic abuse offence counts), with every part."""

    day: date
    figure: HarmScore | None
    parts: tuple[DomesticAbusePart, ...]


def domestic_abuse_list(
    context: Context, *, home_area: str | None, show_hidden: bool, limit: int, after: int | None, before: int
) -> DomesticAbusePage:
    """Up to `limit` people after the person with the key `after`, who has `before` people up to them.

    The arguments are the parts of one query.

    Raises
    ------
    InvalidInput
        If there is no such area.
    ListChanged
        If the person of `after` is no longer in the view.
    """
    with context.store.reading() as tx:
        refuse_unknown_areas(HarmFilter(home_area=home_area), tx)
        start = None if after is None else tx.domestic_abuse.of(after)
        if after is not None and start is None:
            raise ListChanged
        rows = tx.domestic_abuse_list.people(
            home_area=home_area, show_hidden=show_hidden, on=context.today, limit=limit + 1, after=start
        )
        shown = rows[:limit]
        keys = [row.person for row in shown]
        criteria = f"domestic abuse, by RFS figure; home area {home_area or 'any'}"
        tx.audit.looked("harm.listed", person=NOBODY, people=keys, criteria=criteria)
        return DomesticAbusePage(
            people=_people(tx, shown, before=before),
            next=shown[-1].person if len(rows) > limit else None,
            total=tx.domestic_abuse_list.number(
                home_area=home_area, show_hidden=show_hidden, on=context.today, most=MOST_COUNTED
            ),
            as_at=as_at(tx),
        )


def explain_domestic_abuse(context: Context, person: int, *, rules: HarmRules) -> DomesticAbuseExplanation:
    """The figure of a person as at the last calculation, from their records as they are now.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there is none.
    """
    with context.store.reading() as tx:
        refuse_unseen(tx, person)
        tx.audit.looked("harm.explained", person=person)
        stored, last = tx.harm.history_of(person), tx.harm.last_refresh()
    day = last.day if last else context.today
    marked = {key_in_history(one): one for one in stored.offences if one.domestic_abuse}
    every = history_in(stored, rules)
    known = HarmHistory(tuple(one for one in every.offences if one.id in marked))
    figure = rfs_figure(known, on=day, settings=rules.settings)
    counted = counted_offences(known, on=day, settings=rules.settings)
    parts = [
        DomesticAbusePart(
            marked[one.id],
            one.days,
            {name: figure.parts[name].get(one.id, 0.0) for name in RFS} if figure else {},
        )
        for one in counted
    ]
    return DomesticAbuseExplanation(day, figure, tuple(sorted(parts, key=lambda one: -one.total)))


def _people(
    tx: Transaction, rows: tuple[DomesticAbuseRow, ...], *, before: int
) -> tuple[DomesticAbusePerson, ...]:
    """These people as they are called now. Those without case records are left out."""
    records = tx.details.records_of([row.person for row in rows]) if rows else {}
    return tuple(
        DomesticAbusePerson(
            None if row.figure is None else rank,
            row,
            full_name(first_known(theirs, "forename"), first_known(theirs, "surname")),
            tx.people.number(row.person),
            first_known(theirs, "home_area"),
        )
        for rank, row in enumerate(rows, start=before + 1)
        if (theirs := records.get(row.person))
    )
