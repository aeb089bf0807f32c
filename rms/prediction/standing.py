"""Degree, PageRank and links to high harm of every person, from the associations in force on a day."""

import numpy as np

from rms.network.centrality import pagerank
from rms.network.graph import Graph, graph_of
from rms.prediction.records import Flags, Standing, Ties


def standing(ties: Ties, *, people: int, day: int, high: Flags) -> Standing:
    """The standing of everybody on a day. Parallel associations are one link; strength does not count.

    PageRank is that among the people with a link, times their number: 1 on average. Without a link it is 0.

    Parameters
    ----------
    high : shape (people,), who was high harm on the day.
    """
    in_force = (ties.first <= day) & (day <= ties.last)
    one, other = ties.one[in_force], ties.other[in_force]
    linked = graph_of(one, other, np.ones(len(one)))
    graph = Graph(linked.people, linked.ties.sign())
    degree, rank, to_high = np.zeros((3, people))
    degree[graph.people] = graph.neighbours
    rank[graph.people] = pagerank(graph) * len(graph.people)
    to_high[graph.people] = graph.ties @ high[graph.people].astype(float)
    return Standing(degree, rank, to_high)
