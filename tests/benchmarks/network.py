"""The network of associations of many people on SQLite: reading it, calculating it and storing the figures.

Four of five associations are with somebody near, as in a ward, the others with anybody. Some people have far
more than others. A process of its own calculates, so that its memory is known.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.services.network.refreshing import SAMPLE
from api.storage import upgrade
from tests.benchmarks.machine import introduce, progress, table

SEED, PEOPLE, LINKS = 20261130, 1_000_000, 3_000_000
AT_ONCE = 100_000
MOMENT, DAY = "2020-01-01 00:00:00.000000", "2020-01-01"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--links", type=int, default=LINKS)
    given = parser.parse_args(arguments)
    introduce("Network", part="network")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "rms.sqlite"
        progress(f"storing {given.links:,} associations of {given.people:,} people")
        upgrade(f"sqlite:///{path}")
        _fill(path, people=given.people, links=given.links)
        found = []
        for sample in (SAMPLE // 4, SAMPLE):
            progress(f"calculating with a sample of {sample}")
            found.append(_calculated(f"sqlite:///{path}", sample))
    print(f"{given.links:,} rows about {given.people:,} people, seconds of a process of its own:\n")
    head = (
        "people",
        "links",
        "largest group",
        "sample",
        "error",
        "calculate",
        "store",
        "CPU",
        "memory",
    )
    table(head, map(_line, found))


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        *(f"{one[name]:,}" for name in ("people", "links", "largest_group", "sample")),
        f"{one['error']:.3f}",
        *(f"{one[name]:.0f}" for name in ("calculating", "storing", "cpu")),
        f"{one['megabytes']:,.0f} MB",
    )


def _calculated(url: str, sample: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.network_process", url, str(sample)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


def _fill(path: Path, *, people: int, links: int) -> None:
    """Directly, because an import of so many rows is measured elsewhere."""
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO sources VALUES (1, 'crime records', ?, ?)", (DAY, MOMENT))
        connection.executemany(
            "INSERT INTO people (id, office, next_sequence, pseudonym) VALUES (?, 1, 1, ?)",
            ((key, key) for key in _keys(people)),
        )
        connection.executemany(
            "INSERT INTO person_records (id, person, source, source_id, digest, known_from) "
            "VALUES (?, ?, 1, ?, 0, ?)",
            ((key, key, f"P{key}", MOMENT) for key in _keys(people)),
        )
        connection.executemany(
            "INSERT INTO associations (id, person, record, source, source_id, digest, known_from, other, "
            "other_record, kind, strength, first_day) VALUES (?, ?, ?, 1, ?, 0, ?, ?, ?, 'other', ?, ?)",
            _rows(people, links),
        )
    connection.close()


def _keys(people: int) -> range:
    return range(1, people + 1)


def _rows(people: int, links: int) -> Iterator[tuple[Any, ...]]:
    rng = np.random.default_rng(SEED)
    for first in range(0, links, AT_ONCE):
        number = min(AT_ONCE, links - first)
        one = (people * rng.random(number) ** 1.5).astype(int)
        near = (one + rng.geometric(0.02, number)) % people
        other = np.where(rng.random(number) < 0.8, near, rng.integers(0, people, number))
        strength = rng.geometric(0.5, number)
        for place, (a, b, value) in enumerate(
            zip(*(x.tolist() for x in (one, other, strength)), strict=True)
        ):
            key = first + place + 1
            yield key, a + 1, a + 1, f"A{key}", MOMENT, b + 1, b + 1, value, DAY


if __name__ == "__main__":
    main()
