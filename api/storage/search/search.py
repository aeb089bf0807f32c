"""Search assessments by keys and narrow rows, so that a page takes as long in a large database as in a small.

There are two ways to read a page. One scans the index of the sort order and tests each assessment until the
page is full: best if matches are common. The other reads all keys from the index of one criterion: best if
few assessments meet that criterion. `_driving_criterion` chooses by counting, and stops counting as soon as
the choice is clear.

Tests on columns of the index come first. The index includes a bucket mask (`api/storage/bucket_mask.py`),
which avoids most unsuccessful lookups of figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial, reduce
from math import isqrt
from operator import itemgetter, mul
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    distinct,
    func,
    insert,
    select,
    true,
)

from api.storage.audit_people import PeopleSet
from api.storage.bucket_mask import need_bits, score_bits
from api.storage.row_access import Clause, Criterion, Figures, authorised, below, judged, of_offices
from api.storage.search.orders import LOOKUP_COST, Order, within
from api.storage.tables import assessments, offices, shown_needs, shown_scores
from api.storage.tables.columns import begins_with, hidden, on_days
from api.storage.viewer import Reach, Viewer
from rms.assessment import AssessmentKind
from rms.engine.filter import NEED_RANGES, Bounds, Filter, Key, Sort, whole_percent
from rms.engine.result import Result
from rms.engine.scale import QUARTERS, TENTHS, ScoreRange, hundredths
from rms.errors import ListChanged

SAMPLE_COST = 2000  # of the first steps of a scan, from which its length is estimated
LEAST_FOR_SHARE = 20  # matches in the sample from which a criterion's share of all is estimated
FEW = 50  # assessments, at most, for which the audit log names the people of a count

_insert_scores = insert(shown_scores)
_insert_needs = insert(shown_needs)


@dataclass(frozen=True)
class Counts:
    """How many match: people and assessments; need → range → assessments; process → quarter → rows.

    Ranges have the names shown to users (`0–24`, …, `unknown`; `1.00–1.24`, …, `withheld`).
    """

    people: int
    assessments: int
    needs: Mapping[str, Mapping[str, int]]
    quarters: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Place:
    """A place in a list, by what the list is sorted by."""

    values: tuple[Any, ...]


def add_shown(connection: Connection, results: Sequence[tuple[int, int, Result]]) -> None:
    """Store the searchable scores and needs of assessments: key, pseudonym of the person, result."""
    scores = [
        {
            "assessment": key,
            "process": simulation.process,
            "hundredths": hundredths(simulation.score),
            "pseudonym": pseudonym,
        }
        for key, pseudonym, result in results
        for simulation in result.simulations
    ]
    needs = [
        {"assessment": key, "need": reading.need, "percent": whole_percent(reading.actual)}
        for key, _, result in results
        for reading in result.needs
    ]
    connection.execute(_insert_scores, scores)
    if needs:
        connection.execute(_insert_needs, needs)


@dataclass(frozen=True)
class _Sample:
    """The first steps of a scan.

    `met` is how many assessments met every criterion that the index can test; `met_each` is how many met
    each of these, by the `id` of the criterion.
    """

    steps: int
    step_cost: int
    met: int
    met_each: Mapping[int, int]

    def cost_to_find(self, enough: int) -> int:
        """The estimated cost of finding `enough` matches, rather too high: the sample may have been lucky."""
        if self.steps * self.step_cost < SAMPLE_COST - self.step_cost:
            return 0  # the scan has reached its end
        return self.steps * self.step_cost * enough // max(self.met - isqrt(self.met), 1)

    def has_share(self, criterion: Criterion) -> bool:
        """Whether enough assessments met the criterion to estimate its share."""
        return self.met_each.get(id(criterion), 0) >= LEAST_FOR_SHARE

    def share(self, criterion: Criterion, *, of: int) -> int:
        """The estimated number of assessments that meet the criterion, `of` all."""
        return of * self.met_each[id(criterion)] // self.steps


class Search:
    """Searches within a transaction, among the assessments that the viewer may see.

    Assessments are identified by key (`assessments.pk`).
    """

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer
        self._zone = viewer.zone if viewer else UTC

    def page(
        self, filter: Filter, *, sort: Sort, limit: int, after: int | Place | None = None
    ) -> tuple[int, ...]:
        """Up to `limit` keys in the order of `sort`, after the key or the place where the last page ended.

        Raises
        ------
        ListChanged
            If the assessment of the key `after` has been erased.
        """
        criteria = list(self._criteria(filter.in_force()))
        if sort.key is Key.SCORE and not filter.in_force().score:
            criteria += judged(self._viewer)
        order = self._order(filter, sort)
        if after is not None:
            place = after if isinstance(after, Place) else self.place_of(after, filter=filter, sort=sort)
            order = replace(order, ended=place.values)
        driving = self._driving_criterion(criteria, enough=limit, sample=self._sample(criteria, order))
        tests, figures = _tests(criteria, driving), _figures(criteria, driving)
        keys: list[int] = []
        for part in replace(order, scans_index=driving is None).parts(tests, figures):
            if len(keys) < limit:
                keys += self._keys(part.limit(limit - len(keys)))
        return tuple(keys)

    def place_of(self, key: int, *, filter: Filter, sort: Sort) -> Place:
        """The place of the assessment of this key in a list, which does not go when the assessment does.

        Raises
        ------
        ListChanged
            If it has been erased.
        """
        values = self._connection.execute(self._order(filter, sort).sort_values(key)).first()
        if values is None:
            raise ListChanged
        return Place(tuple(values))

    def _order(self, filter: Filter, sort: Sort) -> Order:
        by_pseudonym = self._viewer is not None and self._viewer.by_pseudonym
        return Order(filter, sort, by_pseudonym=by_pseudonym, zone=self._zone)

    def total(self, filter: Filter) -> int:
        """How many assessments match."""
        return self._count(self._all_matching(filter))

    def number_released(self, filter: Filter) -> int:
        """How many assessments match a filter with a short range of releases, in one statement.

        It goes along the viewer's caseload or the releases, both of which are few. It names nobody, so it is
        no look at anyone.
        """
        criteria = list(self._criteria(filter.in_force()))
        is_caseload = self._viewer is not None and self._viewer.reach is Reach.CASELOAD
        tests = _tests(criteria, criteria[0] if is_caseload else None)
        if not is_caseload:
            tests.append(within(assessments.c.release_date, filter.in_force().release))
        figures = (has_figure(assessments.c.pk) for has_figure in _figures(criteria, None))
        return self._count(select(assessments.c.pk).where(*tests, *figures))

    def few_people(self, filter: Filter) -> tuple[int, ...]:
        """The people of all matching assessments if there are at most `FEW`; otherwise empty.

        A small count reveals something about each of these people; a large one does not.
        """
        query = self._all_matching(filter).with_only_columns(assessments.c.person).limit(FEW + 1)
        people = tuple(self._connection.scalars(query))
        return people if len(people) <= FEW else ()

    def people(self, filter: Filter) -> PeopleSet:
        """The people of all matching assessments whose results the viewer may see."""
        shown = self._all_matching(filter).where(*self._results_shown())
        return PeopleSet(self._keys(shown.with_only_columns(assessments.c.person)))

    def counts(self, filter: Filter) -> Counts:
        matching = self._all_matching(filter)
        # Counted by number, whose index has all tested columns: by key, SQLite would read the wide rows.
        people = matching.with_only_columns(func.count(distinct(assessments.c.offender_number)))
        return Counts(
            people=self._connection.execute(people).scalar_one(),
            assessments=self._count(matching),
            needs=self._counted_needs(matching),
            quarters=self._counted_scores(matching, filter.in_force(), QUARTERS),
        )

    def rows(self, filter: Filter) -> int:
        """How many modelled rows match."""
        listed = [shown_scores.c.assessment.in_(self._all_matching(filter))]
        return self._count(select(shown_scores.c.process).where(*listed, *_row_tests(filter.in_force())))

    def tenths(self, filter: Filter) -> dict[str, dict[str, int]]:
        """Process → tenth of the scores, or `withheld` → number of modelled rows."""
        return self._counted_scores(self._all_matching(filter), filter.in_force(), TENTHS)

    def _counted_needs(self, matching: Select[tuple[int]]) -> dict[str, dict[str, int]]:
        percent = shown_needs.c.percent
        ranges = {f"{low}–{high}": percent.between(low, high) for low, high in NEED_RANGES}
        return self._counted(
            shown_needs.c.need,
            {**ranges, "unknown": percent.is_(None)},
            [shown_needs.c.assessment.in_(matching)],
        )

    def _counted_scores(
        self, matching: Select[tuple[int]], filter: Filter, score_ranges: Sequence[ScoreRange]
    ) -> dict[str, dict[str, int]]:
        score = shown_scores.c.hundredths
        ranges = {part.name: score.between(part.low, part.high) for part in score_ranges}
        shown = matching.where(*self._results_shown())
        rows = [shown_scores.c.assessment.in_(shown), *_row_tests(filter)]
        return self._counted(shown_scores.c.process, {**ranges, "withheld": score.is_(None)}, rows)

    def _results_shown(self) -> list[Clause]:
        """Tests for the assessments whose results the viewer may see."""
        return [criterion.test for criterion in judged(self._viewer)]

    def _counted(
        self, group: ColumnElement[str], ranges: Mapping[str, Clause], where: list[Clause]
    ) -> dict[str, dict[str, int]]:
        counts = (func.count().filter(clause).label(name) for name, clause in ranges.items())
        query = select(group.label("group"), *counts).where(*where).group_by(group).order_by(group)
        return {
            row["group"]: {name: row[name] for name in ranges}
            for row in self._connection.execute(query).mappings()
        }

    def _keys(self, query: Select[tuple[int]]) -> list[int]:
        """The keys, read from the driver: SQLAlchemy takes longer to make rows than to find them."""
        with closing(self._connection.execute(query)) as result:
            assert result.cursor is not None
            return [key for (key,) in result.cursor.fetchall()]

    def _count(self, query: Select[Any]) -> int:
        return self._connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def _all_matching(self, filter: Filter) -> Select[tuple[int]]:
        """The keys of all matches, for counts: by a criterion's own index if few assessments meet it."""
        criteria = list(self._criteria(filter.in_force()))
        driving = self._driving_criterion(criteria, enough=self._largest_key() // 400)
        figures = (has_figure(assessments.c.pk) for has_figure in _figures(criteria, driving))
        return select(assessments.c.pk).where(*_tests(criteria, driving), *figures)

    def _driving_criterion(
        self, criteria: Sequence[Criterion], *, enough: int, sample: "_Sample | None" = None
    ) -> Criterion | None:
        """The criterion whose own index to read, or None to scan the index of the sort order.

        If m of n assessments meet a criterion, a scan finds `enough` matches after about n · enough / m
        steps; the criterion's own index takes m steps. The second is faster if m² < n · enough. A sample
        shows how many steps the criteria take together that the index can test, even if they are
        correlated; each of the others makes the scan longer in proportion to its share.
        """
        every = self._largest_key()
        steps = enough if sample is None else min(sample.cost_to_find(enough), every)
        candidates: list[tuple[int, Criterion]] = []
        for criterion in criteria:
            if criterion.keys is None:
                continue
            cost = LOOKUP_COST if criterion.bounds is None else 1
            is_sampled = sample is not None and criterion.near is not None
            most = steps // cost if is_sampled else isqrt(steps * every // cost)
            if sample is not None and sample.has_share(criterion):
                met = sample.share(criterion, of=every)
            else:
                met = self._count(criterion.keys.limit(most + 1))
            if met <= most:
                candidates.append((met * cost, criterion))
        return min(candidates, key=itemgetter(0), default=(0, None))[1]

    def _sample(self, criteria: Sequence[Criterion], order: Order) -> "_Sample | None":
        """The first steps of the scan; None if a sample is unnecessary or impossible."""
        near = [(criterion, criterion.near) for criterion in criteria if criterion.near is not None]
        if not near or not order.begins_among_known or all(one.keys is None for one in criteria):
            return None
        flags = [case((test, 1), else_=0).label(f"meets_{place}") for place, (_, test) in enumerate(near)]
        rows = order.first(SAMPLE_COST // order.step_cost, flags).subquery()
        each = [func.coalesce(func.sum(column), 0) for column in rows.c]
        every = func.coalesce(func.sum(reduce(mul, rows.c)), 0)
        row = self._connection.execute(select(func.count(), every, *each)).one()
        met_each = {id(criterion): met for (criterion, _), met in zip(near, row[2:], strict=True)}
        return _Sample(row[0], order.step_cost, row[1], met_each)

    def _largest_key(self) -> int:
        return self._connection.scalar(select(func.max(assessments.c.pk))) or 0

    def _criteria(self, filter: Filter) -> Iterator[Criterion]:
        yield from authorised(self._viewer)
        if filter.score:  # being found by score would reveal the score
            yield from judged(self._viewer)
        for code, bounds in filter.needs.items():
            if bounds:
                yield _in_need(code, bounds)
        if filter.chooses_rows:
            yield _scored(filter)
        if filter.latest:  # a what-if is never the latest
            yield _near(assessments.c.latest)
        elif not filter.what_ifs:
            yield _near(assessments.c.kind == str(AssessmentKind.ASSESSMENT))
        if filter.submitted:
            days = partial(on_days, first=filter.submitted.low, last=filter.submitted.high, zone=self._zone)
            yield _between(assessments.c.submitted_at, days)
        if filter.release:
            yield _between(assessments.c.release_date, lambda day: within(day, filter.release))
        if filter.offender is not None:
            yield self._of_offender(filter.offender)
        if filter.office is not None:
            named = select(offices.c.id).where(offices.c.name == filter.office).scalar_subquery()
            yield of_offices(below(named))

    def _of_offender(self, text: str) -> Criterion:
        """An exact offender number, else an exact assessment ID, else all that start with the text."""
        for column in (assessments.c.offender_number, assessments.c.id):
            # Only visible ones: an exact match out of view would hide the prefix matches, and so show itself.
            visible = (criterion.test for criterion in authorised(self._viewer))
            exact = select(assessments.c.pk).where(column == text, *visible).limit(1)
            if self._connection.scalar(exact) is not None:
                is_near = column is assessments.c.offender_number
                return _between(column, lambda value: value == text, is_near=is_near)
        if "-" in text:
            number = assessments.c.offender_number == text.partition("-")[0]
            return _between(assessments.c.id, lambda id: and_(number, id.startswith(text)), is_near=False)
        return _between(assessments.c.offender_number, lambda number: begins_with(number, text))


def _near(test: Clause) -> Criterion:
    return Criterion(test, near=test)


def _between(
    column: ColumnElement[Any], clause: Callable[[Any], Clause], *, is_near: bool = True
) -> Criterion:
    """The test hides the column; otherwise the planner would use its index and sort all it contains."""
    test, bounds = clause(hidden(column)), clause(column)
    keys = select(assessments.c.pk).where(bounds)
    return Criterion(test, keys, near=test if is_near else None, bounds=bounds)


def _scored(filter: Filter) -> Criterion:
    figures = _has_row(shown_scores, *_row_tests(filter, hidden(shown_scores.c.hundredths)))
    if not filter.score:
        return Criterion(true(), figures=figures)
    masked = _in_mask(score_bits(filter.processes, filter.score))
    keys = select(shown_scores.c.assessment).where(*_row_tests(filter))
    return Criterion(masked, keys, near=masked, figures=figures)


def _in_need(code: str, bounds: Bounds[int]) -> Criterion:
    need, percent = shown_needs.c.need == code, shown_needs.c.percent
    masked = _in_mask(need_bits(code, bounds))
    keys = select(shown_needs.c.assessment).where(need, within(percent, bounds))
    figures = _has_row(shown_needs, need, within(hidden(percent), bounds))
    return Criterion(masked, keys, near=masked, figures=figures)


def _has_row(table: Table, *tests: Clause) -> Figures:
    """Whether the assessment with a key has a row in the table that passes the tests.

    `offset(0)`, and figures hidden in the tests, keep both databases from reading every row with such a
    figure instead of the few that the bucket mask has left.
    """

    def has_figure(key: ColumnElement[int]) -> Clause:
        row = select(table.c.assessment).where(table.c.assessment == key, *tests).offset(0)
        return row.correlate_except(table).exists()

    return has_figure


def _in_mask(bits: int) -> Clause:
    """Whether the bucket mask has one of these bits."""
    return assessments.c.sieve.bitwise_and(bits) != 0


def _tests(criteria: Sequence[Criterion], driving: Criterion | None) -> list[Clause]:
    """All tests but those of figures, written so that the database starts from the driving criterion."""
    return [criterion.test if criterion is not driving else _driven(criterion) for criterion in criteria]


def _figures(criteria: Sequence[Criterion], driving: Criterion | None) -> list[Figures]:
    """The tests of figures, each of which needs a lookup."""
    return [one.figures for one in criteria if one.figures is not None and one is not driving]


def _driven(criterion: Criterion) -> Clause:
    assert criterion.keys is not None
    return assessments.c.pk.in_(criterion.keys) if criterion.bounds is None else criterion.bounds


def _row_tests(filter: Filter, figure: ColumnElement[Any] = shown_scores.c.hundredths) -> list[Clause]:
    """Tests for the modelled rows in `shown_scores` that the filter selects."""
    if not filter.chooses_rows:
        return []
    scores = [within(figure, filter.score)] if filter.score else []
    return [shown_scores.c.process.in_(filter.processes), *scores]
