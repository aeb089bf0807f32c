"""Needs in percent of their scale: as rated, as simulated by the comparables, and the gap between.

simⱼ = 100 · Σ w φ(needⱼ) / Σ w over the comparables whose rating is known; blank where that is
less than half of the weight (docs/method.md). The simulated reading partly reflects the rating itself; the
reading "expected from everything else" leaves that item out of the comparison.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rms.engine.library import Library, ProcessCases
from rms.engine.result import NeedReading

Floats = NDArray[np.float64]

KNOWN_SHARE = 0.5


def read_needs(
    vector: Floats,
    person: int,
    library: Library,
    *,
    query: Floats,
    rows: NDArray[np.int64],
    weights: Floats | None,
) -> tuple[NeedReading, ...]:
    """One reading per need, in the instrument's order.

    For the first process. `query` (d,) are the person's coordinates, `rows` (k,) and `weights` (k,) the
    weighed cases; no weights (a withheld score) mean no simulated needs either.
    """
    needs = library.needs
    if not needs.codes:
        return ()
    blank: list[float | None] = [None] * len(needs.codes)
    simulated = expected = blank
    if weights is not None:
        cases = library.processes[0]
        simulated = _or_none(simulated_needs(library, cases, rows[None, :], weights[None, :])[0])
        expected = _or_none(_expected_needs(vector, person, library, cases, query))
    actual = _or_none(needs.percents_of(vector[None, :])[0])
    return tuple(
        _reading(*reading, error=library.need_errors.get(reading[0]))
        for reading in zip(needs.codes, actual, simulated, expected, strict=True)
    )


def simulated_needs(
    library: Library, cases: ProcessCases, rows: NDArray[np.int64], weights: Floats
) -> Floats:
    """The weighted mean percent of each need, shape (q, needs), NaN if blank; `rows`, `weights`: (q, k)."""
    simulated = [
        _mean_percents(library, library.need_cells[cases.rows[own_rows]], own_weights[:, None])
        for own_rows, own_weights in zip(rows, weights, strict=True)
    ]
    return np.stack(simulated)


def _expected_needs(
    vector: Floats, person: int, library: Library, cases: ProcessCases, query: Floats
) -> Floats:
    """Each need as simulated with its own item left out of the comparison, shape (needs,)."""
    needs, candidates = library.needs, cases.candidates
    measured = cases.metric.left_out(
        vector, query, candidates, items=needs.items, values=library.cases.values, rows=cases.rows
    )
    near = candidates.nearest_of_all(measured, person, count=library.policy.looked_at(len(candidates)))
    count = len(needs.codes)
    cells = library.need_cells.take(cases.rows.take(near.rows) * count + np.arange(count)[:, None])
    return _mean_percents(library, cells, library.policy.weigh(near.distances))


def _mean_percents(library: Library, cells: NDArray[np.unsignedinteger], weights: Floats) -> Floats:
    """Weighted mean percents (needs,) of ratings at `cells`, of any shape, weights of that shape or shorter.

    NaN where the known ratings carry too little weight.
    """
    spread = library.needs.weight_by_level(cells, np.broadcast_to(weights, cells.shape))
    weight, percents = spread[:, :-1], library.needs.percent_tables[:, :-1]  # the last level is unknown
    known = weight.sum(axis=1)
    mean = np.vecdot(weight, percents) / np.where(known > 0.0, known, 1.0)
    return np.where(known >= KNOWN_SHARE, mean, np.nan)


def _or_none(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


def _reading(
    code: str, actual: float | None, simulated: float | None, expected: float | None, *, error: float | None
) -> NeedReading:
    gap = None if actual is None or simulated is None else actual - simulated
    standardised = None if gap is None or not error else gap / error
    return NeedReading(code, actual, simulated, expected, gap, standardised)
