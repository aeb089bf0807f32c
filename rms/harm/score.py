"""The harm score of one person, as the formula says it. It is the reference for the fast one (`columnar`).

The formula is our own. The police formula is not public.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rms.calendar import months_before
from rms.harm.history import HarmHistory, HarmOffence
from rms.harm.settings import COMPONENTS, HIGHEST, HarmSettings
from rms.rounding import half_up

SUSPECTED = "suspected"


@dataclass(frozen=True)
class HarmScore:
    """The score on the day `on`, 0 to 100 at full precision, with its five components, each 0 to 100.

    `parts`: for each component, the points of the score that each offence, marker or report gives, by its
    ID. They add to the component times its weight, and all together to the score. An entry that was looked
    at and gives nothing has 0 points.
    `unknown_codes`: the codes of counted offences that the severity table does not have. They count 0 days.
    """

    version: str
    on: date
    score: float
    recency: float
    frequency: float
    severity: float
    drugs: float
    intelligence: float
    parts: Mapping[str, Mapping[str, float]]
    unknown_codes: tuple[str, ...]

    @property
    def shown(self) -> Decimal:
        """The score as people read it: one decimal, half up."""
        return shown_score(self.score)


def shown_score(score: float) -> Decimal:
    """
    >>> shown_score(34.25), shown_score(7)
    (Decimal('34.3'), Decimal('7.0'))
    """
    return half_up(score, places=1)


@dataclass(frozen=True)
class _Component:
    """A component, 0 to 100, and the share of it that each ID has. The shares add to 1 unless it is 0."""

    value: float
    shares: Mapping[str, float]


def harm_score(history: HarmHistory, *, on: date, settings: HarmSettings) -> HarmScore | None:
    """The harm score on a day; None if no offence counts.

    An offence counts if it was committed on that day or earlier, its outcome is one of those that count,
    and its stage is not *suspected*.
    """
    counted = counted_offences(history, on=on, settings=settings)
    if not counted:
        return None
    components = {
        "recency": _recency(counted, on=on, settings=settings),
        "frequency": _frequency(counted, on=on, settings=settings),
        "severity": _severity(counted, on=on, settings=settings),
        "drugs": _drugs(history, on=on, settings=settings),
        "intelligence": _intelligence(history, on=on, settings=settings),
    }
    points = {name: settings.weights[name] * components[name].value for name in COMPONENTS}
    return HarmScore(
        version=settings.version,
        on=on,
        score=sum(points.values()),
        **{name: component.value for name, component in components.items()},
        parts={
            name: {id: points[name] * share for id, share in component.shares.items()}
            for name, component in components.items()
        },
        unknown_codes=tuple(sorted({offence.code for offence in counted if offence.days is None})),
    )


def counted_offences(history: HarmHistory, *, on: date, settings: HarmSettings) -> list[HarmOffence]:
    """The offences that count in the score on that day."""
    return [
        offence
        for offence in history.offences
        if offence.on <= on and offence.outcome in settings.outcomes and offence.stage != SUSPECTED
    ]


def suspect_figure(history: HarmHistory, *, on: date, settings: HarmSettings) -> int:
    """The number of offences up to that day that the person is a suspect of. It is no part of the score.

    An offence with an outcome that neither counts nor makes a suspect, or without an outcome and stage, is
    in neither.
    """
    return sum(
        offence.on <= on and is_suspected(offence.outcome, offence.stage, settings=settings)
        for offence in history.offences
    )


def is_suspected(outcome: int | None, stage: str | None, *, settings: HarmSettings) -> bool:
    """Whether the person is only suspected of an offence with this outcome and stage."""
    return outcome in settings.suspect_outcomes or stage == SUSPECTED


def _recency(counted: list[HarmOffence], *, on: date, settings: HarmSettings) -> _Component:
    """All to the latest offence; of those on one day to the most severe, then to the lowest ID."""
    latest = min(counted, key=lambda offence: (on - offence.on, -(offence.days or 0), offence.id))
    remaining = 2 ** (-_years(latest, on, settings) / settings.recency.half_life)
    return _Component(HIGHEST * remaining, {latest.id: 1})


def _frequency(counted: list[HarmOffence], *, on: date, settings: HarmSettings) -> _Component:
    window = settings.frequency.window
    recent = [offence.id for offence in counted if _years(offence, on, settings) <= window]
    return _Component(
        _capped_log(len(recent), settings.frequency.cap), {id: 1 / len(recent) for id in recent}
    )


def _severity(counted: list[HarmOffence], *, on: date, settings: HarmSettings) -> _Component:
    half_life = settings.severity.half_life
    days = {
        offence.id: (offence.days or 0) * 2 ** (-_years(offence, on, settings) / half_life)
        for offence in counted
    }
    return _Component(_capped_log(sum(days.values()), settings.severity.cap), _shares(days))


def _drugs(history: HarmHistory, *, on: date, settings: HarmSettings) -> _Component:
    """All to the highest marker in force; of equal ones to the lowest ID."""
    in_force = [marker for marker in history.markers if marker.in_force(on)]
    if not in_force:
        return _Component(0, {})
    highest = min(in_force, key=lambda marker: (-settings.drugs[marker.kind], marker.id))
    return _Component(settings.drugs[highest.kind], {highest.id: 1})


def _intelligence(history: HarmHistory, *, on: date, settings: HarmSettings) -> _Component:
    after = months_before(on, settings.intelligence.months)
    grades = {
        report.id: settings.intelligence.grades[report.grade]
        for report in history.reports
        if after < report.on <= on
    }
    filled = min(1, sum(grades.values()) / settings.intelligence.cap)
    return _Component(HIGHEST * filled, _shares(grades))


def _years(offence: HarmOffence, on: date, settings: HarmSettings) -> float:
    return (on - offence.on).days / settings.year


def _capped_log(amount: float, cap: float) -> float:
    return HIGHEST * min(1, math.log1p(amount) / math.log1p(cap))


def _shares(amounts: Mapping[str, float]) -> dict[str, float]:
    total = sum(amounts.values())
    return {id: amount / total if total else 0 for id, amount in amounts.items()}
