"""Search assessments: a page of them, their number, or the distribution of their scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from api.services.context import Context
from api.services.users import Role
from api.storage import Counts, ListedSubmission, Transaction
from rms.engine.filter import Filter, Sort
from rms.engine.scale import HIGHEST, LOWEST, TENTHS
from rms.reports import wording
from rms.reports.distribution import WITHHELD
from rms.suppression import shown_parts


@dataclass(frozen=True)
class Page:
    """`next` is the key after which the next page starts; None on the last page.

    `total` (assessments) and `rows` (modelled rows) are counted only on request.
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
    """Up to `limit` matching assessments after the key `after`, each with its matching rows.

    The arguments are the parts of one query, answered in one transaction.

    Raises
    ------
    ListChanged
        If the assessment `after` has been erased.
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
    """How many match: in total, by need, and by quarter of the scores."""
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
    """How many modelled rows of each process are in each tenth of the scores, and how many are withheld.

    For analysts, small counts are None: they do not see who is who, and their charts leave the agency.
    All other users can see each of these people in a list.
    """
    with context.store.reading() as tx:
        tx.audit.looked(
            "assessments.counted", people=tx.search.few_people(filter), criteria=audited_criteria(filter)
        )
        counts = tx.search.tenths(filter)
    if context.user.role is not Role.ANALYST:
        return counts
    empty = _empty_parts(filter)
    return {
        process: {
            **dict.fromkeys(empty, 0),
            **shown_parts({name: number for name, number in parts.items() if name not in empty}),
        }
        for process, parts in counts.items()
    }


def _empty_parts(filter: Filter) -> set[str]:
    """The parts of a distribution that the filter itself rules out, whose 0 therefore reveals nothing."""
    score = filter.in_force().score
    low, high = score.low or LOWEST, score.high or HIGHEST
    empty = {tenth.name for tenth in TENTHS if tenth.high < low or tenth.low > high}
    return empty | ({WITHHELD} if score else set())


def audited_criteria(filter: Filter) -> str:
    """The criteria in words for the audit log.

    The audit entry of a list also names the assessments found. So it says that personal details (offender
    number, release date, scores, needs) were searched by, but not their values, which would outlast an
    erasure.

    >>> audited_criteria(Filter(offender="10000", office="North", latest=True))
    'one person; office North and those below it; the latest of each person'
    >>> audited_criteria(Filter())
    'every assessment'
    """
    return "; ".join(_audited_criteria(filter.in_force())) or "every assessment"


def _audited_criteria(filter: Filter) -> Iterator[str]:
    if filter.submitted:
        ends = (("on or after", filter.submitted.low), ("on or before", filter.submitted.high))
        said = (f"{word} {wording.day(day)}" for word, day in ends if day is not None)
        yield f"submitted {' and '.join(said)}"
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
    """These submissions, each with only the rows that match."""
    return tuple(
        replace(
            submission,
            simulations=tuple(row for row in submission.simulations if filter.takes(row.process, row.score)),
        )
        for submission in tx.submissions.of_keys(keys)
    )
