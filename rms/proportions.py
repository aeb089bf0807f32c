"""Shares of a whole: how sure one is, and how far two distributions of shares lie apart."""

import math
from collections.abc import Sequence

import numpy as np

LEAST_SHARE = 1e-4  # of an empty group, so that the logarithm is finite
_Z = 1.959963984540054  # 95%


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson 1927); 0 to 1 for an empty whole.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if not whole:
        return 0.0, 1.0
    share, z2 = part / whole, _Z**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    low = 0.0 if part == 0 else middle - half
    return low, 1.0 if part == whole else middle + half


def psi(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The population stability index of two distributions over the same groups: 0 if they are equal.

    >>> psi([0.5, 0.5], [0.5, 0.5]), round(psi([0.5, 0.5], [0.9, 0.1]), 3)
    (0.0, 0.879)
    """
    old, new = (np.maximum(shares, LEAST_SHARE) for shares in (expected, actual))
    return float(((new - old) * np.log(new / old)).sum())
