"""The offender list as a query: the people of `rms.harm.listing.matches` whom the viewer may see, by score.

The list is read in the order of the scores until a page is full. Where few people can be on it, this would
read nearly everybody, so there are three ways:

- by key: a caseload is read whole and sorted; so are the people who have such a name, such an offence or
  another band since then, if there are up to `MOST_KEYS`.
- in parts: a few areas (of the filter, or those that the viewer may see), cohorts or bands each have an index
  in the order of the scores. RMS reads their indexes side by side, each only as far as the page needs.
- as a whole: in the order of all scores.

The way changes nothing about who is on the list: every test is applied in every way. What a row of the table
tells is tested first; what must be looked up for each person (offences, names, who may see them) is tested in
order, and only until the page is full. `offset(0)` keeps the databases from changing that. PostgreSQL does
not see that a page needs few rows, and would read and sort all: `_without_sorting` prevents it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    desc,
    extract,
    false,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from api.storage.row_access import Clause, authorised, below, judged
from api.storage.tables import (
    assessments,
    caseload,
    harm_history,
    harm_scores,
    offences,
    offices,
    people,
    person_records,
    shown_scores,
)
from api.storage.tables.columns import hidden
from api.storage.viewer import AGENCY, Reach, Viewer
from rms.calendar import born_after
from rms.engine.scale import PROCESSES
from rms.harm.listing import (
    HIGH_BANDS,
    HIGH_SCORE,
    JUVENILE,
    LOW_BANDS,
    LOW_SCORE,
    MANAGED,
    NO_COHORT,
    HarmFilter,
    HarmQuery,
    OffenceChoice,
)
from rms.harm.score import SUSPECTED
from rms.harm.settings import BANDS
from rms.records.current import ADULT_AGE, UNDER_AGE

MOST_KEYS = 5_000  # people who are read by key and sorted
MOST_PARTS = 40  # indexes that are read side by side
RECIDIVISM = PROCESSES[0]
AFTER_ALL = "\U0010ffff"  # sorts after every character of a name

_person, _score = harm_scores.c.person, harm_scores.c.score
_columns = _person.label("person"), _score.label("score"), harm_scores.c.band
# Hidden, so that the rows are found by key and then sorted, rather than read in the order of all scores.
_hidden_person, _hidden_score = hidden(_person), hidden(_score)
_hidden_columns = _hidden_person.label("person"), _hidden_score.label("score"), harm_scores.c.band


@dataclass(frozen=True)
class ListPlace:
    """A person in the list, by what it is sorted by: the higher score first, then the higher key."""

    score: float
    person: int


class OffenderList:
    """The offender list within one transaction, of the people whom the viewer may see."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer
        self._offices: dict[int, tuple[int, ...]] = {}  # below an office, as read once
        self._of_seen_offices: tuple[int, ...] | None = None  # the people of `_elsewhere`, as read once
        self._areas: dict[str, tuple[int, ...]] = {}
        self._trees: dict[int, Select[tuple[int]]] = {}

    def page(
        self, query: HarmQuery, *, limit: int | None, after: ListPlace | None = None
    ) -> tuple[ListPlace, ...]:
        """Up to `limit` people (all, if None) after a place. Ignores the size of the list."""
        matching = self._matching(query, after=after).limit(limit)
        if limit is None:
            return self._places(matching)
        with self._without_sorting():
            return self._places(matching)

    def _places(self, matching: Select[Any]) -> tuple[ListPlace, ...]:
        return tuple(ListPlace(score, person) for person, score in self._connection.execute(matching).all())

    @contextmanager
    def _without_sorting(self) -> Iterator[None]:
        """PostgreSQL reads the indexes in their order, wherever it can do without sorting."""
        if self._connection.dialect.name != "postgresql":
            yield
            return
        self._connection.execute(_sorting("off"))
        yield
        self._connection.execute(_sorting("on"))

    def total(self, query: HarmQuery, *, most: int) -> int:
        """How many people match, counted up to `most`."""
        return self._count(self._matching(query).limit(most))

    def rank(self, query: HarmQuery, place: ListPlace, *, most: int) -> int:
        """The position, from 1, of a person who matches, counted up to `most`."""
        first = tuple_(hidden(_score), _person) > (place.score, place.person)
        return self._count(self._matching(query, first).limit(most - 1)) + 1

    def may_see(self, person: int) -> bool:
        """Whether the viewer may see the person, who need not have a score."""
        seen = select(people.c.id).where(people.c.id == person, *self._scope(people.c.id))
        return self._connection.scalar(seen) is not None

    def recorded_by_month(self, offence: OffenceChoice, *, first: date, last: date) -> dict[int, int]:
        """Month of the year → how many such offences are on record of these days, of people of any area."""
        month = extract("month", offences.c.committed_on)
        chosen = (
            select(month, func.count())
            .where(_is_code(offences.c.code, offence), offences.c.committed_on.between(first, last))
            .group_by(month)
        )
        return {int(number): count for number, count in self._connection.execute(chosen)}

    def _count(self, query: Select[Any]) -> int:
        return self._connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()

    def _matching(self, query: HarmQuery, *tests: Clause, after: ListPlace | None = None) -> Select[Any]:
        """Person and score of all matches, in order."""
        rows = self._rows(query, [*self._tests(query), *tests], after).offset(0).subquery()
        lookups = (*self._scope(rows.c.person), *self._lookups(query, rows.c.person, rows.c.band))
        found = select(rows.c.person, rows.c.score).where(*lookups)
        if self._connection.dialect.name != "postgresql":
            return found  # SQLite keeps the order of the rows, and would sort them again
        return found.order_by(rows.c.score.desc(), rows.c.person.desc())

    def _rows(self, query: HarmQuery, tests: Sequence[Clause], after: ListPlace | None) -> Any:
        """The rows that pass the tests, in order: by key, in parts or as a whole."""
        if (keys := self._few(query)) is not None:
            return _by_key(and_(_person.in_(keys), *self._at_home(query.filter), *tests), after)
        few = [_by_key(and_(part, *tests), after) for part in self._elsewhere(query.filter)]
        parts = [_in_order(and_(part, *tests), after) for part in self._parts(query.filter)] + few
        if not parts:
            return _by_key(false(), after)
        if len(parts) == 1:
            return parts[0]
        if self._connection.dialect.name != "postgresql":  # SQLite puts the parts in order as it merges them
            parts = [part.order_by(None) for part in parts]
        return union_all(*parts).order_by(desc("score"), desc("person"))

    def _few(self, query: HarmQuery) -> Select[tuple[int]] | None:
        """The keys of few people, among whom are all who match; None if there is no such criterion."""
        viewer = self._viewer
        if viewer is not None and viewer.reach is Reach.CASELOAD:
            return select(caseload.c.person).where(caseload.c.user_id == viewer.account)
        for keys in _keys(query.filter):
            if self._count(keys.limit(MOST_KEYS + 1)) <= MOST_KEYS:
                return keys
        return None

    def _parts(self, filter: HarmFilter) -> Sequence[Clause]:
        """Parts of the table that have no row in common, each with an index in the order of the scores.

        With the people of `_elsewhere`, they have all who can be on the list.
        """
        areas, c = self._areas_to_read(filter), harm_scores.c
        cohorts = () if NO_COHORT in filter.cohorts else filter.cohorts
        if areas is not None:
            if 0 < len(cohorts) * len(areas) <= MOST_PARTS:
                return [and_(c.home_area == area, c.cohort == cohort) for area in areas for cohort in cohorts]
            return [c.home_area == area for area in areas]
        parts: Sequence[Clause] = [true()]
        if cohorts:
            parts = [c.cohort == cohort for cohort in cohorts]
        elif filter.bands:
            parts = [c.band == BANDS.index(band) for band in filter.bands]
        return [and_(part, *self._at_home(filter)) for part in parts]

    def _areas_to_read(self, filter: HarmFilter) -> Sequence[int] | None:
        """The areas where the people of the list live, if they are few; None: no few areas have them all.

        Of a viewer who sees few areas, people who live elsewhere are not among them.
        """
        home = None if filter.home_area is None else self.areas_below(filter.home_area)
        seen = self._offices_seen()
        if seen is not None and len(seen) <= MOST_PARTS:
            return seen if home is None else sorted(set(seen).intersection(home))
        return home if home is not None and len(home) <= MOST_PARTS else None

    def _at_home(self, filter: HarmFilter) -> Iterator[Clause]:
        if filter.home_area is not None:
            yield hidden(harm_scores.c.home_area).in_(self.areas_below(filter.home_area))

    def _elsewhere(self, filter: HarmFilter) -> Iterator[Clause]:
        """The few people whom a viewer of few areas may see although they live in none of these."""
        seen = self._offices_seen()
        if seen is None or len(seen) > MOST_PARTS:
            return
        if self._of_seen_offices is None:
            self._of_seen_offices = tuple(self._connection.scalars(self._seen_elsewhere(seen)))
        few = self._of_seen_offices
        if few:
            keys = few if len(few) <= MOST_KEYS else self._seen_elsewhere(seen, all=True)
            home = hidden(harm_scores.c.home_area)
            yield and_(_person.in_(keys), or_(home.is_(None), home.not_in(seen)), *self._at_home(filter))

    def _seen_elsewhere(self, seen: Sequence[int], *, all: bool = False) -> Any:
        """People of these offices who do not live there, and the viewer's caseload.

        Without `all`, up to `MOST_KEYS` and one.
        """
        of_offices = people.c.office.in_(seen), people.c.home_area.is_distinct_from(people.c.office)
        found: Any = select(people.c.id).where(*of_offices)
        if self._viewer is not None and self._viewer.reach is Reach.OWN:
            found = found.union(select(caseload.c.person).where(caseload.c.user_id == self._viewer.account))
        return found if all else found.limit(MOST_KEYS + 1)

    def _offices_seen(self) -> tuple[int, ...] | None:
        """The offices whose people the viewer sees; None if the offices do not decide it."""
        viewer = self._viewer
        if viewer is None or viewer.office == AGENCY or viewer.reach in (Reach.CASELOAD, Reach.NONE):
            return None
        return self._below(viewer.office)

    def _scope(self, person: ColumnElement[int]) -> Iterator[Clause]:
        """What a person must meet for the viewer to see them, as the database is now."""
        viewer = self._viewer
        if viewer is None:
            return
        theirs = caseload.c.user_id == viewer.account, caseload.c.person == person
        on_caseload = _each(select(caseload.c.person).where(*theirs), caseload)
        if viewer.reach is Reach.NONE:
            yield false()
        elif viewer.reach is Reach.CASELOAD:
            yield on_caseload
        elif (seen := self._offices_seen()) is not None:
            same = people.alias("same")
            # Many keys, in each part of the query, would take longer to send than to read.
            of_them: Any = seen if len(seen) <= MOST_PARTS else self._tree(viewer.office)
            of_offices = or_(same.c.office.in_(of_them), same.c.home_area.in_(of_them))
            is_theirs = _each(select(same.c.id).where(same.c.id == person, of_offices), same)
            yield or_(is_theirs, on_caseload) if viewer.reach is Reach.OWN else is_theirs

    def areas_below(self, code: str) -> tuple[int, ...]:
        """The keys of the area with this code and of all below it; empty if there is none."""
        if code not in self._areas:
            area = self._connection.scalar(select(offices.c.id).where(offices.c.code == code))
            self._areas[code] = () if area is None else self._below(area)
        return self._areas[code]

    def _below(self, office: int) -> tuple[int, ...]:
        if office not in self._offices:
            self._offices[office] = tuple(sorted(self._connection.scalars(below(office))))
        return self._offices[office]

    def _tree(self, office: int) -> Select[tuple[int]]:
        """The same as a query; always one and the same, so that a statement has it once."""
        if office not in self._trees:
            self._trees[office] = below(office)
        return self._trees[office]

    def _tests(self, query: HarmQuery) -> Iterator[Clause]:
        """What a row tells, but for the home area. The parts choose the index, so others are hidden."""
        filter, c = query.filter, harm_scores.c
        if not filter.show_hidden:
            yield and_(not_(c.deceased), or_(c.hidden_until.is_(None), c.hidden_until <= query.on))
        yield from _of_age(filter, query.on)
        if filter.bands:
            yield hidden(c.band).in_([BANDS.index(band) for band in filter.bands])
        if filter.stages:
            yield c.stage.in_(filter.stages)
        if filter.cohorts:
            yield func.coalesce(c.cohort, NO_COHORT).in_(filter.cohorts)
        if filter.managed:
            yield or_(*(c.managed.is_(MANAGED[word]) for word in filter.managed))
        if filter.release_soon:
            yield and_(c.hidden_until.is_not(None), c.hidden_until <= query.on)

    def _lookups(
        self, query: HarmQuery, person: ColumnElement[int], band: ColumnElement[Any]
    ) -> Iterator[Clause]:
        """What must be looked up for each person."""
        filter = query.filter
        if filter.moved_since is not None:
            before = _band_on(filter.moved_since, person)
            yield band > before if filter.moved_up else band != before
        if filter.forename is not None or filter.surname is not None:
            same = person_records.c.person == person
            yield _each(select(person_records.c.id).where(same, *_named(filter)), person_records)
        if filter.has_offence:
            yield self._has_offence(query, person)
        if filter.disagreements:
            yield self._is_disagreement(person, band)

    def _has_offence(self, query: HarmQuery, person: ColumnElement[int]) -> Clause:
        """Whether a counted offence of the person meets all criteria."""
        theirs = offences.c.person == person
        return _each(select(offences.c.id).where(theirs, *self.offence_tests(query)), offences)

    def offence_tests(self, query: HarmQuery) -> Iterator[Clause]:
        """What a row of `offences` must meet to count and to meet all criteria about offences."""
        filter, c = query.filter, offences.c
        yield c.committed_on <= query.on
        yield c.outcome.in_(sorted(query.outcomes))
        yield c.stage.is_distinct_from(SUSPECTED)
        if filter.offence_since is not None:
            yield c.committed_on >= filter.offence_since
        if filter.offence is not None:
            yield _is_code(hidden(c.code), filter.offence)
        if filter.offence_area is not None:
            yield c.area.in_(self.areas_below(filter.offence_area))
        if filter.elsewhere and filter.home_area is not None:
            yield c.area.not_in(self.areas_below(filter.home_area))

    def _is_disagreement(self, person: ColumnElement[int], band: ColumnElement[Any]) -> Clause:
        """Whether the band and the example-based score of recidivism that the viewer sees differ."""
        score = shown_scores.c.hundredths
        high, low = ([BANDS.index(name) for name in names] for names in (HIGH_BANDS, LOW_BANDS))
        visible = [one.test for one in (*authorised(self._viewer), *judged(self._viewer))]
        latest = (
            select(assessments.c.pk)
            .join(shown_scores, shown_scores.c.assessment == assessments.c.pk)
            .where(
                assessments.c.person == person,
                assessments.c.latest,
                shown_scores.c.process == RECIDIVISM,
                or_(and_(band.in_(high), score < LOW_SCORE), and_(band.in_(low), score > HIGH_SCORE)),
                *visible,
            )
        )
        return _each(latest, assessments, shown_scores)


def _sorting(switch: str) -> Select[Any]:
    """Set what PostgreSQL may do in this transaction."""
    return select(*(func.set_config(name, switch, true()) for name in ("enable_sort", "enable_bitmapscan")))


def _in_order(test: Clause, after: ListPlace | None) -> Select[Any]:
    """The rows that pass, read from an index in order."""
    beyond = [] if after is None else [_beyond(_score, _person, after)]
    return select(*_columns).where(test, *beyond).order_by(_score.desc(), _person.desc())


def _by_key(test: Clause, after: ListPlace | None) -> Select[Any]:
    """The rows that pass, found by key and sorted."""
    beyond = [] if after is None else [_beyond(_hidden_score, _hidden_person, after)]
    found = select(*_hidden_columns).where(test, *beyond)
    return found.order_by(_hidden_score.desc(), _hidden_person.desc())


def _beyond(score: ColumnElement[Any], person: ColumnElement[Any], place: ListPlace) -> Clause:
    beyond: Clause = tuple_(score, person) < (place.score, place.person)
    return beyond


def _each(query: Select[Any], *tables: Any) -> Clause:
    """Whether there is a row, looked up for each person: `offset(0)` keeps databases from reading all."""
    return query.offset(0).correlate_except(*tables).exists()


def _keys(filter: HarmFilter) -> Iterator[Select[tuple[int]]]:
    """For each criterion with an index of its own, at least the people who meet it."""
    if filter.forename is not None or filter.surname is not None:
        yield select(person_records.c.person).where(*_named(filter))
    if filter.offence is not None:
        since = [] if filter.offence_since is None else [offences.c.committed_on >= filter.offence_since]
        yield select(offences.c.person).where(_is_code(offences.c.code, filter.offence), *since)
    if filter.moved_since is not None:
        yield select(harm_history.c.person).where(harm_history.c.day > filter.moved_since)


def _named(filter: HarmFilter) -> Iterator[Clause]:
    for name, beginning in (("surname_key", filter.surname), ("forename_key", filter.forename)):
        if beginning is not None:
            key = person_records.c[name]
            yield and_(key >= beginning, key < beginning + AFTER_ALL)


def _is_code(code: ColumnElement[str], offence: OffenceChoice) -> Clause:
    always = [part.code for part in offence.codes if part.first is None and part.last is None]
    clauses: list[Clause] = [code.in_(always)]
    for part in offence.codes:
        if part.first is not None or part.last is not None:
            day = offences.c.committed_on
            from_then = true() if part.first is None else day >= part.first
            until = true() if part.last is None else day <= part.last
            clauses.append(and_(code == part.code, from_then, until))
    return reduce(or_, clauses)


def _of_age(filter: HarmFilter, on: date) -> Iterator[Clause]:
    """Ages by the date of birth. Somebody without one has no age."""
    born = harm_scores.c.born
    if filter.under_25:
        yield and_(born > born_after(UNDER_AGE, on=on), born <= on)
    if filter.age_group == JUVENILE:
        yield and_(born > born_after(ADULT_AGE, on=on), born <= on)
    elif filter.age_group is not None:
        yield born <= born_after(ADULT_AGE, on=on)


def _band_on(day: date, person: ColumnElement[int]) -> ColumnElement[Any]:
    """The band of a person at the end of a day."""
    return (
        select(harm_history.c.band)
        .where(harm_history.c.person == person, harm_history.c.day <= day)
        .order_by(harm_history.c.day.desc())
        .limit(1)
        .scalar_subquery()
    )
