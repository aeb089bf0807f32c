"""What predictions of many people are made from: what was dated by a day, and known then.

A row was known from the day on which it was loaded. For days before a source system was first loaded, nobody
can say when a row was known: then what its first load said counts, by the dates in it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from api.storage.harm.inputs import among
from api.storage.tables import (
    associations,
    drug_markers,
    intelligence,
    offences,
    person_records,
    plans,
    record_imports,
    record_versions,
    registrations,
    sentences,
)

EPOCH = date(1970, 1, 1)
# The name of a file of an import → the name of its table, where they differ.
_TABLE_OF_FILE = {"people": "person_records"}


@dataclass(frozen=True)
class KnownBlock:
    """People by key, in order, with the rows about them. Days are days since 1 January 1970, or None.

    Offences, markers and reports are sorted by person.
    """

    people: Sequence[int]
    offences: Sequence[Any]  # person, day, code, stage, outcome, domestic abuse, source, source ID if recent
    sentences: Sequence[Any]  # person, source, source ID of the offence, kind, day, first day, last day
    markers: Sequence[Any]  # person, kind, first day, last day
    reports: Sequence[Any]  # person, grade, day
    registrations: Sequence[Any]  # person, kind, first day, last day
    plans: Sequence[Any]  # person, managed, first day, last day
    details: Sequence[Any]  # person, date of birth, day of death, custody from, release; newest first


class PredictionInputs:
    """What was known on a day, in one transaction.

    Parameters
    ----------
    on : rows dated after it are left out.
    known_at : the end of that day. None: everything that is known now counts.
    recent : the first day of offences whose source ID is needed, to find their sentences.
    """

    def __init__(self, connection: Connection, *, on: date, known_at: datetime | None, recent: date) -> None:
        self._connection = connection
        self._on = on
        self._known_at = known_at
        self._recent = recent
        self._known_from = {} if known_at is None else self._first_loads(known_at)

    def block(self, people: Sequence[int]) -> KnownBlock:
        """Everything about these people, who are given in order of their keys."""
        c = offences.c
        source_id = case((c.committed_on >= self._recent, c.source_id), else_=null())
        return KnownBlock(
            people=people,
            offences=self._rows(
                people,
                offences,
                (c.person, self._day(c.committed_on), c.code, c.stage, c.outcome),
                (c.domestic_abuse, c.source, source_id),
                by=c.committed_on,
                names=("committed_on", "code", "stage", "outcome", "domestic_abuse"),
                after=lambda row: (row.source, row.source_id),
            ),
            sentences=self._rows(
                people,
                sentences,
                (sentences.c.person, sentences.c.source, sentences.c.offence, sentences.c.kind),
                tuple(self._day(sentences.c[name]) for name in ("sentenced_on", "first_day", "last_day")),
                by=sentences.c.sentenced_on,
                names=("offence", "kind", "sentenced_on", "first_day", "last_day"),
                before=lambda row: (row.source,),
            ),
            markers=self._periods(people, drug_markers, "kind"),
            reports=self._rows(
                people,
                intelligence,
                (intelligence.c.person, intelligence.c.grade, self._day(intelligence.c.reported_on)),
                by=intelligence.c.reported_on,
                names=("grade", "reported_on"),
            ),
            registrations=self._periods(people, registrations, "kind"),
            plans=self._periods(people, plans, "managed"),
            details=self._details(people),
        )

    def ties(self) -> Sequence[Any]:
        """The associations of everybody: person, other, first day, last day."""
        c = associations.c
        columns = (c.person, c.other, self._day(c.first_day), self._day(c.last_day))
        begun = or_(c.first_day.is_(None), c.first_day <= self._on)
        rows: list[Any] = list(
            self._connection.execute(select(*columns).where(begun, self._is_known(associations)))
        )
        for row in self._versions(associations, None):
            first = row.body["first_day"]
            if first is None or first <= self._on.isoformat():
                rows.append((row.now, row.body["other"], *map(_day_number, (first, row.body["last_day"]))))
        return rows

    def _periods(self, people: Sequence[int], table: Any, what: str) -> Sequence[Any]:
        c = table.c
        return self._rows(
            people,
            table,
            (c.person, c[what], self._day(c.first_day), self._day(c.last_day)),
            by=c.first_day,
            names=(what, "first_day", "last_day"),
        )

    def _details(self, people: Sequence[int]) -> Sequence[Any]:
        names = ("date_of_birth", "deceased_on", "custody_from", "release_date")
        c = person_records.c
        order = c.person, c.known_from.desc(), c.id.desc()
        columns = (c.person, *(self._day(c[name]) for name in names), c.known_from, c.id)
        chosen = select(*columns).where(among(c.person, people), self._is_known(person_records))
        rows = [tuple(row) for row in self._connection.execute(chosen.order_by(*order))]
        versions = self._versions(person_records, people)
        if versions:
            rows += [
                (row.now, *(_day_number(row.body[name]) for name in names), row.known_from, row.record)
                for row in versions
            ]
            rows.sort(key=lambda row: (row[0], -row[-2].timestamp(), -row[-1]))
        return rows

    def _rows(
        self,
        people: Sequence[int],
        table: Any,
        *columns: Sequence[Any],
        by: ColumnElement[date],
        names: Sequence[str],
        before: Any = lambda _row: (),
        after: Any = lambda _row: (),
    ) -> Sequence[Any]:
        """Rows dated by the day, and versions of rows that were known then."""
        flat = [column for part in columns for column in part]
        chosen: Select[Any] = select(*flat).where(
            among(table.c.person, people), by <= self._on, self._is_known(table)
        )
        rows: list[Any] = list(self._connection.execute(chosen.order_by(table.c.person)))
        versions = [row for row in self._versions(table, people) if row.body[by.name] <= self._on.isoformat()]
        if versions:
            rows += [
                (row.now, *before(row), *(_value(name, row.body[name]) for name in names), *after(row))
                for row in versions
            ]
            rows.sort(key=lambda row: row[0])
        return rows

    def _first_loads(self, known_at: datetime) -> Mapping[str, Mapping[int, datetime]]:
        """Table → source → the moment up to which its rows count: the first load, or the end of the day."""
        chosen = (
            select(record_imports.c.kind, record_imports.c.source, func.min(record_imports.c.ended_at))
            .where(record_imports.c.ended_at.is_not(None))
            .group_by(record_imports.c.kind, record_imports.c.source)
        )
        found: dict[str, dict[int, datetime]] = defaultdict(dict)
        for kind, source, ended in self._connection.execute(chosen):
            first = ended.replace(tzinfo=UTC) if ended.tzinfo is None else ended
            found[_TABLE_OF_FILE.get(kind, kind)][source] = max(first, known_at)
        return found

    def _is_known(self, table: Any) -> ColumnElement[bool]:
        if self._known_at is None:
            return true()
        until = self._known_from.get(table.name, {})
        each = [and_(table.c.source == source, table.c.known_from <= at) for source, at in until.items()]
        return or_(*each, and_(table.c.source.not_in(list(until)), table.c.known_from <= self._known_at))

    def _versions(self, table: Any, people: Sequence[int] | None) -> Sequence[Any]:
        """The versions of rows that were known then, each with the person whose record it is `now`."""
        if self._known_at is None:
            return ()
        c = record_versions.c
        now = person_records.c.person.label("now")
        chosen = (
            select(now, c.source, c.source_id, c.record, c.known_from, c.known_to, c.body)
            .join(person_records, person_records.c.id == c.record)
            .where(c.kind == table.name, c.known_to > self._known_at)
        )
        if people is not None:
            chosen = chosen.where(among(person_records.c.person, people))
        until = self._known_from.get(table.name, {})
        return [
            row
            for row in self._connection.execute(chosen)
            if row.known_from <= until.get(row.source, self._known_at) < row.known_to
        ]

    def _day(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """The number of a day: making a date of it takes longer than anything else."""
        if self._connection.dialect.name == "postgresql":
            return cast(column - literal(EPOCH, Date), Integer)
        return cast(func.julianday(column) - 2440587.5, Integer)


def _day_number(day: str | None) -> int | None:
    return None if day is None else (date.fromisoformat(day) - EPOCH).days


def _value(name: str, value: Any) -> Any:
    return _day_number(value) if name.endswith(("_on", "_day")) else value
