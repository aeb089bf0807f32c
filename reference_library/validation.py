"""What is wrong with a library as a value, in sentences that name row and column.

A hash says that a folder is what was written; this says that what was written is a library.
"""

from collections.abc import Iterator

import numpy as np

from rms.engine.library import Library, ProcessCases
from rms.instrument import Item


def problems(library: Library) -> Iterator[str]:
    """Every problem, none if the library is sound. Rows are counted from 1, in the order of case numbers."""
    cases = library.cases
    if (np.diff(cases.case_number) <= 0).any():
        row = int(np.argmax(np.diff(cases.case_number) <= 0)) + 2
        yield f"Row {row}, column case_number: the numbers do not ascend."
    if cases.values.shape != (len(cases), len(library.instrument.items)):
        yield f"The values are {cases.values.shape}, which is not cases by items."
        return
    for j, item in enumerate(library.instrument.items):
        for row in np.flatnonzero(_outside(cases.values[:, j], item))[:10]:
            yield f"Row {row + 1}, column {item.column}: {cases.values[row, j]:g} is not {item.allowed}."
    for process in library.processes:
        yield from _process_problems(process, len(cases))


def _outside(values: np.ndarray, item: Item) -> np.ndarray:
    known = ~np.isnan(values)
    if item.levels:
        sound = (values >= 0) & (values < len(item.levels)) & (values == np.floor(values))
    else:
        sound = (values >= item.minimum) & (values <= item.maximum)
    return np.asarray(known & ~sound)


def _process_problems(process: ProcessCases, count: int) -> Iterator[str]:
    code, rows = process.process.code, process.rows
    if (
        not len(rows)
        == len(process.actual)
        == len(process.candidates)
        == len(process.leave_one_out_distances)
    ):
        yield f"The process {code} has {len(rows)} rows, but not as many outcomes, places and distances."
        return
    if len(rows) and (rows[0] < 0 or rows[-1] >= count or (np.diff(rows) <= 0).any()):
        yield f"The process {code} names rows that are not there or not in order."
    for at in np.flatnonzero((process.actual != 1) & (process.actual != 2))[:10]:
        yield f"Row {rows[at] + 1}, process {code}: an actual of {process.actual[at]} is neither 1 nor 2."
    if process.candidates.index.ntotal != len(rows):
        yield f"The index of {code} holds {process.candidates.index.ntotal} cases, not {len(rows)}."
