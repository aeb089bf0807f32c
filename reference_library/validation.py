"""What is wrong with a library, in sentences that name row and column.

A hash shows that a folder is as it was written; this checks that what was written is a valid library.
"""

from collections.abc import Iterator

import numpy as np

from rms.engine.library import Library, ProcessCases
from rms.instrument import Item


def problems(library: Library) -> Iterator[str]:
    """Every problem; none if the library is valid. Rows are counted from 1, in the order of case numbers."""
    cases = library.cases
    if (np.diff(cases.case_number) <= 0).any():
        row = int(np.argmax(np.diff(cases.case_number) <= 0)) + 2
        yield f"Row {row}, column case_number: the numbers are not in ascending order."
    if cases.values.shape != (len(cases), len(library.instrument.items)):
        yield f"The values have the shape {cases.values.shape}, which is not cases by items."
        return
    for j, item in enumerate(library.instrument.items):
        for row in np.flatnonzero(_outside(cases.values[:, j], item))[:10]:
            yield f"Row {row + 1}, column {item.column}: {cases.values[row, j]:g} is not {item.allowed}."
    for process in library.processes:
        yield from _process_problems(process, len(cases))


def _outside(values: np.ndarray, item: Item) -> np.ndarray:
    known = ~np.isnan(values)
    if item.levels:
        valid = (values >= 0) & (values < len(item.levels)) & (values == np.floor(values))
    else:
        valid = (values >= item.minimum) & (values <= item.maximum)
    return np.asarray(known & ~valid)


def _process_problems(process: ProcessCases, count: int) -> Iterator[str]:
    code, rows = process.process.code, process.rows
    if (
        not len(rows)
        == len(process.actual)
        == len(process.candidates)
        == len(process.leave_one_out_distances)
    ):
        yield f"The process {code} has {len(rows)} rows, but not as many outcomes, coordinates and distances."
        return
    if len(rows) and (rows[0] < 0 or rows[-1] >= count or (np.diff(rows) <= 0).any()):
        yield f"The process {code} has row numbers that do not exist or are not in ascending order."
    for at in np.flatnonzero((process.actual != 1) & (process.actual != 2))[:10]:
        yield f"Row {rows[at] + 1}, process {code}: an actual of {process.actual[at]} must be 1 or 2."
    if process.candidates.index.ntotal != len(rows):
        yield f"The index of {code} has {process.candidates.index.ntotal} cases, not {len(rows)}."
