"""The reference implementation of the engine: as simple as possible, and the oracle of the fast one.

One person, one process, Python loops over every case of the library, no index, no arrays of
arrays. RMS does not use it: tests compare the fast engine with it, and anyone who doubts a score
can read it.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from rms.engine.contributions import ContributionTable
from rms.engine.encoding import Encoding
from rms.engine.library import Library, ProcessCases
from rms.engine.metric import SUM_WEIGHT, LearnedMetric, PlainMetric
from rms.engine.policy import Nearest
from rms.engine.representatives import ASKED_PER_PLACE
from rms.instrument import ItemKind

Value = float | None


@dataclass(frozen=True)
class ReferenceCase:
    """A ranked case: its row among the process's cases, its number, distance, weight and actual."""

    row: int
    case_number: int
    distance: float
    weight: float
    actual: int


@dataclass(frozen=True)
class ReferenceComparable:
    case_number: int
    weight: float
    stands_for: int


def reference_pool(
    vector: Sequence[float],
    person: int,
    library: Library,
    cases: ProcessCases,
    *,
    leave_out: int | None = None,
) -> list[ReferenceCase]:
    """The cases that count, nearest first; empty where the library has too few.

    `leave_out` is the position of an item that the comparison ignores.
    """
    kept = [position for position in range(len(vector)) if position != leave_out]
    ranked = _ranked(vector, person, library, cases, kept)
    needed = library.policy.needed(len(cases.rows))
    if len(cases.rows) < needed or len(ranked) < needed:
        return []
    pool, bandwidth = (
        _nearest(ranked, library.policy)
        if isinstance(library.policy, Nearest)
        else (
            ranked[:needed],
            ranked[needed - 1][0],
        )
    )
    raw = [math.exp(-2.0 * (d / bandwidth) ** 2) if bandwidth > 0 else 1.0 for d, _, _ in pool]
    return [
        ReferenceCase(row, number, d, w / math.fsum(raw), int(cases.actual[row]))
        for (d, number, row), w in zip(pool, raw, strict=True)
    ]


def reference_score(pool: Sequence[ReferenceCase]) -> float:
    """Σ weight · actual."""
    return math.fsum(case.weight * case.actual for case in pool)


def reference_comparables(
    pool: Sequence[ReferenceCase], cases: ProcessCases, *, count: int = 10
) -> list[ReferenceComparable]:
    """The representatives of a pool, in the order of their choice, stayed before returned."""
    groups = {actual: [case for case in pool if case.actual == actual] for actual in (1, 2)}
    total = min(count, len(pool))
    wanted = math.floor(count * math.fsum(case.weight for case in groups[2]) + 0.5)
    least = max(min(1, len(groups[2])), total - len(groups[1]))
    most = min(len(groups[2]), count - min(1, len(groups[1])))
    returned = max(least, min(most, wanted))
    return [
        *_medoids(groups[1], total - returned, cases),
        *_medoids(groups[2], returned, cases),
    ]


def reference_need(
    pool: Sequence[ReferenceCase], library: Library, cases: ProcessCases, *, item: int
) -> float | None:
    """The weighted mean percent of one need over the pool's known ratings."""
    rated = [
        (case.weight, library.instrument.items[item].percent(rating))
        for case in pool
        if not math.isnan(rating := float(library.cases.values[cases.rows[case.row], item]))
    ]
    known = math.fsum(weight for weight, _ in rated)
    return (
        math.fsum(weight * percent for weight, percent in rated) / known if known >= 0.5 and rated else None
    )


def reference_attribution(
    vector: Sequence[float],
    person: int,
    library: Library,
    cases: ProcessCases,
    groups: Sequence[Sequence[int]],
    *,
    score: float,
) -> list[float]:
    """What each group of items adds to the score, averaged over every order of adding them."""
    parts = [0.0] * len(groups)
    for order in permutations(range(len(groups))):
        asked: list[int] = []
        worth = _worth_of([], vector, person, library, cases)
        for group in order:
            asked += groups[group]
            everything = len(asked) == len(vector)
            grown = score if everything else _worth_of(asked, vector, person, library, cases)
            parts[group] += (grown - worth) / math.factorial(len(groups))
            worth = grown
    return parts


def _worth_of(
    asked: Sequence[int], vector: Sequence[float], person: int, library: Library, cases: ProcessCases
) -> float:
    """The score from these items alone, with ties shared instead of decided by case number."""
    if not asked:
        others = library.cases.person[cases.rows] != person
        return statistics.fmean(cases.actual[others].tolist())
    ranked = _ranked(vector, person, library, cases, asked)
    if isinstance(library.policy, Nearest):
        tenth = ranked[9][0]
        beyond = [distance for distance, _, _ in ranked if distance > tenth]
        bandwidth = 0.0 if tenth == 0.0 else min(beyond, default=tenth)
        share = {row: 1.0 for distance, _, row in ranked if distance <= tenth}
    else:
        count = library.policy.needed(len(cases.rows))
        bandwidth = ranked[count - 1][0]
        nearer = sum(distance < bandwidth for distance, _, _ in ranked)
        tied = sum(distance == bandwidth for distance, _, _ in ranked)
        share = {
            row: 1.0 if distance < bandwidth else (count - nearer) / tied
            for distance, _, row in ranked
            if distance <= bandwidth
        }
    weighed = [
        (share[row] * (math.exp(-2.0 * (d / bandwidth) ** 2) if bandwidth > 0 else 1.0), cases.actual[row])
        for d, _, row in ranked
        if row in share
    ]
    return math.fsum(w * int(actual) for w, actual in weighed) / math.fsum(w for w, _ in weighed)


def _ranked(
    vector: Sequence[float], person: int, library: Library, cases: ProcessCases, kept: Sequence[int]
) -> list[tuple[float, int, int]]:
    """(distance, case number, row) of every candidate, one a person, nearest first."""
    measured = []
    for row, case in enumerate(cases.rows):
        if int(library.cases.person[case]) != person:
            distance = round(_distance(vector, library.cases.values[case].tolist(), cases, kept), 10)
            measured.append((distance, int(library.cases.case_number[case]), row))
    measured.sort()
    seen: set[int] = set()
    ranked = []
    for entry in measured:
        own = int(library.cases.person[cases.rows[entry[2]]])
        if own not in seen:
            seen.add(own)
            ranked.append(entry)
    return ranked


def _distance(x: Sequence[float], z: Sequence[float], cases: ProcessCases, kept: Sequence[int]) -> float:
    metric = cases.metric
    if isinstance(metric, LearnedMetric):
        differences = [
            _contribution(x[j], metric.tables[j]) - _contribution(z[j], metric.tables[j]) for j in kept
        ]
        return math.sqrt(math.fsum(d * d for d in differences) + SUM_WEIGHT * math.fsum(differences) ** 2)
    assert isinstance(metric, PlainMetric)
    return math.sqrt(math.fsum(_difference(x[j], z[j], j, metric) for j in kept) / len(kept))


def _contribution(value: float, table: ContributionTable) -> float:
    if math.isnan(value):
        return float(table.contribution[-1])
    place = sum(1 for edge in table.upper if value > edge)
    return float(table.contribution[place])


def _difference(x: float, z: float, item: int, metric: PlainMetric) -> float:
    """The (expected) squared difference of two values of one item."""
    own = metric.columns[item]
    mean, variance = metric.mean[own].tolist(), metric.variance[own].tolist()
    a, b = _encoded(x, metric.encodings[item]), _encoded(z, metric.encodings[item])
    if a is None and b is None:
        return 2.0 * math.fsum(variance)
    if a is None or b is None:
        known = b if a is None else a
        assert known is not None
        return math.fsum((k - m) ** 2 + v for k, m, v in zip(known, mean, variance, strict=True))
    return math.fsum((k - m) ** 2 for k, m in zip(a, b, strict=True))


def _encoded(value: float, encoding: Encoding) -> list[float] | None:
    if math.isnan(value):
        return None
    if encoding.kind is ItemKind.CHOICE:
        return [math.sqrt(0.5) if level == int(value) else 0.0 for level in range(encoding.levels)]
    if encoding.kind is ItemKind.ORDINAL:
        return [value / (encoding.levels - 1)]
    if encoding.kind is ItemKind.COUNT:
        return [math.log1p(min(value, encoding.high)) / math.log1p(encoding.high)]
    clipped = min(max(value, encoding.low), encoding.high)
    return [(clipped - encoding.low) / (encoding.high - encoding.low)]


def _nearest(
    ranked: list[tuple[float, int, int]], policy: Nearest
) -> tuple[list[tuple[float, int, int]], float]:
    """The ten nearest with all ties at the tenth, and the bandwidth."""
    tenth = ranked[9][0]
    pool = [entry for entry in ranked[: policy.cap] if entry[0] <= tenth]
    beyond = [entry[0] for entry in ranked[: policy.cap + 1] if entry[0] > tenth]
    return pool, 0.0 if tenth == 0.0 else (min(beyond) if beyond else ranked[9][0])


def _medoids(group: list[ReferenceCase], share: int, cases: ProcessCases) -> list[ReferenceComparable]:
    if not share:
        return []
    coordinates = [cases.candidates.coordinates[case.row].tolist() for case in group]
    differences = [
        [math.fsum((a - b) ** 2 for a, b in zip(x, z, strict=True)) for z in coordinates] for x in coordinates
    ]
    chosen = [0]
    while len(chosen) < share:
        asked = [at for at in range(min(len(group), ASKED_PER_PLACE * share)) if at not in chosen]
        costs = {
            at: round(
                math.fsum(
                    c.weight * min(differences[i][m] for m in (*chosen, at)) for i, c in enumerate(group)
                ),
                10,
            )
            for at in asked
        }
        chosen.append(min(asked, key=lambda at: (costs[at], at)))
    served = [
        chosen.index(i)
        if i in chosen
        else min(range(share), key=lambda m: (round(differences[i][chosen[m]], 10), m))
        for i in range(len(group))
    ]
    return [
        ReferenceComparable(
            group[m].case_number,
            math.fsum(group[i].weight for i, by in enumerate(served) if by == at),
            served.count(at),
        )
        for at, m in enumerate(chosen)
    ]
