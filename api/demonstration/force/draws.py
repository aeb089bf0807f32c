"""Random draws for many rows at once."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Generator = np.random.Generator


class Stream(IntEnum):
    """One stream of random numbers for each file, so that a change to one leaves the others as they are."""

    AREAS = 1
    PEOPLE = 2
    NUMBERS = 3
    OFFENCES = 4
    REGISTRATIONS = 5
    PLANS = 6
    DRUG_MARKERS = 7
    INTELLIGENCE = 8
    ASSOCIATIONS = 9
    SECOND_SOURCE = 10
    ESCALATIONS = 11
    DAYS = 12
    BOUNDARIES = 13


def stream(seed: int, of: Stream) -> Generator:
    return np.random.default_rng([seed, int(of)])


def chosen(rng: Generator, shares: Sequence[float], count: int) -> Integers:
    """Positions in `shares`, each as likely as its share says, shape (count,)."""
    limits = np.cumsum(shares)
    return np.searchsorted(limits / limits[-1], rng.random(count), side="right").astype(np.int64)


def chosen_for(rng: Generator, shares: Sequence[Sequence[float]], rows: Integers) -> Integers:
    """The same with the shares of one row of a table for each draw, shape of `rows`."""
    limits = np.cumsum(np.asarray(shares, dtype=np.float64), axis=1)
    limits = limits / limits[:, -1:] + np.arange(len(limits))[:, None]
    places = np.searchsorted(limits.ravel(), rows + rng.random(len(rows)), side="right")
    return np.asarray(places - rows * limits.shape[1], dtype=np.int64)


def spread(rng: Generator, quantiles: Mapping[float, float], count: int) -> Floats:
    """Numbers whose distribution has these quantiles (share of people → number), straight between them."""
    return np.interp(rng.random(count), list(quantiles), list(quantiles.values())).astype(np.float64)


def between(rng: Generator, first: Integers, last: Integers) -> Integers:
    """A day of each range, both ends included."""
    if (first > last).any():
        raise ValueError("A range ends before it begins.")
    return first + (rng.random(len(first)) * (last - first + 1)).astype(np.int64)
