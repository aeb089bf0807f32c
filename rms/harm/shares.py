"""Whether the share of each harm band has moved since the thresholds of the bands were set.

The thresholds are kept, so the shares move when the scores of many people move: because people offend more or
less, or because recording, a source system or a severity table has changed. Which of these it is, the shares
do not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rms.harm.settings import BANDS
from rms.proportions import psi, wilson

# The usual bounds of the index: below the first, nothing to look at; from the second on, another population.
NOTICE_PSI, ALARM_PSI = 0.1, 0.25
# The index hardly sees a band of 0.3%. So each band is looked at alone: how many times its share it has now.
NOTICE_TIMES, ALARM_TIMES = 1.5, 2.0
LEAST_PEOPLE = 200  # with a score; with fewer, shares are not compared
LEAST_IN_BAND = 10  # on one of the two days; with fewer, the band alone is not judged


class Finding(StrEnum):
    TOO_FEW = "too_few"
    NONE = "none"
    NOTICE = "notice"
    ALARM = "alarm"


@dataclass(frozen=True)
class BandShare:
    """A band then and now. `interval`: of the share now, 95% (Wilson). A share of nobody is None."""

    band: str
    people_before: int
    people: int
    before: float | None
    now: float | None
    interval: tuple[float, float]
    finding: Finding


@dataclass(frozen=True)
class Comparison:
    """All bands. `psi`: the population stability index; None if there are too few people.

    `finding`: the most serious of the index and of each band.
    """

    bands: tuple[BandShare, ...]
    psi: float | None
    of_index: Finding
    finding: Finding


def compare_shares(before: Sequence[int], now: Sequence[int]) -> Comparison:
    """Compare the number of people in each of `BANDS` then and now.

    - With fewer than `LEAST_PEOPLE` people on either day nothing is judged.
    - The index: from 0.1 on a notice, from 0.25 on an alarm.
    - A band: an alarm if its share has at least doubled or halved, a notice if it is 1.5 times as large or
      less than 1/1.5 of it; each only if the whole 95% interval of the share now lies beyond that bound.
      With fewer than 10 people in the band on both days it is not judged.

    The same people are in both counts, so the interval is wider than it needs to be: an alarm may come later,
    but chance raises few.
    """
    if len(before) != len(BANDS) or len(now) != len(BANDS):
        raise ValueError(f"There must be a number for each of the {len(BANDS)} bands.")
    whole_before, whole = sum(before), sum(now)
    is_enough = min(whole_before, whole) >= LEAST_PEOPLE
    bands = tuple(
        _band(band, old, new, whole_before, whole, judged=is_enough)
        for band, old, new in zip(BANDS, before, now, strict=True)
    )
    if not is_enough:
        return Comparison(bands, None, Finding.TOO_FEW, Finding.TOO_FEW)
    index = psi([old / whole_before for old in before], [new / whole for new in now])
    of_index = _of_index(index)
    found = [of_index, *(one.finding for one in bands if one.finding is not Finding.TOO_FEW)]
    return Comparison(bands, index, of_index, max(found, key=list(Finding).index))


def _of_index(index: float) -> Finding:
    if index >= ALARM_PSI:
        return Finding.ALARM
    return Finding.NOTICE if index >= NOTICE_PSI else Finding.NONE


def _band(band: str, old: int, new: int, whole_before: int, whole: int, *, judged: bool) -> BandShare:
    before = old / whole_before if whole_before else None
    now = new / whole if whole else None
    interval = wilson(new, whole)
    if not judged or before is None or max(old, new) < LEAST_IN_BAND:
        finding = Finding.TOO_FEW
    elif _is_beyond(interval, before, ALARM_TIMES):
        finding = Finding.ALARM
    else:
        finding = Finding.NOTICE if _is_beyond(interval, before, NOTICE_TIMES) else Finding.NONE
    return BandShare(band, old, new, before, now, interval, finding)


def _is_beyond(interval: tuple[float, float], before: float, times: float) -> bool:
    low, high = interval
    return low > before * times or high < before / times
