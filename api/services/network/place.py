"""The place of a person in the network: how central they are.

Figures of the whole agency tell of people whom a user may not see. So they are shown only to users who see
everybody. For other users they are calculated, at once, from the associations between people whom they may
see, as far as these are connected with the person.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from api.services.context import Context
from api.services.network.refreshing import ranks
from api.storage import LinkColumns, NetworkRefresh, StoredCentrality, Transaction
from rms.network.centrality import centrality
from rms.network.graph import Graph, graph_of

MOST_AROUND = 500  # people around a person for whom the network is calculated at once
MOST_STEPS = 12  # from the person to them
MOST_NEAREST = 500  # people one step away: for more, nothing is calculated at once
MOST_LINKS = 20_000  # rows about associations of the people around a person, in all steps


@dataclass(frozen=True)
class Figure:
    """A figure of a person. `rank` 1 is the highest among the people of the network."""

    value: float
    rank: int


@dataclass(frozen=True)
class Place:
    """How central a person is among `people`, themselves included, as at `day`.

    `refresh` is the calculation for the whole agency; None: the network is that of the people around the
    person whom the caller may see. `is_whole_group`: nobody who is connected with the person is left out of
    it because of its size. `closeness` is known only where paths from everybody were counted.
    `standard_error` is that of the betweenness.
    """

    day: date
    people: int
    neighbours: Figure
    pagerank: Figure
    betweenness: Figure
    standard_error: float
    closeness: float | None
    group_size: int
    is_whole_group: bool
    refresh: NetworkRefresh | None


def place_of(tx: Transaction, person: int, *, context: Context) -> Place | None:
    """The place of a person whom the caller may see.

    None if no association of theirs is in force, or if it would be calculated at once from too many.
    """
    refresh = tx.centrality.refresh_on(context.today)
    stored = tx.centrality.of([person], on=context.today).get(person)
    if refresh is not None and stored is not None:
        return _of_agency(stored, refresh)
    return _around(tx, person, context=context)


def _of_agency(stored: StoredCentrality, refresh: NetworkRefresh) -> Place:
    return Place(
        day=refresh.day,
        people=refresh.people,
        neighbours=Figure(stored.neighbours, stored.neighbours_rank),
        pagerank=Figure(stored.pagerank, stored.pagerank_rank),
        betweenness=Figure(stored.betweenness, stored.betweenness_rank),
        standard_error=stored.standard_error,
        closeness=None,
        group_size=stored.group_size,
        is_whole_group=True,
        refresh=refresh,
    )


def _around(tx: Transaction, person: int, *, context: Context) -> Place | None:
    graph, is_whole_group = _graph_around(tx, person, context=context)
    found = np.flatnonzero(graph.people == person)
    if not len(found):
        return None
    place, figures = int(found[0]), centrality(graph)
    assert figures.closeness is not None

    def figure(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Figure:
        return Figure(values[place].item(), int(ranks(values)[place]))

    return Place(
        day=context.today,
        people=len(graph.people),
        neighbours=figure(graph.neighbours),
        pagerank=figure(figures.pagerank),
        betweenness=figure(figures.betweenness),
        standard_error=0.0,
        closeness=float(figures.closeness[place]),
        group_size=int(graph.group_sizes[place]),
        is_whole_group=is_whole_group,
        refresh=None,
    )


def _graph_around(tx: Transaction, person: int, *, context: Context) -> tuple[Graph, bool]:
    """The people around a person, a step at a time and only whole steps, and whether these are all.

    Those one step away are always among them; if they are more than `MOST_NEAREST`, or have more links with
    each other than `MOST_LINKS`, the graph is empty.
    """
    people, edge, left = {person}, {person}, MOST_LINKS
    parts: list[LinkColumns] = []
    is_whole = True
    while edge:
        found = tx.links.of(edge, context.today, zone=context.zone, most=left + 1)
        if len(found.rows) > left:  # too many to go further; perhaps not too many among those found so far
            parts = [tx.links.among(people, context.today, zone=context.zone, most=MOST_LINKS + 1)]
            if len(parts[0].rows) > MOST_LINKS:
                return graph_of(*_NOBODY), False
            is_whole = False
            break
        left -= len(found.rows)
        parts.append(found)
        edge = {*found.one.tolist(), *found.other.tolist()} - people
        if len(parts) == 1 and len(edge) > MOST_NEAREST:
            return graph_of(*_NOBODY), False
        if edge and len(parts) > 1 and (len(people | edge) > MOST_AROUND or len(parts) > MOST_STEPS):
            is_whole = False
            break
        people |= edge
    graph = _graph(parts)
    return graph.among(np.flatnonzero(np.isin(graph.people, list(people))).tolist()), is_whole


_NOBODY = (np.array([], np.int64), np.array([], np.int64), np.array([], np.float64))  # an empty graph


def _graph(parts: list[LinkColumns]) -> Graph:
    """One graph. A row that was read from both of its ends counts once."""
    rows = np.concatenate([part.rows for part in parts])
    _, once = np.unique(rows, return_index=True)
    columns = ([getattr(part, name) for part in parts] for name in ("one", "other", "strength"))
    one, other, strength = (np.concatenate(column)[once] for column in columns)
    return graph_of(one, other, strength)
