"""Writing the CSV files of a folder, block by block, from columns."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from api.demonstration.force.draws import Integers
from rms.records.layout import LAYOUT

BLOCK = 20_000  # people


class Table:
    """A file that is being written. It numbers its rows: `prefix` and seven digits or more."""

    def __init__(self, file: TextIO, name: str, *, prefix: str) -> None:
        self.rows = 0
        self._prefix = prefix
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(_header(name))

    def add(self, *columns: Sequence[str]) -> list[str]:
        """Rows from the columns after the first, which is the ID of the row. Returns the IDs."""
        first = self.rows + 1
        self.rows += len(columns[0])
        ids = [f"{self._prefix}{number:07}" for number in range(first, self.rows + 1)]
        self._writer.writerows(zip(ids, *columns, strict=True))
        return ids


@contextmanager
def table(folder: Path, name: str, *, prefix: str) -> Iterator[Table]:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        yield Table(file, name, prefix=prefix)


def write_rows(folder: Path, name: str, rows: Iterable[Sequence[str]]) -> None:
    """A file whose rows have an ID of their own."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_header(name))
        writer.writerows(rows)


def _header(name: str) -> list[str]:
    return [column.name for column in LAYOUT[name].columns]


def texts(words: Sequence[str], places: Integers) -> list[str]:
    """The word at each place; a place of -1 is blank."""
    found: list[str] = _words((*words, ""))[places].tolist()
    return found


def _words(words: Sequence[str]) -> Any:
    return np.array(words, dtype=object)


def person_ids(people: Integers) -> list[str]:
    """The IDs of people by their position, from 0."""
    return [f"P{person:07}" for person in (people + 1).tolist()]


def blocks(people: int) -> Iterator[tuple[int, int]]:
    """First and last but one position of each block of people."""
    for first in range(0, people, BLOCK):
        yield first, min(first + BLOCK, people)
