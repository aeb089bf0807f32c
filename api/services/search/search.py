"""Assessments searched for: a page of them, or how many they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from api.services.context import Context
from api.services.users import Role
from api.storage import Counts, ListedSubmission, Transaction
from rms.engine.filter import Filter, Sort
from rms.engine.scale import HIGHEST, LOWEST, TENTHS
from rms.reports.distribution import WITHHELD
from rms.suppression import shown_parts


@dataclass(frozen=True)
class Page:
    """`next` is the key that the next page comes after, None on the last.

    `total` (of assessments) and `rows` (of modelled rows) only where asked for.
    """

    submissions: tuple[ListedSubmission, ...]
    next: int | None
    total: int | None
    rows: int | None = None


def page_of(
    context: Context,
    filter: Filter,
    *,
    sort: Sort,
    limit: int,
    after: int | None = None,
    counted: bool = False,
    rows_counted: bool = False,
) -> Page:
    """Up to `limit` assessments that match, each with those of its rows that do, after the key `after`.

    The arguments are the parts of a query; all are answered from one state of the database.
    """
    with context.store.reading() as tx:
        keys = tx.search.page(filter, sort=sort, limit=limit + 1, after=after)
        tx.audit.looked("assessments.listed", keys=keys[:limit], criteria=audited_criteria(filter))
        return Page(
            submissions=_listed(filter, keys[:limit], tx),
            next=keys[limit - 1] if len(keys) > limit else None,
            total=tx.search.total(filter) if counted else None,
            rows=tx.search.rows(filter) if rows_counted else None,
        )


def count(context: Context, filter: Filter) -> Counts:
    """How many match: overall, by need, and by quarter of the scores."""
    with context.store.reading() as tx:
        tx.audit.looked(
            "assessments.counted", people=tx.search.few_people(filter), criteria=audited_criteria(filter)
        )
        return tx.search.counts(filter)


def total(context: Context, filter: Filter) -> int:
    """How many assessments match."""
    with context.store.reading() as tx:
        tx.audit.looked(
            "assessments.counted", people=tx.search.few_people(filter), criteria=audited_criteria(filter)
        )
        return tx.search.total(filter)


def distribution(context: Context, filter: Filter) -> Mapping[str, Mapping[str, int | None]]:
    """How many modelled rows of each process lie in each tenth of the scores, and how many are withheld.

    An analyst finds nobody by name, and what they draw leaves the agency: small counts are None for them.
    Everybody else sees each of these people in a list.
    """
    with context.store.reading() as tx:
        tx.audit.looked(
            "assessments.counted", people=tx.search.few_people(filter), criteria=audited_criteria(filter)
        )
        found = tx.search.tenths(filter)
    if context.user.role is not Role.ANALYST:
        return found
    left_out = _left_out(filter)
    return {
        process: {
            **dict.fromkeys(left_out, 0),
            **shown_parts({name: count for name, count in parts.items() if name not in left_out}),
        }
        for process, parts in found.items()
    }


def _left_out(filter: Filter) -> set[str]:
    """The parts of a distribution in which nothing can be, by the words of the filter: nothing is hidden."""
    asked = filter.in_force().score
    low, high = asked.low or LOWEST, asked.high or HIGHEST
    left_out = {one.name for one in TENTHS if one.high < low or one.low > high}
    return left_out | ({WITHHELD} if asked else set())


def audited_criteria(filter: Filter) -> str:
    """The criteria in words, as the audit has them: the same for every person who is searched for.

    An entry of a list names the assessments that were found. So of what is known of a person (release date,
    scores, needs) it has only that it was asked for: the values would stand there after an erasure.

    >>> audited_criteria(Filter(offender="10000", office="North", latest=True))
    'one person; office North and those below it; the latest of each person'
    >>> audited_criteria(Filter())
    'every assessment'
    """
    return "; ".join(_audited_criteria(filter.in_force())) or "every assessment"


def _audited_criteria(filter: Filter) -> Iterator[str]:
    if filter.submitted:
        ends = (("from", filter.submitted.low), ("to", filter.submitted.high))
        yield " ".join(["submitted", *(f"{word} {day}" for word, day in ends if day is not None)])
    if filter.release:
        yield "release date"
    if filter.score:
        yield "score"
    yield from (f"need {code}" for code, bounds in sorted(filter.needs.items()) if bounds)
    if filter.chooses_rows and len(filter.processes) == 1:
        yield f"process {filter.processes[0]}"
    if filter.offender:
        yield "one person"
    if filter.office:
        yield f"office {filter.office} and those below it"
    if filter.latest:
        yield "the latest of each person"
    if filter.what_ifs:
        yield "what-ifs too"


def _listed(filter: Filter, keys: tuple[int, ...], tx: Transaction) -> tuple[ListedSubmission, ...]:
    return tuple(
        replace(
            one, simulations=tuple(row for row in one.simulations if filter.takes(row.process, row.score))
        )
        for one in tx.submissions.of_keys(keys)
    )
