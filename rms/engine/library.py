"""A reference library as a value: past cases, their outcomes, and how similarity is measured.

The package `reference_library` handles files, folders and hashes.
Here a library is only what the engine needs.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.engine.metric import Metric
from rms.engine.neighbours import Candidates
from rms.engine.policy import Policy
from rms.engine.result import LibraryReference
from rms.instrument import Answer, Instrument, Process

Floats = NDArray[np.float64]

SHOWN_KEPT = 10_000  # cases, some hundred bytes each
CASE_SEXES = (None, "female", "male", "other")  # a case stores the position


@dataclass(frozen=True)
class Cases:
    """n past cases in ascending order of `case_number`; `values` (n, p) are raw, NaN where unknown."""

    case_number: NDArray[np.int64]
    person: NDArray[np.uint64]
    sex: NDArray[np.uint8]
    birth_year: NDArray[np.int16]  # 0 where the file has none
    values: Floats

    def __len__(self) -> int:
        return len(self.case_number)


@dataclass(frozen=True)
class ProcessCases:
    """The m cases that carry an actual for one process, in the order of `Cases`.

    `rows` (m,) index into the cases; `leave_one_out_distances` (m,), ascending, are the cases' own
    distances to their tenth nearest, each left out in turn. Typicality is measured against them.
    """

    process: Process
    rows: NDArray[np.int64]
    actual: NDArray[np.uint8]
    metric: Metric
    candidates: Candidates
    leave_one_out_distances: Floats


@dataclass(frozen=True)
class Library:
    """`need_errors`: root mean square leave-one-out error of each simulated need, in percent of scale."""

    reference: LibraryReference
    instrument: Instrument
    policy: Policy
    cases: Cases
    processes: tuple[ProcessCases, ...]
    need_errors: Mapping[str, float]
    manifest: Mapping[str, Any]

    @property
    def synthetic(self) -> bool:
        return bool(self.manifest["synthetic"])

    def process(self, code: str) -> ProcessCases:
        return next(cases for cases in self.processes if cases.process.code == code)

    @cached_property
    def ranges(self) -> tuple[Floats, Floats]:
        """The least and the greatest value of each item in the library, shapes (p,).

        Infinity and minus infinity if it is never known: any value is then outside.
        """
        values, known = self.cases.values, ~np.isnan(self.cases.values)
        return (
            np.min(values, axis=0, where=known, initial=np.inf),
            np.max(values, axis=0, where=known, initial=-np.inf),
        )

    @cached_property
    def needs(self) -> "NeedScales":
        needs = self.instrument.needs
        items = [self.instrument.position[need.item] for need in needs]
        most = max((len(self.instrument.items[j].levels) for j in items), default=0)
        tables = np.zeros((len(needs), most + 1))
        tables[:, most] = np.nan
        for k, j in enumerate(items):
            scale = self.instrument.items[j]
            tables[k, : len(scale.levels)] = [scale.percent(level) for level in range(len(scale.levels))]
        return NeedScales(tuple(need.code for need in needs), np.array(items, dtype=np.intp), tables)

    @cached_property
    def need_cells(self) -> NDArray[np.unsignedinteger]:
        """The cases' ratings as indices into the needs' tables, shape (n, needs): a byte each."""
        cells = self.needs.cells(self.cases.values)
        return cells.astype(np.min_scalar_type(self.needs.percent_tables.size), order="C")

    @cached_property
    def shown(self) -> Callable[[int], Mapping[str, Answer | None]]:
        """What a comparable shows besides its identification, by its row; cached for many results."""
        return lru_cache(maxsize=SHOWN_KEPT)(self._shown)

    def _shown(self, row: int) -> Mapping[str, Answer | None]:
        instrument, values = self.instrument, self.cases.values[row].tolist()
        given = {
            name: (instrument.item(code), instrument.position[code])
            for name, code in instrument.shown.items()
        }
        return {
            name: None if math.isnan(value := values[position]) else item.answer(value)
            for name, (item, position) in given.items()
        }


@dataclass(frozen=True)
class NeedScales:
    """The needs' codes, the positions of their items, and percents (needs, levels + 1).

    The last level of every need is "unknown" (NaN); a scale shorter than the longest is filled with 0.
    """

    codes: tuple[str, ...]
    items: NDArray[np.intp]
    percent_tables: Floats

    def percents_of(self, values: Floats) -> Floats:
        """Every need in percent of its scale, for raw values (…, p): shape (…, needs), NaN where unknown."""
        return np.asarray(self.percent_tables.take(self.cells(values)))

    def cells(self, values: Floats) -> NDArray[np.intp]:
        """The indices of raw values' ratings in the flattened tables: (…, needs)."""
        count, levels = self.percent_tables.shape
        ratings = values[..., self.items]
        known = np.where(np.isnan(ratings), levels - 1, ratings)
        return np.asarray(known.astype(np.intp) + np.arange(0, count * levels, levels))

    def weight_by_level(self, cells: NDArray[np.unsignedinteger], weights: Floats) -> Floats:
        """How weights (k, needs) of ratings at `cells` (k, needs) spread: shape (needs, levels + 1)."""
        shape = self.percent_tables.shape
        return np.asarray(np.bincount(cells.ravel(), weights.ravel(), math.prod(shape)).reshape(shape))
