"""Bands of harm scores. Their cuts are taken once, on a reference date, and then kept.

So a person who moves to another band has changed, and not the people around them. The names of the bands
are official terms of a published rule.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rms.errors import InvalidInput, Problem
from rms.harm.settings import BANDS, HarmSettings

SAME = 1e-9  # scores that differ by less are equal: so exactly do the two ways to calculate them agree


@dataclass(frozen=True)
class Cuts:
    """The scores at which the bands begin, in the order of `BANDS` without the lowest, as of `on`.

    `version`: the version of the settings that the scores were calculated with.
    """

    version: str
    on: date
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        is_rising = all(low <= high for low, high in pairwise(self.scores))
        if len(self.scores) != len(BANDS) - 1 or not is_rising:
            detail = f"There must be {len(BANDS) - 1} scores, none below the one before."
            raise InvalidInput([Problem("/scores", "cuts", detail)])


def cuts_of(scores: ArrayLike, *, on: date, settings: HarmSettings) -> Cuts:
    """The cuts from the scores of all people, shape (n,): percentiles by nearest rank.

    NaN stands for people without a score, and is left out. The rank of percentile p among n scores is
    ⌈p·n/100⌉, in exact arithmetic.

    Raises
    ------
    InvalidInput
        If nobody has a score.
    """
    given = np.asarray(scores, float)
    ranked = np.sort(given[~np.isnan(given)])
    if not len(ranked):
        detail = "Nobody has a harm score on this date, so there are no percentiles."
        raise InvalidInput([Problem("/scores", "nobody_scored", detail)])
    ranks = [nearest_rank(Fraction(percentile), len(ranked)) for percentile in settings.bands.values()]
    return Cuts(settings.version, on, tuple(float(ranked[rank - 1]) for rank in ranks))


def nearest_rank(percentile: Fraction, n: int) -> int:
    """The rank, from 1, of a percentile above 0 among n values.

    >>> [nearest_rank(Fraction("94.9"), n) for n in (1, 1000, 1001)]
    [1, 949, 950]
    """
    return -int(-percentile * n // 100)


def band_of(score: float, cuts: Cuts) -> str:
    """The name of the band. A score equal to a cut lies in the upper band."""
    return BANDS[sum(score > cut - SAME for cut in cuts.scores)]


def bands_of(scores: ArrayLike, cuts: Cuts) -> NDArray[np.int8]:
    """The place in `BANDS` of each score, shape (n,); -1 for NaN, which stands for people without a score."""
    given = np.asarray(scores, float)
    places = np.searchsorted(np.array(cuts.scores) - SAME, given).astype(np.int8)
    return np.where(np.isnan(given), np.int8(-1), places)
