"""The network of an offender list: up to so many people of it, and the strongest links between them.

Clusters first, then the people of one cluster. Only people on the list are in it, whom the caller may see by
definition, and only associations between two of them that are in force today.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from api.services.context import Context
from api.services.harm.listing import AsAt, as_at, audited_criteria, query_of, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.storage import NOBODY, ListedPerson, Transaction
from rms.errors import NotFound
from rms.harm.listing import HIGH_BANDS, HarmFilter
from rms.harm.settings import BANDS
from rms.network.centrality import centrality
from rms.network.clusters import clusters_of
from rms.network.graph import Graph, graph_of

MOST_PEOPLE = 2_000
MOST_LINKS = 20_000  # rows about associations between them
SAMPLE = 500  # people of a cluster from whom paths are counted; everybody in one that has no more
SEED = 0
NO_CLUSTER = "There is no such cluster in the network of this list. Start again from its clusters."


@dataclass(frozen=True)
class Cluster:
    """People of the list who are more closely connected with each other than with others.

    `number` is 1 for the largest. `links` are those among them, `outside` is the number of another cluster →
    how many links there are with it.
    """

    number: int
    people: tuple[ListedPerson, ...]
    links: int
    outside: Mapping[int, int]

    @property
    def in_high_bands(self) -> int:
        return sum(one.band in HIGH_BANDS for one in self.people)

    @property
    def highest_score(self) -> float:
        return max(one.score for one in self.people)


@dataclass(frozen=True)
class ListNetwork:
    """The clusters of the first `people` of a list, the largest first.

    `links` are pairs of people who are connected, `unconnected` are people who are connected with nobody
    else of the list. `more`: the list is longer. `more_links`: only the strongest `MOST_LINKS` associations
    are in it.
    """

    people: int
    more: bool
    more_links: bool
    links: int
    unconnected: int
    clusters: tuple[Cluster, ...]
    as_at: AsAt

    @property
    def connected(self) -> int:
        return self.people - self.unconnected


@dataclass(frozen=True)
class Member:
    """A person of a cluster. `inside` and `outside`: how many people they are connected with, in the cluster
    and in others. `between`: the share of the shortest paths between two others of the cluster, with its
    `standard_error`."""

    person: ListedPerson
    inside: int
    outside: int
    between: float
    standard_error: float


@dataclass(frozen=True)
class ClusterOfList:
    """A cluster with its people: high bands first, then the higher score.

    `ties` are pairs of places in `members`, the lower first → strength. `error`: with a probability of
    `CONFIDENCE` at least, no `between` is further from its true value; 0 if they are exact.
    """

    network: ListNetwork
    cluster: Cluster
    members: tuple[Member, ...]
    ties: Mapping[tuple[int, int], float]
    error: float


def network_of_list(context: Context, filter: HarmFilter, *, rules: HarmRules) -> ListNetwork:
    """
    Raises
    ------
    InvalidInput
        If there is no such area.
    """
    with context.store.reading() as tx:
        found = _Found(tx, context, filter, rules)
        tx.audit.looked("network.opened", person=NOBODY, criteria=audited_criteria(filter))
        return found.network


def cluster_of_list(context: Context, filter: HarmFilter, number: int, *, rules: HarmRules) -> ClusterOfList:
    """
    Raises
    ------
    InvalidInput
        If there is no such area.
    NotFound
        If there is no cluster of this number, for example because the list has changed.
    """
    with context.store.reading() as tx:
        found = _Found(tx, context, filter, rules)
        if not 1 <= number <= len(found.network.clusters):
            raise NotFound(NO_CLUSTER)
        cluster = found.cluster(number)
        tx.audit.looked(
            "network.cluster_read",
            person=NOBODY,
            people=[one.person.person for one in cluster.members],
            criteria=audited_criteria(filter),
        )
        return cluster


class _Found:
    """A list, its people and the graph of their links, as read once."""

    def __init__(self, tx: Transaction, context: Context, filter: HarmFilter, rules: HarmRules) -> None:
        refuse_unknown_areas(filter, tx)
        query = query_of(context, filter, rules)
        most = MOST_PEOPLE if filter.size is None else min(MOST_PEOPLE, filter.size)
        places = tx.offender_list.page(query, limit=most + 1)
        keys = [place.person for place in places[:most]]
        links = tx.links.among(keys, context.today, zone=context.zone, most=MOST_LINKS + 1)
        strongest = slice(MOST_LINKS)
        self._graph = graph_of(links.one[strongest], links.other[strongest], links.strength[strongest])
        self._more_links = len(links.rows) > MOST_LINKS
        self._clusters = clusters_of(self._graph)
        linked = self._graph.people.tolist()
        self._people = {one.person: one for one in tx.listed_people.of(linked, on=query.on)}
        self._listed = len(keys)
        self._more = len(places) > most and (filter.size is None or filter.size > most)
        self._as_at = as_at(tx)

    @cached_property
    def network(self) -> ListNetwork:
        of_person = {place: number for number, places in self._numbered() for place in places}
        inside: Counter[int] = Counter()
        outside: dict[int, Counter[int]] = {number: Counter() for number, _ in self._numbered()}
        one, other, _ = self._graph.pairs()
        for pair in zip(one.tolist(), other.tolist(), strict=True):
            first, second = (of_person[place] for place in pair)
            if first == second:
                inside[first] += 1
            else:
                outside[first][second] += 1
                outside[second][first] += 1
        return ListNetwork(
            people=self._listed,
            more=self._more,
            more_links=self._more_links,
            links=self._graph.links,
            unconnected=self._listed - len(self._graph.people),
            clusters=tuple(
                Cluster(number, self._listed_at(places), inside[number], dict(outside[number]))
                for number, places in self._numbered()
            ),
            as_at=self._as_at,
        )

    def cluster(self, number: int) -> ClusterOfList:
        places = self._clusters[number - 1]
        graph = self._graph.among(places)
        everywhere = dict(zip(self._graph.people.tolist(), self._graph.neighbours.tolist(), strict=True))
        order = np.random.default_rng(SEED).permutation(len(graph.people))
        figures = centrality(graph, sample=SAMPLE, order=order)
        columns = graph.people, graph.neighbours, figures.betweenness, figures.standard_error
        members = [
            Member(self._people[key], inside, everywhere[key] - inside, share, error)
            for key, inside, share, error in zip(*(column.tolist() for column in columns), strict=True)
        ]
        in_order = tuple(sorted(members, key=_order))
        network = self.network
        cluster = network.clusters[number - 1]
        return ClusterOfList(network, cluster, in_order, _ties(graph, in_order), figures.error)

    def _numbered(self) -> Sequence[tuple[int, tuple[int, ...]]]:
        return list(enumerate(self._clusters, start=1))

    def _listed_at(self, places: tuple[int, ...]) -> tuple[ListedPerson, ...]:
        return tuple(self._people[key] for key in self._graph.people[list(places)].tolist())


def _order(member: Member) -> tuple[int, float, int]:
    band = member.person.band
    return -(BANDS.index(band) if band else 0), -member.person.score, member.person.person


def _ties(graph: Graph, members: Sequence[Member]) -> Mapping[tuple[int, int], float]:
    place = {member.person.person: number for number, member in enumerate(members)}
    at = [place[key] for key in graph.people.tolist()]
    one, other, strength = (column.tolist() for column in graph.pairs())
    ties = {}
    for first, second, value in zip(one, other, strength, strict=True):
        low, high = sorted((at[first], at[second]))
        ties[low, high] = value
    return ties
