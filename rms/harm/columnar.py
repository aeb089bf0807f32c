"""The harm scores of many people at once, from columns. Equal to `rms.harm.score`, person by person.

A person is an index from 0 to `people` - 1. Days are days since 1 January 1970. There is no loop over
people, and each column is at most copied once or twice: 8,000,000 offences of 1,000,000 people take about
two seconds and less than 0.5 GB.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.calendar import months_before
from rms.harm.history import HarmHistory
from rms.harm.score import SUSPECTED
from rms.harm.settings import COMPONENTS, HIGHEST, HarmSettings
from rms.records.choices import DRUG_MARKERS, GRADES

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
Flags = NDArray[np.bool_]

STILL_IN_FORCE = np.iinfo(np.int32).max  # the last day of a marker that has none
_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1 January 1970.

    >>> day_number(date(1970, 1, 1)), day_number(date(2026, 1, 1))
    (0, 20454)
    """
    return (day - _EPOCH).days


@dataclass(frozen=True)
class OffenceColumns:
    """Offences, sorted by person; all arrays of shape (n,).

    `person`: whose it is. `day`: when it was committed. `days`: days of crime harm, NaN for an unknown
    code. `counts`: whether its outcome counts and its stage is not *suspected*.
    """

    person: Ints
    day: Ints
    days: Floats
    counts: Flags

    def __post_init__(self) -> None:
        _check(self.person, self.day, self.days, self.counts)


@dataclass(frozen=True)
class MarkerColumns:
    """Drug markers, sorted by person; all arrays of shape (n,).

    `kind`: its place in `DRUG_MARKERS`. `first`, `last`: the days in force; `STILL_IN_FORCE` without a last.
    """

    person: Ints
    kind: Ints
    first: Ints
    last: Ints

    def __post_init__(self) -> None:
        _check(self.person, self.kind, self.first, self.last)


@dataclass(frozen=True)
class ReportColumns:
    """Intelligence reports, sorted by person; all arrays of shape (n,). `grade`: its place in `GRADES`."""

    person: Ints
    grade: Ints
    day: Ints

    def __post_init__(self) -> None:
        _check(self.person, self.grade, self.day)


def _check(person: Ints, *others: NDArray[np.generic]) -> None:
    if any(column.shape != (len(person),) for column in others):
        raise ValueError("The columns must have the same length.")
    if len(person) and (person[0] < 0 or (person[1:] < person[:-1]).any()):
        raise ValueError("The rows must be sorted by person, from 0.")


def _no_markers() -> MarkerColumns:
    return MarkerColumns(*_columns([], (np.int32, np.int8, np.int32, np.int32)))


def _no_reports() -> ReportColumns:
    return ReportColumns(*_columns([], (np.int32, np.int8, np.int32)))


@dataclass(frozen=True)
class HarmColumns:
    """What `HarmHistory` is, for `people` persons."""

    people: int
    offences: OffenceColumns
    markers: MarkerColumns = field(default_factory=_no_markers)
    reports: ReportColumns = field(default_factory=_no_reports)

    def __post_init__(self) -> None:
        for rows in (self.offences, self.markers, self.reports):
            if len(rows.person) and rows.person[-1] >= self.people:
                raise ValueError(f"There are {self.people} people, but a row is of person {rows.person[-1]}.")


def columns_of(histories: Sequence[HarmHistory], *, settings: HarmSettings) -> HarmColumns:
    """The columns of these people, in this order."""
    known = list(enumerate(histories))
    offences = [
        (
            at,
            day_number(offence.on),
            np.nan if offence.days is None else offence.days,
            offence.outcome in settings.outcomes and offence.stage != SUSPECTED,
        )
        for at, history in known
        for offence in history.offences
    ]
    markers = [
        (
            at,
            DRUG_MARKERS.index(marker.kind),
            day_number(marker.first),
            day_number(marker.last) if marker.last else STILL_IN_FORCE,
        )
        for at, history in known
        for marker in history.markers
    ]
    reports = [
        (at, GRADES.index(report.grade), day_number(report.on))
        for at, history in known
        for report in history.reports
    ]
    return HarmColumns(
        people=len(histories),
        offences=OffenceColumns(*_columns(offences, (np.int32, np.int32, np.float64, np.bool_))),
        markers=MarkerColumns(*_columns(markers, (np.int32, np.int8, np.int32, np.int32))),
        reports=ReportColumns(*_columns(reports, (np.int32, np.int8, np.int32))),
    )


def _columns(rows: Sequence[tuple[object, ...]], types: Sequence[type]) -> list[NDArray[Any]]:
    columns: list[Sequence[object]] = [*zip(*rows, strict=True)] if rows else [()] * len(types)
    return [np.array(column, dtype) for column, dtype in zip(columns, types, strict=True)]


@dataclass(frozen=True)
class HarmScores:
    """Scores and components on the day `on`; all arrays of shape (people,).

    NaN for people who have no score because none of their offences counts; `scored` says who has one.
    `n_unknown`: how many of the counted offences have an unknown code.
    """

    version: str
    on: date
    score: Floats
    recency: Floats
    frequency: Floats
    severity: Floats
    drugs: Floats
    intelligence: Floats
    scored: Flags
    n_unknown: Ints


def harm_scores(columns: HarmColumns, *, on: date, settings: HarmSettings) -> HarmScores:
    """The harm scores of everybody in the columns on a day."""
    people, offences, day = columns.people, columns.offences, day_number(on)
    counted = np.flatnonzero(offences.counts & (offences.day <= day))
    person = offences.person[counted]
    years = (day - offences.day[counted]) / settings.year
    days = offences.days[counted]
    is_unknown = np.isnan(days)
    days[is_unknown] = 0
    components = {
        "recency": HIGHEST * np.exp2(-_least(years, person, people) / settings.recency.half_life),
        "frequency": _capped_log(
            _sums(person[years <= settings.frequency.window], people), settings.frequency.cap
        ),
        "severity": _capped_log(
            _sums(person, people, days * np.exp2(years / -settings.severity.half_life)), settings.severity.cap
        ),
        "drugs": _drugs(columns.markers, people, day=day, settings=settings),
        "intelligence": _intelligence(columns.reports, people, on=on, settings=settings),
    }
    scored = np.zeros(people, bool)
    scored[person] = True
    for component in components.values():
        component[~scored] = np.nan
    return HarmScores(
        version=settings.version,
        on=on,
        score=np.add.reduce([settings.weights[name] * components[name] for name in COMPONENTS]),
        **components,
        scored=scored,
        n_unknown=_sums(person[is_unknown], people).astype(np.int64),
    )


def _drugs(markers: MarkerColumns, people: int, *, day: int, settings: HarmSettings) -> Floats:
    in_force = (markers.first <= day) & (day <= markers.last)
    points = np.array([settings.drugs[kind] for kind in DRUG_MARKERS], float)[markers.kind[in_force]]
    highest = -_least(-points, markers.person[in_force], people)
    return np.where(np.isfinite(highest), highest, 0)


def _intelligence(reports: ReportColumns, people: int, *, on: date, settings: HarmSettings) -> Floats:
    after = day_number(months_before(on, settings.intelligence.months))
    recent = (after < reports.day) & (reports.day <= day_number(on))
    grades = np.array([settings.intelligence.grades[grade] for grade in GRADES], float)
    total = _sums(reports.person[recent], people, grades[reports.grade[recent]])
    return HIGHEST * np.minimum(1, total / settings.intelligence.cap)


def _sums(person: Ints, people: int, amounts: Floats | None = None) -> Floats:
    """For each person the sum of their amounts, or the number of their rows; shape (people,)."""
    return np.bincount(person, amounts, minlength=people).astype(float)


def _least(amounts: Floats, person: Ints, people: int) -> Floats:
    """For each person the least of their amounts, infinite if they have none; shape (people,)."""
    least = np.full(people, np.inf)
    if len(person):
        first = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])
        least[person[first]] = np.minimum.reduceat(amounts, first)
    return least


def _capped_log(amounts: Floats, cap: float) -> Floats:
    capped: Floats = HIGHEST * np.minimum(1, np.log1p(amounts) / np.log1p(cap))
    return capped
