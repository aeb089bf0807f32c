"""The associations that are in force on a day, as links between two people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from api.storage.people.caseload import Caseload
from api.storage.tables import associations
from api.storage.tables.columns import on_days
from rms.network.graph import UNKNOWN_STRENGTH

AT_ONCE = 100_000  # rows
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class LinkColumns:
    """Rows about associations, in columns. `rows` are their own keys, so that one read twice can be told.

    `strength` is NaN where the source gives none. Several rows can be about the same two people.
    """

    rows: Array
    one: Array
    other: Array
    strength: Array


class Links:
    """The links of a day in one transaction. `zone` is the time zone of the agency.

    An association without a first day counts from the day on which RMS first had it: it may not have been
    known before.
    """

    def __init__(self, connection: Connection, caseload: Caseload) -> None:
        self._connection = connection
        self._caseload = caseload

    def of_everybody(self, day: date, *, zone: tzinfo) -> LinkColumns:
        """The links between all people, whatever the viewer may see. For calculations of the whole agency."""
        return self._read(_in_force(day, zone))

    def of(self, people: Collection[int], day: date, *, zone: tzinfo, most: int) -> LinkColumns:
        """Up to `most` links of these people with all whom the viewer may see, the strongest first."""
        touching = or_(associations.c.person.in_(people), associations.c.other.in_(people))
        return self._read(touching, *self._visible(), _in_force(day, zone), most=most)

    def among(self, people: Collection[int], day: date, *, zone: tzinfo, most: int) -> LinkColumns:
        """Up to `most` links between two of these people, both of whom the viewer may see.

        The strongest come first.
        """
        between = associations.c.person.in_(people), associations.c.other.in_(people)
        return self._read(*between, *self._visible(), _in_force(day, zone), most=most)

    def _visible(self) -> list[ColumnElement[bool]]:
        return [self._caseload.theirs(column) for column in (associations.c.person, associations.c.other)]

    def _read(self, *tests: ColumnElement[bool], most: int | None = None) -> LinkColumns:
        """In blocks: as Python objects, three million rows would take a gigabyte."""
        columns = (associations.c[name] for name in ("id", "person", "other", "strength"))
        chosen: Select[Any] = select(*columns).where(*tests).execution_options(yield_per=AT_ONCE)
        if most is not None:
            strength = func.coalesce(associations.c.strength, UNKNOWN_STRENGTH)
            chosen = chosen.order_by(strength.desc(), associations.c.id).limit(most)
        parts = [_columns(part) for part in self._connection.execute(chosen).partitions()]
        parts.append(_columns(()))
        return LinkColumns(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _columns(rows: Collection[Any]) -> tuple[Array, ...]:
    keys, one, other, strength = zip(*rows, strict=True) if rows else ((), (), (), ())
    whole = (np.array(column, np.int64) for column in (keys, one, other))
    return *whole, np.array(strength, np.float64)  # None becomes NaN


def _in_force(day: date, zone: tzinfo) -> ColumnElement[bool]:
    c = associations.c
    known = and_(c.first_day.is_(None), on_days(c.known_from, None, day, zone=zone))
    return and_(or_(c.first_day <= day, known), or_(c.last_day.is_(None), c.last_day >= day))
