"""The two library policies: how many of the nearest cases count, and how much each.

`pool`: K cases in the learned metric, shown by ten that carry it. `nearest`: the ten
nearest in the plain metric are the whole evidence (the 2005 way). Source: docs/method.md.
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


@dataclass(frozen=True)
class Nearest:
    """Ties at the tenth count too, up to `cap`; the bandwidth is the first distance beyond the tenth.

    Where more than `cap` tie, nothing beyond is looked at and the tenth's own distance serves.
    """

    name: str = "nearest"
    represented: bool = False
    cap: int = 50

    def needed(self, candidates: int) -> int:
        return SHOWN

    def looked_at(self, candidates: int) -> int:
        return self.cap + 1

    def weigh(self, distances: Floats) -> Floats:
        tenth = np.partition(distances, SHOWN - 1, axis=1)[:, SHOWN - 1 : SHOWN]
        beyond = np.where(distances > tenth, distances, np.inf).min(axis=1)
        bandwidth = np.where(np.isinf(beyond), tenth[:, 0], beyond)
        # A tenth at distance 0: all that count are identical, so they weigh the same (docs/method.md).
        bandwidth[tenth[:, 0] == 0.0] = 0.0
        room = self.cap - (distances < tenth).sum(axis=1, keepdims=True)
        ties = distances == tenth
        counts = (distances < tenth) | (ties & (np.cumsum(ties, axis=1) <= room))
        return kernel_weights(np.where(counts, distances, np.inf), bandwidth)


POLICIES: Mapping[str, Policy] = {"pool": Pool(), "nearest": Nearest()}
