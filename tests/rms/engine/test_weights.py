"""From distances to shares: by hand where a hand can do it, as properties where it cannot."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rms.engine.weights import Z95, effective_size, kernel_weights, percents, wilson

SHARES = st.lists(st.floats(0.0, 1e6, allow_subnormal=False), min_size=1, max_size=60).filter(
    lambda raw: math.fsum(raw) > 1e-6
)


def normal(raw: list[float]) -> np.ndarray:
    return np.array(raw) / math.fsum(raw)


@settings(max_examples=2000, deadline=None)
@given(SHARES)
@example([1.0, 1.0, 1.0])
@example([1.0] * 7)
@example([1e6] + [1e-9] * 50)
@example([0.00005, 0.99995])
def test_percents_add_to_exactly_a_hundred(raw):
    weights = normal(raw)
    shown = percents(weights)
    hundredths = [round(percent * 100) for percent in shown]
    assert sum(hundredths) == 10_000
    assert [percent * 100 for percent in shown] == pytest.approx(hundredths, abs=1e-9)
    for weight, share in zip(weights.tolist(), hundredths, strict=True):
        assert abs(share - weight * 10_000) < 1.0 + 1e-5  # the floor, or one more


@settings(max_examples=300, deadline=None)
@given(SHARES)
def test_a_heavier_weight_shows_no_smaller_percent(raw):
    weights = sorted(normal(raw).tolist(), reverse=True)
    shown = percents(np.array(weights))
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0], [100.0]),
        ([1 / 3] * 3, [33.34, 33.33, 33.33]),
        ([1 / 6] * 6, [16.67, 16.67, 16.67, 16.67, 16.66, 16.66]),
        ([0.5, 0.5], [50.0, 50.0]),
        ([0.99999, 0.00001], [100.0, 0.0]),
        ([0.12345, 0.87655], [12.35, 87.65]),  # both remainders are a half: the first gets it
    ],
)
def test_percents_by_hand(weights, expected):
    assert percents(np.array(weights)) == expected


@pytest.mark.parametrize(
    ("weights", "size"),
    [
        ([1.0], 1.0),
        ([0.1] * 10, 10.0),
        ([0.5, 0.5, 0.0], 2.0),
        ([0.5, 0.25, 0.25], 1 / 0.375),
        ([0.4, 0.3, 0.2, 0.1], 1 / 0.30),
    ],
)
def test_effective_size_by_hand(weights, size):
    assert effective_size(np.array([weights]))[0] == pytest.approx(size, abs=1e-12)


@pytest.mark.parametrize(
    ("score", "size", "low", "high"),
    [
        # Wilson's interval of x out of n, as published tables have it, on the scale of 1 to 2.
        (1.0, 10, 1.0, 1.27753),
        (2.0, 10, 1.72247, 2.0),
        (1.5, 10, 1.23659, 1.76341),
        (1.1, 10, 1.01788, 1.40415),
        (1.2, 100, 1.13337, 1.28883),
        (1.5, 1, 1.05462, 1.94538),
    ],
)
def test_the_interval_against_a_table(score, size, low, high):
    found = wilson(np.array([score]), np.array([float(size)]))
    assert (found[0][0], found[1][0]) == pytest.approx((low, high), abs=5e-6)


@settings(max_examples=300, deadline=None)
@given(st.floats(1.0, 2.0), st.floats(1.0, 400.0))
def test_the_interval_solves_its_equation_and_holds_the_score(score, size):
    (low,), (high,) = wilson(np.array([score]), np.array([size]))
    assert 1.0 <= low <= score + 1e-12 and score - 1e-12 <= high <= 2.0
    for bound in (low - 1.0, high - 1.0):
        if 1e-6 < bound < 1 - 1e-6:
            assert (score - 1 - bound) ** 2 == pytest.approx(Z95**2 * bound * (1 - bound) / size, abs=1e-9)


def test_z_is_the_normal_quantile():
    assert 0.5 * (1 + math.erf(Z95 / math.sqrt(2))) == pytest.approx(0.975, abs=1e-15)


def test_kernel_weights_by_hand():
    weights = kernel_weights(np.array([[0.0, 0.5, 1.0, np.inf]]), np.array([1.0]))[0]
    raw = [1.0, math.exp(-0.5), math.exp(-2.0), 0.0]
    assert weights == pytest.approx([w / sum(raw) for w in raw], abs=1e-15)


def test_identical_cases_weigh_the_same():
    distances = np.array([[0.0, 0.0, 0.0, np.inf], [0.0, 1.0, 2.0, np.inf]])
    weights = kernel_weights(distances, np.array([0.0, 2.0]))
    assert weights[0].tolist() == [1 / 3, 1 / 3, 1 / 3, 0.0]
    assert weights[1].sum() == pytest.approx(1.0, abs=1e-15) and weights[1][3] == 0.0
