"""The two library policies: how many of the nearest cases count, and how much each.

`pool`: K cases in the learned metric, shown by ten that carry it. `nearest`: the ten
nearest in the plain metric are all the evidence (as in 2005). Source: docs/method.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rms.engine.weights import kernel_weights

Floats = NDArray[np.float64]

SHOWN = 10


class Policy(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def represented(self) -> bool:
        """Whether the cases shown stand for others."""

    def needed(self, candidates: int) -> int:
        """How many cases a score takes from a library of that many candidates."""

    def looked_at(self, candidates: int) -> int:
        """How many of the nearest must be ranked to weigh them."""

    def weigh(self, distances: Floats) -> Floats:
        """Weights (q, k) of the nearest cases' distances (q, k); infinite where no case is, weight 0.

        The order does not matter, except that among equal distances the first ones count first.
        """

    def weigh_all(self, distances: Floats) -> Floats:
        """Weights (t, m) of every case, in any order, from the distances (t, m) of them all.

        As by `weigh`, but no case number decides which of those tied at the last place count.
        """


@dataclass(frozen=True)
class Pool:
    name: str = "pool"
    represented: bool = True

    def needed(self, candidates: int) -> int:
        return min(400, max(100, candidates // 10))

    def looked_at(self, candidates: int) -> int:
        return self.needed(candidates)

    def weigh(self, distances: Floats) -> Floats:
        return kernel_weights(distances, distances.max(axis=1))

    def weigh_all(self, distances: Floats) -> Floats:
        count = self.needed(distances.shape[1])
        last = _nth(distances, count)
        nearer, tied = distances < last, distances == last
        left = count - nearer.sum(axis=1, keepdims=True)  # places, which the tied ones share
        share = np.where(nearer, 1.0, tied * (left / tied.sum(axis=1, keepdims=True)))
        weights = kernel_weights(np.where(share > 0.0, distances, np.inf), last[:, 0]) * share
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Nearest:
    """Ties at the tenth count too, up to `cap`; the bandwidth is the first distance beyond the tenth.

    Where more than `cap` tie, no case beyond is ranked and the tenth's own distance is used.
    """

    name: str = "nearest"
    represented: bool = False
    cap: int = 50

    def needed(self, candidates: int) -> int:
        return SHOWN

    def looked_at(self, candidates: int) -> int:
        return self.cap + 1

    def weigh(self, distances: Floats) -> Floats:
        tenth = _nth(distances, SHOWN)
        bandwidth = _first_beyond(distances, tenth)
        room = self.cap - (distances < tenth).sum(axis=1, keepdims=True)
        ties = distances == tenth
        counts = (distances < tenth) | (ties & (np.cumsum(ties, axis=1) <= room))
        return kernel_weights(np.where(counts, distances, np.inf), bandwidth)

    def weigh_all(self, distances: Floats) -> Floats:
        tenth = _nth(distances, SHOWN)
        bandwidth = _first_beyond(distances, tenth)
        return kernel_weights(np.where(distances <= tenth, distances, np.inf), bandwidth)


def _nth(distances: Floats, count: int) -> Floats:
    """The distance of the last of the `count` nearest, shape (q, 1)."""
    return np.partition(distances, count - 1, axis=1)[:, count - 1 : count]


def _first_beyond(distances: Floats, tenth: Floats) -> Floats:
    """The smallest distance beyond the tenth's, or the tenth's own, shape (q,).

    0 where that is 0: all that count are identical then, so they weigh the same (docs/method.md).
    """
    beyond = np.where(distances > tenth, distances, np.inf).min(axis=1)
    bandwidth = np.where(np.isinf(beyond), tenth[:, 0], beyond)
    return np.where(tenth[:, 0] == 0.0, 0.0, bandwidth)


POLICIES: Mapping[str, Policy] = {"pool": Pool(), "nearest": Nearest()}
