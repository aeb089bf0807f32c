"""The engine's results: values with the findings and how they were weighed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Status(StrEnum):
    SIMULATED = "simulated"
    NO_COMPARABLE_CASES = "no_comparable_cases"  # too unlike the library: the score is withheld
    INSUFFICIENT_LIBRARY = "insufficient_library"  # fewer candidates than the policy needs
    WITHHELD_UNTIL_JUDGED = "withheld_until_judged"  # hidden until the user has recorded a judgement


class Comparable(NamedTuple):  # twenty an assessment, and a frozen dataclass is ten times slower to make
    """One past case shown beside a score.

    `weight` is its full-precision share of the score and `percent` the two-decimal share
    shown (the ten add to 100.00); `stands_for` is how many cases of the pool it represents;
    `distance` is its own distance to the person (0 is identical). `shown` holds the history
    columns (of `HISTORY`), None where the instrument or the case has none.
    """

    case_number: int
    sex: str | None
    birth_year: int | None
    actual: int
    weight: float
    percent: float
    stands_for: int
    distance: float
    shown: Mapping[str, int | float | str | None]


@dataclass(frozen=True)
class Evidence:
    """Everything a score is made of, in the order of the ranking: K cases, K distances, K weights."""

    case_numbers: NDArray[np.int64]
    distances: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Simulation:
    """What happened to the people who resemble this person, for one process.

    `score` is Σ weight · actual in [1, 2], None unless `status` is SIMULATED. `interval`
    (Wilson, 95 %) is uncertainty about the group of comparables, not about the person.
    `typicality` is the share of library cases at least as far from their own comparables.
    `outside_range` lists the items whose answers are outside the range of the library.
    """

    process: str
    status: Status
    score: float | None = None
    interval: tuple[float, float] | None = None
    effective_size: float | None = None
    typicality: float | None = None
    comparables: tuple[Comparable, ...] = ()
    outside_range: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def sparse(self) -> bool:
        """Few cases resemble this person: shown with a warning (typicality .01 to .10)."""
        return self.typicality is not None and self.typicality < SPARSE_BELOW


@dataclass(frozen=True)
class NeedReading:
    """One need in percent of its scale.

    `actual` is the rating entered, `simulated` the comparables' weighted mean, `expected` the same
    with this item left out of the comparison ("expected from everything else"). `gap` is
    actual − simulated and `standardised_gap` that gap in units of the library's own leave-one-out error.
    None where the rating is unknown, or known for less than half of the weight.
    """

    need: str
    actual: float | None
    simulated: float | None
    expected: float | None
    gap: float | None
    standardised_gap: float | None


@dataclass(frozen=True)
class LibraryReference:
    """Which library a result was made with, and the facts about it that are shown with the result.

    A result outlives its library: what is printed must not depend on the library in use.
    """

    name: str
    version: str
    sha256: str
    policy: str = "pool"
    synthetic: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)  # as `printed_facts` gives them


def printed_facts(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The facts of a manifest that are printed, without those that are missing or empty."""
    return {name: str(manifest[name]) for name in PRINTED_FACTS if manifest.get(name) not in (None, "")}


@dataclass(frozen=True)
class Result:
    """The full result of one assessment, with what is needed to reproduce it bit for bit."""

    simulations: tuple[Simulation, ...]
    needs: tuple[NeedReading, ...]
    vector: NDArray[np.float64]
    library: LibraryReference
    engine_version: str


def until_judged(result: Result) -> Result:
    """The result without any findings; the answers stay."""
    withheld = (Simulation(one.process, Status.WITHHELD_UNTIL_JUDGED) for one in result.simulations)
    answered = (need_until_judged(one) for one in result.needs)
    return replace(result, simulations=tuple(withheld), needs=tuple(answered))


def need_until_judged(reading: NeedReading) -> NeedReading:
    """The rating that was entered, without any findings."""
    return NeedReading(reading.need, reading.actual, None, None, None, None)


PRINTED_FACTS = ("source", "period", "cut_off", "outcome_source", "detection_bias")

TYPICAL_FROM = 0.10
SPARSE_BELOW = TYPICAL_FROM
WITHHELD_BELOW = 0.01
