"""How well predictions did: one confusion matrix, its four figures with intervals, calibration, baselines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rms.prediction.records import Flags, Floats
from rms.proportions import wilson

TOO_FEW = 10  # with fewer people in its denominator, a figure is not judged: one person moves it 10 points
BINS = 10


@dataclass(frozen=True)
class Figure:
    """A share `part` of `whole`, with its 95% Wilson interval. `value` is None if there is nobody.

    `is_too_few`: the whole is below `TOO_FEW`.
    """

    name: str
    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def is_too_few(self) -> bool:
        return self.whole < TOO_FEW

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.part, self.whole)


@dataclass(frozen=True)
class ConfusionMatrix:
    """Who was predicted to become high harm, and who did."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def people(self) -> int:
        return sum(vars(self).values())

    @property
    def outcomes(self) -> int:
        return self.true_positives + self.false_negatives

    @property
    def predicted(self) -> int:
        return self.true_positives + self.false_positives

    @property
    def accuracy(self) -> Figure:
        return Figure("accuracy", self.true_positives + self.true_negatives, self.people)

    @property
    def sensitivity(self) -> Figure:
        return Figure("sensitivity", self.true_positives, self.outcomes)

    @property
    def specificity(self) -> Figure:
        return Figure("specificity", self.true_negatives, self.people - self.outcomes)

    @property
    def precision(self) -> Figure:
        return Figure("precision", self.true_positives, self.predicted)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The four, all from these counts."""
        return (self.accuracy, self.sensitivity, self.specificity, self.precision)

    @property
    def is_too_few(self) -> bool:
        """Whether fewer than `TOO_FEW` people became high harm, so that nothing here can be judged."""
        return self.outcomes < TOO_FEW


def confusion_matrix(predicted: Floats, became: Flags, *, cut_off: float) -> ConfusionMatrix:
    """The matrix of predictions, shape (n,). A probability equal to the cut-off is predicted."""
    high = predicted >= cut_off
    return ConfusionMatrix(
        *(
            int(np.count_nonzero(cell))
            for cell in (high & became, high & ~became, ~high & became, ~high & ~became)
        )
    )


@dataclass(frozen=True)
class Bin:
    """People whose predictions lie together: their number, mean prediction, and how many became high."""

    people: int
    predicted: float
    became: int

    @property
    def share(self) -> float:
        return self.became / self.people


def bins(predicted: Floats, became: Flags, *, number: int = BINS) -> Sequence[Bin]:
    """Groups of the predictions, of equal width: [0, .1), [.1, .2) … [.9, 1]. Empty ones are left out."""
    place = np.minimum((predicted * number).astype(int), number - 1)
    people = np.bincount(place, minlength=number)
    total = np.bincount(place, predicted, minlength=number)
    high = np.bincount(place, became, minlength=number)
    return [
        Bin(int(people[at]), float(total[at] / people[at]), int(high[at]))
        for at in range(number)
        if people[at]
    ]


def calibration_error(predicted: Floats, became: Flags, *, number: int = BINS) -> float:
    """Expected calibration error: |mean prediction - share that became high|, weighted by people."""
    found = bins(predicted, became, number=number)
    people = sum(one.people for one in found)
    return sum(one.people * abs(one.predicted - one.share) for one in found) / people if people else math.nan


def auc(score: ArrayLike, became: Flags) -> float | None:
    """The chance that of two people, one who became high and one who did not, the first scored higher.

    Equal scores count half. None if everybody, or nobody, became high.
    """
    values = np.asarray(score, float)
    high, others = int(np.count_nonzero(became)), int(np.count_nonzero(~became))
    if not high or not others:
        return None
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[became].sum() - high * (high + 1) / 2) / (high * others))
