"""The orders that assessments are listed in, each with the index that it is read along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, null, select, true, tuple_

from api.storage.scope import Clause, Figures
from api.storage.tables import assessments, shown_scores
from rms.filters import Bounds, Filter, Key, Sort

T = TypeVar("T", int, date)
LOOK_UP = 25  # what it costs to look up an assessment by its key, in steps along an index

_ranked = shown_scores.alias("ranked")
_COLUMNS = {
    Key.SUBMITTED_AT: assessments.c.submitted_at,
    Key.OFFENDER_NUMBER: assessments.c.offender_number,
    Key.RELEASE_DATE: assessments.c.release_date,
    Key.SCORE: _ranked.c.hundredths,
}


@dataclass(frozen=True)
class Order:
    """Keys of assessments from where the last page `ended`: at what it is sorted by, and the key.

    `is_walked`: along its own index; else what is found in another way is sorted afterwards.
    """

    filter: Filter
    sort: Sort
    ended: tuple[Any, int] | None = None
    is_walked: bool = True

    def parts(self, tests: Sequence[Clause], figures: Sequence[Figures]) -> Iterator[Select[tuple[int]]]:
        """Those that pass all: where what it is sorted by is known, and after them the others."""
        if self.begins_among_known:
            yield self._whose(figures, self._in_order(self._known().where(*tests)))
        if _COLUMNS[self.sort.key].nullable and self._bounds() is None:
            unknown = _all_by(self.sort).where(self._column.is_(None), *tests)
            if self.ended is not None and not self.begins_among_known:
                unknown = unknown.where(self._beyond(self._key, self.ended[1]))
            yield self._whose(figures, unknown.order_by(self._directed(self._key)))

    def first(self, steps: int, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """These columns of the first so many where what it is sorted by is known, with no test."""
        return self._in_order(self._known().with_only_columns(*columns)).limit(steps)

    @property
    def begins_among_known(self) -> bool:
        return self.ended is None or self.ended[0] is not None

    @property
    def step(self) -> int:
        """What a step costs: along an index of scores each assessment has to be looked up."""
        return LOOK_UP if self.sort.key is Key.SCORE else 1

    @property
    def _column(self) -> Any:
        return self._found(_COLUMNS[self.sort.key])

    @property
    def _key(self) -> Any:
        """The key as it stands in the index that the order is read along."""
        return self._found(_ranked.c.assessment if self.sort.key is Key.SCORE else assessments.c.pk)

    def _found(self, column: Any) -> Any:
        return column if self.is_walked else hidden(column)

    def _known(self) -> Select[tuple[int]]:
        chosen = _all_by(self.sort)
        if _COLUMNS[self.sort.key].nullable:
            chosen = chosen.where(self._column.is_not(None))
        if (bounds := self._bounds()) is not None:
            chosen = chosen.where(bounds)
        if self.ended is not None:
            chosen = chosen.where(self._beyond(tuple_(self._column, self._key), self.ended))
        return chosen

    def _bounds(self) -> Clause | None:
        """What the filter says of the very column that is sorted by: the walk begins and ends there."""
        asked, key = self.filter.in_force(), self.sort.key
        if key is Key.SCORE and asked.score and asked.processes == (self.sort.process,):
            return within(self._column, self._ahead(asked.score))
        if key is Key.SUBMITTED_AT and asked.submitted:
            return on_days(self._column, self._ahead(asked.submitted))
        if key is Key.RELEASE_DATE and asked.release:
            return within(self._column, self._ahead(asked.release))
        return None

    def _ahead(self, bounds: Bounds[T]) -> Bounds[T]:
        """Without the end where the walk began: the last page has passed it. SQLite would begin there."""
        if self.ended is None:
            return bounds
        return Bounds(bounds.low, None) if self.sort.descending else Bounds(None, bounds.high)

    def _whose(self, figures: Sequence[Figures], found: Select[tuple[int]]) -> Select[tuple[int]]:
        """Those found that have the figures, in the same order.

        Figures take longest. Where those found have to be sorted, they are sorted before, so that figures are
        looked up only until a page is full; from the first row on, or the databases would turn that round.
        """
        key: ColumnElement[int] = assessments.c.pk
        if figures and not self.is_walked:
            ahead = found.offset(0).subquery()
            found, key = select(ahead.c.pk), ahead.c.pk
        return found.where(*(looked_up(key) for looked_up in figures))

    def _in_order(self, chosen: Select[Any]) -> Select[Any]:
        return chosen.order_by(self._directed(self._column), self._directed(self._key))

    def _directed(self, column: Any) -> Any:
        return column.desc() if self.sort.descending else column.asc()

    def _beyond(self, place: Any, ended: Any) -> Clause:
        found: Clause = place < ended if self.sort.descending else place > ended
        return found


def value_of(sort: Sort, key: int) -> Select[tuple[Any]]:
    """What the assessment of this key is sorted by."""
    return _all_by(sort).with_only_columns(_COLUMNS[sort.key]).where(assessments.c.pk == key)


def _all_by(sort: Sort) -> Select[tuple[int]]:
    """All keys, with whatever the order is read from."""
    if sort.key is not Key.SCORE:
        return select(assessments.c.pk)
    of_process = and_(_ranked.c.assessment == assessments.c.pk, _ranked.c.process == sort.process)
    return select(assessments.c.pk).join(_ranked, of_process)


def hidden(column: Any) -> ColumnElement[Any]:
    """The column so that the database does not think of its indexes."""
    return func.coalesce(column, null(), type_=column.type)


def on_days(at: Any, bounds: Bounds[date]) -> Clause:
    """Whole days: until the next one begins."""
    clauses: list[Clause] = []
    if bounds.low is not None:
        clauses.append(at >= datetime.combine(bounds.low, time(), UTC))
    if bounds.high is not None:
        clauses.append(at < datetime.combine(bounds.high, time(), UTC) + timedelta(days=1))
    return and_(true(), *clauses)


def within(column: ColumnElement[Any], bounds: Bounds[Any]) -> Clause:
    clauses: list[Clause] = []
    if bounds.low is not None:
        clauses.append(column >= bounds.low)
    if bounds.high is not None:
        clauses.append(column <= bounds.high)
    return and_(true(), *clauses)
