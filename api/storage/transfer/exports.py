"""Assessments read column by column, for files of many rows.

The database joins each column of a batch into one text, which is split here: fetching a million rows value
by value takes longer than writing them. Figures are rounded as they are shown.
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
from api.storage.search.orders import within
from api.storage.tables import assessments, libraries, shown_scores, simulations
from api.storage.tables.columns import hidden
from api.storage.viewer import Viewer
from rms.engine.filter import Filter

BETWEEN = "\x1f"  # between two values: the unit separator, which no stored text can have
# Decimals that figures are shown with. They are read as whole numbers of the last decimal (124 for 1.24),
# but in full (1.245) if floating point cannot tell which way to round.
PLACES = {"score": 2, "interval_low": 2, "interval_high": 2, "typicality": 3, "effective_size": 1}
NEARLY_A_TIE = 1e-6
MOST_PROCESSES = 100
OF_LIBRARY = {"library_name": "name", "library_version": "version", "library_synthetic": "synthetic"}
CORRECTED = "corrected"
OF_SIMULATION = {column.name for column in simulations.c} - {"assessment", "evidence"}

Texts = Sequence[str]


@dataclass(frozen=True)
class Columns:
    """Some assessments and their modelled rows, in the requested order. An unknown value is empty.

    `assessments` has a text for each assessment, `rows` one for each row. `places[i]` is the place of the
    assessment of row i. Dates and instants begin as in ISO 8601, instants in UTC.
    """

    assessments: Mapping[str, Texts]
    rows: Mapping[str, Texts]
    places: Sequence[int]


class Exports:
    """Columns as one transaction sees them. Access was checked by the search that found the assessments."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._judged = [criterion.test for criterion in judged(viewer)]

    def columns(self, keys: Sequence[int], names: Iterable[str], *, filter: Filter) -> Columns:
        """Columns of the assessments with these keys, which meet the filter, and of the rows it selects.

        Assessments that the viewer has not judged yet are left out, because a file shows the results.
        """
        chosen, keys = set(names), self._with_findings(keys)
        columns = self._assessments(keys, chosen - OF_SIMULATION)
        rows, places = self._rows(keys, chosen & OF_SIMULATION, filter.in_force())
        return Columns(columns, rows, places)

    def others(self, keys: Sequence[int], known: PeopleSet) -> tuple[int, ...]:
        """The people of the assessments with these keys who are not in `known`, each once."""
        listed, _ = self._listed(keys)
        chosen = select(assessments.c.person).join_from(
            listed, assessments, assessments.c.pk == listed.c.value
        )
        people = set(self._connection.scalars(chosen))
        return tuple(person for person in sorted(people) if person not in known)

    def _with_findings(self, keys: Sequence[int]) -> Sequence[int]:
        """The keys of the assessments whose results the viewer may see, in the same order."""
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
        _, ordered = self._split(chosen.join_from(listed, assessments, same), own)
        return ordered | self._of_libraries(names & set(OF_LIBRARY), ordered) | self._corrected(keys, names)

    def _corrected(self, keys: Sequence[int], names: set[str]) -> dict[str, Texts]:
        """Whether each was corrected, if the column is requested. Few were."""
        if CORRECTED not in names:
            return {}
        listed, _ = self._listed(keys)
        chosen = select(assessments.c.pk).join_from(listed, assessments, assessments.c.pk == listed.c.value)
        corrected = set(self._connection.scalars(chosen.where(is_corrected)))
        return {CORRECTED: ["true" if key in corrected else "false" for key in keys]}

    def _of_libraries(self, names: set[str], columns: Mapping[str, Texts]) -> dict[str, Texts]:
        """The columns of each assessment's library, read once for each library, not for each row."""
        known = list(self._connection.execute(_libraries)) if names else []
        values = {name: {row.sha256: str(row._mapping[OF_LIBRARY[name]]) for row in known} for name in names}
        return {
            name: list(map(of_library.__getitem__, columns["library_sha256"]))
            for name, of_library in values.items()
        }

    def _rows(
        self, keys: Sequence[int], names: set[str], filter: Filter
    ) -> tuple[dict[str, Texts], Sequence[int]]:
        """Columns of the modelled rows, and the place of the assessment of each."""
        if not names and len(filter.processes) == 1:
            return {}, range(len(keys))  # each has one row of that process
        # Without names, all rows of an assessment are alike, and the narrow table has how many there are.
        table, position = (simulations, simulations.c.position) if names else (shown_scores, literal(0))
        own, (listed, place) = sorted(names), self._listed(keys)
        chosen = select(self._number(place * MOST_PROCESSES + position), *self._texts(table, own))
        chosen = chosen.join_from(listed, table, table.c.assessment == listed.c.value)
        if filter.chooses_rows:
            if names:
                chosen = chosen.join(shown_scores, _same_row)
            # `hidden` makes SQLite start from the keys: it would start from all rows with such a score.
            of_score = within(hidden(shown_scores.c.hundredths), filter.score)
            chosen = chosen.where(hidden(table.c.process).in_(filter.processes), of_score)
        ranks, rows = self._split(chosen, own)
        return rows, [rank // MOST_PROCESSES for rank in ranks]

    def _listed(self, keys: Sequence[int]) -> tuple[TableValuedAlias, ColumnElement[int]]:
        """Keys as a table of `value`, and the place of each, from 0.

        They are sent as one value, because thousands of values take longer than the query.
        """
        value = column("value", Integer)
        if self._is_sqlite:
            listed = func.json_each(f"[{','.join(map(str, keys))}]").table_valued(
                column("key", Integer), value
            )
            return listed, listed.c.key
        array = func.unnest(literal(list(keys), ARRAY(Integer)))
        listed = array.table_valued(value, with_ordinality="number").render_derived()
        return listed, listed.c.number - 1

    def _texts(self, table: Table, names: Iterable[str]) -> Iterator[ColumnElement[str]]:
        return (_text(table.c[name], is_sqlite=self._is_sqlite) for name in names)

    def _number(self, number: ColumnElement[int]) -> ColumnElement[Any]:
        return (number if self._is_sqlite else cast(number, String)).label("rank")

    def _split(
        self, chosen: Select[*tuple[Any, ...]], names: Sequence[str]
    ) -> tuple[list[int], dict[str, Texts]]:
        """The first column as ranks, and each other column as its texts, by rank."""
        values = chosen.subquery()
        joined = self._connection.execute(
            select(*(func.aggregate_strings(column, BETWEEN) for column in values.c))
        ).one()
        if joined[0] is None:
            return [], dict.fromkeys(names, ())
        first, *columns = (text.split(BETWEEN) for text in joined)
        assert all(len(texts) == len(first) for texts in columns), "A text has the separator."
        return _ordered(list(map(int, first)), dict(zip(names, columns, strict=True)))

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"


_same_row = and_(
    shown_scores.c.assessment == simulations.c.assessment, shown_scores.c.process == simulations.c.process
)
_libraries = select(libraries.c.sha256, libraries.c.name, libraries.c.version, libraries.c.synthetic)


@cache
def _text(column: Column[Any], *, is_sqlite: bool) -> ColumnElement[str]:
    """The column as text, a missing value as an empty text. SQLite joins whole numbers as they are."""
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
    """Whole units, rounded half up if that is certain, or else the figure in full."""

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
