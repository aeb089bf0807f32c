"""Who people are, as their source records say it, and who they are connected with.

Only of people whom the viewer may see. Others are left out and not counted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from api.storage.people.caseload import Caseload
from api.storage.tables import associations, offices, people, person_records, plans, sources


@dataclass(frozen=True)
class SourceRecord:
    """What a source system says about a person. `home_area` is the name of an area. None: not known."""

    person: int
    id: int
    source: str
    source_id: str
    as_at: date
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    home_area: str | None
    pnc: str | None
    cro: str | None
    offender_number: str | None
    in_custody: bool | None
    custody_from: date | None
    release_date: date | None
    deceased_on: date | None
    record_link: str | None


@dataclass(frozen=True)
class StoredPlan:
    """Whether a person is managed, and by whom, from a day to a day, both included."""

    managed: bool
    managed_by: str | None
    from_day: date
    to_day: date | None


@dataclass(frozen=True)
class Association:
    """A connection of two people, `one` with the lower key. `strength`: the highest that is on record."""

    one: int
    other: int
    kind: str
    strength: int | None
    first_day: date | None
    last_day: date | None


class Details:
    """Details in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection, caseload: Caseload) -> None:
        self._connection = connection
        self._caseload = caseload

    def records(self, person: int) -> tuple[SourceRecord, ...]:
        """What each source says about the person, the record that changed last first."""
        return self._records(person_records.c.person == person)

    def records_of_number(self, number: str) -> tuple[SourceRecord, ...]:
        """The same of the person with this offender number."""
        key = select(people.c.id).where(people.c.offender_number == number).scalar_subquery()
        return self._records(person_records.c.person == key)

    def records_of(self, keys: Collection[int]) -> Mapping[int, tuple[SourceRecord, ...]]:
        """The same of several people, by key. People without case records are left out."""
        found: dict[int, tuple[SourceRecord, ...]] = {}
        for record in self._records(person_records.c.person.in_(keys)):
            found[record.person] = (*found.get(record.person, ()), record)
        return found

    def records_of_numbers(self, numbers: Collection[str]) -> Mapping[str, tuple[SourceRecord, ...]]:
        """The same, by offender number."""
        by_number = select(people.c.id, people.c.offender_number).where(people.c.offender_number.in_(numbers))
        keys = {row.id: row.offender_number for row in self._connection.execute(by_number)}
        return {keys[key]: records for key, records in self.records_of(keys).items()} if keys else {}

    def plans(self, person: int) -> tuple[StoredPlan, ...]:
        """Every plan of a person whom the viewer may see, oldest first."""
        columns = plans.c.managed, plans.c.managed_by, plans.c.first_day, plans.c.last_day
        chosen = select(*columns).where(plans.c.person == person).order_by(plans.c.first_day, plans.c.id)
        return tuple(StoredPlan(*row) for row in self._connection.execute(chosen))

    def associations(self, keys: Collection[int], *, most: int | None = None) -> tuple[Association, ...]:
        """The connections of these people with people whom the viewer may see, each once and in no order.

        With `most`, up to so many rows are read, the strongest first.
        Of one kind between the same two people there is one, whatever the number of rows. What connected two
        people who have been joined is kept, but connects nobody now.
        """
        theirs = [self._caseload.theirs(column) for column in (associations.c.person, associations.c.other)]
        touching = or_(associations.c.person.in_(keys), associations.c.other.in_(keys))
        found: dict[tuple[int, int, str], Association] = {}
        two_people = associations.c.person != associations.c.other
        chosen = _associations.where(touching, two_people, *theirs)
        if most is not None:
            strength = func.coalesce(associations.c.strength, 0)
            chosen = chosen.order_by(strength.desc(), associations.c.id).limit(most)
        for row in self._connection.execute(chosen):
            one, other = sorted((row.person, row.other))
            place = (one, other, row.kind)
            found[place] = _together(Association(one, other, *row[2:]), found.get(place))
        return tuple(found.values())

    def _records(self, of: Any) -> tuple[SourceRecord, ...]:
        visible = self._caseload.theirs(person_records.c.person)
        rows = self._connection.execute(_records.where(of, visible))
        return tuple(_source_record(row) for row in rows)


_of_record = [
    person_records.c[name]
    for name in SourceRecord.__dataclass_fields__
    if name in person_records.c and name not in ("source", "home_area")
]
_records: Select[Any] = (
    select(
        *_of_record,
        sources.c.name.label("source"),
        sources.c.as_at,
        offices.c.name.label("home_area"),
    )
    .join_from(person_records, sources, sources.c.id == person_records.c.source)
    .outerjoin(offices, offices.c.id == person_records.c.home_area)
    .order_by(person_records.c.known_from.desc(), person_records.c.id.desc())
)
_associations: Select[Any] = select(
    associations.c.person,
    associations.c.other,
    *(associations.c[name] for name in ("kind", "strength", "first_day", "last_day")),
)


def _source_record(row: Row[Any]) -> SourceRecord:
    return SourceRecord(**row._mapping)


def _together(one: Association, other: Association | None) -> Association:
    """Two rows about the same connection as one: the highest strength, and the whole period."""
    if other is None:
        return one
    firsts, lasts = (one.first_day, other.first_day), (one.last_day, other.last_day)
    return Association(
        one.one,
        one.other,
        one.kind,
        max((n for n in (one.strength, other.strength) if n is not None), default=None),
        min((day for day in firsts if day), default=None),
        None if None in lasts else max(day for day in lasts if day),
    )
