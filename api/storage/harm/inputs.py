"""What the scores of many people are calculated from, a block of people at a time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    Table,
    and_,
    cast,
    func,
    literal,
    select,
)

from api.storage.tables import (
    drug_markers,
    harm_due,
    intelligence,
    offences,
    person_records,
    plans,
    registrations,
)

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Block:
    """People by key, in order, with the rows about them. Rows of offences are sorted by person.

    Days of offences, markers and reports are days since 1 January 1970.
    """

    people: Sequence[int]
    offences: Sequence[Any]  # person, day, code, stage, outcome, domestic abuse
    markers: Sequence[Any]  # person, kind, first day, last day
    reports: Sequence[Any]  # person, grade, day
    registrations: Sequence[Any]  # person, kind, level, from_day, to_day
    plans: Sequence[Any]  # person, managed, from_day, to_day
    details: Sequence[Any]  # person, source record's details, the record that changed last first


class Inputs:
    """The inputs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def people(self, *, after: int, most: int, only_due: bool) -> list[int]:
        """Up to `most` people with case records, by key, after the person `after`.

        Also those whose records are now another person's: they have a score no longer.
        """
        found: set[int] = set()
        for person in (harm_due.c.person,) if only_due else (harm_due.c.person, person_records.c.person):
            chosen = select(person).where(person > after).distinct().order_by(person).limit(most)
            found.update(self._connection.scalars(chosen))
        return sorted(found)[:most]

    def block(self, people: Sequence[int]) -> Block:
        """Everything about these people, who are given in order of their keys."""

        def rows(*columns: Any) -> Sequence[Row[Any]]:
            whose = columns[0]
            chosen: Select[Any] = select(*columns).where(among(whose, people)).order_by(whose)
            return self._connection.execute(chosen).fetchall()

        return Block(
            people=people,
            offences=rows(
                offences.c.person,
                self._day(offences.c.committed_on),
                offences.c.code,
                offences.c.stage,
                offences.c.outcome,
                offences.c.domestic_abuse,
            ),
            markers=rows(
                *(drug_markers.c.person, drug_markers.c.kind),
                *(self._day(drug_markers.c.first_day), self._day(drug_markers.c.last_day)),
            ),
            reports=rows(intelligence.c.person, intelligence.c.grade, self._day(intelligence.c.reported_on)),
            registrations=rows(
                *(registrations.c[name] for name in ("person", "kind", "level")), *_period(registrations)
            ),
            plans=rows(plans.c.person, plans.c.managed, *_period(plans)),
            details=self._details(people),
        )

    def _details(self, people: Sequence[int]) -> Sequence[Row[Any]]:
        names = ("person", "date_of_birth", "home_area", "in_custody", "custody_from", "release_date")
        columns = [person_records.c[name] for name in (*names, "deceased_on")]
        chosen = select(*columns).where(among(person_records.c.person, people))
        newest = person_records.c.known_from.desc(), person_records.c.id.desc()
        return self._connection.execute(chosen.order_by(person_records.c.person, *newest)).fetchall()

    def _day(self, column: ColumnElement[date]) -> ColumnElement[int]:
        """The number of a day: making a date of it takes longer than anything else."""
        if self._connection.dialect.name == "postgresql":
            return cast(column - literal(_EPOCH, Date), Integer)
        return cast(func.julianday(column) - 2440587.5, Integer)


def among(person: ColumnElement[int], people: Sequence[int]) -> ColumnElement[bool]:
    """Whether a row is about one of these people, who are given in order: a range, if there is no gap."""
    within = person.between(people[0], people[-1])
    has_gaps = people[-1] - people[0] + 1 > len(people)
    return and_(within, person.in_(people)) if has_gaps else within


def _period(table: Table) -> tuple[ColumnElement[date], ColumnElement[date]]:
    """The columns of a period, with the names that the rules in `rms.records.current` use."""
    return table.c.first_day.label("from_day"), table.c.last_day.label("to_day")


def by_person(rows: Iterable[Row[Any]]) -> Mapping[int, list[Row[Any]]]:
    """The rows of each person, in the order of `rows`. There are none of others."""
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.person].append(row)
    return grouped
