"""What the offender list shows of each person, and what decides whether one person is on it."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from api.storage.harm.inputs import by_person
from api.storage.harm.listing import RECIDIVISM
from api.storage.row_access import authorised, judged
from api.storage.tables import (
    assessments,
    harm_due,
    harm_history,
    harm_scores,
    offences,
    offices,
    people,
    person_records,
    plans,
    shown_scores,
)
from api.storage.viewer import Viewer
from rms.harm.listing import STAGES_LISTED, Candidate, CommittedOffence
from rms.harm.settings import BANDS, COMPONENTS
from rms.people.offices import in_tree_order
from rms.records.current import custody_on, first_known

DAYS_BEFORE = 30  # the band of so many days earlier is shown beside the band


class ListedPerson(NamedTuple):
    """A person in the offender list.

    `score` and `components` (by the names of `COMPONENTS`) are 0 to 100, as at `day`. `band_before`: of an
    earlier day, by default 30 days before the day of the list. `managed_by`: of the plan that says so.
    `in_custody`: None if not known. `is_hidden_in_custody`: only a list with hidden people has the person,
    until some months before release.
    """

    person: int
    offender_number: str | None
    forename: str | None
    surname: str | None
    born: date | None
    home_area: str | None
    home_area_name: str | None
    day: date
    score: float
    components: Mapping[str, float]
    band: str | None
    band_before: str | None
    counted: int
    unknown_codes: int
    last_offence: date
    stage: str | None
    cohort: str | None
    managed: bool | None
    managed_by: str | None
    in_custody: bool | None
    release_date: date | None
    is_hidden_in_custody: bool
    deceased: bool


# A file of the list reads tens of thousands of rows. Attributes of these are read ten times as fast as those
# of SQLAlchemy's rows.
_row_type: Any = namedtuple
_home = offices.alias("home")
_SCORES = (
    *(column for column in harm_scores.c if column.name not in ("suspected", "home_area")),
    people.c.offender_number,
    _home.c.code.label("home_code"),
    _home.c.name.label("home_name"),
)
_Score = _row_type("_Score", [column.name for column in _SCORES])
_RECORDS = [
    person_records.c[name]
    for name in (
        *("person", "forename", "forename_key", "surname", "surname_key"),
        *("in_custody", "custody_from", "release_date"),
    )
]
_Record = _row_type("_Record", [column.name for column in _RECORDS])


class ListedPeople:
    """What is shown of people. The list has checked that the viewer may see them."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer

    def of(self, keys: Sequence[int], *, on: date, before: date | None = None) -> tuple[ListedPerson, ...]:
        """These people, in the same order. Those without a score are left out.

        `before`: the day of the earlier band; by default so many days before the day `on`.
        """
        chosen = (
            select(*_SCORES)
            .join(people, people.c.id == harm_scores.c.person)
            .outerjoin(_home, _home.c.id == harm_scores.c.home_area)
            .where(harm_scores.c.person.in_(keys))
        )
        rows = {row.person: row for row in map(_Score._make, self._connection.execute(chosen).all())}
        records, managing = self._records(keys), self._plans(keys)
        earlier = self._bands_before(keys, before or on - timedelta(days=DAYS_BEFORE))
        return tuple(
            _listed(rows[key], records[key], managing[key], before=earlier.get(key), on=on)
            for key in keys
            if key in rows
        )

    def candidate(self, person: int) -> Candidate:
        """What decides whether this person is on a list."""
        row = self._connection.execute(select(harm_scores).where(harm_scores.c.person == person)).first()
        due = select(harm_due.c.person).where(harm_due.c.person == person)
        is_due = self._connection.scalar(due) is not None
        if row is None:
            return Candidate(None, is_due=is_due)
        above = self._areas()
        return Candidate(
            score=row.score,
            band=_band(row.band),
            bands=self._bands(person),
            home_areas=above.get(row.home_area, ()),
            names=tuple((one.forename_key, one.surname_key) for one in self._records([person])[person]),
            offences=self._offences(person, above),
            recidivism=self._recidivism(person),
            is_due=is_due,
            **{
                name: row._mapping[name]
                for name in ("born", "hidden_until", "deceased", "managed", "cohort", "stage")
            },
        )

    def _records(self, keys: Sequence[int]) -> Mapping[int, list[Any]]:
        """The source records of each person, the one that changed last first."""
        newest = person_records.c.known_from.desc(), person_records.c.id.desc()
        chosen = select(*_RECORDS).where(person_records.c.person.in_(keys)).order_by(*newest)
        return by_person(map(_Record._make, self._connection.execute(chosen).all()))

    def _plans(self, keys: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
        return by_person(self._connection.execute(select(plans).where(plans.c.person.in_(keys))).all())

    def _bands_before(self, keys: Sequence[int], day: date) -> Mapping[int, str | None]:
        chosen = select(harm_history.c.person, harm_history.c.band).where(
            harm_history.c.person.in_(keys), harm_history.c.day <= day
        )
        in_order = chosen.order_by(harm_history.c.person, harm_history.c.day)
        return {row.person: _band(row.band) for row in self._connection.execute(in_order).all()}

    def _bands(self, person: int) -> tuple[tuple[date, str | None], ...]:
        chosen = select(harm_history.c.day, harm_history.c.band).where(harm_history.c.person == person)
        rows = self._connection.execute(chosen.order_by(harm_history.c.day))
        return tuple((row.day, _band(row.band)) for row in rows)

    def _offences(self, person: int, above: Mapping[int, tuple[str, ...]]) -> tuple[CommittedOffence, ...]:
        chosen = select(offences).where(offences.c.person == person).order_by(offences.c.id)
        return tuple(
            CommittedOffence(row.code, row.committed_on, row.outcome, row.stage, above.get(row.area, ()))
            for row in self._connection.execute(chosen)
        )

    def _areas(self) -> Mapping[int, tuple[str, ...]]:
        """The key of each area → its code and the codes of all areas above it."""
        rows = {row.id: row for row in self._connection.execute(select(offices))}

        upwards: dict[int, tuple[str, ...]] = {}
        for _, key in in_tree_order({key: row.parent for key, row in rows.items()}):
            own = () if rows[key].code is None else (rows[key].code,)
            upwards[key] = own if rows[key].parent is None else (*own, *upwards[rows[key].parent])
        return upwards

    def _recidivism(self, person: int) -> int | None:
        """Hundredths of the latest example-based score, if the viewer may see it."""
        visible = [one.test for one in (*authorised(self._viewer), *judged(self._viewer))]
        chosen = (
            select(shown_scores.c.hundredths)
            .join(assessments, assessments.c.pk == shown_scores.c.assessment)
            .where(assessments.c.person == person, assessments.c.latest)
            .where(shown_scores.c.process == RECIDIVISM, *visible)
        )
        return self._connection.scalar(chosen)


_components = attrgetter(*COMPONENTS)


def _listed(
    row: Any, records: Sequence[Any], plans: Sequence[Row[Any]], *, before: str | None, on: date
) -> ListedPerson:
    in_custody, release_date = custody_on(records, on)
    return ListedPerson(
        person=row.person,
        offender_number=row.offender_number,
        forename=first_known(records, "forename"),
        surname=first_known(records, "surname"),
        home_area=row.home_code,
        home_area_name=row.home_name,
        components=dict(zip(COMPONENTS, _components(row), strict=True)),
        band=_band(row.band),
        band_before=before,
        stage=row.stage if row.stage in STAGES_LISTED else None,
        managed_by=_managed_by(plans, row),
        in_custody=in_custody,
        release_date=release_date if in_custody else None,
        day=row.day,
        score=row.score,
        born=row.born,
        counted=row.counted,
        unknown_codes=row.unknown_codes,
        last_offence=row.last_offence,
        cohort=row.cohort,
        is_hidden_in_custody=row.hidden_until is not None and on < row.hidden_until,
        managed=row.managed,
        deceased=row.deceased,
    )


def _managed_by(plans: Sequence[Row[Any]], score: Any) -> str | None:
    """Who manages the person by the plan that began last, on the day of the score."""
    in_force = [
        plan
        for plan in plans
        if plan.managed and plan.first_day <= score.day <= (plan.last_day or date.max) and score.managed
    ]
    latest = max(in_force, key=lambda plan: (plan.first_day, plan.id), default=None)
    return None if latest is None else latest.managed_by


def _band(place: int | None) -> str | None:
    return None if place is None else BANDS[place]
