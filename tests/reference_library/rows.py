"""Rows of the small instrument as a CSV file, to be broken on purpose."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.rms.engine.libraries import SMALL, past_cases

HEADER = ("case", "person", "sex", "age", "drug", "work", "thefts", "years", "offence", "again", "violent")
Row = Mapping[str, str]


def rows(count: int = 6, *, seed: int = 1, persons: int | None = None) -> list[dict[str, str]]:
    """Cells of random past cases, column → text."""
    past = past_cases(seed, count=count, persons=persons)
    return [
        {
            "case": str(past.cases.case_number[row]),
            "person": f"P{past.cases.person[row]}",
            **{item.column: _cell(item, past.cases.values[row, j]) for j, item in enumerate(SMALL.items)},
            "again": _flag(past.actual["recidivism"][row]),
            "violent": _flag(past.actual["violence"][row]),
        }
        for row in range(count)
    ]


def _cell(item, value: float) -> str:
    if np.isnan(value):
        # Sex and age may not be blank: any answer will do.
        return "" if item.unknown_allowed else {"sex": "male", "age": "30"}[item.code]
    return item.levels[int(value)].csv if item.levels else f"{value:g}"


def _flag(actual: int) -> str:
    return ("", "0", "1")[actual]


def csv_text(rows: Sequence[Row], *, header: Sequence[str] = HEADER, end: str = "\n") -> str:
    return end.join([",".join(header), *(",".join(row[name] for name in header) for row in rows), ""])


def write_rows(path: Path, rows: Sequence[Row], *, header: Sequence[str] = HEADER, end: str = "\n") -> Path:
    path.write_bytes(csv_text(rows, header=header, end=end).encode())
    return path
