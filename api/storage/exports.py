"""Assessments read column by column, for files of many rows.

The database joins each column of a batch to one text, which is taken apart again here: to fetch a million
rows value by value takes longer than to write them. Figures come rounded, as they are shown.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from api.storage.search import rows_asked_for
from api.storage.tables import assessments, libraries, shown_scores, simulations
from rms.filters import Filter

BETWEEN = "\x1f"  # between two values: the unit separator, which no text of a record can hold
# Decimals that figures are shown with. They come as whole numbers of the last one (124 for 1.24), but in
# full (1.245) where floating point does not tell reliably which way they are rounded.
PLACES = {"score": 2, "interval_low": 2, "interval_high": 2, "typicality": 3, "effective_size": 1}
NEARLY_A_TIE = 1e-6
OF_LIBRARY = {"library_name": "name", "library_version": "version"}
OF_SIMULATION = {column.name for column in simulations.c} - {"assessment", "evidence"}

Texts = Sequence[str]


@dataclass(frozen=True)
class Columns:
    """Some assessments and their modelled rows, in the order asked for; what is not known is empty.

    `assessments` holds a text for each assessment, `rows` one for each row; `places[i]` is the place of
    the assessment of row i. A day and an instant begin as ISO 8601 has them, the instant in UTC.
    """

    assessments: Mapping[str, Texts]
    rows: Mapping[str, Texts]
    places: Sequence[int]


class Exports:
    """Columns as one transaction sees them. Whose assessments they are, the search that found them knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def columns(self, keys: Sequence[int], names: Iterable[str], *, filter: Filter) -> Columns:
        """Columns of the assessments of these keys, and of those of their rows that the filter takes."""
        asked = set(names)
        place_of = {str(key): place for place, key in enumerate(keys)}
        found = self._assessments(keys, asked - OF_SIMULATION, place_of)
        rows = self._rows(keys, asked & OF_SIMULATION, place_of, filter=filter)
        return Columns(found, rows, [place_of[key] for key in rows["assessment"]])

    def _assessments(
        self, keys: Sequence[int], names: set[str], place_of: Mapping[str, int]
    ) -> dict[str, Texts]:
        own = ["pk", *sorted({_stored(name) for name in names})]
        chosen = select(*(self._text(assessments.c[name]) for name in own)).where(
            self._one_of(assessments.c.pk, keys)
        )
        columns = self._taken_apart(chosen, own)
        ordered = _ordered(columns, [place_of[key] for key in columns["pk"]])
        return ordered | self._of_libraries(names, ordered)

    def _of_libraries(self, names: set[str], columns: Mapping[str, Texts]) -> dict[str, Texts]:
        """What is told of each assessment's library: looked up once for each library, not for each row."""
        wanted = {name: column for name, column in OF_LIBRARY.items() if name in names}
        if not wanted:
            return {}
        known = {row.sha256: row for row in self._connection.execute(_libraries)}
        return {
            name: [getattr(known[sha256], column) for sha256 in columns["library_sha256"]]
            for name, column in wanted.items()
        }

    def _rows(
        self, keys: Sequence[int], names: set[str], place_of: Mapping[str, int], *, filter: Filter
    ) -> dict[str, Texts]:
        own = ["assessment", *sorted(names | {"position"})]
        chosen = select(*(self._text(simulations.c[name]) for name in own)).where(
            self._one_of(simulations.c.assessment, keys)
        )
        in_force = filter.in_force()
        if in_force.chooses_rows:
            same = and_(
                shown_scores.c.assessment == simulations.c.assessment,
                shown_scores.c.process == simulations.c.process,
            )
            chosen = chosen.join(shown_scores, same).where(*rows_asked_for(in_force))
        columns = self._taken_apart(chosen, own)
        ranks = zip(
            map(place_of.__getitem__, columns["assessment"]), map(int, columns["position"]), strict=True
        )
        return _ordered(columns, list(ranks))

    def _taken_apart(self, chosen: Select[*tuple[Any, ...]], names: Sequence[str]) -> dict[str, Texts]:
        """Each column of a batch as the texts it was joined of, all of them in the same order."""
        values = chosen.subquery()
        joined = self._connection.execute(
            select(*(func.aggregate_strings(column, BETWEEN) for column in values.c))
        ).one()
        if joined[0] is None:
            return dict.fromkeys(names, ())
        columns = dict(zip(names, (text.split(BETWEEN) for text in joined), strict=True))
        assert len(set(map(len, columns.values()))) == 1, "A text holds the separator."
        return columns

    def _text(self, column: Column[Any]) -> ColumnElement[str]:
        """The column as text, nothing as the empty one."""
        shown: ColumnElement[Any] = column
        if column.key in PLACES:
            shown = self._units(column, 10 ** PLACES[column.key])
        elif isinstance(column.type, Boolean):
            shown = case((column, "true"), else_="false")
        elif not isinstance(column.type, String):
            shown = cast(type_coerce(column, Integer), String)
        return (func.coalesce(shown, "") if column.nullable else shown).label(column.key)

    def _units(self, figure: ColumnElement[Any], units: int) -> ColumnElement[str]:
        """Whole units, half up where that is certain; else the figure in full."""
        beyond = figure * units - self._whole(figure * units)
        sure = and_(figure >= 0, func.abs(beyond - 0.5) > NEARLY_A_TIE)
        return case((sure, cast(self._whole(figure * units + 0.5), String)), else_=cast(figure, String))

    def _whole(self, figure: ColumnElement[Any]) -> ColumnElement[Any]:
        """What is before the point, of no negative figure."""
        return cast(figure if self._is_sqlite else func.trunc(figure), Integer)

    def _one_of(self, column: ColumnElement[int], keys: Sequence[int]) -> ColumnElement[bool]:
        """The keys go as one value: thousands of parameters take longer than the query."""
        if self._is_sqlite:
            return column.in_(select(func.json_each(json.dumps(keys)).table_valued("value").c.value))
        return column == func.any(literal(list(keys), ARRAY(Integer)))

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"


_libraries = select(libraries.c.sha256, libraries.c.name, libraries.c.version)


def _stored(name: str) -> str:
    return "library_sha256" if name in OF_LIBRARY else name


def _ordered(columns: dict[str, Texts], ranks: Sequence[Any]) -> dict[str, Texts]:
    """The columns by rank."""
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    if len(order) < 2:
        return columns
    arranged = itemgetter(*order)
    return {name: arranged(texts) for name, texts in columns.items()}
