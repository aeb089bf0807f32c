"""A trained model as plain numbers, and the prediction from them. It needs numpy and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rms.prediction.features import Feature
from rms.prediction.records import Floats, Ints

CUT_OFF = 0.6  # from this probability on, a person is predicted to become high harm
FORMAT = "rms-prediction-1"


@dataclass(frozen=True)
class Target:
    """What the model predicts: reaching the band that begins at `high` within `months` months.

    `rules`: the names of the settings and of the severity table that the scores are calculated with.
    """

    high: float
    months: int
    rules: str


@dataclass(frozen=True)
class Training:
    """What the model was trained on.

    `as_at`: the day that the records described. `days`: the days of prediction; `test_day` begins when all
    their two years are over. `people`, `outcomes`: rows of all days, and how many became high harm.
    `c`: the inverse strength of the regularisation. `software`: what fitted it.
    """

    as_at: date
    days: tuple[date, ...]
    test_day: date
    people: int
    outcomes: int
    test_people: int
    test_outcomes: int
    c: float
    software: str


@dataclass(frozen=True)
class Reference:
    """What later inputs and predictions are compared with: the test day.

    `edges`: for each feature the upper ends of its groups, rising. `groups`: the share of people in each
    group, one more than edges. `predicted_high`: the share predicted at `CUT_OFF` or above. `precision`:
    true and false positives.
    """

    edges: tuple[tuple[float, ...], ...]
    groups: tuple[tuple[float, ...], ...]
    predicted_high: float
    precision: tuple[int, int]


@dataclass(frozen=True)
class Model:
    """A logistic regression on standardised features, and a multinomial one for the type of offence.

    Feature j of a person enters as (x_j - mean_j) / scale_j. `weights`: shape (features,). `type_weights`:
    shape (types, features), `type_intercepts`: (types,).
    `figures`: what was measured on the test day, by name, for people to read.
    """

    version: str
    trained_on: date
    target: Target
    types: tuple[str, ...]
    features: tuple[Feature, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    type_weights: tuple[tuple[float, ...], ...]
    type_intercepts: tuple[float, ...]
    training: Training
    figures: Mapping[str, float | int | None]
    reference: Reference


@dataclass(frozen=True)
class Part:
    """What one feature does to a person's prediction: `change` in log-odds against the average person."""

    feature: Feature
    value: float
    change: float


def probabilities(model: Model, x: Floats) -> Floats:
    """The probability of becoming high harm within two years; `x` has shape (people, features)."""
    return _logistic(_standardised(model, x) @ np.array(model.weights) + model.intercept)


def likely_types(model: Model, x: Floats) -> Ints:
    """The place in `types` of the most likely type of offence; shape (people,). Of equals the first."""
    places: Ints = np.argmax(type_shares(model, x), axis=1)
    return places


def type_shares(model: Model, x: Floats) -> Floats:
    """The probability of each type among people who become high harm; shape (people, types)."""
    line = _standardised(model, x) @ np.array(model.type_weights).T + np.array(model.type_intercepts)
    odds = np.exp(line - line.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def parts(model: Model, x: Floats) -> Sequence[Part]:
    """What raised and lowered the prediction of one person, the largest change first; `x`: (features,).

    The changes and the intercept add to the log-odds of the probability.
    """
    changes = _standardised(model, x[None, :])[0] * np.array(model.weights)
    found = (
        Part(feature, float(value), float(change))
        for feature, value, change in zip(model.features, x, changes, strict=True)
    )
    return sorted(found, key=lambda part: (-abs(part.change), part.feature.name))


def of_100(probability: float) -> str:
    """The probability in words: "about 34".

    >>> of_100(0.004), of_100(0.34), of_100(0.997)
    ('fewer than 1', 'about 34', 'more than 99')
    """
    if probability < 0.01:
        return "fewer than 1"
    if probability > 0.99:
        return "more than 99"
    return f"about {int(probability * 100 + 0.5)}"


def _standardised(model: Model, x: Floats) -> Floats:
    standardised: Floats = (x - np.array(model.means)) / np.array(model.scales)
    return standardised


def _logistic(line: Floats) -> Floats:
    positive: Floats = 1 / (1 + np.exp(-np.abs(line)))
    return np.where(line >= 0, positive, 1 - positive)
