"""From distances to weights, percents, effective size and interval."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z95 = 1.959963984540054


def kernel_weights(distances: Floats, bandwidth: Floats) -> Floats:
    """w ∝ exp(−½(2d/h)²), each row adding to 1; equal where the bandwidth is 0 (Nadaraya/Watson 1964).

    `distances` (q, k), infinite for places that no case fills; `bandwidth` (q,).
    """
    alike = bandwidth == 0.0
    weights = distances / np.where(alike, 1.0, bandwidth)[:, None]
    if alike.any():
        weights[alike] = np.where(np.isfinite(distances[alike]), 0.0, np.inf)
    weights *= weights  # in place from here: half of the time would go into new arrays
    weights *= -2.0
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)


def effective_size(weights: Floats) -> Floats:
    """1/Σw² of each row (q, k): how many equally weighted cases would carry as much."""
    return np.asarray(1.0 / np.vecdot(weights, weights))


def wilson(score: Floats, size: Floats) -> tuple[Floats, Floats]:
    """The 95 % Wilson interval of `score` − 1 for `size` cases, on the scale of 1 to 2 (Wilson 1927)."""
    p, spread = score - 1.0, Z95 * Z95 / size
    centre = (p + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (np.maximum(p * (1 - p), 0.0) + spread / 4)) / (1 + spread)
    return 1.0 + np.maximum(centre - half, 0.0), 1.0 + np.minimum(centre + half, 1.0)


def percents(weights: Floats) -> list[float]:
    """Shares of 100 with two decimals that add to exactly 100.00 (largest remainder; ties to the first).

    >>> percents(np.array([1 / 3, 1 / 3, 1 / 3]))
    [33.34, 33.33, 33.33]
    """
    exact = [weight * 10_000 for weight in weights.tolist()]
    hundredths = [math.floor(round(share, 6)) for share in exact]
    remainders = sorted(range(len(exact)), key=lambda i: (round(hundredths[i] - exact[i], 6), i))
    for i in remainders[: 10_000 - sum(hundredths)]:
        hundredths[i] += 1
    return [share / 100 for share in hundredths]
