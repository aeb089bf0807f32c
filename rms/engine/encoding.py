"""The plain encoding: every item on a scale of 0 to 1, with constants from the library.

Ordinal: level/(L−1). Count: log1p(min(c, cap))/log1p(cap), cap the library's 99th
percentile. Number and age: clipped to the library's [q01, q99], linear. Choice: one column a
level, scaled so that two different levels differ by exactly 1 (squared). Source: docs/method.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.instrument import Item, ItemKind

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """How one item becomes columns. `levels` serves ordinals and choices, `low`/`high` the others."""

    kind: ItemKind
    levels: int = 0
    low: float = 0.0
    high: float = 1.0

    @property
    def width(self) -> int:
        return self.levels if self.kind is ItemKind.CHOICE else 1

    def encode(self, values: Floats) -> Floats:
        """Values (n,) as columns (n, width), NaN where unknown."""
        if self.kind is ItemKind.CHOICE:
            own = (values[:, None] == np.arange(self.levels)) / np.sqrt(2.0)
            return np.where(np.isnan(values)[:, None], np.nan, own)
        if self.kind is ItemKind.ORDINAL:
            return (values / (self.levels - 1))[:, None]
        if self.kind is ItemKind.COUNT:
            return np.asarray(np.log1p(np.minimum(values, self.high)) / np.log1p(self.high))[:, None]
        return ((np.clip(values, self.low, self.high) - self.low) / (self.high - self.low))[:, None]

    def as_fact(self) -> dict[str, Any]:
        """The entry in the manifest."""
        return {"kind": str(self.kind), "levels": self.levels, "low": self.low, "high": self.high}

    @classmethod
    def from_fact(cls, fact: dict[str, Any]) -> "Encoding":
        return cls(ItemKind(fact["kind"]), int(fact["levels"]), float(fact["low"]), float(fact["high"]))


def fit_encodings(values: Floats, items: Sequence[Item]) -> tuple[Encoding, ...]:
    """The encodings whose constants these library values `(n, p)` give."""
    return tuple(_fitted(values[:, j], item) for j, item in enumerate(items))


def _fitted(values: Floats, item: Item) -> Encoding:
    if item.levels:
        return Encoding(item.kind, levels=len(item.levels))
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, [0.01, 0.99]) if known.size else (0.0, 1.0)
    if item.kind is ItemKind.COUNT:
        return Encoding(item.kind, high=max(1.0, float(high)))
    # A column that never varies still needs a scale.
    return Encoding(item.kind, low=float(low), high=float(high) if high > low else float(low) + 1.0)
