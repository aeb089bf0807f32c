"""The orders that assessments are listed in, each with the index that it is read along."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, null, select, true, tuple_

from api.storage.row_access import Clause, Figures
from api.storage.tables import assessments, shown_scores
from rms.engine.filter import Bounds, Filter, Key, Sort

T = TypeVar("T", int, date)
LOOK_UP = 25  # what it costs to look up an assessment by its key, in steps along an index

_ranked = shown_scores.alias("ranked")
_pseudonym = (assessments.c.pseudonym, assessments.c.pk)
# What a list is sorted by, and then what equals are, as they stand in the index that it is read along.
_COLUMNS: Mapping[Key, tuple[ColumnElement[Any], ...]] = {
    Key.SUBMITTED_AT: (assessments.c.submitted_at, assessments.c.pk),
    Key.OFFENDER_NUMBER: (assessments.c.offender_number, assessments.c.pk),
    Key.RELEASE_DATE: (assessments.c.release_date, *_pseudonym),
    Key.SCORE: (_ranked.c.hundredths, _ranked.c.pseudonym, _ranked.c.assessment),
}
# The same for those who must learn neither the order of the numbers nor that of arrival.
_BY_PSEUDONYM = {
    **_COLUMNS,
    Key.SUBMITTED_AT: (assessments.c.submitted_on, *_pseudonym),
    Key.OFFENDER_NUMBER: _pseudonym,
}
_MAY_BE_UNKNOWN = {Key.RELEASE_DATE, Key.SCORE}


@dataclass(frozen=True)
class Order:
    """Keys of assessments from where the last page `ended`: at what `place_of` its last assessment finds.

    `is_walked`: along its own index; else what is found in another way is sorted afterwards. `by_pseudonym`:
    in an order that tells neither numbers nor who came before whom.
    """

    filter: Filter
    sort: Sort
    ended: tuple[Any, ...] | None = None
    is_walked: bool = True
    by_pseudonym: bool = False

    def place_of(self, key: int) -> Select[Any]:
        """What the assessment of this key is sorted by."""
        place = _all_by(self.sort).with_only_columns(*self._stored)
        return place.where(assessments.c.pk == key)

    def parts(self, tests: Sequence[Clause], figures: Sequence[Figures]) -> Iterator[Select[tuple[int]]]:
        """Those that pass all: where what it is sorted by is known, and after them the others."""
        if self.begins_among_known:
            yield self._whose(figures, self._in_order(self._known().where(*tests)))
        if self.sort.key in _MAY_BE_UNKNOWN and self._bounds() is None:
            column, *rest = self._columns
            unknown = _all_by(self.sort).where(column.is_(None), *tests)
            if self.ended is not None and not self.begins_among_known:
                unknown = unknown.where(self._beyond(rest, self.ended[1:]))
            yield self._whose(figures, unknown.order_by(*map(self._directed, rest)))

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
    def _stored(self) -> Sequence[ColumnElement[Any]]:
        return (_BY_PSEUDONYM if self.by_pseudonym else _COLUMNS)[self.sort.key]

    @property
    def _columns(self) -> list[Any]:
        return [column if self.is_walked else hidden(column) for column in self._stored]

    def _known(self) -> Select[tuple[int]]:
        chosen = _all_by(self.sort)
        if self.sort.key in _MAY_BE_UNKNOWN:
            chosen = chosen.where(self._columns[0].is_not(None))
        if (bounds := self._bounds()) is not None:
            chosen = chosen.where(bounds)
        if self.ended is not None:
            chosen = chosen.where(self._beyond(self._columns, self.ended))
        return chosen

    def _bounds(self) -> Clause | None:
        """What the filter says of the very column that is sorted by: the walk begins and ends there."""
        asked, key, column = self.filter.in_force(), self.sort.key, self._columns[0]
        if key is Key.SCORE and asked.score and asked.processes == (self.sort.process,):
            return within(column, self._ahead(asked.score))
        if key is Key.SUBMITTED_AT and asked.submitted:
            days = self._ahead(asked.submitted)
            return within(column, days) if self.by_pseudonym else on_days(column, days)
        if key is Key.RELEASE_DATE and asked.release:
            return within(column, self._ahead(asked.release))
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
        return chosen.order_by(*map(self._directed, self._columns))

    def _directed(self, column: Any) -> Any:
        return column.desc() if self.sort.descending else column.asc()

    def _beyond(self, columns: Sequence[Any], ended: tuple[Any, ...]) -> Clause:
        place = tuple_(*columns)
        found: Clause = place < ended if self.sort.descending else place > ended
        return found


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
