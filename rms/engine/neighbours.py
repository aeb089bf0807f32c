"""Exact nearest cases: FAISS proposes, float64 ranks. The only module that talks to FAISS.

Distances are rounded to 1e-10 and the order is by (distance, case number). FAISS sums in float32 and
breaks ties in no fixed order. So a few more than requested are fetched, measured again in float64
and sorted, and more are fetched wherever a case not fetched could still belong to the answer. For one
person and a library of ordinary size, one product of all coordinates is faster than FAISS.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

SPARE = 22
DISTANCE_DECIMALS = 10
# Contributions have six decimals, their squares twelve: what is less than half of that is an error of 0.
_NOISE = 0.5e-12
_TIE = 1e-9  # farther apart than this, absolutely or relatively, no two squares have roots that round alike
_FLOAT32 = float(np.finfo(np.float32).eps)
_FLOAT64 = float(np.finfo(np.float64).eps)
_MEASURED_AT_ONCE = 20_000  # cases, up to which measuring all of them for one person is faster than a search
_CHUNK = 256  # people measured at once: keeps the gathered coordinates inside the cache


@dataclass(frozen=True)
class Neighbours:
    """The nearest cases of each person: `rows` (q, count) into the candidates, −1 where there are no more.

    `distances` (q, count) are infinite there.
    """

    rows: Rows
    distances: Floats


@dataclass(frozen=True)
class Candidates:
    """The cases one process can draw on, in the order of their case numbers.

    `coordinates` (m, d) float64 coordinates, `persons` (m,) keys, `index` the FAISS index of the same
    coordinates in float32, `scale` and the offsets of `nearest` as in `rms.engine.metric`.
    """

    coordinates: Floats
    persons: NDArray[np.uint64]
    index: Any
    scale: float
    one_case_each: bool
    columns: Floats  # (d, m): `coordinates` once more, for reading one coordinate of all cases in one go

    def __len__(self) -> int:
        return len(self.persons)

    def nearest(
        self, queries: Floats, offsets: Floats, persons: NDArray[np.uint64], *, count: int
    ) -> Neighbours:
        """The `count` nearest cases of other people, one case a person, in exact order.

        Parameters
        ----------
        queries : (q, d) coordinates; offsets : (q,); persons : (q,) keys of the people themselves.
        """
        if len(queries) <= _CHUNK:
            return self._nearest(queries, offsets, persons, count)
        parts = [
            self._nearest(
                queries[at : at + _CHUNK], offsets[at : at + _CHUNK], persons[at : at + _CHUNK], count
            )
            for at in range(0, len(queries), _CHUNK)
        ]
        return Neighbours(
            np.concatenate([p.rows for p in parts]), np.concatenate([p.distances for p in parts])
        )

    def nearest_of_all(self, squared: Floats, person: int, *, count: int) -> Neighbours:
        """The same from squared distances already measured, (t, m), each row for this one person.

        In the order of the case numbers, not ranked. `squared` is overwritten.
        """
        self._leave_out(squared, person)
        if count >= len(self):
            return Neighbours(np.tile(np.arange(len(self)), (len(squared), 1)), _rounded_difference(squared))
        starts = np.arange(0, squared.size, len(self))
        order = squared.argpartition(count, axis=1)
        rows = np.sort(order[:, :count], axis=1)
        least = squared.take(rows + starts[:, None])
        reach = least.max(axis=1) * (1.0 + _TIE) + _TIE
        for row in np.flatnonzero(squared.take(order[:, count] + starts) <= reach):
            near = np.flatnonzero(squared[row] <= reach[row])  # of equals the lower numbers come first
            first = np.argsort(_rounded_difference(squared[row, near]), kind="stable")[:count]
            rows[row] = near[np.sort(first)]
            least[row] = squared[row, rows[row]]
        return Neighbours(rows, _rounded_difference(least))

    def all_distances(self, squared: Floats, person: int) -> Floats:
        """Roots of squared distances (t, m), infinite where a case must not count; overwrites `squared`."""
        self._leave_out(squared, person)
        return _rounded_difference(squared)

    def _leave_out(self, squared: Floats, person: int) -> None:
        """Infinity for the person's own cases, and for all but the nearest of every other person."""
        squared[:, np.flatnonzero(self.persons == person)] = np.inf
        if not self.one_case_each:
            for row in squared:
                row[_further_cases(self.persons, _rounded_difference(row))] = np.inf

    def _nearest(
        self, queries: Floats, offsets: Floats, persons: NDArray[np.uint64], count: int
    ) -> Neighbours:
        fetch = min(count + SPARE, len(self))
        near, complete = self._fetched(queries, offsets, persons, count, fetch)
        while fetch < len(self) and not complete.all():
            fetch, open_ = min(2 * fetch, len(self)), np.flatnonzero(~complete)
            more, complete[open_] = self._fetched(
                queries[open_], offsets[open_], persons[open_], count, fetch
            )
            near.rows[open_], near.distances[open_] = more.rows, more.distances
        return near

    def _fetched(
        self, queries: Floats, offsets: Floats, persons: NDArray[np.uint64], count: int, fetch: int
    ) -> tuple[Neighbours, NDArray[np.bool_]]:
        """The nearest of `fetch` proposed cases, and whether no other case can be among them."""
        found, reach = self._propose(queries, fetch)
        near = _head(self._rank(queries, offsets, persons, found), count)
        last = np.sqrt(np.maximum(reach + offsets, 0.0) / self.scale)
        return near, near.distances[:, -1] < last - 10.0**-DISTANCE_DECIMALS

    def _propose(self, queries: Floats, fetch: int) -> tuple[Rows, Floats]:
        """The `fetch` nearest, nearly, and a lower bound for the squared distances of all others."""
        if len(queries) == 1 and fetch < len(self) <= _MEASURED_AT_ONCE:
            return self._propose_to_one(queries[0], fetch)
        near, found = self.index.search(queries.astype(np.float32), fetch)
        if (found[:, -1] < 0).any():
            raise AssertionError("FAISS returned fewer cases than its index holds")
        # Bound on the rounding of ‖x‖² + ‖y‖² − 2x·y in float32 over d terms.
        norms = np.vecdot(queries, queries) + self._largest_norm
        return found, near[:, -1] - (4 * queries.shape[1] * _FLOAT32) * norms

    def _propose_to_one(self, query: Floats, fetch: int) -> tuple[Rows, Floats]:
        """The same where one product of all coordinates is cheaper than a search."""
        squared = self.norms - (2.0 * query) @ self.columns
        order = squared.argpartition(fetch)
        length = query @ query
        doubt = (4 * len(query) * _FLOAT64) * (length + self._largest_norm)
        return order[None, :fetch], np.array([squared[order[fetch]] + length - doubt])

    @cached_property
    def norms(self) -> Floats:
        """Squared lengths of the coordinates, (m,)."""
        return np.asarray(np.einsum("md,md->m", self.coordinates, self.coordinates))

    @cached_property
    def _largest_norm(self) -> float:
        return float(self.norms.max())

    def _rank(self, queries: Floats, offsets: Floats, persons: NDArray[np.uint64], found: Rows) -> Neighbours:
        """Measure the proposed cases in float64 and sort them; the person's own go to the end."""
        rows = np.sort(found, axis=1)
        differences = self.coordinates.take(rows, axis=0)  # faster than by brackets
        differences -= queries[:, None, :]
        squared = np.einsum("qfd,qfd->qf", differences, differences) + offsets[:, None]
        distances = _rounded_root(squared / self.scale)
        distances[self.persons.take(rows) == persons[:, None]] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")  # rows ascend: ties go by case number
        order += np.arange(0, order.size, order.shape[1])[:, None]
        rows, distances = rows.take(order), distances.take(order)
        if not self.one_case_each:
            _keep_nearest_of_each_person(self.persons[rows], distances, rows)
        return Neighbours(rows, distances)


def _keep_nearest_of_each_person(persons: NDArray[np.uint64], distances: Floats, rows: Rows) -> None:
    """Move every further case of a person already ranked to the end, as infinitely far."""
    for q in range(len(rows)):
        further = _further_cases(persons[q], distances[q])
        order = np.argsort(further, kind="stable")
        rows[q], distances[q] = rows[q, order], np.where(further, np.inf, distances[q])[order]


def _further_cases(persons: NDArray[np.uint64], distances: Floats) -> NDArray[np.bool_]:
    """Which cases (m,) are not their person's nearest; of equals the first is."""
    order = np.argsort(distances, kind="stable")
    further = np.ones(len(persons), dtype=bool)
    further[order[np.unique(persons[order], return_index=True)[1]]] = False
    return further


def _rounded_root(squared: Floats) -> Floats:
    return np.asarray(np.sqrt(squared).round(DISTANCE_DECIMALS))


def _rounded_difference(squared: Floats) -> Floats:
    """The same for squares computed by subtraction."""
    return _rounded_root(np.where(squared < _NOISE, 0.0, squared))


def _head(ranked: Neighbours, count: int) -> Neighbours:
    """The first `count` columns, padded where fewer were ranked."""
    rows, distances = ranked.rows[:, :count], ranked.distances[:, :count]
    if short := count - rows.shape[1]:
        rows = np.pad(rows, ((0, 0), (0, short)), constant_values=-1)
        distances = np.pad(distances, ((0, 0), (0, short)), constant_values=np.inf)
    return Neighbours(np.where(np.isinf(distances), -1, rows), distances)


def flat_index(coordinates: Floats) -> Any:
    """An exact L2 index of coordinates (m, d), kept in float32."""
    index = faiss.IndexFlatL2(coordinates.shape[1])
    index.add(coordinates.astype(np.float32))
    return index


def write_index(index: Any, path: str) -> None:
    faiss.write_index(index, path)


def map_index(path: str) -> Any:
    """An index file mapped into memory: processes that map the same file share it."""
    return faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC)


def use_one_thread() -> None:
    """In a web worker two threads make one query slower, and workers would compete for the cores."""
    faiss.omp_set_num_threads(1)
