"""Which rows of a file were there before: 24 bytes for each row, however long its ID is."""

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]

NEW, REPEATED = 0, -1  # a positive number is the line that has the same ID and other content
_IDS, _CONTENTS, _LINES = range(3)  # of an array of shape (3, n)


class SeenRows:
    """The rows seen so far: 64-bit hashes of ID and content, and the line.

    They are kept in arrays sorted by ID, each at least twice as long as the next, so a row is sorted again
    only when their number has doubled. Two different IDs are taken for one with a probability of n²/2⁶⁵ for n
    rows: 2 in a million for 8,000,000.
    """

    def __init__(self) -> None:
        self._runs: list[Int64s] = []

    def look_up(self, ids: list[int], contents: list[int], lines: list[int]) -> Int64s:
        """For each row: `NEW`, `REPEATED`, or the line of an earlier row with the same ID and other content.

        Of equal IDs in one call, the first is the earlier one. New rows are kept.
        """
        rows = np.array([ids, contents, lines], np.int64)
        order = np.argsort(rows[_IDS], kind="stable")
        rows = rows[:, order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = rows[_IDS, 1:] != rows[_IDS, :-1]
        first_of_id = np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))
        verdicts = np.where(is_first, NEW, _verdicts(rows, rows[:, first_of_id]))
        for run in self._runs:
            at = np.minimum(np.searchsorted(run[_IDS], rows[_IDS]), run.shape[1] - 1)
            was_there = run[_IDS, at] == rows[_IDS]
            verdicts = np.where(was_there, _verdicts(rows, run[:, at]), verdicts)
        self._keep(rows[:, verdicts == NEW])
        answer = np.empty_like(verdicts)
        answer[order] = verdicts
        return answer

    def _keep(self, run: Int64s) -> None:
        while self._runs and self._runs[-1].shape[1] < 2 * run.shape[1]:
            run = np.concatenate([self._runs.pop(), run], axis=1)
            run = run[:, np.argsort(run[_IDS], kind="stable")]
        if run.shape[1]:
            self._runs.append(run)


def _verdicts(rows: Int64s, earlier: Int64s) -> Int64s:
    return np.where(rows[_CONTENTS] == earlier[_CONTENTS], REPEATED, earlier[_LINES])
