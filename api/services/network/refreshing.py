"""Calculating the network of a day: how central everybody in it is.

The whole network is needed for the figures of one person, so it is read once and calculated in memory. The
figures are then stored in blocks, each in a transaction of its own, so that no writer waits long. Nobody
reads figures of the day before all are stored. A calculation that is stopped begins again: its associations
may have changed, and figures of two states of the network cannot be compared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from api.services.context import Context
from api.storage import NetworkRefresh
from rms.errors import InvalidInput, Problem
from rms.network.centrality import CONFIDENCE, Centrality, centrality
from rms.network.graph import Graph, graph_of

SAMPLE = 128  # people of each group from whom paths are counted; everybody in a group that has no more
SEED = 0
BLOCK = 50_000  # people
DECIMALS = 14  # figures that differ by less have the same rank
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Block:
    """The rows of people with keys above `after` up to `up_to`; None: to the end."""

    rows: Rows
    after: int
    up_to: int | None


def refresh_network(
    context: Context,
    *,
    day: date,
    sample: int = SAMPLE,
    seed: int = SEED,
    on_block: Callable[[int], None] = lambda _stored: None,
) -> NetworkRefresh:
    """Calculate the network of a day. `on_block` gets the number of people who are stored so far.

    Raises
    ------
    InvalidInput
        If the day is in the future, or the sample is too small.
    """
    _check(context, day=day, sample=sample)
    with context.store.reading() as tx:
        links = tx.links.of_everybody(day, zone=context.zone)
    graph = graph_of(links.one, links.other, links.strength)
    del links
    order = np.random.default_rng(seed).permutation(len(graph.people))
    figures = centrality(graph, sample=sample, order=order)
    refresh = _refresh(graph, figures, day=day, sample=sample, seed=seed)
    with context.store.transaction() as tx:
        key = tx.centrality.begin(refresh, at=context.at)
    stored = 0
    for block in _blocks(graph, figures, day):
        with context.store.transaction() as tx:
            tx.centrality.store(block.rows, day=day, after=block.after, up_to=block.up_to)
        stored += len(block.rows)
        on_block(stored)
    with context.store.transaction() as tx:
        tx.centrality.end(key, by=context.by, at=context.at)
    return refresh


def ranks(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """The rank of each value: 1 and how many are higher.

    >>> ranks(np.array([5.0, 7.0, 5.0, 1.0])).tolist()
    [2, 1, 2, 4]
    """
    rounded = np.round(values, DECIMALS)
    return len(rounded) + 1 - np.searchsorted(np.sort(rounded), rounded, side="right")


def _check(context: Context, *, day: date, sample: int) -> None:
    if day > context.today:
        detail = f"{day} is in the future. The network can be calculated as at today or an earlier day."
        raise InvalidInput([Problem("/as_at", "future_day", detail)])
    if sample < 2:
        detail = f"The sample is {sample}. It must have at least 2 people."
        raise InvalidInput([Problem("/sample", "invalid_value", detail)])


def _refresh(graph: Graph, figures: Centrality, *, day: date, sample: int, seed: int) -> NetworkRefresh:
    sizes = graph.group_sizes
    return NetworkRefresh(
        day=day,
        people=len(graph.people),
        links=graph.links,
        groups=len(np.unique(graph.groups)),
        largest_group=int(sizes.max()) if len(sizes) else 0,
        sample=sample,
        seed=seed,
        error=figures.error,
        confidence=CONFIDENCE,
    )


def _blocks(graph: Graph, figures: Centrality, day: date) -> Iterator[Block]:
    """The rows, with the columns of `api.storage.network.centrality`; one empty block if there is nobody."""
    columns = (
        graph.neighbours,
        figures.degree,
        figures.pagerank,
        figures.betweenness,
        figures.standard_error,
        graph.group_sizes,
        *(ranks(of) for of in (graph.neighbours, figures.pagerank, figures.betweenness)),
    )
    after = 0
    for start in range(0, max(1, len(graph.people)), BLOCK):
        part = slice(start, start + BLOCK)
        keys = graph.people[part].tolist()
        rows = list(zip(keys, [day] * len(keys), *(column[part].tolist() for column in columns), strict=True))
        is_last = start + BLOCK >= len(graph.people)
        yield Block(rows, after, None if is_last else keys[-1])
        after = keys[-1] if keys else after
