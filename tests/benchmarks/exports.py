"""What the CSV of many rows costs beside the csv module writing the same rows, in one run.

On SQLite, and on PostgreSQL with copies of the same rows.
Each batch is written both ways, one straight after the other, so that whatever else the machine does
falls on both. The memory is the most that the process ever had, beyond what it had before.
"""

import argparse
import csv
import resource
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from filecmp import cmp
from io import StringIO
from pathlib import Path
from time import perf_counter, process_time

from api.services.transfer.export_fields import BY_NAME, DEFAULT
from api.services.transfer.exports import csv_of
from api.services.users import Role, User
from api.storage import Store
from rms.engine.filter import Bounds, Filter, Sort
from tests.api.contexts import context_for
from tests.benchmarks.machine import introduce, table
from tests.benchmarks.search import copied, kept
from tests.postgresql import serving

ROWS = 1_000_000
FEW = 20_000
USER = User(1, "benchmark", Role.CASE_WORKER)
IDENTITY = ("id", "offender_number", "sex", "date_of_birth", "release_date")
FILES = (
    ("the fields of a file that names none", DEFAULT, Filter(everything=True)),
    ("five fields, violence from 1.20", IDENTITY, Filter(score=Bounds(120, None), processes=("violence",))),
    (
        "every field but stored readings",
        tuple(name for name in BY_NAME if name != "comparables" and not name.startswith("need.")),
        Filter(everything=True),
    ),
)


@dataclass
class Spent:
    """Seconds, of the clock and of the processor."""

    clock: float = 0.0
    processor: float = 0.0

    def __enter__(self) -> None:
        self._began = perf_counter(), process_time()

    def __exit__(self, *_raised: object) -> None:
        self.clock += perf_counter() - self._began[0]
        self.processor += process_time() - self._began[1]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, help="where the databases are, or are made and stay")
    given = parser.parse_args(arguments)
    introduce("Exports", part="exports")
    size = given.rows * 21 // 40  # one in twenty is a what-if
    with tempfile.TemporaryDirectory() as made, serving() as server:
        paths = [(given.folder or Path(made)) / f"{count}.sqlite" for count in (FEW, size)]
        on_sqlite = [kept(path, int(path.stem)) for path in paths]
        _measure("SQLite", on_sqlite, Path(made))
        _measure("PostgreSQL", [copied(path, server) for path in paths], Path(made))


def _measure(database: str, stores: Sequence[Store], folder: Path) -> None:
    few, many = stores
    for file in FILES:  # what is loaded and kept once is no growth
        _measured(*file, few, folder)
    print(f"{database}: CSV to a file, beside the csv module writing the same rows to another")
    print("(of processor time, the server's is not counted):\n")
    table(
        ("file", "rows", "RMS", "csv module", "ratio", "bound", "of processor time", "memory", "bound"),
        (_measured(*file, many, folder) for file in FILES),
    )
    for store in stores:
        store.close()


def _measured(
    name: str, fields: Sequence[str], filter: Filter, store: Store, folder: Path
) -> tuple[str, ...]:
    ours, theirs, rows = Spent(), Spent(), 0
    before = _most_memory()
    parts = csv_of(context_for(store, by=USER), filter, sort=Sort(), names=fields)
    with (
        (folder / "ours.csv").open("w", newline="") as one,
        (folder / "theirs.csv").open("w", newline="") as two,
    ):
        for part in _timed(parts, ours):
            with ours:
                one.write(part)
            batch = list(csv.reader(StringIO(part, newline="")))
            rows += len(batch)
            with theirs:
                csv.writer(two).writerows(batch)
            del batch, part  # they are none of what the next ones should have to live with
    memory = _most_memory() - before
    assert cmp(folder / "ours.csv", folder / "theirs.csv", shallow=False)
    ratio, of_processor = ours.clock / theirs.clock, ours.processor / theirs.processor
    return (
        *(name, f"{rows - 1:,}", f"{ours.clock:.2f} s", f"{theirs.clock:.2f} s", f"{ratio:.2f}", "≤ 2"),
        *(f"{of_processor:.2f}", f"{memory / 1024:.0f} MB", "< 100 MB"),
    )


def _timed(parts: Iterator[str], spent: Spent) -> Iterator[str]:
    while True:
        with spent:
            part = next(parts, None)
        if part is None:
            return
        yield part


def _most_memory() -> int:
    """KiB"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
