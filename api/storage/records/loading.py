"""Rows of source systems, stored by the system's own ID: new, changed, or as they were.

A row that comes again unchanged changes nothing. A changed row takes the place of the earlier one, which goes
to `record_versions`. A row that names something unknown is refused, and the others of its batch are stored.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.storage.database import hold_records, insert_rows
from api.storage.people.belonging import Belonging
from api.storage.people.people import new_pseudonym
from api.storage.records.due import note_duplicates_due, note_scores_due
from api.storage.records.erased import RecordMarks, erased_among
from api.storage.records.kinds import COMMON, KINDS, Kind
from api.storage.tables import (
    nationalities,
    offices,
    people,
    person_records,
    record_versions,
)
from api.storage.viewer import AGENCY
from rms.errors import Conflict

UNDER_WAY = "Another import of this source is under way. Import this folder again when it is complete."
ERASED = "erased_person"
MOST_ROWS = 5_000  # of a batch: each is a parameter of a statement
# Kinds that neither a harm score nor the list depends on.
NOT_SCORED = {"sentences", "associations"}
DETAILS = tuple(column.name for column in person_records.c if column.name not in ("id", "person", *COMMON))


class Row(NamedTuple):
    """A row of a file. `person` and, in `values`, areas and other people are as the source names them."""

    line: int
    id: str
    person: str
    values: tuple[Any, ...]


class PersonRow(NamedTuple):
    """A row about a person: `details` has a value for each column of DETAILS, `home_area` as a code."""

    line: int
    id: str
    details: Mapping[str, Any]
    nationality: str | None


@dataclass(frozen=True)
class Refused:
    """A row that names something unknown. `column` is the file's, `code` says why."""

    line: int
    column: str
    code: str


@dataclass
class Loaded:
    """What became of the rows of a batch."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


class Known(NamedTuple):
    """What is stored of a row: its key, its digest, and the person and record that it belongs to.

    `born` is the date of birth of a record of a person.
    """

    id: int
    digest: int
    person: int
    record: int
    born: date | None = None


class Loading:
    """Rows of one source system, in one transaction. `marks` tell those of erased people."""

    def __init__(
        self,
        connection: Connection,
        belonging: Belonging,
        *,
        source: int,
        by: str,
        at: datetime,
        marks: RecordMarks | None = None,
    ) -> None:
        hold_records(connection, only_loading=True)
        self._connection = connection
        self._belonging = belonging
        self._source = source
        self._by = by
        self._at = at
        self._marks = marks

    def areas(self, codes: Collection[str]) -> Mapping[str, int]:
        """The keys of these areas, by code. Unknown codes are missing."""
        chosen = select(offices.c.code, offices.c.id).where(offices.c.code.in_(set(codes)))
        return {row.code: row.id for row in self._connection.execute(chosen)}

    def people(self, rows: Sequence[PersonRow]) -> Loaded:
        """Store up to MOST_ROWS rows about people. Each has another ID."""
        loaded = Loaded()
        areas = self.areas([row.details["home_area"] for row in rows if row.details["home_area"]])
        known = self._known(person_records, [row.id for row in rows])
        erased = self._erased([row.id for row in rows if row.id not in known])
        new, changed = [], []
        for row in rows:
            if row.id in erased:
                loaded.refused.append(Refused(row.line, "person", ERASED))
                continue
            code = row.details["home_area"]
            if code is not None and code not in areas:
                loaded.refused.append(Refused(row.line, "home_area", "unknown_area"))
                continue
            details = {**row.details, "home_area": areas.get(code)}
            digest = _digest((*row.details.values(), row.nationality))
            before = known.get(row.id)
            if before is None:
                new.append((row, details, digest))
            elif before.digest == digest:
                loaded.unchanged += 1
            else:
                changed.append((row, details, digest, before))
        persons = self._people_of([(row, details) for row, details, _ in new], loaded)
        self._add_people([one for one in new if one[0].id in persons], persons)
        self._change_people(changed)
        loaded.added = len(persons)
        loaded.changed = len(changed)
        note_scores_due(self._connection, [*persons.values(), *(before.person for *_, before in changed)])
        if ids := [*persons, *(row.id for row, *_ in changed)]:
            c = person_records.c
            note_duplicates_due(self._connection, and_(c.source == self._source, c.source_id.in_(ids)))
        return loaded

    def rows(self, kind: str, rows: Sequence[Row]) -> Loaded:
        """Store up to MOST_ROWS rows of one kind. Each has another ID."""
        return _OfKind(self, KINDS[kind]).load(rows)

    def _erased(self, unknown: Collection[str]) -> frozenset[str]:
        """Of these people who are not there, those who were erased."""
        return erased_among(self._connection, self._source, unknown, marks=self._marks)

    def _people_of(
        self, rows: Sequence[tuple[PersonRow, Mapping[str, Any]]], loaded: Loaded
    ) -> dict[str, int]:
        """The person of each new record, by its source ID: an offender number names one, others are new."""
        numbers = Counter(details["offender_number"] for _, details in rows if details["offender_number"])
        taken = self._numbered(numbers)
        of_source = self._with_record_of_source(list(taken.values()))
        found: dict[str, int] = {}
        adding: list[tuple[str, Mapping[str, Any]]] = []
        for row, details in rows:
            number = details["offender_number"]
            if number and (numbers[number] > 1 or taken.get(number) in of_source):
                loaded.refused.append(Refused(row.line, "offender_number", "number_of_another"))
            elif number in taken:
                found[row.id] = taken[number]
            else:
                adding.append((row.id, details))
        self._live_in({found[row.id]: details["home_area"] for row, details in rows if row.id in found})
        found.update(self._new_people(adding))
        return found

    def _numbered(self, numbers: Collection[str]) -> Mapping[str, int]:
        chosen = select(people.c.offender_number, people.c.id).where(
            people.c.offender_number.in_(set(numbers))
        )
        return {row.offender_number: row.id for row in self._connection.execute(chosen)}

    def _with_record_of_source(self, keys: Collection[int]) -> frozenset[int]:
        """Of these people, those of whom this source has a record already."""
        chosen = select(person_records.c.person).where(
            person_records.c.source == self._source, person_records.c.person.in_(keys)
        )
        return frozenset(self._connection.scalars(chosen)) if keys else frozenset()

    def _new_people(self, adding: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, int]:
        """A new person for each record. Their office follows the area where they live."""
        if not adding:
            return {}
        drawn = [new_pseudonym() for _ in adding]
        columns = ("offender_number", "office", "next_sequence", "pseudonym", "home_area", "follows_home")
        self._insert(
            people,
            columns,
            [
                (
                    details["offender_number"],
                    details["home_area"] or AGENCY,
                    0,
                    pseudonym,
                    details["home_area"],
                    True,
                )
                for (_, details), pseudonym in zip(adding, drawn, strict=True)
            ],
        )
        chosen = select(people.c.pseudonym, people.c.id).where(people.c.pseudonym.in_(drawn))
        keys = {row.pseudonym: row.id for row in self._connection.execute(chosen)}
        return {id: keys[pseudonym] for (id, _), pseudonym in zip(adding, drawn, strict=True)}

    def _insert(self, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        try:
            insert_rows(self._connection, table, columns, rows)
        except (IntegrityError, UniqueViolation) as error:
            raise Conflict(UNDER_WAY) from error

    def _live_in(self, areas: Mapping[int, int | None]) -> None:
        """Note where these people live now, as far as the source tells."""
        homes = {person: area for person, area in areas.items() if area is not None}
        self._belonging.live_in(homes, by=self._by, at=self._at)

    def _add_people(
        self, rows: Sequence[tuple[PersonRow, Mapping[str, Any], int]], persons: Mapping[str, int]
    ) -> None:
        if not rows:
            return
        self._insert(
            person_records,
            ("person", "source", "source_id", "digest", "known_from", *DETAILS),
            [
                (
                    persons[row.id],
                    self._source,
                    row.id,
                    digest,
                    self._at,
                    *(details[name] for name in DETAILS),
                )
                for row, details, digest in rows
            ],
        )
        self._set_nationalities({row.id: row.nationality for row, *_ in rows if row.nationality is not None})

    def _change_people(self, rows: Sequence[tuple[PersonRow, Mapping[str, Any], int, Known]]) -> None:
        if not rows:
            return
        self._keep_versions("person_records", person_records, [before.id for *_, before in rows])
        changing = update(person_records).where(person_records.c.id == bindparam("key"))
        self._connection.execute(
            changing,
            [
                {**details, "key": before.id, "digest": digest, "known_from": self._at}
                for _, details, digest, before in rows
            ],
        )
        self._live_in({before.person: details["home_area"] for _, details, _, before in rows})
        keys = [before.id for *_, before in rows]
        self._connection.execute(delete(nationalities).where(nationalities.c.record.in_(keys)))
        self._set_nationalities({row.id: row.nationality for row, *_ in rows if row.nationality is not None})

    def _set_nationalities(self, by_id: Mapping[str, str]) -> None:
        if by_id:
            records = self._known(person_records, list(by_id))
            values = [{"record": records[id].id, "nationality": text} for id, text in by_id.items()]
            self._connection.execute(insert(nationalities), values)

    def _known(self, table: Table, ids: Sequence[str]) -> Mapping[str, Known]:
        """What is stored of these rows of the source, by their source ID."""
        of_person = table is person_records
        about = (table.c.id, table.c.date_of_birth) if of_person else (table.c.record,)
        chosen = select(table.c.source_id, table.c.id, table.c.digest, table.c.person, *about).where(
            table.c.source == self._source, table.c.source_id.in_(ids)
        )
        return {row[0]: Known(*row[1:]) for row in self._connection.execute(chosen)}

    def _keep_versions(self, kind: str, table: Table, keys: Sequence[int]) -> None:
        """Copy these rows to the versions that were known until now."""
        rows = self._connection.execute(select(table).where(table.c.id.in_(keys)))
        versions = [
            {
                "person": row.person,
                "kind": kind,
                "source": row.source,
                "source_id": row.source_id,
                "record": row.id if table is person_records else row.record,
                "known_from": row.known_from,
                "known_to": self._at,
                "body": {name: _as_json(value) for name, value in row._mapping.items() if name not in COMMON},
            }
            for row in rows
        ]
        self._connection.execute(insert(record_versions), versions)


class _OfKind:
    """Loads rows of one kind."""

    def __init__(self, loading: Loading, kind: Kind) -> None:
        self._loading = loading
        self._kind = kind
        self._area = kind.columns.index(kind.area) if kind.area else None
        self._other = kind.columns.index(kind.other) if kind.other else None
        self._day = kind.columns.index(kind.day) if kind.day else None

    def load(self, rows: Sequence[Row]) -> Loaded:
        loading, kind, loaded = self._loading, self._kind, Loaded()
        named = self._people_named(rows)
        owners = loading._known(person_records, list(named))
        erased = loading._erased(named - owners.keys())
        areas = self._areas_named(rows)
        known = loading._known(kind.table, [row.id for row in rows])
        new: list[tuple[Any, ...]] = []
        changed: list[tuple[Known, tuple[Any, ...]]] = []
        touched: set[int] = set()
        for row in rows:
            if (refused := self._refused(row, owners, erased, areas)) is not None:
                loaded.refused.append(refused)
                continue
            owner, digest = owners[row.person], _digest((row.person, *row.values))
            before = known.get(row.id)
            if before is not None and before.digest == digest:
                loaded.unchanged += 1
                continue
            place = (owner.person, owner.id, loading._source, row.id, digest, loading._at)
            values = (*place, *self._resolved(row.values, owners, areas))
            touched.add(owner.person)
            if before is None:
                new.append(values)
            else:
                touched.add(before.person)
                changed.append((before, values))
        columns = (*COMMON, *kind.columns, *(("other_record",) if kind.other else ()))
        loading._insert(kind.table, columns, new)
        self._change(columns, changed)
        loaded.added, loaded.changed = len(new), len(changed)
        if kind.name not in NOT_SCORED:
            note_scores_due(loading._connection, touched)
        return loaded

    def _people_named(self, rows: Sequence[Row]) -> set[str]:
        named = {row.person for row in rows}
        return named if self._other is None else named | {row.values[self._other] for row in rows}

    def _areas_named(self, rows: Sequence[Row]) -> Mapping[str, int]:
        if self._area is None:
            return {}
        return self._loading.areas({row.values[self._area] for row in rows} - {None})

    def _refused(
        self, row: Row, owners: Mapping[str, Known], erased: Set[str], areas: Mapping[str, int]
    ) -> Refused | None:
        if row.person not in owners:
            return _not_there(row, "person", row.person, erased)
        if self._other is not None and row.values[self._other] not in owners:
            return _not_there(row, "other", row.values[self._other], erased)
        if self._area is not None and (code := row.values[self._area]) is not None and code not in areas:
            return Refused(row.line, "area", "unknown_area")
        born = owners[row.person].born
        if self._day is not None and born is not None and row.values[self._day] < born:
            return Refused(row.line, "date", "before_birth")
        return None

    def _resolved(
        self, values: tuple[Any, ...], owners: Mapping[str, Known], areas: Mapping[str, int]
    ) -> tuple[Any, ...]:
        """The values with keys in place of codes and source IDs."""
        if self._area is not None and values[self._area] is not None:
            return (*values[: self._area], areas[values[self._area]], *values[self._area + 1 :])
        if self._other is not None:
            other = owners[values[self._other]]
            return (*values[: self._other], other.person, *values[self._other + 1 :], other.id)
        return values

    def _change(self, columns: Sequence[str], changed: Sequence[tuple[Known, tuple[Any, ...]]]) -> None:
        if not changed:
            return
        loading, table = self._loading, self._kind.table
        loading._keep_versions(self._kind.name, table, [before.id for before, _ in changed])
        loading._connection.execute(
            update(table).where(table.c.id == bindparam("key")),
            [{**dict(zip(columns, values, strict=True)), "key": before.id} for before, values in changed],
        )


def _not_there(row: Row, column: str, id: str, erased: Set[str]) -> Refused:
    return Refused(row.line, column, ERASED if id in erased else "unknown_person")


def _digest(values: tuple[Any, ...]) -> int:
    """64 bits of a hash of the values. Equal values have the same, on every machine."""
    return int.from_bytes(blake2b(repr(values).encode(), digest_size=8).digest(), "big", signed=True)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
