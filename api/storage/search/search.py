"""Assessments searched for, in narrow rows and by keys, so that a page costs the same among many.

A page is read in one of two ways. Either along the index of the order asked for, testing each assessment
until the page is full: right where what meets all criteria is common. Or from one criterion's own index, all
of it: right where that is rare, or where all together are rarer still. `_beginning` decides by counting, and
stops counting where it no longer matters.

What an index of an order holds is tested first. It holds a bucket mask too (`api/storage/bucket_mask.py`), so
that few figures are looked up in vain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import reduce
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
from api.storage.search.orders import LOOK_UP, Order, hidden, on_days, within
from api.storage.tables import assessments, offices, shown_needs, shown_scores
from api.storage.viewer import Viewer
from rms.assessment import AssessmentKind
from rms.engine.filter import NEED_RANGES, Bounds, Filter, Key, Sort, whole_percent
from rms.engine.result import Result
from rms.engine.scale import QUARTERS, TENTHS, ScoreRange, hundredths

TRIED = 2000  # steps of a walk that tell how far it is
SHARE_KNOWN = 20  # so many of the tried that meet a criterion tell how many of all do
FEW = 50  # assessments of a count that names the people it counted
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


def add_shown(connection: Connection, found: Sequence[tuple[int, int, Result]]) -> None:
    """Store what a search looks at of each assessment, given by its key and the person's pseudonym."""
    scores = [
        {
            "assessment": key,
            "process": one.process,
            "hundredths": hundredths(one.score),
            "pseudonym": pseudonym,
        }
        for key, pseudonym, result in found
        for one in result.simulations
    ]
    needs = [
        {"assessment": key, "need": one.need, "percent": whole_percent(one.actual)}
        for key, _, result in found
        for one in result.needs
    ]
    connection.execute(_insert_scores, scores)
    if needs:
        connection.execute(_insert_needs, needs)


@dataclass(frozen=True)
class _Trial:
    """The first steps of a walk, at what each costs: how many assessments met all criteria that can be
    told in passing, and how many each of them."""

    steps_gone: int
    cost: int
    met: int
    met_each: Mapping[int, int]

    def steps(self, enough: int) -> int:
        """How many it takes to find enough, or more: what the walk meets by chance at first, it may miss."""
        if self.steps_gone * self.cost < TRIED - self.cost:
            return 0  # the walk has ended
        return self.steps_gone * self.cost * enough // max(self.met - isqrt(self.met), 1)

    def tells(self, one: Criterion) -> bool:
        """Whether so many met it that their share is known well enough."""
        return self.met_each.get(id(one), 0) >= SHARE_KNOWN

    def share(self, one: Criterion, *, of: int) -> int:
        """How many of all meet it, going by what was met."""
        return of * self.met_each[id(one)] // self.steps_gone


class Search:
    """Searches as one transaction sees them, among what the viewer may see.

    Assessments are told by their keys (`assessments.pk`).
    """

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer

    def page(self, filter: Filter, *, sort: Sort, limit: int, after: int | None = None) -> tuple[int, ...]:
        """Up to `limit` keys in the order of `sort`, after the key where the last page ended."""
        criteria = list(self._criteria(filter.in_force()))
        if sort.key is Key.SCORE and not filter.in_force().score:
            criteria += judged(self._viewer)
        order = Order(filter, sort, by_pseudonym=self._viewer is not None and self._viewer.by_pseudonym)
        if after is not None:
            ended = self._connection.execute(order.place_of(after)).first()
            if ended is None:  # it has been erased
                return ()
            order = replace(order, ended=tuple(ended))
        beginning = self._beginning(criteria, enough=limit, trial=self._tried(criteria, order))
        tests, figures = _tests(criteria, beginning), _figures(criteria, beginning)
        keys: list[int] = []
        for part in replace(order, is_walked=beginning is None).parts(tests, figures):
            if len(keys) < limit:
                keys += self._keys(part.limit(limit - len(keys)))
        return tuple(keys)

    def total(self, filter: Filter) -> int:
        """How many assessments match."""
        return self._count(self._all_matching(filter))

    def few_people(self, filter: Filter) -> tuple[int, ...]:
        """The people of all assessments that match, where these are at most `FEW`; else nobody.

        A count of a few tells something of each of them, and one of many does not.
        """
        found = self._all_matching(filter).with_only_columns(assessments.c.person).limit(FEW + 1)
        people = tuple(self._connection.scalars(found))
        return people if len(people) <= FEW else ()

    def people(self, filter: Filter) -> PeopleSet:
        """The people of all assessments that match and whose findings the viewer may see."""
        shown = self._all_matching(filter).where(*(one.test for one in judged(self._viewer)))
        return PeopleSet(self._keys(shown.with_only_columns(assessments.c.person)))

    def counts(self, filter: Filter) -> Counts:
        matching = self._all_matching(filter)
        # By number, which has an index with all that is tested: SQLite would read the wide rows by key.
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

    def _keys(self, chosen: Select[tuple[int]]) -> list[int]:
        """As the driver gives them: to make rows of them takes SQLAlchemy longer than to find them."""
        with closing(self._connection.execute(chosen)) as found:
            assert found.cursor is not None
            return [key for (key,) in found.cursor.fetchall()]

    def _count(self, chosen: Select[Any]) -> int:
        return self._connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()

    def _all_matching(self, filter: Filter) -> Select[tuple[int]]:
        """For a count, which looks at them all: by a criterion's own index where few enough meet it."""
        criteria = list(self._criteria(filter.in_force()))
        beginning = self._beginning(criteria, enough=self._largest_key() // 400)
        figures = (looked_up(assessments.c.pk) for looked_up in _figures(criteria, beginning))
        return select(assessments.c.pk).where(*_tests(criteria, beginning), *figures)

    def _beginning(
        self, criteria: Sequence[Criterion], *, enough: int, trial: "_Trial | None" = None
    ) -> Criterion | None:
        """The criterion by whose own index to begin, or None to go along the order.

        Of n assessments, `enough` that meet a criterion met by m are found after some n · enough / m steps
        along the order, or after all m by the criterion's own index: the latter are fewer while
        m² < n · enough. A trial has seen how many meet all that can be told in passing, however they go
        together, and so how many steps those take; the rest makes the walk longer by its share.
        """
        every = self._largest_key()
        steps = enough if trial is None else min(trial.steps(enough), every)
        found: list[tuple[int, Criterion]] = []
        for one in criteria:
            if one.keys is None:
                continue
            cost = LOOK_UP if one.bounds is None else 1
            is_seen = trial is not None and one.near is not None
            most = steps // cost if is_seen else isqrt(steps * every // cost)
            if trial is not None and trial.tells(one):
                met = trial.share(one, of=every)
            else:
                met = self._count(one.keys.limit(most + 1))
            if met <= most:
                found.append((met * cost, one))
        return min(found, key=itemgetter(0), default=(0, None))[1]

    def _tried(self, criteria: Sequence[Criterion], order: Order) -> "_Trial | None":
        """What the first steps of the walk meet; None where it need not or cannot be tried."""
        near = [(one, one.near) for one in criteria if one.near is not None]
        if not near or not order.begins_among_known or all(one.keys is None for one in criteria):
            return None
        flags = [case((test, 1), else_=0).label(f"meets_{place}") for place, (_, test) in enumerate(near)]
        tried = order.first(TRIED // order.step, flags).subquery()
        met = [func.coalesce(func.sum(column), 0) for column in tried.c]
        every = func.coalesce(func.sum(reduce(mul, tried.c)), 0)
        row = self._connection.execute(select(func.count(), every, *met)).one()
        met_each = {id(one): met for (one, _), met in zip(near, row[2:], strict=True)}
        return _Trial(row[0], order.step, row[1], met_each)

    def _largest_key(self) -> int:
        return self._connection.scalar(select(func.max(assessments.c.pk))) or 0

    def _criteria(self, filter: Filter) -> Iterator[Criterion]:
        yield from authorised(self._viewer)
        if filter.score:  # to be found by a score would tell it
            yield from judged(self._viewer)
        for code, bounds in filter.needs.items():
            if bounds:
                yield _in_need(code, bounds)
        if filter.chooses_rows:
            yield _scored(filter)
        if filter.latest:  # a what-if never is
            yield _near(assessments.c.latest)
        elif not filter.what_ifs:
            yield _near(assessments.c.kind == str(AssessmentKind.ASSESSMENT))
        if filter.submitted:
            yield _between(assessments.c.submitted_at, lambda at: on_days(at, filter.submitted))
        if filter.release:
            yield _between(assessments.c.release_date, lambda day: within(day, filter.release))
        if filter.offender is not None:
            yield self._of_offender(filter.offender)
        if filter.office is not None:
            named = select(offices.c.id).where(offices.c.name == filter.office).scalar_subquery()
            yield of_offices(below(named))

    def _of_offender(self, text: str) -> Criterion:
        """A person's number, else the id of one assessment, else all that begin so."""
        for column in (assessments.c.offender_number, assessments.c.id):
            # Somebody else's number must not show by what it keeps from being found.
            theirs = (criterion.test for criterion in authorised(self._viewer))
            exactly = select(assessments.c.pk).where(column == text, *theirs).limit(1)
            if self._connection.scalar(exactly) is not None:
                is_near = column is assessments.c.offender_number
                return _between(column, lambda found: found == text, is_near=is_near)
        if "-" in text:
            number = assessments.c.offender_number == text.partition("-")[0]
            return _between(assessments.c.id, lambda id: and_(number, id.startswith(text)), is_near=False)
        # Both databases compare the bytes of a number, so that a beginning is a range.
        return _between(
            assessments.c.offender_number, lambda number: and_(number >= text, number < text + AFTER_Z)
        )


def _near(test: Clause) -> Criterion:
    return Criterion(test, near=test)


def _between(
    column: ColumnElement[Any], clause: Callable[[Any], Clause], *, is_near: bool = True
) -> Criterion:
    """The test hides the column, or the planner leaves the order and sorts all that its index holds."""
    test, bounds = clause(hidden(column)), clause(column)
    keys = select(assessments.c.pk).where(bounds)
    return Criterion(test, keys, near=test if is_near else None, bounds=bounds)


def _scored(filter: Filter) -> Criterion:
    asked = rows_asked_for(filter, hidden(shown_scores.c.hundredths))
    figures = _looked_up(shown_scores, *asked)
    if not filter.score:
        return Criterion(true(), figures=figures)
    sieved = _sieved(score_bits(filter.processes, filter.score))
    keys = select(shown_scores.c.assessment).where(*rows_asked_for(filter))
    return Criterion(sieved, keys, near=sieved, figures=figures)


def _in_need(code: str, bounds: Bounds[int]) -> Criterion:
    need, percent = shown_needs.c.need == code, shown_needs.c.percent
    sieved = _sieved(need_bits(code, bounds))
    keys = select(shown_needs.c.assessment).where(need, within(percent, bounds))
    figures = _looked_up(shown_needs, need, within(hidden(percent), bounds))
    return Criterion(sieved, keys, near=sieved, figures=figures)


def _looked_up(table: Table, *asked: Clause) -> Figures:
    """Whether the assessment of a key has such a row there.

    Figures are asked for hidden, and from the first row on: else either database finds all that have such a
    figure, whatever the sieve has left.
    """

    def looked_up(key: ColumnElement[int]) -> Clause:
        row = select(table.c.assessment).where(table.c.assessment == key, *asked).offset(0)
        return row.correlate_except(table).exists()

    return looked_up


def _sieved(bits: int) -> Clause:
    return assessments.c.sieve.bitwise_and(bits) != 0


def _tests(criteria: Sequence[Criterion], beginning: Criterion | None) -> list[Clause]:
    """All that must hold but figures, put so that the database begins with that one."""
    return [one.test if one is not beginning else _begun(one) for one in criteria]


def _figures(criteria: Sequence[Criterion], beginning: Criterion | None) -> list[Figures]:
    """What must be looked up besides."""
    return [one.figures for one in criteria if one.figures is not None and one is not beginning]


def _begun(one: Criterion) -> Clause:
    assert one.keys is not None
    return assessments.c.pk.in_(one.keys) if one.bounds is None else one.bounds


def rows_asked_for(filter: Filter, figure: ColumnElement[Any] = shown_scores.c.hundredths) -> list[Clause]:
    """The modelled rows that are asked for, in `shown_scores`."""
    if not filter.chooses_rows:
        return []
    scores = [within(figure, filter.score)] if filter.score else []
    return [shown_scores.c.process.in_(filter.processes), *scores]
