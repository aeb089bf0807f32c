"""Features: what was dated on the day or before; never a protected attribute."""

from datetime import date

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rms.errors import ProtectedAttribute
from rms.harm.columnar import day_number
from rms.prediction.features import Feature, features, refuse_protected
from rms.prediction.records import NEVER, Ties
from rms.prediction.standing import standing
from tests.rms.prediction.populations import DAY, TYPES, Population, population, with_later_facts


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_what_is_dated_later_changes_nothing(seed: int) -> None:
    known = population(seed, 200)
    changed = with_later_facts(known, day_number(DAY), seed=seed)
    np.testing.assert_array_equal(known.features(DAY), changed.features(DAY))


def test_what_is_dated_on_the_day_counts(people: Population) -> None:
    on_the_day = with_later_facts(people, day_number(DAY) - 40, seed=1)
    assert (people.features(DAY) != on_the_day.features(DAY)).any()


def test_a_column_for_each_feature_and_no_gaps(people: Population) -> None:
    x = people.features(DAY)
    assert x.shape == (people.records.people, len(features(TYPES)))
    assert np.isfinite(x).all()
    assert (x.std(axis=0) > 0).all()


def test_each_feature_has_a_name_of_its_own() -> None:
    names = [one.name for one in features(TYPES)]
    assert len(set(names)) == len(names)
    assert len({one.title for one in features(TYPES)}) == len(names)


PROTECTED = [
    *("race", "ethnic_group", "religion", "nationality", "citizenship", "homePostcode", "zip_code"),
    *("home_area", "home area of the force", "ward", "neighbourhood", "lives_in"),
]


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_attribute_is_refused(name: str) -> None:
    for feature in (Feature(name, "something"), Feature("something", name)):
        with pytest.raises(ProtectedAttribute, match="must not be model features"):
            refuse_protected([feature])


def test_a_type_of_offence_cannot_bring_one_in() -> None:
    with pytest.raises(ProtectedAttribute):
        features(["Burglary", "Race hate crime"])


def test_no_registration_that_goes_by_nationality_is_a_feature() -> None:
    assert not [one for one in features(TYPES) if "home_office" in one.name]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(0, 60), st.integers(0, 1_000))
def test_degree_and_pagerank_are_those_of_networkx(people: int, links: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, people, (2, links))
    first = rng.integers(0, 20, links)
    ties = Ties(one, other, first, np.where(rng.random(links) < 0.5, NEVER, first + 3))
    high = rng.random(people) < 0.3
    found = standing(ties, people=people, day=10, high=high)
    graph = networkx.Graph()
    graph.add_nodes_from(range(people))
    graph.add_edges_from(
        (int(a), int(b))
        for a, b, begin, end in zip(one, other, first, ties.last, strict=True)
        if begin <= 10 <= end and a != b
    )
    linked = graph.subgraph(node for node in graph if graph.degree(node))
    rank = networkx.pagerank(linked, tol=1e-12, max_iter=1_000)
    expected = [rank.get(node, 0) * len(linked) for node in range(people)]
    assert found.degree.tolist() == [graph.degree(node) for node in range(people)]
    np.testing.assert_allclose(found.pagerank, expected, atol=1e-6)
    assert found.high_harm.tolist() == [sum(high[list(graph[node])]) for node in range(people)]


def test_ages_bend_where_they_should() -> None:
    known = population(3, 50)
    names = [one.name for one in features(TYPES)]
    x = known.features(date(2024, 11, 30))
    age = (day_number(DAY) - known.records.born) / 365.25
    young = np.flatnonzero((age < 25) & (age > 18))
    assert len(young)
    np.testing.assert_allclose(x[young, names.index("under_25")], (25 - age[young]) / 10)
    assert not x[young, names.index("under_18")].any()
