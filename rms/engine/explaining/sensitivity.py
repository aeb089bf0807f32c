"""How sensitive a score is to one answer: if it was a step too high or too low, or is not known.

A step is the next level of a scale, one more or one fewer of a count or a number, or any other choice. What
the identification says (sex, age) is not tried: it comes from records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.assessment import Assessment
from rms.engine.library import Library
from rms.engine.result import Result, Status
from rms.engine.simulation import Scores, simulate_many
from rms.instrument import Answer, Item, ItemKind

Floats = NDArray[np.float64]

COUNTED = (0.1, 0.5, 0.9)  # of an unknown count or number, these quantiles of the library are tried


@dataclass(frozen=True)
class Tried:
    """The score with this answer to the item."""

    code: str
    answer: Answer
    score: float


@dataclass(frozen=True)
class Unknown:
    """The lowest and the highest score that the answers to an unknown item would give."""

    code: str
    low: Tried
    high: Tried

    @property
    def range(self) -> float:
        return self.high.score - self.low.score


@dataclass(frozen=True)
class Sensitivity:
    """One process. `low` and `high` are the lowest and highest scores if one answer were one step different.

    `withheld` counts the steps that would leave no score. `unknown` are the items not known, the one most
    worth asking first.
    """

    process: str
    score: float
    low: Tried | None
    high: Tried | None
    steps: int
    withheld: int
    unknown: tuple[Unknown, ...]


def sensitivity(assessment: Assessment, result: Result, library: Library) -> tuple[Sensitivity, ...]:
    """For every process that has a score; empty if the result was made with another library."""
    if result.library.sha256 != library.reference.sha256:
        return ()
    steps, answers = _tried(result.vector, library)
    everything = [*steps, *answers]
    if not everything:
        return ()
    persons = np.full(len(everything), assessment.person, dtype=np.uint64)
    values = np.stack([_with(result.vector, j, number) for j, number in everything])
    scores = simulate_many(values, persons, library)
    return tuple(
        _sensitivity(one.process, one.score, scores[one.process], steps, answers, library)
        for one in result.simulations
        if one.status is Status.SIMULATED and one.score is not None
    )


def steps_from(item: Item, number: float) -> Iterator[float]:
    """The answers one step from this one, as the engine sees them."""
    if item.kind is ItemKind.CHOICE:
        yield from (float(other) for other in range(len(item.levels)) if other != number)
        return
    low, high = (0, len(item.levels) - 1) if item.levels else (item.minimum or 0.0, item.maximum or 0.0)
    yield from (step for step in (number - 1.0, number + 1.0) if low <= step <= high)


def _tried(vector: Floats, library: Library) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """What is tried, as positions of items and numbers: steps from what is known, answers to what is not."""
    steps: list[tuple[int, float]] = []
    answers: list[tuple[int, float]] = []
    for item in library.instrument.asked:
        j = library.instrument.position[item.code]
        if np.isnan(vector[j]):
            answers += [(j, number) for number in _answers(item, library.cases.values[:, j])]
        else:
            steps += [(j, number) for number in steps_from(item, float(vector[j]))]
    return steps, answers


def _answers(item: Item, known: Floats) -> Sequence[float]:
    if item.levels:
        return [float(level) for level in range(len(item.levels))]
    known = known[~np.isnan(known)]
    if not len(known):
        return []
    whole = np.quantile(known, COUNTED, method="nearest")
    return sorted(set(whole.tolist()))


def _with(vector: Floats, j: int, number: float) -> Floats:
    changed = vector.copy()
    changed[j] = number
    return changed


def _sensitivity(
    process: str,
    score: float,
    scores: Scores,
    steps: Sequence[tuple[int, float]],
    answers: Sequence[tuple[int, float]],
    library: Library,
) -> Sensitivity:
    found = scores.score.tolist()
    shown = _by_score(steps, found[: len(steps)], library)
    answered = _by_score(answers, found[len(steps) :], library)
    return Sensitivity(
        process=process,
        score=score,
        low=shown[0] if shown and shown[0].score < score else None,
        high=shown[-1] if shown and shown[-1].score > score else None,
        steps=len(steps),
        withheld=len(steps) - len(shown),
        unknown=tuple(sorted(_unknown(answered), key=lambda one: -one.range)),
    )


def _unknown(answered: Sequence[Tried]) -> Iterator[Unknown]:
    for code in {one.code: None for one in answered}:
        own = [one for one in answered if one.code == code]
        yield Unknown(code, own[0], own[-1])


def _by_score(tried: Sequence[tuple[int, float]], scores: Sequence[float], library: Library) -> list[Tried]:
    """What has a score, the lowest first; of equals the first tried."""
    items = library.instrument.items
    shown = [
        Tried(items[j].code, items[j].answer(number), score)
        for (j, number), score in zip(tried, scores, strict=True)
        if not np.isnan(score)
    ]
    return sorted(shown, key=lambda one: one.score)
