"""Which lower needs go with people who more often had no new conviction, where that is clear.

Only needs that can change are tried, each one level lower, alone and then in pairs; what cannot change is
left as it is. A suggestion has a score beyond 1.28 paired standard errors below the person's, stays typical
of the library, and rests on a pool of a hundred cases or more: among ten, a need that truly harms looked
helpful in a third of cases (docs/method.md). It shows what others did, never what a change would do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rms.assessment import Assessment
from rms.engine.explaining.difference import Difference, difference
from rms.engine.library import Library, ProcessCases
from rms.engine.policy import SHOWN
from rms.engine.result import TYPICAL_FROM, Evidence, Result, Simulation, Status
from rms.engine.simulation import Weighed, typicality, weigh
from rms.instrument import Answer

Floats = NDArray[np.float64]

LEAST_POOL = 100
MOST_LISTED = 3


class WhyNone(StrEnum):
    """Why nothing is suggested."""

    ANOTHER_LIBRARY = "another_library"
    NO_SCORE = "no_score"
    POOL_TOO_SMALL = "pool_too_small"
    NOTHING_LOWER = "nothing_lower"  # every need that can change is at its lowest level, or not known
    NOT_TYPICAL = "not_typical"  # the library has no cases similar to the person with lower needs
    NOT_CLEAR = "not_clear"


@dataclass(frozen=True)
class Lower:
    """One need, a level lower than it was rated."""

    code: str  # of the item
    was: Answer
    now: Answer


@dataclass(frozen=True)
class Suggestion:
    changes: tuple[Lower, ...]
    difference: Difference


@dataclass(frozen=True)
class Suggestions:
    """For one process, the lowest score first, of so many tried; `why_none` where there are none."""

    process: str
    found: tuple[Suggestion, ...]
    why_none: WhyNone | None = None
    tried: int = 0


def suggestions(assessment: Assessment, result: Result, process: str, library: Library) -> Suggestions:
    """What is suggested for one process: needs alone, or where none of them is clear, two together."""
    simulation = next(each for each in result.simulations if each.process == process)
    if result.library.sha256 != library.reference.sha256:
        return Suggestions(process, (), WhyNone.ANOTHER_LIBRARY)
    if simulation.status is not Status.SIMULATED or simulation.evidence is None:
        return Suggestions(process, (), WhyNone.NO_SCORE)
    if len(simulation.evidence.case_numbers) < LEAST_POOL:
        return Suggestions(process, (), WhyNone.POOL_TOO_SMALL)
    lower = list(_lower(result.vector, library))
    if not lower:
        return Suggestions(process, (), WhyNone.NOTHING_LOWER)
    tried = typical = 0
    for together in (1, 2):
        choices = list(combinations(lower, together))
        if not choices:
            continue
        compared = _compared(assessment, result, simulation, choices, library)
        tried += len(choices)
        typical += sum(outcome is not None for outcome in compared)
        clear = [
            Suggestion(tuple(change for _, change in changes), outcome)
            for changes, outcome in zip(choices, compared, strict=True)
            if outcome is not None and outcome.clear and (outcome.change or 0.0) < 0.0
        ]
        if clear:
            clear.sort(key=lambda suggestion: suggestion.difference.change or 0.0)
            return Suggestions(process, tuple(clear[:MOST_LISTED]), tried=tried)
    return Suggestions(process, (), WhyNone.NOT_CLEAR if typical else WhyNone.NOT_TYPICAL, tried)


def _lower(vector: Floats, library: Library) -> Iterator[tuple[int, Lower]]:
    """Each need that can change and can be lower, with the position of its item."""
    for need in library.instrument.needs:
        item, j = library.instrument.item(need.item), library.instrument.position[need.item]
        if item.dynamic and vector[j] >= 1.0:  # an unknown one is not
            yield j, Lower(item.code, item.answer(vector[j]), item.answer(vector[j] - 1.0))


def _compared(
    assessment: Assessment,
    result: Result,
    before: Simulation,
    tried: Sequence[tuple[tuple[int, Lower], ...]],
    library: Library,
) -> list[Difference | None]:
    """The score as it is beside what it would be, for each of the changes; None where it is not typical."""
    values = np.repeat(result.vector[None, :], len(tried), axis=0)
    for row, changes in zip(values, tried, strict=True):
        row[[j for j, _ in changes]] -= 1.0
    persons = np.full(len(tried), assessment.person, dtype=np.uint64)
    cases = library.process(before.process)
    weighed = weigh(values, persons, cases, library.policy)
    usual = typicality(weighed.distances[:, SHOWN - 1], cases)
    return [
        difference(before, _simulation(weighed.of(row), cases, library))
        if weighed.enough[row] and usual[row] >= TYPICAL_FROM
        else None
        for row in range(len(tried))
    ]


def _simulation(weighed: Weighed, cases: ProcessCases, library: Library) -> Simulation:
    """As much of a simulation as a difference looks at."""
    rows, weights = weighed.rows[0], weighed.weights[0]
    numbers = library.cases.case_number[cases.rows[rows]]
    score = float(np.vecdot(weights, cases.actual[rows]))
    evidence = Evidence(numbers, weighed.distances[0], weights)
    return Simulation(cases.process.code, Status.SIMULATED, score, evidence=evidence)
