"""Clusters, and the places of circles in a picture."""

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rms.network.clusters import clusters_of
from rms.network.graph import graph_of
from rms.network.layout import GAP, places_of

SQUARES = [(a + 1, b + 1) for a, b in combinations(range(4), 2)]
SQUARES += [(a + 5, b + 5) for a, b in combinations(range(4), 2)]


def clusters(links: list[tuple[int, int]]) -> list[list[int]]:
    one, other = zip(*links, strict=True) if links else ((), ())
    graph = graph_of(one, other, [1.0] * len(links))
    return [graph.people[list(places)].tolist() for places in clusters_of(graph)]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], []),
        ([(1, 2)], [[1, 2]]),
        ([*SQUARES, (4, 5)], [[1, 2, 3, 4], [5, 6, 7, 8]]),
        ([(8, 9), *SQUARES[:6]], [[1, 2, 3, 4], [8, 9]]),
    ],
)
def test_people_who_are_linked_more_closely_with_each_other(
    links: list[tuple[int, int]], expected: list[list[int]]
) -> None:
    assert clusters(links) == expected


@given(st.lists(st.tuples(st.integers(1, 15), st.integers(1, 15)).filter(lambda two: two[0] != two[1])))
@settings(deadline=None)
def test_everybody_is_in_one_cluster_the_largest_first(links: list[tuple[int, int]]) -> None:
    found = clusters(links)
    everybody = [person for cluster in found for person in cluster]
    assert sorted(everybody) == sorted({person for link in links for person in link})
    sizes = [len(cluster) for cluster in found]
    assert sizes == sorted(sizes, reverse=True)
    assert found == clusters(links)


circles = st.lists(st.floats(3, 40), min_size=1, max_size=25)


@given(circles, st.sets(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=30))
@settings(deadline=None, max_examples=30)
def test_no_circle_covers_another(radii: list[float], pairs: set[tuple[int, int]]) -> None:
    links = {(a, b): 1.0 for a, b in pairs if a < b < len(radii)}
    places = places_of(radii, links)
    assert places == places_of(radii, links)
    for one, other in combinations(range(len(radii)), 2):
        (x1, y1), (x2, y2) = places[one], places[other]
        assert math.hypot(x1 - x2, y1 - y2) >= radii[one] + radii[other] + GAP - 1e-9


def test_linked_circles_are_nearer_each_other_than_others() -> None:
    links = {pair: 1.0 for group in (range(5), range(5, 10)) for pair in combinations(group, 2)}
    places = places_of([5.0] * 10, links)

    def mean(pairs: list[tuple[int, int]]) -> float:
        return sum(math.dist(places[a], places[b]) for a, b in pairs) / len(pairs)

    others = [pair for pair in combinations(range(10), 2) if pair not in links]
    assert mean(list(links)) < mean(others) / 1.5
