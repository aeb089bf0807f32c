"""What moved a score away from the library's base rate, by groups of items.

Exact Shapley values (Shapley 1953): a group's part is what it adds to the score, averaged over every order
in which the groups could be added. With only some groups, the score is that of the cases nearest in those
alone; with none, it is the library's base rate. The parts add up to score − base rate.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.assessment import Assessment
from rms.engine.library import Library, ProcessCases
from rms.engine.result import Result, Status

Floats = NDArray[np.float64]

MOST_GROUPS = 10  # 1,024 ways to choose some of them
AT_ONCE = 64  # ways


@dataclass(frozen=True)
class Part:
    """What one group, a section of the instrument, adds to the score: below 0 it takes away."""

    section: str
    amount: float


@dataclass(frozen=True)
class Attribution:
    """`base_rate` is the mean actual of all cases a score may draw on; the parts lead from it to `score`."""

    base_rate: float
    score: float
    parts: tuple[Part, ...]


def attribution(assessment: Assessment, result: Result, process: str, library: Library) -> Attribution | None:
    """What moved the score of one process.

    None where there is no score, the result was made with another library, or the instrument has more
    sections than `MOST_GROUPS`.
    """
    simulation = next((one for one in result.simulations if one.process == process), None)
    if simulation is None or simulation.status is not Status.SIMULATED or simulation.score is None:
        return None
    groups = _groups(library)
    if result.library.sha256 != library.reference.sha256 or len(groups) > MOST_GROUPS:
        return None
    cases = library.process(process)
    scores = _scores(result.vector, assessment.person, library, cases, np.array(list(groups.values())))
    scores[-1] = simulation.score  # all groups: the score itself, with its ties decided
    amounts = shapley(scores)
    parts = (Part(section, amount) for section, amount in zip(groups, amounts.tolist(), strict=True))
    return Attribution(float(scores[0]), simulation.score, tuple(parts))


def shapley(worth: Floats) -> Floats:
    """Each player's part of `worth[-1] − worth[0]`, shape (g,).

    `worth` (2^g,) is what the players are worth together whose bits are set in the index.
    """
    players = len(worth).bit_length() - 1
    index = np.arange(len(worth))
    size = np.bitwise_count(index)
    orders = np.array(
        [math.factorial(s) * math.factorial(players - s - 1) for s in range(players)], dtype=np.float64
    ) / math.factorial(players)
    parts = np.zeros(players)
    for player in range(players):
        without = index[index & (1 << player) == 0]
        added = worth[without | (1 << player)] - worth[without]
        parts[player] = np.vecdot(orders[size[without]], added)
    return parts


def _groups(library: Library) -> dict[str, Floats]:
    """Of each section that has any items, which those are: 1 or 0 for every item, shape (p,)."""
    sections = np.array([item.section for item in library.instrument.items])
    members = ((code, (sections == code).astype(np.float64)) for code in library.instrument.sections)
    return {code: mine for code, mine in members if mine.any()}


def _scores(vector: Floats, person: int, library: Library, cases: ProcessCases, groups: Floats) -> Floats:
    """The score with only some groups (g, p), for every way of choosing them: shape (2^g,)."""
    ways = np.arange(1, 2 ** len(groups))
    chosen = (ways[:, None] >> np.arange(len(groups))) & 1
    query = cases.metric.query(vector[None, :])[0][0]
    actual = cases.actual.astype(np.float64)
    others = cases.candidates.persons != person
    scores = [np.array([actual[others].mean()])]
    for at in range(0, len(ways), AT_ONCE):
        squared = cases.metric.asked_only(
            vector,
            query,
            cases.candidates,
            asked=chosen[at : at + AT_ONCE] @ groups,
            values=library.cases.values,
            rows=cases.rows,
        )
        distances = cases.candidates.all_distances(squared, person)
        scores.append(library.policy.weigh_all(distances) @ actual)
    return np.concatenate(scores)
