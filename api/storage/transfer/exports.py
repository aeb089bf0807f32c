"""Assessments read column by column, for files of many rows.

The database joins each column of a batch to one text, which is taken apart again here: to fetch a million
rows value by value takes longer than to write them. Figures come rounded, as they are shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
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
    Table,
    TableValuedAlias,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
)

from api.storage.assessments.lineage import is_corrected
from api.storage.audit_people import PeopleSet
from api.storage.row_access import judged
from api.storage.search.orders import hidden, within
from api.storage.tables import assessments, libraries, shown_scores, simulations
from api.storage.viewer import Viewer
from rms.engine.filter import Filter

BETWEEN = "\x1f"  # between two values: the unit separator, which no text of a record can hold
# Decimals that figures are shown with. They come as whole numbers of the last one (124 for 1.24), but in
# full (1.245) where floating point does not tell reliably which way they are rounded.
PLACES = {"score": 2, "interval_low": 2, "interval_high": 2, "typicality": 3, "effective_size": 1}
NEARLY_A_TIE = 1e-6
MOST_PROCESSES = 100
OF_LIBRARY = {"library_name": "name", "library_version": "version"}
CORRECTED = "corrected"
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

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._judged = [criterion.test for criterion in judged(viewer)]

    def columns(self, keys: Sequence[int], names: Iterable[str], *, filter: Filter) -> Columns:
        """Columns of the assessments of these keys, which meet the filter, and of the rows that it takes.

        What the viewer has yet to judge is left out: a file tells what was found.
        """
        asked, keys = set(names), self._with_findings(keys)
        found = self._assessments(keys, asked - OF_SIMULATION)
        rows, places = self._rows(keys, asked & OF_SIMULATION, filter.in_force())
        return Columns(found, rows, places)

    def others(self, keys: Sequence[int], known: PeopleSet) -> tuple[int, ...]:
        """The people of the assessments of these keys who are not known, each once."""
        listed, _ = self._listed(keys)
        chosen = select(assessments.c.person).join_from(
            listed, assessments, assessments.c.pk == listed.c.value
        )
        found = set(self._connection.scalars(chosen))
        return tuple(person for person in sorted(found) if person not in known)

    def _with_findings(self, keys: Sequence[int]) -> Sequence[int]:
        """The keys of those whose findings the viewer may see, in the same order."""
        if not self._judged:
            return keys
        listed, _ = self._listed(keys)
        chosen = select(assessments.c.pk).join_from(listed, assessments, assessments.c.pk == listed.c.value)
        shown = set(self._connection.scalars(chosen.where(*self._judged)))
        return [key for key in keys if key in shown]

    def _assessments(self, keys: Sequence[int], names: set[str]) -> dict[str, Texts]:
        own = sorted(set(map(_stored, names - {CORRECTED})))
        listed, place = self._listed(keys)
        chosen = select(self._number(place), *self._texts(assessments, own))
        same = assessments.c.pk == listed.c.value
        _, ordered = self._taken_apart(chosen.join_from(listed, assessments, same), own)
        return ordered | self._of_libraries(names & set(OF_LIBRARY), ordered) | self._corrected(keys, names)

    def _corrected(self, keys: Sequence[int], names: set[str]) -> dict[str, Texts]:
        """Whether another stands in the place of each, where that is asked for: few were corrected."""
        if CORRECTED not in names:
            return {}
        listed, _ = self._listed(keys)
        chosen = select(assessments.c.pk).join_from(listed, assessments, assessments.c.pk == listed.c.value)
        found = set(self._connection.scalars(chosen.where(is_corrected)))
        return {CORRECTED: ["true" if key in found else "false" for key in keys]}

    def _of_libraries(self, names: set[str], columns: Mapping[str, Texts]) -> dict[str, Texts]:
        """What is told of each assessment's library: looked up once for each library, not for each row."""
        known = list(self._connection.execute(_libraries)) if names else []
        told = {name: {row.sha256: row._mapping[OF_LIBRARY[name]] for row in known} for name in names}
        return {
            name: list(map(of_library.__getitem__, columns["library_sha256"]))
            for name, of_library in told.items()
        }

    def _rows(
        self, keys: Sequence[int], names: set[str], asked: Filter
    ) -> tuple[dict[str, Texts], Sequence[int]]:
        """Columns of the modelled rows, and the place of the assessment of each."""
        if not names and len(asked.processes) == 1:
            return {}, range(len(keys))  # each has its one row of that process, or it was not found
        # Where none is asked for, all rows of an assessment are alike, and the narrow table tells how many.
        table, position = (simulations, simulations.c.position) if names else (shown_scores, literal(0))
        own, (listed, place) = sorted(names), self._listed(keys)
        chosen = select(self._number(place * MOST_PROCESSES + position), *self._texts(table, own))
        chosen = chosen.join_from(listed, table, table.c.assessment == listed.c.value)
        if asked.chooses_rows:
            if names:
                chosen = chosen.join(shown_scores, _same_row)
            # SQLite is left no way but by the key: it would begin with all that have such a score.
            of_score = within(hidden(shown_scores.c.hundredths), asked.score)
            chosen = chosen.where(hidden(table.c.process).in_(asked.processes), of_score)
        ranks, rows = self._taken_apart(chosen, own)
        return rows, [rank // MOST_PROCESSES for rank in ranks]

    def _listed(self, keys: Sequence[int]) -> tuple[TableValuedAlias, ColumnElement[int]]:
        """Keys as a table of `value`, and the place of each, from 0.

        They go as one value: thousands take longer than the query.
        """
        value = column("value", Integer)
        if self._is_sqlite:
            listed = func.json_each(f"[{','.join(map(str, keys))}]").table_valued(
                column("key", Integer), value
            )
            return listed, listed.c.key
        given = func.unnest(literal(list(keys), ARRAY(Integer)))
        listed = given.table_valued(value, with_ordinality="number").render_derived()
        return listed, listed.c.number - 1

    def _texts(self, table: Table, names: Iterable[str]) -> Iterator[ColumnElement[str]]:
        return (_text(table.c[name], is_sqlite=self._is_sqlite) for name in names)

    def _number(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        return (number if self._is_sqlite else cast(number, String)).label("rank")

    def _taken_apart(
        self, chosen: Select[*tuple[Any, ...]], names: Sequence[str]
    ) -> tuple[list[int], dict[str, Texts]]:
        """The first column as ranks, and each other as the texts it was joined of, by rank."""
        values = chosen.subquery()
        joined = self._connection.execute(
            select(*(func.aggregate_strings(column, BETWEEN) for column in values.c))
        ).one()
        if joined[0] is None:
            return [], dict.fromkeys(names, ())
        first, *columns = (text.split(BETWEEN) for text in joined)
        assert all(len(texts) == len(first) for texts in columns), "A text holds the separator."
        return _ordered(list(map(int, first)), dict(zip(names, columns, strict=True)))

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"


_same_row = and_(
    shown_scores.c.assessment == simulations.c.assessment, shown_scores.c.process == simulations.c.process
)
_libraries = select(libraries.c.sha256, libraries.c.name, libraries.c.version)


@cache
def _text(column: Column[Any], *, is_sqlite: bool) -> ColumnElement[str]:
    """The column as text, nothing as the empty one; SQLite joins whole numbers as they are."""
    shown: ColumnElement[Any] = column
    if column.key in PLACES:
        shown = _units(column, 10 ** PLACES[column.key], is_sqlite=is_sqlite)
    elif isinstance(column.type, Boolean):
        shown = case((column, "true"), else_="false")
    elif not isinstance(column.type, String):
        shown = type_coerce(column, Integer)
        shown = type_coerce(shown, String) if is_sqlite else cast(shown, String)
    return (func.coalesce(shown, "") if column.nullable else shown).label(column.key)


def _units(figure: Column[Any], units: int, *, is_sqlite: bool) -> ColumnElement[str]:
    """Whole units, half up where that is certain; else the figure in full."""

    def whole(number: ColumnElement[Any]) -> ColumnElement[int]:
        return cast(number if is_sqlite else func.trunc(number), Integer)

    def text(number: ColumnElement[Any]) -> ColumnElement[str]:
        return type_coerce(number, String) if is_sqlite else cast(number, String)

    raised = figure * units + 0.5
    sure = (raised - whole(raised)).between(NEARLY_A_TIE, 1 - NEARLY_A_TIE)
    return case((sure, text(whole(raised))), else_=text(figure))


def _stored(name: str) -> str:
    return "library_sha256" if name in OF_LIBRARY else name


def _ordered(ranks: list[int], columns: dict[str, Texts]) -> tuple[list[int], dict[str, Texts]]:
    """Ranks and columns by rank."""
    in_order = sorted(ranks)
    if ranks == in_order:
        return ranks, columns
    arranged = itemgetter(*sorted(range(len(ranks)), key=ranks.__getitem__))
    return in_order, {name: arranged(texts) for name, texts in columns.items()}
