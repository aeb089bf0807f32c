"""Assessments searched for, in narrow rows and by keys, so that a page costs the same among many.

A page is read in one of two ways. Either along the index of the order asked for, testing each assessment
until the page is full: right where the criteria are common. Or from the rarest criterion's own index, all
of it: right where it is rare. `_rare` decides by counting, and stops counting where it no longer matters.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import isqrt
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    distinct,
    exists,
    func,
    insert,
    null,
    select,
    tuple_,
)

from api.storage.scope import Clause, Criterion, authorised, below, judged, of_offices
from api.storage.tables import assessments, offices, shown_needs, shown_scores
from api.storage.viewer import Viewer
from rms.assessment import Kind
from rms.engine.result import Result
from rms.filters import (
    NEED_RANGES,
    QUARTERS,
    TENTHS,
    Bounds,
    Filter,
    Key,
    ScoreRange,
    Sort,
    hundredths,
    whole_percent,
)

AFTER_Z = "["  # the character after the last that an offender number can hold

_insert_scores = insert(shown_scores)
_insert_needs = insert(shown_needs)


@dataclass(frozen=True)
class Counts:
    """How many match: people and assessments; need → range → assessments; process → quarter → rows.

    Ranges are named as they are shown (`0–24`, …, `unknown`; `1.00–1.24`, …, `withheld`).
    """

    people: int
    assessments: int
    needs: Mapping[str, Mapping[str, int]]
    quarters: Mapping[str, Mapping[str, int]]


def add_shown(connection: Connection, found: Sequence[tuple[int, Result]]) -> None:
    """Store what a search looks at of each assessment, told by its key."""
    scores = [
        {"assessment": key, "process": one.process, "hundredths": hundredths(one.score)}
        for key, result in found
        for one in result.simulations
    ]
    needs = [
        {"assessment": key, "need": one.need, "percent": whole_percent(one.actual)}
        for key, result in found
        for one in result.needs
    ]
    connection.execute(_insert_scores, scores)
    if needs:
        connection.execute(_insert_needs, needs)


class Search:
    """Searches as one transaction sees them, among what the viewer may see.

    Assessments are told by their keys (`assessments.pk`).
    """

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer

    def page(self, filter: Filter, *, sort: Sort, limit: int, after: int | None = None) -> tuple[int, ...]:
        """Up to `limit` keys in the order of `sort`, after the key where the last page ended."""
        column, key = _column(sort), _key(sort)
        matching = self._matching(filter, _from(sort), enough=limit)
        if sort.key is Key.SCORE:
            matching = matching.where(*(one.test for one in judged(self._viewer)))
        where_it_ended = None if after is None else self._value(sort, after)
        keys: list[int] = []
        if after is None or where_it_ended is not None:
            known = matching.where(column.is_not(None), *_bounded(filter, sort))
            if after is not None:
                known = known.where(_beyond(tuple_(column, key), sort, (where_it_ended, after)))
            keys += self._keys(known.order_by(_directed(column, sort), _directed(key, sort)), limit)
        if column.nullable and len(keys) < limit and not _bounded(filter, sort):
            unknown = matching.where(column.is_(None))
            if after is not None and where_it_ended is None:
                unknown = unknown.where(_beyond(key, sort, after))
            keys += self._keys(unknown.order_by(_directed(key, sort)), limit - len(keys))
        return tuple(keys)

    def total(self, filter: Filter) -> int:
        """How many assessments match."""
        return self._count(self._all_matching(filter))

    def counts(self, filter: Filter) -> Counts:
        matching = self._all_matching(filter)
        people = matching.with_only_columns(func.count(distinct(assessments.c.offender_number)))
        return Counts(
            people=self._connection.execute(people).scalar_one(),
            assessments=self._count(matching),
            needs=self._counted_needs(matching),
            quarters=self._counted_scores(matching, filter.in_force(), QUARTERS),
        )

    def rows(self, filter: Filter) -> int:
        """How many modelled rows a list of them has."""
        listed = [shown_scores.c.assessment.in_(self._all_matching(filter))]
        return self._count(select(shown_scores.c.process).where(*listed, *rows_asked_for(filter.in_force())))

    def tenths(self, filter: Filter) -> dict[str, dict[str, int]]:
        """Process → tenth of the scores, or `withheld` → modelled rows."""
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
        self, matching: Select[tuple[int]], filter: Filter, counted: Sequence[ScoreRange]
    ) -> dict[str, dict[str, int]]:
        score = shown_scores.c.hundredths
        ranges = {one.name: score.between(one.low, one.high) for one in counted}
        shown = matching.where(*(one.test for one in judged(self._viewer)))
        rows = [shown_scores.c.assessment.in_(shown), *rows_asked_for(filter)]
        return self._counted(shown_scores.c.process, {**ranges, "withheld": score.is_(None)}, rows)

    def _counted(
        self, group: ColumnElement[str], ranges: Mapping[str, Clause], where: list[Clause]
    ) -> dict[str, dict[str, int]]:
        counted = (func.count().filter(clause).label(name) for name, clause in ranges.items())
        found = select(group.label("group"), *counted).where(*where).group_by(group).order_by(group)
        return {
            row["group"]: {name: row[name] for name in ranges}
            for row in self._connection.execute(found).mappings()
        }

    def _keys(self, chosen: Select[tuple[int]], limit: int) -> list[int]:
        return list(self._connection.scalars(chosen.limit(limit)))

    def _count(self, chosen: Select[Any]) -> int:
        return self._connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()

    def _value(self, sort: Sort, key: int) -> Any:
        """What the assessment of this key is sorted by."""
        return self._connection.scalar(
            _from(sort).with_only_columns(_column(sort)).where(assessments.c.pk == key)
        )

    def _all_matching(self, filter: Filter) -> Select[tuple[int]]:
        """For a count, which looks at them all: by a criterion's own index where one in twenty meets it."""
        return self._matching(filter, select(assessments.c.pk), enough=self._largest_key() // 400)

    def _matching(self, filter: Filter, chosen: Select[tuple[int]], *, enough: int) -> Select[tuple[int]]:
        """`chosen` with every criterion, the way that looks at the fewest rows to find `enough` of them."""
        criteria = list(self._criteria(filter.in_force()))
        rare = self._rare(criteria, enough=enough)
        return chosen.where(
            *(
                assessments.c.pk.in_(one.keys) if one is rare and one.keys is not None else one.test
                for one in criteria
            )
        )

    def _rare(self, criteria: list[Criterion], *, enough: int) -> Criterion | None:
        """The criterion to begin with, or None to go along the order.

        Of n assessments, `enough` that meet a criterion met by m are found after some n · enough / m in
        order, or after all m by the criterion's own index: the latter is less while m² < n · enough.
        """
        most = isqrt(enough * self._largest_key())
        sizes = [(self._count(one.keys.limit(most + 1)), one) for one in criteria if one.keys is not None]
        size, rarest = min(sizes, key=lambda sized: sized[0], default=(most + 1, None))
        return rarest if size <= most else None

    def _largest_key(self) -> int:
        return self._connection.scalar(select(func.max(assessments.c.pk))) or 0

    def _criteria(self, filter: Filter) -> Iterator[Criterion]:
        yield from authorised(self._viewer)
        if filter.score:  # to be found by a score would tell it
            yield from judged(self._viewer)
        if not filter.what_ifs:
            yield Criterion(assessments.c.kind == str(Kind.ASSESSMENT))
        if filter.latest:
            yield Criterion(assessments.c.latest)
        if filter.submitted:
            yield _of_assessments(assessments.c.submitted_at, lambda at: _submitted(at, filter.submitted))
        if filter.release:
            yield _of_assessments(assessments.c.release_date, lambda day: _within(day, filter.release))
        if filter.offender is not None:
            yield self._of_offender(filter.offender)
        if filter.office is not None:
            named = select(offices.c.id).where(offices.c.name == filter.office).scalar_subquery()
            yield of_offices(below(named))
        if filter.chooses_rows:
            rows = select(shown_scores.c.assessment).where(*rows_asked_for(filter))
            belongs = shown_scores.c.assessment == assessments.c.pk
            yield Criterion(exists().where(belongs, *rows_asked_for(filter)), rows if filter.score else None)
        for code, bounds in filter.needs.items():
            if not bounds:
                continue
            rated = and_(shown_needs.c.need == code, _within(shown_needs.c.percent, bounds))
            belongs = shown_needs.c.assessment == assessments.c.pk
            yield Criterion(exists().where(belongs, rated), select(shown_needs.c.assessment).where(rated))

    def _of_offender(self, text: str) -> Criterion:
        """A person's number, else the id of one assessment, else all that begin so."""
        for column in (assessments.c.offender_number, assessments.c.id):
            # Somebody else's number must not show by what it keeps from being found.
            theirs = (criterion.test for criterion in authorised(self._viewer))
            exactly = select(assessments.c.pk).where(column == text, *theirs).limit(1)
            if self._connection.scalar(exactly) is not None:
                return _of_assessments(column, lambda found: found == text)
        if "-" in text:
            number = assessments.c.offender_number == text.partition("-")[0]
            return _of_assessments(assessments.c.id, lambda id: and_(number, id.startswith(text)))
        if self._connection.dialect.name != "sqlite":
            return _of_assessments(assessments.c.offender_number, lambda number: number.startswith(text))
        # SQLite compares bytes, so that a beginning is a range.
        return _of_assessments(
            assessments.c.offender_number, lambda number: and_(number >= text, number < text + AFTER_Z)
        )


def _of_assessments(column: ColumnElement[Any], clause: Callable[[Any], Clause]) -> Criterion:
    """The test hides the column, or the planner leaves the order and sorts all that its index holds."""
    hidden = func.coalesce(column, null(), type_=column.type)
    return Criterion(clause(hidden), select(assessments.c.pk).where(clause(column)))


def _submitted(at: Any, bounds: Bounds[date]) -> Clause:
    """Whole days: until the next one begins."""
    clauses = []
    if bounds.low is not None:
        clauses.append(at >= datetime.combine(bounds.low, time(), UTC))
    if bounds.high is not None:
        clauses.append(at < datetime.combine(bounds.high, time(), UTC) + timedelta(days=1))
    return and_(*clauses)


def _within(column: ColumnElement[Any], bounds: Bounds[Any]) -> Clause:
    clauses = []
    if bounds.low is not None:
        clauses.append(column >= bounds.low)
    if bounds.high is not None:
        clauses.append(column <= bounds.high)
    return and_(*clauses)


def rows_asked_for(filter: Filter) -> list[Clause]:
    """The modelled rows that are asked for, in `shown_scores`."""
    if not filter.chooses_rows:
        return []
    scores = [_within(shown_scores.c.hundredths, filter.score)] if filter.score else []
    return [shown_scores.c.process.in_(filter.processes), *scores]


_ranked = shown_scores.alias("ranked")
_COLUMNS = {
    Key.SUBMITTED_AT: assessments.c.submitted_at,
    Key.OFFENDER_NUMBER: assessments.c.offender_number,
    Key.RELEASE_DATE: assessments.c.release_date,
    Key.SCORE: _ranked.c.hundredths,
}


def _column(sort: Sort) -> Any:
    return _COLUMNS[sort.key]


def _key(sort: Sort) -> Any:
    """The key as it stands in the index that the order is read from."""
    return _ranked.c.assessment if sort.key is Key.SCORE else assessments.c.pk


def _from(sort: Sort) -> Select[tuple[int]]:
    """Keys, with whatever the order is read from."""
    if sort.key is not Key.SCORE:
        return select(assessments.c.pk)
    of_process = and_(_ranked.c.assessment == assessments.c.pk, _ranked.c.process == sort.process)
    return select(assessments.c.pk).join(_ranked, of_process)


def _bounded(filter: Filter, sort: Sort) -> list[Clause]:
    """What the filter says of the very column that is sorted by: the walk begins and ends there."""
    asked = filter.in_force()
    if sort.key is Key.SCORE and asked.score and asked.processes == (sort.process,):
        return [_within(_ranked.c.hundredths, asked.score)]
    if sort.key is Key.SUBMITTED_AT and asked.submitted:
        return [_submitted(assessments.c.submitted_at, asked.submitted)]
    if sort.key is Key.RELEASE_DATE and asked.release:
        return [_within(assessments.c.release_date, asked.release)]
    return []


def _directed(column: Any, sort: Sort) -> Any:
    return column.desc() if sort.descending else column.asc()


def _beyond(place: Any, sort: Sort, ended: Any) -> Clause:
    there = tuple_(*ended) if isinstance(ended, tuple) else ended
    found: Clause = place < there if sort.descending else place > there
    return found
