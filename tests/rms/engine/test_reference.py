"""The fast engine against the reference one: same cases, same order, same ties, same figures."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rms.engine.library import Library
from rms.engine.needs import read_needs
from rms.engine.policy import SHOWN
from rms.engine.reference import (
    ReferenceCase,
    reference_comparables,
    reference_need,
    reference_pool,
    reference_score,
)
from rms.engine.representatives import represent
from rms.engine.simulation import simulate_many, weigh
from tests.rms.engine.libraries import libraries, random_values

CLOSE = 1e-9
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def ask(library: Library, seed: int) -> tuple[np.ndarray, int]:
    """Someone to ask about: a new person, or a case of the library asking about itself."""
    rng = np.random.default_rng(seed)
    if seed % 3:
        return random_values(rng, 1, coarse=bool(seed % 2))[0], 0
    row = int(rng.integers(len(library.cases)))
    return library.cases.values[row], int(library.cases.person[row])


def pools(
    library: Library, seed: int, process: int
) -> tuple[list[ReferenceCase], np.ndarray, np.ndarray, np.ndarray]:
    vector, person = ask(library, seed)
    cases = library.processes[process]
    reference = reference_pool(vector.tolist(), person, library, cases)
    found = weigh(vector[None, :], np.array([person], np.uint64), cases, library.policy)
    counts = found.weights[0] > 0
    return reference, found.rows[0][counts], found.distances[0][counts], found.weights[0][counts]


@pytest.mark.parametrize("policy", ["pool", "nearest"])
@SLOW
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), process=st.integers(0, 1))
def test_same_cases_in_the_same_order_with_the_same_weights(policy, data, seed, process):
    library = data.draw(libraries(policy=policy))
    reference, rows, distances, weights = pools(library, seed, process)
    assert [case.row for case in reference] == rows.tolist()
    np.testing.assert_allclose([case.distance for case in reference], distances, atol=CLOSE)
    np.testing.assert_allclose([case.weight for case in reference], weights, atol=CLOSE)


@pytest.mark.parametrize("policy", ["pool", "nearest"])
@SLOW
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_same_scores_from_the_batch(policy, data, seed):
    library = data.draw(libraries(policy=policy))
    vector, person = ask(library, seed)
    many = simulate_many(np.stack([vector, vector]), np.array([person, 0], np.uint64), library)
    for cases in library.processes:
        scores = many[cases.process.code]
        if scores.status[0] == "simulated":
            reference = reference_score(reference_pool(vector.tolist(), person, library, cases))
            assert scores.score[0] == pytest.approx(reference, abs=1e-12)


@SLOW
@given(library=libraries(policy="pool"), seed=st.integers(0, 2**32 - 1))
def test_same_representatives(library, seed):
    cases = library.processes[0]
    reference, rows, _, weights = pools(library, seed, 0)
    if not reference:
        return
    chosen = represent(cases.candidates.coordinates[rows], weights, cases.actual[rows], count=SHOWN)
    expected = reference_comparables(reference, cases)
    numbers = library.cases.case_number[cases.rows[rows[chosen.members]]]
    assert [c.case_number for c in expected] == numbers.tolist()
    assert [c.stands_for for c in expected] == chosen.stands_for.tolist()
    np.testing.assert_allclose([c.weight for c in expected], chosen.weights, atol=CLOSE)


@pytest.mark.parametrize("policy", ["pool", "nearest"])
@SLOW
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_same_needs_in_both_readings(policy, data, seed):
    library = data.draw(libraries(policy=policy))
    vector, person = ask(library, seed)
    cases = library.processes[0]
    found = weigh(vector[None, :], np.array([person], np.uint64), cases, library.policy)
    if not found.enough[0]:
        return
    readings = read_needs(
        vector, person, library, query=found.queries[0], rows=found.rows[0], weights=found.weights[0]
    )
    pool = reference_pool(vector.tolist(), person, library, cases)
    for reading, item in zip(readings, library.needs.items, strict=True):
        without = reference_pool(vector.tolist(), person, library, cases, leave_out=item)
        for value, expected in (
            (reading.simulated, reference_need(pool, library, cases, item=item)),
            (reading.expected, reference_need(without, library, cases, item=item)),
        ):
            assert (value is None) == (expected is None)
            assert value is None or value == pytest.approx(expected, abs=1e-7)
