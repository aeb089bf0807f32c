"""The graph of a network: people, and one link for each pair of them who are associated.

Rows about the same two people are put together before anything is calculated: their strengths are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Array = np.ndarray[Any, Any]
UNKNOWN_STRENGTH = 1  # of a link whose strength no source gives: the lowest that a source can give


@dataclass(frozen=True)
class Graph:
    """People with at least one link.

    Attributes
    ----------
    people : int64 array of shape (n,)
        Keys, in ascending order. Other arrays have people in this order.
    ties : symmetric sparse array of shape (n, n)
        Row i has the strength of each link of person i. Nobody is linked with themselves.
    """

    people: Array
    ties: csr_array

    @property
    def links(self) -> int:
        """How many pairs of people are linked."""
        return int(self.ties.nnz) // 2

    @cached_property
    def neighbours(self) -> Array:
        """How many people each person is linked with."""
        return np.diff(self.ties.indptr)

    @cached_property
    def groups(self) -> Array:
        """The number of each person's group. People linked directly or through others share one."""
        _, found = connected_components(self.ties, directed=False)
        return np.asarray(found)

    @cached_property
    def group_sizes(self) -> Array:
        """How many people each person's group has."""
        return np.bincount(self.groups)[self.groups] if len(self.people) else np.zeros(0, int)

    def pairs(self) -> tuple[Array, Array, Array]:
        """Each link once: the places of its two people, the lower first, and its strength."""
        one, other = self.ties.nonzero()
        once = one < other
        return one[once], other[once], self.ties.data[once]

    def among(self, places: Sequence[int]) -> "Graph":
        """The links among these people, who are given by their places."""
        chosen = np.sort(np.asarray(places, int))
        ties = csr_array(self.ties[chosen][:, chosen])
        linked = np.diff(ties.indptr) > 0
        kept = np.flatnonzero(linked)
        return Graph(self.people[chosen][kept], csr_array(ties[kept][:, kept]))


def graph_of(
    one: Sequence[int] | Array, other: Sequence[int] | Array, strength: Sequence[float] | Array
) -> Graph:
    """The graph of rows about associations.

    Parameters
    ----------
    one, other : arrays of shape (m,)
        The keys of the two people of each row, whichever way round.
    strength : array of shape (m,)
        At least 1, or NaN where no source gives it: it then counts as `UNKNOWN_STRENGTH`.

    Examples
    --------
    >>> graph = graph_of([7, 9, 7], [9, 7, 8], [2, 3, 1])
    >>> graph.people.tolist(), graph.links, graph.neighbours.tolist()
    ([7, 8, 9], 2, [2, 1, 1])
    >>> graph.ties.toarray().tolist()
    [[0.0, 1.0, 5.0], [1.0, 0.0, 0.0], [5.0, 0.0, 0.0]]
    """
    first, second = np.asarray(one, np.int64), np.asarray(other, np.int64)
    given = np.asarray(strength, np.float64)
    of_two = first != second
    first, second = first[of_two], second[of_two]
    weight = np.where(np.isnan(given[of_two]), UNKNOWN_STRENGTH, given[of_two])
    people = np.unique(np.concatenate((first, second)))
    row, column = (np.searchsorted(people, keys).astype(np.int32) for keys in (first, second))
    both = np.concatenate((row, column)), np.concatenate((column, row))
    ties = coo_array((np.concatenate((weight, weight)), both), shape=(len(people), len(people))).tocsr()
    ties.sum_duplicates()
    return Graph(people, ties)
