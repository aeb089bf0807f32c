"""The sort orders of assessment lists, each with the index that it scans."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select, true, tuple_

from api.storage.row_access import Clause, Figures
from api.storage.tables import assessments, shown_scores
from api.storage.tables.columns import hidden, on_days
from rms.engine.filter import Bounds, Filter, Key, Sort

T = TypeVar("T", int, date)
LOOKUP_COST = 25  # of one lookup of an assessment by key, in steps of an index scan

_ranked = shown_scores.alias("ranked")
_pseudonym = (assessments.c.pseudonym, assessments.c.pk)
# The sort column of each list, then the tie-breaking columns, in the order of the index that it scans.
_COLUMNS: Mapping[Key, tuple[ColumnElement[Any], ...]] = {
    Key.SUBMITTED_AT: (assessments.c.submitted_at, assessments.c.pk),
    Key.OFFENDER_NUMBER: (assessments.c.offender_number, assessments.c.pk),
    Key.RELEASE_DATE: (assessments.c.release_date, *_pseudonym),
    Key.SCORE: (_ranked.c.hundredths, _ranked.c.pseudonym, _ranked.c.assessment),
}
# The same for users who must not learn the order of offender numbers or of submissions.
_BY_PSEUDONYM = {
    **_COLUMNS,
    Key.SUBMITTED_AT: (assessments.c.submitted_on, *_pseudonym),
    Key.OFFENDER_NUMBER: _pseudonym,
}
_MAY_BE_UNKNOWN = {Key.RELEASE_DATE, Key.SCORE}


@dataclass(frozen=True)
class Order:
    """A query for keys of assessments in one order.

    `ended` has the sort values of the last assessment of the previous page, as `sort_values` selects them.
    If `scans_index`, the query scans the order's own index; otherwise it sorts the matches of another index.
    `by_pseudonym` uses an order that reveals neither offender numbers nor who was submitted first. Days of
    submission are days in `zone`.
    """

    filter: Filter
    sort: Sort
    ended: tuple[Any, ...] | None = None
    scans_index: bool = True
    by_pseudonym: bool = False
    zone: tzinfo = UTC

    def sort_values(self, key: int) -> Select[Any]:
        """The values by which the assessment with this key is sorted."""
        values = _all_by(self.sort).with_only_columns(*self._stored)
        return values.where(assessments.c.pk == key)

    def parts(self, tests: Sequence[Clause], figures: Sequence[Figures]) -> Iterator[Select[tuple[int]]]:
        """The matches with a known sort value, then those without one."""
        if self.begins_among_known:
            yield self._with_figures(figures, self._in_order(self._known().where(*tests)))
        if self.sort.key in _MAY_BE_UNKNOWN and self._bounds() is None:
            column, *rest = self._columns
            unknown = _all_by(self.sort).where(column.is_(None), *tests)
            if self.ended is not None and not self.begins_among_known:
                unknown = unknown.where(self._after(rest, self.ended[1:]))
            yield self._with_figures(figures, unknown.order_by(*map(self._directed, rest)))

    def first(self, steps: int, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """These columns of the first `steps` assessments with a known sort value, without any test."""
        return self._in_order(self._known().with_only_columns(*columns)).limit(steps)

    @property
    def begins_among_known(self) -> bool:
        return self.ended is None or self.ended[0] is not None

    @property
    def step_cost(self) -> int:
        """The cost of one step: in the index of scores, each assessment must be looked up."""
        return LOOKUP_COST if self.sort.key is Key.SCORE else 1

    @property
    def _stored(self) -> Sequence[ColumnElement[Any]]:
        return (_BY_PSEUDONYM if self.by_pseudonym else _COLUMNS)[self.sort.key]

    @property
    def _columns(self) -> list[Any]:
        return [column if self.scans_index else hidden(column) for column in self._stored]

    def _known(self) -> Select[tuple[int]]:
        query = _all_by(self.sort)
        if self.sort.key in _MAY_BE_UNKNOWN:
            query = query.where(self._columns[0].is_not(None))
        if (bounds := self._bounds()) is not None:
            query = query.where(bounds)
        if self.ended is not None:
            query = query.where(self._after(self._columns, self.ended))
        return query

    def _bounds(self) -> Clause | None:
        """The filter's bounds on the sort column itself: the scan starts and ends there."""
        filter, key, column = self.filter.in_force(), self.sort.key, self._columns[0]
        if key is Key.SCORE and filter.score and filter.processes == (self.sort.process,):
            return within(column, self._remaining(filter.score))
        if key is Key.SUBMITTED_AT and filter.submitted:
            days = self._remaining(filter.submitted)
            return (
                within(column, days)
                if self.by_pseudonym
                else on_days(column, days.low, days.high, zone=self.zone)
            )
        if key is Key.RELEASE_DATE and filter.release:
            return within(column, self._remaining(filter.release))
        return None

    def _remaining(self, bounds: Bounds[T]) -> Bounds[T]:
        """The bounds without the end that earlier pages have passed: SQLite would start the scan there."""
        if self.ended is None:
            return bounds
        return Bounds(bounds.low, None) if self.sort.descending else Bounds(None, bounds.high)

    def _with_figures(self, figures: Sequence[Figures], query: Select[tuple[int]]) -> Select[tuple[int]]:
        """The matches of the query that also have the figures, in the same order.

        Looking up figures is slow. Matches that must be sorted are sorted first, so that figures are looked
        up only until the page is full. `offset(0)` keeps the databases from reversing the two steps.
        """
        key: ColumnElement[int] = assessments.c.pk
        if figures and not self.scans_index:
            matches = query.offset(0).subquery()
            query, key = select(matches.c.pk), matches.c.pk
        return query.where(*(has_figure(key) for has_figure in figures))

    def _in_order(self, query: Select[Any]) -> Select[Any]:
        return query.order_by(*map(self._directed, self._columns))

    def _directed(self, column: Any) -> Any:
        return column.desc() if self.sort.descending else column.asc()

    def _after(self, columns: Sequence[Any], ended: tuple[Any, ...]) -> Clause:
        values = tuple_(*columns)
        after: Clause = values < ended if self.sort.descending else values > ended
        return after


def _all_by(sort: Sort) -> Select[tuple[int]]:
    """All keys, joined with the table that has the sort column."""
    if sort.key is not Key.SCORE:
        return select(assessments.c.pk)
    of_process = and_(_ranked.c.assessment == assessments.c.pk, _ranked.c.process == sort.process)
    return select(assessments.c.pk).join(_ranked, of_process)


def within(column: ColumnElement[Any], bounds: Bounds[Any]) -> Clause:
    clauses: list[Clause] = []
    if bounds.low is not None:
        clauses.append(column >= bounds.low)
    if bounds.high is not None:
        clauses.append(column <= bounds.high)
    return and_(true(), *clauses)
