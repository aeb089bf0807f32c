"""The kinds of records that are stored the same way, and their columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from api.storage.tables import (
    associations,
    drug_markers,
    intelligence,
    offences,
    plans,
    registrations,
    sentences,
)

COMMON = ("person", "record", "source", "source_id", "digest", "known_from")


@dataclass(frozen=True)
class Kind:
    """A table of records about people. `area` and `other` say which columns come as codes and source IDs.

    `day` is a column that cannot be before the date of birth.
    """

    table: Table
    columns: tuple[str, ...]
    area: str | None = None
    other: str | None = None
    day: str | None = None

    @property
    def name(self) -> str:
        return self.table.name


def _kinds() -> Iterator[Kind]:
    for table in (sentences, registrations, plans, drug_markers, intelligence):
        yield Kind(table, _own_columns(table))
    yield Kind(offences, _own_columns(offences), area="area", day="committed_on")
    own = tuple(name for name in _own_columns(associations) if name != "other_record")
    yield Kind(associations, own, other="other")


def _own_columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c if column.name not in ("id", *COMMON))


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _kinds()}
