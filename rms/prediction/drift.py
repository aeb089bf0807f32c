"""Alarms when inputs or predictions are no longer like those the model was tested on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.prediction.figures import TOO_FEW, ConfusionMatrix, Figure
from rms.prediction.model import CUT_OFF, Model
from rms.prediction.records import Floats
from rms.proportions import psi, wilson

GROUPS = 10
MOST_PSI = 0.25  # the usual bound for a distribution that has changed
MOST_TIMES = 2.0  # the share predicted high may double or halve
LEAST_PEOPLE = 200  # with fewer, distributions are not compared


@dataclass(frozen=True)
class Alarm:
    """`kind`: input, predicted or precision. `what`: in words, with the bound that was crossed."""

    kind: str
    name: str
    value: float
    what: str


def edges_of(values: Floats) -> tuple[float, ...]:
    """The upper ends of up to ten groups of about equal size; values equal to an end lie in its group."""
    quantiles = np.quantile(values, np.linspace(0, 1, GROUPS + 1)[1:-1], method="inverted_cdf")
    return tuple(np.unique(quantiles[quantiles < values.max()]).tolist())


def groups_of(values: Floats, edges: Sequence[float]) -> tuple[float, ...]:
    """The share of the values in each group; one more than edges."""
    return tuple((_counts(values, edges) / max(len(values), 1)).tolist())


def _counts(values: Floats, edges: Sequence[float]) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(np.array(edges), values), minlength=len(edges) + 1)


@dataclass(frozen=True)
class Seen:
    """What a model was given, and what it predicted: the number of people in each group of each feature."""

    groups: tuple[NDArray[np.int64], ...]
    people: int
    high: int

    def __add__(self, other: "Seen") -> "Seen":
        groups = tuple(one + more for one, more in zip(self.groups, other.groups, strict=True))
        return Seen(groups, self.people + other.people, self.high + other.high)


def seen(model: Model, x: Floats, predicted: Floats) -> Seen:
    """`x`: (people, features), `predicted`: (people,)."""
    groups = (_counts(x[:, at], edges) for at, edges in enumerate(model.reference.edges))
    return Seen(tuple(groups), len(predicted), int(np.count_nonzero(predicted >= CUT_OFF)))


def alarms(model: Model, seen: Seen, *, matrix: ConfusionMatrix | None = None) -> tuple[Alarm, ...]:
    """What has moved beyond its bound. `matrix`: of predictions whose two years are over."""
    if seen.people < LEAST_PEOPLE:
        return ()
    found = [*_inputs(model, seen), *_predicted(model, seen)]
    return (*found, *(_precision(model, matrix) if matrix else ()))


def _inputs(model: Model, seen: Seen) -> Iterator[Alarm]:
    for at, feature in enumerate(model.features):
        value = psi(model.reference.groups[at], (seen.groups[at] / seen.people).tolist())
        if value > MOST_PSI:
            what = (
                f"The values of “{feature.title}” are no longer spread as on the test day (population "
                f"stability index {value:.2f}, above {MOST_PSI})."
            )
            yield Alarm("input", feature.name, value, what)


def _predicted(model: Model, seen: Seen) -> Iterator[Alarm]:
    before, now = model.reference.predicted_high, seen.high / seen.people
    low, upper = wilson(seen.high, seen.people)
    if low > before * MOST_TIMES or upper < before / MOST_TIMES:
        what = (
            f"{now:.2%} of people are flagged. On the test day {before:.2%} were. "
            "The share has more than doubled, or fallen by more than half."
        )
        yield Alarm("predicted", "predicted_high", now, what)


def _precision(model: Model, matrix: ConfusionMatrix) -> Iterator[Alarm]:
    right, wrong = model.reference.precision
    before, now = Figure("precision", right, right + wrong), matrix.precision
    if before.whole < TOO_FEW or now.is_too_few or now.value is None or before.value is None:
        return
    (low, upper), (low_before, upper_before) = now.interval, before.interval
    if upper < low_before or low > upper_before:
        what = (
            f"Of the people flagged, {now.value:.0%} became high harm. On the test day it was "
            f"{before.value:.0%}. Chance does not explain the difference (their intervals do not meet)."
        )
        yield Alarm("precision", "precision", now.value, what)
