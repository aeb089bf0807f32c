"""Clusters: people who are more closely linked with each other than with others.

Found by the Louvain method (Blondel et al. 2008), with the strength of links. A cluster describes a picture.
It is not a finding about its people.
"""

import networkx as nx

from rms.network.graph import Graph

SEED = 0


def clusters_of(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """The places of the people of each cluster: the largest first, of equal ones that of the lowest key.

    Everybody is in one cluster, and people in different groups in different ones. The same graph gives the
    same clusters.
    """
    found = nx.community.louvain_communities(networkx_graph(graph), weight="strength", seed=SEED)
    return tuple(sorted((tuple(sorted(one)) for one in found), key=lambda one: (-len(one), one)))


def networkx_graph(graph: Graph) -> "nx.Graph[int]":
    """The same graph, with places as nodes and `strength` on its edges."""
    same: nx.Graph[int] = nx.Graph()
    same.add_nodes_from(range(len(graph.people)))
    one, other, strength = (column.tolist() for column in graph.pairs())
    same.add_weighted_edges_from(zip(one, other, strength, strict=True), weight="strength")
    return same
