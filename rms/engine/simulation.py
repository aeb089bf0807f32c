"""What happened to the people who resemble this person: the engine's result.

`simulate` gives the full result for one assessment and `simulate_each` for many; `simulate_many` gives only
the scores of many people at once, from the same neighbours and weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.assessment import Assessment
from rms.engine.library import CASE_SEXES, Library, ProcessCases
from rms.engine.needs import read_needs
from rms.engine.policy import SHOWN, Policy
from rms.engine.representatives import Representatives, represent
from rms.engine.result import (
    WITHHELD_BELOW,
    Comparable,
    Evidence,
    Result,
    Simulation,
    Status,
)
from rms.engine.weights import effective_size, percents, wilson

Floats = NDArray[np.float64]

ENGINE_VERSION = "1.0.0"


@dataclass(frozen=True)
class Scores:
    """One process, q people: every array has shape (q,), NaN where there is no such figure."""

    status: tuple[Status, ...]
    score: Floats
    interval_low: Floats
    interval_high: Floats
    effective_size: Floats
    typicality: Floats


@dataclass(frozen=True)
class Weighed:
    """Ranked and weighed cases of q people, with coordinates `queries` (q, d).

    `rows` (q, k) are into the process's cases; all of (q, k) in rank order.
    """

    queries: Floats
    rows: NDArray[np.int64]
    distances: Floats
    weights: Floats
    enough: NDArray[np.bool_]

    def of(self, row: int) -> "Weighed":
        """The cases of one of the people."""
        only = slice(row, row + 1)
        return Weighed(
            self.queries[only], self.rows[only], self.distances[only], self.weights[only], self.enough[only]
        )


def simulate(assessment: Assessment, library: Library) -> Result:
    """The scores, the comparables and the needs for one assessment.

    Deterministic: the same assessment, library and engine version give the same bits.
    """
    return simulate_each([assessment], library)[0]


def simulate_each(assessments: Sequence[Assessment], library: Library) -> list[Result]:
    """The same for many assessments, to the last bit; the past cases are ranked for all of them at once."""
    if not assessments:
        return []
    vectors = [assessment.vector() for assessment in assessments]
    persons = [assessment.person for assessment in assessments]
    values, keys = np.stack(vectors), np.array(persons, dtype=np.uint64)
    weighed = [weigh(values, keys, cases, library.policy) for cases in library.processes]
    return [
        _result(vector, person, [weighed_cases.of(row) for weighed_cases in weighed], library)
        for row, (vector, person) in enumerate(zip(vectors, persons, strict=True))
    ]


def simulate_many(values: Floats, persons: NDArray[np.uint64], library: Library) -> dict[str, Scores]:
    """Scores of q people by process; `values` (q, p) as from `Assessment.vector`, `persons` (q,) keys."""
    return {
        cases.process.code: _scores(cases, weigh(values, persons, cases, library.policy))
        for cases in library.processes
    }


def weigh(values: Floats, persons: NDArray[np.uint64], cases: ProcessCases, policy: Policy) -> Weighed:
    """Rank and weigh the cases most like each person, the person's own left out."""
    if len(cases.candidates) < policy.needed(len(cases.candidates)):
        nothing = np.zeros((len(values), 0))
        return Weighed(nothing, nothing.astype(np.int64), nothing, nothing, np.zeros(len(values), dtype=bool))
    queries, offsets = cases.metric.query(values)
    count = policy.looked_at(len(cases.candidates))
    near = cases.candidates.nearest(queries, offsets, persons, count=count)
    enough = np.isfinite(near.distances[:, policy.needed(len(cases.candidates)) - 1])
    if enough.all():
        return Weighed(queries, near.rows, near.distances, policy.weigh(near.distances), enough)
    weights = np.zeros(near.distances.shape)
    weights[enough] = policy.weigh(near.distances[enough])
    return Weighed(queries, near.rows, near.distances, weights, enough)


def typicality(distances: Floats, cases: ProcessCases) -> Floats:
    """p = (1 + number of library cases at least as far from their tenth nearest)/(m + 1), shape (q,)."""
    own = cases.leave_one_out_distances
    as_far = len(own) - own.searchsorted(distances)
    return np.asarray((1 + as_far) / (len(own) + 1), dtype=np.float64)


def _result(vector: Floats, person: int, weighed: Sequence[Weighed], library: Library) -> Result:
    """The result for one person, from the weighed cases of each process."""
    outside = _outside_range(vector, library)
    simulations = tuple(
        _simulation(cases, process_cases, library, outside)
        for cases, process_cases in zip(library.processes, weighed, strict=True)
    )
    needs = read_needs(
        vector,
        person,
        library,
        query=weighed[0].queries[0],
        rows=weighed[0].rows[0],
        weights=weighed[0].weights[0] if simulations[0].status is Status.SIMULATED else None,
    )
    return Result(simulations, needs, vector, library.reference, ENGINE_VERSION)


def _scores(cases: ProcessCases, weighed: Weighed) -> Scores:
    if not weighed.enough.any():
        none = np.full(weighed.enough.shape, np.nan)
        return Scores((Status.INSUFFICIENT_LIBRARY,) * len(none), none, none, none, none, none)
    typical = np.where(weighed.enough, typicality(weighed.distances[:, SHOWN - 1], cases), np.nan)
    shown = typical >= WITHHELD_BELOW
    with np.errstate(divide="ignore", invalid="ignore"):  # no weights, no figures
        score = np.where(shown, _score(weighed.weights, cases.actual.take(weighed.rows)), np.nan)
        size = np.where(shown, effective_size(weighed.weights), np.nan)
    status = tuple(_status(p) for p in typical.tolist())
    return Scores(status, score, *wilson(score, size), size, typical)


def _score(weights: Floats, actual: NDArray[np.uint8]) -> Floats:
    """Σ weight · actual over the last axis, kept in [1, 2] where weights add to 1 but for rounding."""
    return np.asarray(np.vecdot(weights, actual).clip(1.0, 2.0))


def _status(typicality: float) -> Status:
    if math.isnan(typicality):
        return Status.INSUFFICIENT_LIBRARY
    return Status.NO_COMPARABLE_CASES if typicality < WITHHELD_BELOW else Status.SIMULATED


def _simulation(
    cases: ProcessCases, weighed: Weighed, library: Library, outside: tuple[str, ...]
) -> Simulation:
    if not weighed.enough[0]:
        return Simulation(cases.process.code, Status.INSUFFICIENT_LIBRARY, outside_range=outside)
    measured = float(typicality(weighed.distances[0, SHOWN - 1], cases))
    if (status := _status(measured)) is not Status.SIMULATED:
        return Simulation(cases.process.code, status, typicality=measured, outside_range=outside)
    score = float(_score(weighed.weights[0], cases.actual.take(weighed.rows[0])))
    size = float(effective_size(weighed.weights[0]))
    low, high = wilson(score, size)
    counts = weighed.weights[0] > 0.0
    rows, distances, weights = (
        column[0][counts] for column in (weighed.rows, weighed.distances, weighed.weights)
    )
    return Simulation(
        process=cases.process.code,
        status=status,
        score=score,
        interval=(float(low), float(high)),
        effective_size=size,
        typicality=measured,
        comparables=_comparables(cases, library, rows, distances, weights),
        outside_range=outside,
        evidence=Evidence(library.cases.case_number[cases.rows[rows]], distances, weights),
    )


def _comparables(
    cases: ProcessCases, library: Library, rows: NDArray[np.int64], distances: Floats, weights: Floats
) -> tuple[Comparable, ...]:
    """The cases shown, heaviest first, ties by case number (2005 manual, A79)."""
    chosen = _chosen(cases, library.policy, rows, weights)
    known = library.cases
    case_numbers = known.case_number[cases.rows[rows[chosen.members]]]
    order = np.lexsort((case_numbers, -chosen.weights.round(12)))
    members, carried = chosen.members[order], chosen.weights[order]
    at = cases.rows[rows[members]]
    columns = (
        known.case_number[at],
        known.sex[at],
        known.birth_year[at],
        cases.actual[rows[members]],
        carried,
        chosen.stands_for[order],
        distances[members],
        at,
    )
    # As lists: the result has Python numbers, and taking them from arrays one by one is slow.
    return tuple(
        Comparable(
            case_number=case_number,
            sex=CASE_SEXES[sex],
            birth_year=birth_year or None,
            actual=actual,
            weight=weight,
            percent=percent,
            stands_for=stands_for,
            distance=distance,
            shown=library.shown(row),
        )
        for percent, case_number, sex, birth_year, actual, weight, stands_for, distance, row in zip(
            percents(carried), *(column.tolist() for column in columns), strict=True
        )
    )


def _chosen(cases: ProcessCases, policy: Policy, rows: NDArray[np.int64], weights: Floats) -> Representatives:
    if policy.represented:
        return represent(
            cases.candidates.coordinates.take(rows, axis=0), weights, cases.actual[rows], count=SHOWN
        )
    return Representatives(np.arange(len(rows)), weights, np.ones(len(rows), dtype=np.intp))


def _outside_range(vector: Floats, library: Library) -> tuple[str, ...]:
    """The codes of the items whose answers are outside the range of the library."""
    low, high = library.ranges
    beyond = (vector < low) | (vector > high)
    return tuple(library.instrument.items[j].code for j in np.flatnonzero(beyond))
