"""Source systems, areas, and the records of people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, literal, or_, select, update

from api.storage.audit import Audit
from api.storage.people.belonging import Belonging
from api.storage.records.areas import AreaRow, LoadingAreas
from api.storage.records.erased import RecordMarks
from api.storage.records.kinds import KINDS
from api.storage.records.loading import Loaded, Loading
from api.storage.tables import (
    nationalities,
    person_records,
    record_imports,
    record_versions,
    sources,
)


@dataclass(frozen=True)
class Source:
    """A source system. `as_at` is the day that its last complete import describes."""

    id: int
    name: str
    as_at: date
    loaded_at: datetime


@dataclass(frozen=True)
class FileImport:
    """How far the import of a file is: up to `line`. `ended_at` is empty until it is complete."""

    id: int
    line: int
    added: int
    changed: int
    unchanged: int
    refused: int
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """A record as it was known on a day. `values` are those of its table."""

    kind: str
    source: int
    source_id: str
    known_from: datetime
    values: Mapping[str, Any]


class Records:
    """Case records in one transaction. `person` is always the key."""

    def __init__(self, connection: Connection, audit: Audit, belonging: Belonging) -> None:
        self._belonging = belonging
        self._connection = connection
        self._audit = audit

    def sources(self) -> tuple[Source, ...]:
        """Every source system, by name."""
        rows = self._connection.execute(select(sources).order_by(sources.c.name))
        return tuple(Source(**row._mapping) for row in rows)

    def source(self, name: str, *, as_at: date, at: datetime) -> int:
        """The key of the source system of this name, which is added if it is new."""
        found: int | None = self._connection.scalar(select(sources.c.id).where(sources.c.name == name))
        if found is not None:
            return found
        values = {"name": name, "as_at": as_at, "loaded_at": at}
        key: int = self._connection.execute(insert(sources).returning(sources.c.id), values).scalar_one()
        return key

    def person_of(self, source: str, source_id: str) -> int | None:
        """The person of a source's record."""
        chosen = (
            select(person_records.c.person)
            .join(sources, sources.c.id == person_records.c.source)
            .where(sources.c.name == source, person_records.c.source_id == source_id)
        )
        return self._connection.scalar(chosen)

    def loading(self, source: int, *, by: str, at: datetime, marks: RecordMarks | None = None) -> Loading:
        """`marks` are needed if people of the source have been erased."""
        return Loading(self._connection, self._belonging, source=source, by=by, at=at, marks=marks)

    def begin_file(self, source: int, *, kind: str, sha256: str, as_at: date, at: datetime) -> FileImport:
        """The unfinished import of this file, or a new one."""
        columns = [record_imports.c[name] for name in FileImport.__dataclass_fields__]
        unfinished = select(*columns).where(
            record_imports.c.source == source,
            record_imports.c.kind == kind,
            record_imports.c.sha256 == sha256,
            record_imports.c.as_at == as_at,
            record_imports.c.ended_at.is_(None),
        )
        row = self._connection.execute(unfinished).first()
        if row is not None:
            return FileImport(**row._mapping)
        figures: dict[str, Any] = dict.fromkeys(("line", "added", "changed", "unchanged", "refused"), 0)
        values = {
            "source": source,
            "kind": kind,
            "sha256": sha256,
            "as_at": as_at,
            "begun_at": at,
            **figures,
        }
        adding = insert(record_imports).returning(record_imports.c.id)
        return FileImport(self._connection.execute(adding, values).scalar_one(), **figures)

    def keep_progress(self, file: FileImport) -> None:
        """Store how far the import of the file is, in the transaction of its rows."""
        values = {name: value for name, value in vars(file).items() if name != "id"}
        self._connection.execute(
            update(record_imports).where(record_imports.c.id == file.id).values(**values)
        )

    def end(self, source: int, *, as_at: date, by: str, at: datetime, counts: Mapping[str, int]) -> None:
        """Note that all files of a folder are imported."""
        values = {"as_at": as_at, "loaded_at": at}
        self._connection.execute(update(sources).where(sources.c.id == source).values(**values))
        self._audit.append(
            "records.imported", actor=by, at=at, object_kind="source", object_key=str(source), detail=counts
        )

    def load_areas(self, rows: Sequence[AreaRow], *, by: str, at: datetime) -> Loaded:
        """Add and change areas. The row of an area comes after that of its parent."""
        return LoadingAreas(self._connection, self._audit, by=by, at=at).load(rows)

    def of_person(self, person: int) -> Mapping[str, tuple[Row[Any], ...]]:
        """What is known now of the person: the rows of each kind, and `person_records`."""
        return {
            name: tuple(
                self._connection.execute(select(table).where(_is_about(table, person)).order_by(table.c.id))
            )
            for name, table in _tables()
        }

    def as_known(self, person: int, *, at: datetime) -> Iterator[Known]:
        """What was known of the person at a moment: rows known since before it, and versions of then."""
        for name, table in _tables():
            chosen = select(table).where(_is_about(table, person), table.c.known_from <= at)
            for row in self._connection.execute(chosen.order_by(table.c.id)):
                yield Known(name, row.source, row.source_id, row.known_from, _own_values(row))
        versions = select(record_versions).where(
            record_versions.c.person == person,
            record_versions.c.known_from <= at,
            record_versions.c.known_to > at,
        )
        for row in self._connection.execute(versions.order_by(record_versions.c.id)):
            yield Known(row.kind, row.source, row.source_id, row.known_from, row.body)

    def nationalities(self, person: int) -> tuple[str, ...]:
        """The nationalities on record: for audit and the rule of allocation only."""
        chosen = (
            select(nationalities.c.nationality)
            .join(person_records, person_records.c.id == nationalities.c.record)
            .where(person_records.c.person == person)
            .order_by(nationalities.c.nationality)
        )
        return tuple(self._connection.scalars(chosen.distinct()))


def _tables() -> Iterator[tuple[str, Table]]:
    yield "person_records", person_records
    for kind in KINDS.values():
        yield kind.name, kind.table


def _is_about(table: Table, person: int) -> Any:
    other = table.c.other == person if "other" in table.c else literal(False)
    return or_(table.c.person == person, other)


def _own_values(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)
