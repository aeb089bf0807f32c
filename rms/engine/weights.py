"""From distances to weights, percents, effective size and interval."""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Figures = TypeVar("_Figures", float, Floats)

_LEAST = float(np.finfo(np.float64).tiny)
Z95 = 1.959963984540054


def kernel_weights(distances: Floats, bandwidth: Floats) -> Floats:
    """w ∝ exp(−½(2d/h)²), each row adding to 1 (Nadaraya/Watson 1964).

    `distances` (q, k), infinite for places that no case fills; `bandwidth` (q,), 0 only where no case
    that fills one has a distance: then all weigh the same.
    """
    weights = distances / np.maximum(bandwidth, _LEAST)[:, None]
    weights *= weights  # in place from here: half of the time would go into new arrays
    weights *= -2.0
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)


def effective_size(weights: Floats) -> Floats:
    """1/Σw² over the last axis: how many equally weighted cases would carry as much."""
    return np.asarray(1.0 / np.vecdot(weights, weights))


def wilson(score: _Figures, size: _Figures) -> tuple[_Figures, _Figures]:
    """The 95 % Wilson interval of `score` − 1 for `size` cases, on the scale of 1 to 2 (Wilson 1927)."""
    p, spread = score - 1.0, Z95 * Z95 / size
    half = np.sqrt(spread * (abs(p * (1 - p)) + spread / 4))
    # Each bound from its own end of the scale, so that rounding cannot carry it beyond.
    return 1.0 + (p + spread / 2 - half) / (1 + spread), 2.0 - (1 - p + spread / 2 - half) / (1 + spread)


def percents(weights: Floats) -> list[float]:
    """Shares of 100 with two decimals that add to exactly 100.00 (largest remainder; ties to the first).

    >>> percents(np.array([1 / 3, 1 / 3, 1 / 3]))
    [33.34, 33.33, 33.33]
    """
    exact = (weights * 10_000).round(6).tolist()  # as numbers from here: there are ten
    hundredths = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: round((hundredths[at] - exact[at]) * 1e6))
    for at in by_remainder[: 10_000 - sum(hundredths)]:
        hundredths[at] += 1
    return [share / 100 for share in hundredths]
