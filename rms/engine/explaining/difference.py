"""Whether two results of one person differ by more than their comparables leave in doubt.

Both are weighted means over cases that they largely share, so that their errors go together: the paired
standard error is SE² = Σ(w′ − w)²·p̃(1 − p̃), p̃ the mean of both shares. A change below 1.28 SE
(a one-sided chance of one in ten) counts as no clear difference (docs/method.md), and so does one of
less than 0.01, the precision of the scores shown.
"""

import math
from dataclasses import dataclass

import numpy as np

from rms.engine.result import Evidence, Result, Simulation, Status

CLEAR_FROM = 1.28
LEAST_SHOWN = 0.01


@dataclass(frozen=True)
class Difference:
    """One process before and after.

    `change` is the later score minus the earlier; it and its standard error are None where there is no
    score on both sides, or the two were made with different libraries. `kept`, `left` and `joined` count the
    compared cases that both have, and those that only the earlier or the later has.
    """

    process: str
    before: Simulation
    after: Simulation
    change: float | None = None
    standard_error: float | None = None
    kept: int = 0
    left: int = 0
    joined: int = 0

    @property
    def clear(self) -> bool:
        """Whether the change is more than the comparables leave in doubt."""
        if self.change is None or self.standard_error is None:
            return False
        return abs(self.change) >= max(LEAST_SHOWN, CLEAR_FROM * self.standard_error)


def differences(before: Result, after: Result) -> tuple[Difference, ...]:
    """What moved in each process that both results have, in the order of the later."""
    earlier = {one.process: one for one in before.simulations}
    same_library = before.library.sha256 == after.library.sha256
    return tuple(
        difference(earlier[one.process], one)
        if same_library
        else Difference(one.process, earlier[one.process], one)
        for one in after.simulations
        if one.process in earlier
    )


def difference(before: Simulation, after: Simulation) -> Difference:
    """What moved in one process, both made with one library."""
    both = all(one.status is Status.SIMULATED and one.score is not None for one in (before, after))
    if not (both and before.evidence and after.evidence):
        return Difference(after.process, before, after)
    earlier, later = float(before.score or 0), float(after.score or 0)
    moved, common = _moved(before.evidence, after.evidence)
    p = (earlier + later) / 2 - 1.0
    return Difference(
        process=after.process,
        before=before,
        after=after,
        change=later - earlier,
        standard_error=math.sqrt(moved * max(0.0, p * (1.0 - p))),
        kept=common,
        left=len(before.evidence.case_numbers) - common,
        joined=len(after.evidence.case_numbers) - common,
    )


def _moved(before: Evidence, after: Evidence) -> tuple[float, int]:
    """Σ(w′ − w)² over the cases of both, and how many cases are in both."""
    numbers = np.union1d(before.case_numbers, after.case_numbers)
    weights = np.zeros((2, len(numbers)))
    for row, one in zip(weights, (before, after), strict=True):
        row[numbers.searchsorted(one.case_numbers)] = one.weights
    common = len(before.case_numbers) + len(after.case_numbers) - len(numbers)
    return float(np.sum((weights[1] - weights[0]) ** 2)), common
