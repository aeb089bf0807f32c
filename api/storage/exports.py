"""Assessments read column by column, for files of many rows.

The database joins each column of a batch to one text, which is taken apart again here: to fetch a million
rows value by value takes longer than to write them. Figures come rounded, as they are shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import add, itemgetter
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
    and_,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from api.storage.orders import hidden, within
from api.storage.scope import judged
from api.storage.tables import assessments, libraries, shown_scores, simulations
from api.storage.viewer import Viewer
from rms.filters import Filter

BETWEEN = "\x1f"  # between two values: the unit separator, which no text of a record can hold
# Decimals that figures are shown with. They come as whole numbers of the last one (124 for 1.24), but in
# full (1.245) where floating point does not tell reliably which way they are rounded.
PLACES = {"score": 2, "interval_low": 2, "interval_high": 2, "typicality": 3, "effective_size": 1}
NEARLY_A_TIE = 1e-6
MOST_PROCESSES = 100
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

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._judged = [criterion.test for criterion in judged(viewer)]

    def columns(self, keys: Sequence[int], names: Iterable[str], *, filter: Filter) -> Columns:
        """Columns of the assessments of these keys, and of those of their rows that the filter takes.

        What the viewer has yet to judge is left out: a file tells what was found.
        """
        asked, keys = set(names), self._with_findings(keys)
        place_of = {str(key): place for place, key in enumerate(keys)}
        found = self._assessments(place_of, asked - OF_SIMULATION)
        rows = self._rows(place_of, asked & OF_SIMULATION, filter=filter)
        return Columns(found, rows, list(map(place_of.__getitem__, rows["assessment"])))

    def _with_findings(self, keys: Sequence[int]) -> Sequence[int]:
        """The keys of those whose findings the viewer may see, in the same order."""
        if not self._judged:
            return keys
        chosen = self._select(assessments, ["pk"], assessments.c.pk, map(str, keys))
        shown = set(self._connection.scalars(chosen.where(*self._judged)))
        return [key for key in keys if str(key) in shown]

    def _assessments(self, place_of: Mapping[str, int], names: set[str]) -> dict[str, Texts]:
        own = ["pk", *sorted({_stored(name) for name in names})]
        columns = self._taken_apart(self._select(assessments, own, assessments.c.pk, place_of), own)
        ordered = _ordered(columns, list(map(place_of.__getitem__, columns["pk"])))
        return ordered | self._of_libraries(names & set(OF_LIBRARY), ordered)

    def _of_libraries(self, names: set[str], columns: Mapping[str, Texts]) -> dict[str, Texts]:
        """What is told of each assessment's library: looked up once for each library, not for each row."""
        known = list(self._connection.execute(_libraries)) if names else []
        told = {name: {row.sha256: row._mapping[OF_LIBRARY[name]] for row in known} for name in names}
        return {
            name: list(map(of_library.__getitem__, columns["library_sha256"]))
            for name, of_library in told.items()
        }

    def _rows(self, place_of: Mapping[str, int], names: set[str], *, filter: Filter) -> dict[str, Texts]:
        own = ["assessment", *sorted(names | {"position"})]
        chosen = self._select(simulations, own, simulations.c.assessment, place_of)
        in_force = filter.in_force()
        if in_force.chooses_rows:
            same = and_(
                shown_scores.c.assessment == simulations.c.assessment,
                shown_scores.c.process == simulations.c.process,
            )
            # SQLite is left no way but by the key: it would begin with all that have such a score.
            of_score = within(hidden(shown_scores.c.hundredths), in_force.score)
            chosen = chosen.join(shown_scores, same).where(
                hidden(simulations.c.process).in_(in_force.processes), of_score
            )
        columns = self._taken_apart(chosen, own)
        first = {key: place * MOST_PROCESSES for key, place in place_of.items()}
        ranks = map(add, map(first.__getitem__, columns["assessment"]), map(int, columns["position"]))
        return _ordered(columns, list(ranks))

    def _select(
        self, table: Table, names: Iterable[str], key: Column[int], keys: Iterable[str]
    ) -> Select[*tuple[Any, ...]]:
        """Columns as texts, of these keys. They go as one value: thousands take longer than the query."""
        texts = [_text(table.c[name], is_sqlite=self._is_sqlite) for name in names]
        if self._is_sqlite:
            listed = func.json_each(f"[{','.join(keys)}]").table_valued("value")
            return select(*texts).select_from(listed.join(table, key == listed.c.value))
        return select(*texts).where(key == func.any(literal(list(map(int, keys)), ARRAY(Integer))))

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

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"


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


def _ordered(columns: dict[str, Texts], ranks: Sequence[int]) -> dict[str, Texts]:
    """The columns by rank."""
    if list(ranks) == sorted(ranks):
        return columns
    arranged = itemgetter(*sorted(range(len(ranks)), key=ranks.__getitem__))
    return {name: arranged(texts) for name, texts in columns.items()}
