"""The exact search: brute force in float64 says what it must find, whatever threads and batches do."""

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rms.engine.neighbours import Candidates, flat_index

NOBODY = np.uint64(0)


def candidates(places: np.ndarray, persons: np.ndarray) -> Candidates:
    one_case_each = len(set(persons.tolist())) == len(persons)
    return Candidates(places, persons, flat_index(places), 1.0, one_case_each, places.T)


def brute_force(held: Candidates, query: np.ndarray, person: int, count: int) -> list[tuple[int, float]]:
    """(row, distance) of each other person's nearest case, the nearest first, ties by row."""
    distances = [round(float(np.sqrt(((place - query) ** 2).sum())), 10) for place in held.coordinates]
    ranked = sorted((distance, row) for row, distance in enumerate(distances))
    seen, found = {person}, []
    for distance, row in ranked:
        if (key := int(held.persons[row])) not in seen:
            seen.add(key)
            found.append((row, distance))
    return found[:count]


@st.composite
def searches(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, width = draw(st.integers(30, 180)), draw(st.integers(1, 6))
    coarse = draw(st.booleans())
    places = rng.integers(0, 3, (size, width)) / 4 if coarse else rng.normal(size=(size, width))
    people = draw(st.sampled_from([size // 2, size // 8, None]))
    persons = np.arange(1, size + 1) if people is None else rng.integers(1, people + 1, size)
    far = draw(st.sampled_from([0.0, 1.0, 1000.0]))  # far away, float32 can hardly tell cases apart
    queries = places[rng.integers(0, size, 3)] + far * rng.normal(size=(3, width))
    return candidates(np.ascontiguousarray(places, float), persons.astype(np.uint64)), queries


@settings(max_examples=120, deadline=None)
@given(searches(), st.integers(1, 60))
def test_it_finds_what_brute_force_finds(search, count):
    held, queries = search
    asking = np.array([0, held.persons[0], held.persons[-1]], dtype=np.uint64)
    found = held.nearest(queries, np.zeros(3), asking, count=count)
    for q in range(3):
        expected = brute_force(held, queries[q], int(asking[q]), count)
        rows = [(int(row), float(d)) for row, d in zip(found.rows[q], found.distances[q], strict=True)]
        assert [row for row, _ in rows[: len(expected)]] == [row for row, _ in expected]
        assert [d for _, d in rows[: len(expected)]] == pytest.approx([d for _, d in expected], abs=2e-10)
        assert all(row == (-1, np.inf) for row in rows[len(expected) :])


def test_a_person_s_own_cases_are_no_candidates():
    places = np.arange(20.0)[:, None]
    persons = np.array([7, 7, *range(100, 118)], dtype=np.uint64)
    found = candidates(places, persons).nearest(
        np.zeros((1, 1)), np.zeros(1), np.array([7], np.uint64), count=5
    )
    assert found.rows[0].tolist() == [2, 3, 4, 5, 6]


def test_of_somebody_s_cases_only_the_nearest_counts():
    places = np.array([[3.0], [1.0], [2.0], [1.0], [5.0]])
    persons = np.array([1, 1, 1, 1, 2], dtype=np.uint64)
    found = candidates(places, persons).nearest(np.zeros((1, 1)), np.zeros(1), np.array([NOBODY]), count=4)
    assert found.rows[0].tolist() == [1, 4, -1, -1]


@pytest.fixture
def any_threads():
    before = faiss.omp_get_max_threads()
    yield faiss.omp_set_num_threads
    faiss.omp_set_num_threads(before)


@pytest.mark.parametrize("coarse", [False, True], ids=["fine", "with ties"])
def test_threads_batches_and_repetition_change_no_bit(any_threads, coarse):
    rng = np.random.default_rng(8)
    places = rng.integers(0, 3, (3000, 9)) / 3 if coarse else rng.normal(size=(3000, 9))
    held = candidates(places, np.arange(1, 3001, dtype=np.uint64))
    queries, offsets = places[:700], rng.random(700)
    asking = held.persons[:700]
    first = held.nearest(queries, offsets, asking, count=110)
    for threads in (1, 2):
        any_threads(threads)
        for batch in (1, 7, 256, 700):
            for at in range(0, 700, max(batch, 100)):
                part = slice(at, at + batch)
                again = held.nearest(queries[part], offsets[part], asking[part], count=110)
                np.testing.assert_array_equal(again.rows, first.rows[part])
                np.testing.assert_array_equal(again.distances, first.distances[part])
