"""How central people are in a network: degree, closeness, PageRank and betweenness.

Strength is never a distance. A shortest path is one with the fewest links, whatever their strength: strengths
of different sources are on different scales. Only PageRank uses it: the stronger a link, the more often a
random walk follows it.

Betweenness is exact in every group from whose people all paths are counted (Brandes 2001). In a larger group
they are counted from a sample of its people, drawn without replacement (Brandes and Pich 2007). The error is
then bounded by Serfling's inequality (1974) for everybody at once.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rms.network.graph import Array, Graph

FOLLOWED = 0.85  # how often the random walk of PageRank follows a link; otherwise it begins anywhere
CONVERGED, MOST_STEPS = 1e-13, 1_000  # of PageRank: the sum of all changes in one step
CONFIDENCE = 0.95
Level = tuple[Array, Array, Array, Array]


@dataclass(frozen=True)
class Centrality:
    """Figures of each person, in the order of the graph's people.

    Attributes
    ----------
    degree : float array
        The share of all others with whom the person is linked, 0 to 1.
    closeness : float array or None
        1 ÷ the mean number of links to those in the person's group, times the share of all others who are in
        it (Wasserman and Faust), 0 to 1. None if a group is sampled: it needs paths from everybody.
    pagerank : float array
        The share of its time that a random walk is with the person. Their sum is 1.
    betweenness : float array
        The share of all pairs of others whose shortest paths lead through the person, 0 to 1.
    standard_error : float array
        Of each betweenness; 0 if it is exact.
    error : float
        With a probability of `CONFIDENCE` at least, no betweenness is further from its true value.
    """

    degree: Array
    closeness: Array | None
    pagerank: Array
    betweenness: Array
    standard_error: Array
    error: float


def centrality(graph: Graph, *, sample: int | None = None, order: Array | None = None) -> Centrality:
    """The figures of everybody in a network.

    Parameters
    ----------
    sample : int, optional
        From how many people of each group paths are counted; by default from everybody.
    order : int array of shape (n,), optional
        The places of everybody in a random order: the first of each group are its sample.

    Examples
    --------
    >>> from rms.network.graph import graph_of
    >>> figures = centrality(graph_of([1, 3, 4], [2, 4, 5], [1, 1, 1]))
    >>> figures.closeness.tolist(), figures.degree.tolist()
    ([0.25, 0.25, 0.3333333333333333, 0.5, 0.3333333333333333], [0.25, 0.25, 0.25, 0.5, 0.25])
    """
    people = len(graph.people)
    sample = people if sample is None else sample
    totals = _Totals(graph, sample)
    rounds = _rounds(graph, sample, np.arange(people) if order is None else order)
    for sources, paths in zip(rounds, _paths_from(graph, rounds), strict=True):
        totals.add(sources, paths)
    return Centrality(
        degree=graph.neighbours / max(1, people - 1),
        closeness=totals.closeness if not (graph.group_sizes > sample).any() else None,
        pagerank=pagerank(graph),
        betweenness=totals.betweenness(),
        standard_error=totals.standard_error(),
        error=error_of_sample(graph, sample),
    )


def pagerank(graph: Graph) -> Array:
    """The share of its time that a random walk is with each person, to within 1e-12 in sum."""
    people = len(graph.people)
    if not people:
        return np.zeros(0)
    walked, strength = np.full(people, 1 / people), graph.ties.sum(axis=1)
    for _ in range(MOST_STEPS):
        then = FOLLOWED * (graph.ties @ (walked / strength)) + (1 - FOLLOWED) / people
        change = np.abs(then - walked).sum()
        walked = then
        if change < CONVERGED:
            break
    shares: Array = walked / walked.sum()
    return shares


def error_of_sample(graph: Graph, sample: int) -> float:
    """The bound of the error of every betweenness at once; 0 if no group is larger than the sample.

    The paths from one person give another at most the share of pairs that their group allows. People with one
    link lie on no path, so that theirs is always 0.
    """
    estimated = graph.group_sizes > sample
    between = int((estimated & (graph.neighbours > 1)).sum())
    if not between:
        return 0.0
    people, largest = len(graph.people), int(graph.group_sizes.max())
    widest = largest * (largest - 2) / ((people - 1) * (people - 2))
    left_out = 1 - (sample - 1) / largest
    return float(widest * math.sqrt(left_out * math.log(2 * between / (1 - CONFIDENCE)) / (2 * sample)))


def _rounds(graph: Graph, sample: int, order: Array) -> list[Array]:
    """Who paths are counted from: in each round one person of each group that still has one."""
    by_group = order[np.argsort(graph.groups[order], kind="stable")]
    sizes = np.bincount(graph.groups)
    in_group = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = in_group < sample
    by_round = by_group[chosen][np.argsort(in_group[chosen], kind="stable")]
    return np.split(by_round, np.cumsum(np.bincount(in_group[chosen]))[:-1]) if len(order) else []


@dataclass(frozen=True)
class _Paths:
    """The shortest paths from one person of each group.

    `reached` are all whom they reach, without themselves. `distance` is how many links away these are, and
    `through` how many of those who are reached are reached through them, in shares if there are several
    shortest paths.
    """

    reached: Array
    distance: Array
    through: Array


class _Totals:
    """The sums over the paths that were counted."""

    def __init__(self, graph: Graph, sample: int) -> None:
        people = len(graph.people)
        self._groups, self._sizes = graph.groups, graph.group_sizes
        self._counted = np.minimum(self._sizes, sample)  # people of each person's group
        self._through, self._squared = np.zeros(people), np.zeros(people)
        self.closeness = np.zeros(people)  # of those from whom paths were counted

    def add(self, sources: Array, paths: _Paths) -> None:
        self._through[paths.reached] += paths.through
        self._squared[paths.reached] += paths.through**2
        links = np.bincount(self._groups[paths.reached], paths.distance)[self._groups[sources]]
        others = self._sizes[sources] - 1
        self.closeness[sources] = others / links * others / (len(self.closeness) - 1)

    def betweenness(self) -> Array:
        return self._through / self._counted * self._share()

    def standard_error(self) -> Array:
        """Of the mean of a sample without replacement from each group; NaN for a sample of one person."""
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = self._squared - self._through**2 / self._counted
            variance = np.maximum(0, variance) / (self._counted - 1)
            error = np.sqrt(variance / self._counted * (1 - self._counted / self._sizes)) * self._share()
        return np.where(self._counted == self._sizes, 0.0, error)

    def _share(self) -> Array:
        """From a mean over the people of a group to a share of all pairs of others, each from both ends."""
        pairs = (len(self._sizes) - 1) * (len(self._sizes) - 2)
        return self._sizes / pairs if pairs else np.zeros(len(self._sizes))


def _paths_from(graph: Graph, rounds: Iterable[Array]) -> Iterator[_Paths]:
    """The shortest paths of each round, a level of the same distance at a time.

    Groups have no link in common, so that one walk follows the paths of all of them.
    """
    indptr, indices = graph.ties.indptr, graph.ties.indices
    place = np.zeros(len(graph.people), np.int32)  # in the level that is being found
    for sources in rounds:
        seen = np.zeros(len(graph.people), bool)
        yield _counted(_levels(sources, indptr, indices, seen, place))


def _levels(sources: Array, indptr: Array, indices: Array, seen: Array, place: Array) -> list[Level]:
    """The people at each distance: who, the number of shortest paths to each, and the links that lead there.

    A link is the place of its person in the level before, and of the other in this one.
    """
    levels: list[Level] = []
    people: Array = sources
    paths: Array = np.ones(len(sources))
    seen[sources] = True
    while True:
        starts = indptr[people]
        counts = indptr[people + 1] - starts
        before = np.repeat(np.arange(len(people), dtype=np.int32), counts)
        first = np.repeat(starts - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        ends = indices[first + np.arange(len(before))]
        new = ~seen[ends]
        before, ends = before[new], ends[new]
        if not len(ends):
            return levels
        numbers = np.arange(len(ends), dtype=np.int32)
        place[ends] = numbers  # of several links to one person, the last remains
        people = ends[place[ends] == numbers]
        place[people] = np.arange(len(people), dtype=np.int32)
        after = place[ends]
        seen[people] = True
        paths = np.bincount(after, paths[before], minlength=len(people))
        levels.append((people, paths, before, after))


def _counted(levels: list[Level]) -> _Paths:
    """From the furthest to the nearest: each passes what lies behind them on to those before them."""
    through: list[Array] = []
    for distance in range(len(levels) - 1, -1, -1):
        people, paths, *_ = levels[distance]
        behind = np.zeros(len(people))
        if through:
            _, further, before, after = levels[distance + 1]
            passed = ((1 + through[-1]) / further)[after]
            behind = paths * np.bincount(before, passed, minlength=len(people))
        through.append(behind)
    sizes = [len(people) for people, *_ in levels]
    return _Paths(
        np.concatenate([people for people, *_ in levels]),
        np.repeat(np.arange(1, len(levels) + 1), sizes),
        np.concatenate(through[::-1]),
    )
