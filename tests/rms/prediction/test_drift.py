"""Alarms when inputs, the share predicted high or precision move."""

import numpy as np
import pytest

from rms.prediction.drift import MOST_PSI, alarms, edges_of, groups_of, seen
from rms.prediction.figures import ConfusionMatrix
from rms.prediction.model import Model, probabilities
from rms.prediction.target import Day
from rms.proportions import psi


def test_the_test_day_itself_raises_none(model: Model, test_day: Day) -> None:
    assert alarms(model, seen(model, test_day.x, probabilities(model, test_day.x))) == ()


def test_an_input_that_moves_raises_one(model: Model, test_day: Day) -> None:
    x = test_day.x.copy()
    x[:, 2] += 0.5
    found = alarms(model, seen(model, x, probabilities(model, test_day.x)))
    assert [(one.kind, one.name) for one in found] == [("input", model.features[2].name)]
    assert found[0].value > MOST_PSI


def test_a_share_that_doubles_raises_one(model: Model, test_day: Day) -> None:
    for moved in (np.full(len(test_day.x), 0.9), np.zeros(len(test_day.x))):
        assert [one.kind for one in alarms(model, seen(model, test_day.x, moved))] == ["predicted"]


@pytest.mark.parametrize(
    ("matrix", "kinds"),
    [
        (ConfusionMatrix(2, 98, 50, 1_000), ["precision"]),
        (ConfusionMatrix(2, 7, 50, 1_000), []),  # too few to judge
    ],
)
def test_precision_that_falls_raises_one(
    model: Model, test_day: Day, matrix: ConfusionMatrix, kinds: list[str]
) -> None:
    right, wrong = model.reference.precision
    assert right / (right + wrong) > 0.4
    found = alarms(model, seen(model, test_day.x, probabilities(model, test_day.x)), matrix=matrix)
    assert [one.kind for one in found] == kinds


def test_few_people_raise_none(model: Model, test_day: Day) -> None:
    assert alarms(model, seen(model, test_day.x[:199] + 5, np.full(199, 0.9))) == ()


def test_groups_of_a_feature_with_few_values() -> None:
    values = np.array([0.0] * 95 + [1.0] * 5)
    assert edges_of(values) == (0.0,)
    assert groups_of(values, edges_of(values)) == (0.95, 0.05)
    assert groups_of(np.full(4, 0.7), edges_of(np.full(4, 0.7))) == (1.0,)
    assert psi((0.95, 0.05), groups_of(np.full(4, 2.0), (0.0,))) > MOST_PSI
