"""Ten cases carry the whole pool: its score, its weight, every case of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rms.engine.representatives import PLACES, places_for, represent


@pytest.mark.parametrize(
    ("weight", "returned", "stayed", "places"),
    [
        (0.0, 0, 100, 0),
        (1.0, 100, 0, 10),
        (0.5, 50, 50, 5),
        (0.25, 25, 75, 3),  # 2.5 is rounded up
        (0.249, 25, 75, 2),
        (0.05, 5, 95, 1),
        (0.04, 4, 96, 1),  # a case there is has a place, however light
        (0.001, 1, 99, 1),
        (0.999, 99, 1, 9),
        (0.96, 96, 4, 9),
        (0.6, 2, 98, 2),  # never more than it has cases
        (0.1, 98, 2, 8),  # nor so few that the other cannot fill its own
        (0.5, 3, 3, 3),  # fewer than ten cases at all
        (0.5, 1, 0, 1),
    ],
)
def test_how_many_places_an_outcome_gets(weight, returned, stayed, places):
    assert places_for(weight, returned, stayed) == places
    assert 0 <= min(PLACES, returned + stayed) - places <= stayed


@settings(max_examples=300, deadline=None)
@given(st.floats(0, 1), st.integers(0, 400), st.integers(0, 400))
def test_the_places_are_always_there_to_be_filled(weight, returned, stayed):
    if returned + stayed == 0:
        return
    weight = weight if returned and stayed else float(returned > 0)
    places, all_ = places_for(weight, returned, stayed), min(PLACES, returned + stayed)
    assert min(1, returned) <= places <= returned
    assert min(1, stayed) <= all_ - places <= stayed or all_ < 2


@st.composite
def pools(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, outcomes = draw(st.integers(1, 150)), draw(st.sampled_from([(1,), (2,), (1, 2)]))
    places = (
        rng.normal(size=(size, 4)) if draw(st.booleans()) else rng.integers(0, 2, (size, 4)).astype(float)
    )
    weights = rng.exponential(size=size) + 1e-9
    return places, weights / weights.sum(), rng.choice(outcomes, size).astype(np.uint8)


@settings(max_examples=300, deadline=None)
@given(pools())
def test_they_carry_the_pool(pool):
    places, weights, actual = pool
    chosen = represent(places, weights, actual)
    assert len(chosen.members) == len(set(chosen.members.tolist())) == min(PLACES, len(actual))
    assert chosen.weights @ actual[chosen.members] == pytest.approx(weights @ actual, abs=1e-12)
    assert chosen.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert chosen.stands_for.sum() == len(actual) and (chosen.stands_for >= 1).all()
    for outcome in (1, 2):
        own, of_pool = actual[chosen.members] == outcome, actual == outcome
        assert chosen.weights[own].sum() == pytest.approx(weights[of_pool].sum(), abs=1e-12)
        assert chosen.stands_for[own].sum() == of_pool.sum()
    assert (chosen.weights >= weights[chosen.members] - 1e-12).all()  # each stands for itself


@settings(max_examples=100, deadline=None)
@given(pools())
def test_every_case_is_served_by_the_nearest_of_its_outcome(pool):
    places, weights, actual = pool
    chosen = represent(places, weights, actual)
    apart = ((places[:, None] - places[chosen.members][None]) ** 2).sum(axis=2)
    apart[actual[:, None] != actual[chosen.members][None]] = np.inf
    apart[chosen.members] = np.inf
    apart[chosen.members, np.arange(len(chosen.members))] = 0.0
    served = np.argmin(apart.round(10), axis=1)
    carried = np.bincount(served, weights, minlength=len(chosen.members))
    np.testing.assert_allclose(chosen.weights, carried, atol=1e-12)


def test_the_nearest_of_each_outcome_is_always_among_them():
    rng = np.random.default_rng(3)
    places, actual = rng.normal(size=(120, 3)), rng.integers(1, 3, 120).astype(np.uint8)
    chosen = represent(places, np.full(120, 1 / 120), actual)
    assert {int(np.argmax(actual == 1)), int(np.argmax(actual == 2))} <= set(chosen.members.tolist())
