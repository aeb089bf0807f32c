"""The columns that an export can have: their names, their stored values, and how they are written.

`COMMON` is the table; the columns of needs follow from the instruments in use. A field turns a whole column
of stored values into a column of texts for a CSV file. A spreadsheet turns the same texts back into numbers,
dates and truth values. So a figure looks the same everywhere, and rounding is done a column at a time.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter

from api.services.search.needs import PACKAGED, Labels
from api.storage import PLACES, Columns, Texts
from rms.reports import wording

# A spreadsheet reads a cell that begins with one of these as a formula (CWE-1236).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMULAE, _FIRST = frozenset(FORMULA), itemgetter(slice(1))
NEED_PLACES = 1
MOST_KEPT = 100_000  # figures whose texts are cached

Cells = Sequence[Texts]  # column by column


class Holds(StrEnum):
    """The type of a column's cells in a spreadsheet."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    INSTANT = "instant"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Field:
    """A column of an export. `texts` turns the values of the stored column `column` into texts.

    `places` are the decimals of a number.
    """

    name: str
    label: str
    column: str
    texts: Callable[[Texts], Texts]
    holds: Holds = Holds.TEXT
    places: int = 0


def as_it_is(name: str, label: str, holds: Holds = Holds.TEXT, places: int = 0) -> Field:
    """A column whose texts are written as they are read."""
    return Field(name, label, name, unchanged, holds, places)


def safe(text: str) -> str:
    """
    >>> safe("=1+1"), safe("10000-01")
    ("'=1+1", '10000-01')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def safe_cells(cells: Cells, fields: Sequence[Field]) -> Cells:
    """The cells for a CSV file. In an .xlsx file a text is never a formula."""
    return [
        _safe_texts(texts) if field.holds is Holds.TEXT else texts
        for texts, field in zip(cells, fields, strict=True)
    ]


def _safe_texts(texts: Texts) -> Texts:
    """Texts that no spreadsheet reads as formulas."""
    if _FORMULAE.isdisjoint(map(_FIRST, texts)):
        return texts
    return list(map(safe, texts))


def unchanged(texts: Texts) -> Texts:
    return texts


def instants(texts: Texts) -> Texts:
    """Whole seconds in UTC.

    >>> instants(["2026-03-04 09:30:00.123456"])
    ['2026-03-04T09:30:00+00:00']
    """
    return [f"{text[:10]}T{text[11:19]}+00:00" for text in texts]


def figures(places: int) -> Callable[[Texts], Texts]:
    """Figures with that many decimals, from whole numbers of the last decimal, or from full figures, half up.

    >>> figures(2)(["183", "", "1.005"])
    ['1.83', '', '1.01']
    """
    shown = _Shown(places)
    return lambda texts: list(map(shown.__getitem__, texts))


class _Shown(dict[str, str]):
    """Stored figures → written figures, cached while they are few."""

    def __init__(self, places: int) -> None:
        super().__init__({"": ""})
        self._places = places

    def __missing__(self, stored: str) -> str:
        if not stored.isdecimal():
            return wording.fixed(float(stored), places=self._places)
        text = wording.fixed(int(stored) / 10**self._places, places=self._places)
        if len(self) < MOST_KEPT:
            self[stored] = text
        return text


def need_figures(code: str, reading: str) -> Callable[[Texts], Texts]:
    """One reading of one need, in percent of its scale, from the stored readings of all needs."""

    def texts(stored: Texts) -> Texts:
        known = [_readings(text).get((code, reading)) for text in stored]
        return ["" if value is None else wording.fixed(value, places=NEED_PLACES) for value in known]

    return texts


@lru_cache(maxsize=8192)  # more than a batch of assessments, each read three times for each need
def _readings(stored: str) -> dict[tuple[str, str], float | None]:
    return {(need["need"], reading): need[reading] for need in json.loads(stored) for reading in READINGS}


def comparables(values: Texts) -> Texts:
    """Case number and percent of each comparable, in the order of the result."""
    return [
        "; ".join(f"{case['case_number']} {case['percent']:.2f} %" for case in json.loads(stored))
        for stored in values
    ]


def _figure(name: str, label: str) -> Field:
    """A figure of a modelled row, rounded as stored."""
    return Field(name, label, name, figures(PLACES[name]), Holds.NUMBER, PLACES[name])


def _same(text: str) -> Callable[[Texts], Texts]:
    return lambda texts: [text] * len(texts)


READINGS = ("actual", "simulated", "expected")


def need_fields(needs: Labels) -> tuple[Field, ...]:
    """The columns of these needs."""
    return tuple(
        Field(
            f"need.{code.lower()}.{reading}",
            f"{label}: {'rated' if reading == 'actual' else reading} need, %",
            "needs",
            need_figures(code, reading),
            Holds.NUMBER,
            NEED_PLACES,
        )
        for code, label in needs.items()
        for reading in READINGS
    )


COMMON: tuple[Field, ...] = (
    Field("id", "Assessment", "id", unchanged),
    Field("offender_number", "Offender number", "offender_number", unchanged),
    Field("kind", "Kind", "kind", unchanged),
    Field("baseline_id", "What-if based on", "baseline_id", unchanged),
    Field("sex", "Sex", "sex", unchanged),
    Field("date_of_birth", "Date of birth", "date_of_birth", unchanged, Holds.DAY),
    _figure("score", "Score"),
    Field("process", "Score for: recidivism or violence (process)", "process", unchanged),
    Field("release_date", "Estimated release", "release_date", unchanged, Holds.DAY),
    Field("assessed_at", "Submitted at", "submitted_at", instants, Holds.INSTANT),
    Field("submitted_by", "Submitted by", "submitted_by", unchanged),
    Field("latest", "Latest assessment of the person", "latest", unchanged, Holds.BOOLEAN),
    Field(
        "corrected",
        "Replaced by a correction",
        "corrected",
        unchanged,
        Holds.BOOLEAN,
    ),
    Field("status", "Status", "status", unchanged),
    _figure("interval_low", "Interval from"),
    _figure("interval_high", "Interval to"),
    _figure("typicality", "Typicality"),
    _figure("effective_size", "Effective size"),
    Field("comparables", "Comparable cases shown, with percent", "comparables", comparables),
    Field("instrument_name", "Instrument", "instrument_name", unchanged),
    Field("instrument_version", "Instrument version", "instrument_version", unchanged),
    Field("library_name", "Library", "library_name", unchanged),
    Field("library_version", "Library version", "library_version", unchanged),
    Field("library_sha256", "Library sha256", "library_sha256", unchanged),
    Field("engine_version", "Engine version", "engine_version", unchanged),
    Field("notice_version", "Notice version", "id", _same(wording.NOTICE_VERSION)),
)
FIELDS = (*COMMON, *need_fields(PACKAGED))  # those that every RMS has
BY_NAME = {field.name: field for field in FIELDS}
DEFAULT = (
    *("id", "kind", "sex", "date_of_birth", "score", "process", "release_date", "assessed_at", "status"),
    *("interval_low", "interval_high", "typicality", "effective_size", "library_version", "engine_version"),
)


def fields_named(chosen: Iterable[str], *, needs: Labels) -> tuple[Field, ...]:
    """The columns with these names. `needs` are the needs among which theirs are."""
    by_name = {field.name: field for field in (*COMMON, *need_fields(needs))}
    return tuple(by_name[name] for name in chosen)


def cells_of(columns: Columns, fields: Sequence[Field]) -> Cells:
    """The texts of each field, one for each modelled row."""
    spread = _spread(columns.places)
    return [_texts(columns, field, spread) for field in fields]


def _spread(places: Sequence[int]) -> Callable[[Texts], Texts]:
    """Repeat the texts of an assessment for each of its rows."""
    if places == range(len(places)):
        return unchanged
    return itemgetter(*places) if len(places) > 1 else lambda texts: [texts[place] for place in places]


def _texts(columns: Columns, field: Field, spread: Callable[[Texts], Texts]) -> Texts:
    """The texts of a field. A text of an assessment is repeated in each of its rows."""
    if field.column in columns.rows:
        return field.texts(columns.rows[field.column])
    return spread(field.texts(columns.assessments[field.column]))
