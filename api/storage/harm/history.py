"""What a person's harm score rests on: every offence, marker and report, with where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from api.storage.tables import drug_markers, intelligence, offences, offices, sources


@dataclass(frozen=True)
class StoredOffence:
    """An offence of a person. `id` is the key of its row, `area` the name of its area.

    `latitude` and `longitude` are degrees of WGS 84; None: no location is on record.
    """

    id: int
    source: str
    source_id: str
    code: str
    committed_on: date
    area: str | None
    latitude: float | None
    longitude: float | None
    stage: str | None
    outcome: int | None
    domestic_abuse: bool | None


@dataclass(frozen=True)
class StoredMarker:
    id: int
    source: str
    source_id: str
    kind: str
    first_day: date
    last_day: date | None


@dataclass(frozen=True)
class StoredReport:
    id: int
    source: str
    source_id: str
    grade: str
    reported_on: date


@dataclass(frozen=True)
class StoredHistory:
    """Everything on record about one person that the score looks at, oldest first."""

    offences: tuple[StoredOffence, ...]
    markers: tuple[StoredMarker, ...]
    reports: tuple[StoredReport, ...]


def history_of(connection: Connection, person: int) -> StoredHistory:
    """The history of a person, by key."""
    return StoredHistory(
        tuple(
            StoredOffence(**row._mapping)
            for row in _rows(
                connection,
                offences,
                person,
                "committed_on",
                columns=(
                    *("code", "committed_on", "latitude", "longitude"),
                    *("stage", "outcome", "domestic_abuse"),
                    offices.c.name.label("area"),
                ),
            )
        ),
        tuple(
            StoredMarker(**row._mapping)
            for row in _rows(
                connection, drug_markers, person, "first_day", columns=("kind", "first_day", "last_day")
            )
        ),
        tuple(
            StoredReport(**row._mapping)
            for row in _rows(
                connection, intelligence, person, "reported_on", columns=("grade", "reported_on")
            )
        ),
    )


def _rows(
    connection: Connection, table: Table, person: int, day: str, *, columns: Sequence[Any]
) -> Sequence[Row[Any]]:
    chosen = select(
        table.c.id,
        sources.c.name.label("source"),
        table.c.source_id,
        *(table.c[column] if isinstance(column, str) else column for column in columns),
    ).join_from(table, sources, sources.c.id == table.c.source)
    if table is offences:
        chosen = chosen.outerjoin(offices, offices.c.id == offences.c.area)
    chosen = chosen.where(table.c.person == person).order_by(table.c[day], table.c.id)
    return connection.execute(chosen).all()
