"""How central people are: small networks as tables, and networkx as the oracle."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rms.network.centrality import CONFIDENCE, Centrality, centrality, error_of_sample
from rms.network.clusters import networkx_graph
from rms.network.graph import Graph, graph_of

A, B, C, D, E = 1, 2, 3, 4, 5
Rows = Sequence[tuple[int, int, float]]


def sampled(graph: Graph, sample: int, *, seed: int = 0) -> Centrality:
    order = np.random.default_rng(seed).permutation(len(graph.people))
    return centrality(graph, sample=sample, order=order)


def network(*rows: tuple[int, int, float]) -> Graph:
    one, other, strength = zip(*rows, strict=True) if rows else ((), (), ())
    return graph_of(one, other, strength)


def figure(name: str, person: int, *rows: tuple[int, int, float]) -> float:
    graph = network(*rows)
    return float(getattr(centrality(graph), name)[graph.people.tolist().index(person)])


SEPARATE = ((A, B, 1), (C, D, 1), (D, E, 1))
TWICE = ((A, B, 1), (B, A, 1), (A, C, 1))
DETOUR = ((A, B, 10), (A, C, 1), (C, B, 1))


@pytest.mark.parametrize(
    ("name", "person", "rows", "expected"),
    [
        ("closeness", A, SEPARATE, 0.25),  # the size of the group counts
        ("closeness", D, SEPARATE, 0.5),
        ("degree", A, TWICE, 1.0),  # links of one pair are one link
        ("degree", B, TWICE, 0.5),
        ("betweenness", A, TWICE, 1.0),
        ("betweenness", C, DETOUR, 0.0),  # strength is never a distance
        ("betweenness", D, SEPARATE, 1 / 6),
        ("betweenness", A, SEPARATE, 0.0),
    ],
)
def test_small_networks(name: str, person: int, rows: Rows, expected: float) -> None:
    assert figure(name, person, *rows) == expected


@pytest.mark.parametrize("rows", [(), ((A, B, 1),), SEPARATE, ((A, A, 3),)], ids=str)
def test_no_network_is_too_small_or_too_scattered(rows: Rows) -> None:
    graph = network(*rows)
    figures = sampled(graph, 1)
    for values in (figures.degree, figures.pagerank, figures.betweenness):
        assert len(values) == len(graph.people)
        assert np.isfinite(values).all()
    assert figures.pagerank.sum() == pytest.approx(1 if len(graph.people) else 0)


def test_an_unknown_strength_counts_as_the_lowest() -> None:
    assert network((A, B, np.nan), (A, B, 2)).ties.toarray().tolist() == [[0, 3], [3, 0]]


def test_nobody_is_linked_with_themselves() -> None:
    graph = network((A, A, 5), (A, B, 1))
    assert (graph.people.tolist(), graph.links) == ([A, B], 1)


def test_the_links_among_some() -> None:
    graph = network((A, B, 2), (B, C, 1), (D, E, 1))
    some = graph.among([0, 1, 3])
    assert (some.people.tolist(), some.links, some.ties.toarray().tolist()) == ([A, B], 1, [[0, 2], [2, 0]])


people = st.integers(1, 12)
rows_of_links = st.lists(st.tuples(people, people, st.integers(1, 9)), max_size=40)


@given(rows_of_links)
@settings(deadline=None)
def test_every_figure_is_that_of_networkx(rows: Rows) -> None:
    graph = network(*rows)
    figures, oracle = centrality(graph), networkx_graph(graph)
    expected = {
        "degree": nx.degree_centrality(oracle),
        "closeness": nx.closeness_centrality(oracle),
        "betweenness": nx.betweenness_centrality(oracle),
        "pagerank": nx.pagerank(oracle, weight="strength", tol=1e-14, max_iter=1000) if graph.links else {},
    }
    for name, values in expected.items():
        found = getattr(figures, name)
        assert found == pytest.approx([values[place] for place in range(len(graph.people))], abs=1e-9), name
    assert figures.error == 0
    assert not figures.standard_error.any()
    sizes = {place: len(group) for group in nx.connected_components(oracle) for place in group}
    assert graph.group_sizes.tolist() == [sizes[place] for place in range(len(graph.people))]


@given(rows_of_links, st.integers(1, 12), st.integers(0, 5))
@settings(deadline=None)
def test_a_sample_changes_only_betweenness_and_closeness(rows: Rows, sample: int, seed: int) -> None:
    graph = network(*rows)
    whole, part = centrality(graph), sampled(graph, sample, seed=seed)
    assert part.degree.tolist() == whole.degree.tolist()
    assert part.pagerank.tolist() == whole.pagerank.tolist()
    assert (part.closeness is None) == (sample < max(graph.group_sizes, default=0))
    in_small = graph.group_sizes <= sample
    assert part.betweenness[in_small].tolist() == pytest.approx(
        whole.betweenness[in_small].tolist(), abs=1e-12
    )
    assert not part.standard_error[in_small].any()
    assert same(part, sampled(graph, sample, seed=seed))


def same(one: Centrality, other: Centrality) -> bool:
    return one.betweenness.tolist() == other.betweenness.tolist()


def hub_and_others() -> Graph:
    """A hundred people around a few, and a separate chain: the betweenness of a few is high."""
    rng = np.random.default_rng(4)
    spokes = [(int(rng.integers(1, 4)), person, 1.0) for person in range(4, 104)]
    chain = [(person, person + 1, 1.0) for person in range(200, 208)]
    return network((1, 2, 1), (2, 3, 1), *spokes, *chain)


@pytest.mark.parametrize("sample", [5, 20, 60])
def test_the_stated_error_holds_as_often_as_it_says(sample: int) -> None:
    graph = hub_and_others()
    true = centrality(graph).betweenness
    drawn = [sampled(graph, sample, seed=seed) for seed in range(100)]
    worst = np.array([np.abs(one.betweenness - true).max() for one in drawn])
    assert drawn[0].error == error_of_sample(graph, sample) > 0
    assert (worst <= drawn[0].error).mean() >= CONFIDENCE
    assert worst.max() > drawn[0].error / 8  # not a bound of anything whatever


def test_a_sample_is_right_on_average_and_knows_its_spread() -> None:
    graph = hub_and_others()
    true = centrality(graph).betweenness
    drawn = [sampled(graph, 30, seed=seed) for seed in range(250)]
    values = np.array([one.betweenness for one in drawn])
    spread = values.std(axis=0, ddof=1)
    assert np.abs(values.mean(axis=0) - true).max() < 4 * spread.max() / np.sqrt(len(drawn))
    central = true > 0.05
    stated = np.sqrt(np.mean([one.standard_error**2 for one in drawn], axis=0))
    assert stated[central] == pytest.approx(spread[central], rel=0.15)


def test_a_larger_sample_has_a_smaller_error() -> None:
    graph = hub_and_others()
    errors = [error_of_sample(graph, sample) for sample in (5, 20, 60, 112)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 0
