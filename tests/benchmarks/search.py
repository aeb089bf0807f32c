"""What a filtered page costs among many assessments beside the same page among few, in one run.

Both databases are filled in bulk and nothing is simulated: all that a search looks at is as varied as in
service, and the comparables and the evidence, which it does not look at, are short.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from pysqlite3 import dbapi2 as sqlite

from api.services.search import page_of
from api.storage import Store
from rms.filters import PROCESSES, Bounds, Filter, Key, Sort, hundredths, whole_percent
from rms.instrument import instrument
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import NOW, new_database

FEW, MANY = 10_000, 1_000_000
ROUNDS, PAGE, BATCH = 60, 50, 10_000
FIRST = NOW - timedelta(days=365)
RATED = [whole_percent(place * 100 / 3) for place in range(4)]
ASSESSMENT = (
    *(
        "pk",
        "id",
        "offender_number",
        "sequence",
        "kind",
        "baseline_id",
        "submitted_at",
        "submitted_by",
        "assessed_on",
        "sex",
    ),
    *("date_of_birth", "release_date", "instrument_name", "instrument_version", "instrument_sha256"),
    *("answers", "unknown", "library_sha256", "engine_version", "vector", "needs", "latest"),
)
SIMULATION = (
    *("assessment", "process", "position", "status", "score", "interval_low", "interval_high"),
    *("effective_size", "typicality", "outside_range", "comparables"),
)


@dataclass(frozen=True)
class Question:
    """What a user may ask; the parts that vary are drawn anew each round."""

    name: str
    sort: Sort
    draw: Any


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args(arguments)
    introduce("Search", part="search")
    with tempfile.TemporaryDirectory() as folder:
        stores = {size: _filled(Path(folder) / f"{size}.sqlite", size) for size in (given.few, given.many)}
        print(f"A page of {PAGE}, medians of {given.rounds} rounds, both sizes in turns:\n")
        table(
            ("page", f"{given.few:,}", f"{given.many:,}", "ratio", "bound", "p95", "bound", "rows found"),
            (_measured(question, stores, rounds=given.rounds) for question in QUESTIONS),
        )
        for store in stores.values():
            store.close()


def _measured(question: Question, stores: dict[int, Store], *, rounds: int) -> tuple[str, ...]:
    chance = random.Random(question.name)
    taken: dict[int, list[float]] = {size: [] for size in stores}
    found: dict[int, list[int]] = {size: [] for size in stores}
    for _ in range(rounds):
        filter = question.draw(chance)
        for size, store in stores.items():
            began = perf_counter()
            page = page_of(filter, sort=question.sort, limit=PAGE, store=store)
            taken[size].append(perf_counter() - began)
            found[size].append(len(page.submissions))
    few, many = (float(np.median(seconds)) for seconds in taken.values())
    p95 = float(np.percentile(taken[max(taken)], 95))
    rows = " / ".join(f"{np.mean(counts):.0f}" for counts in found.values())
    return question.name, _ms(few), _ms(many), f"{many / few:.2f}", "≤ 1.5", _ms(p95), "≤ 50 ms", rows


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


def _day(chance: random.Random) -> date:
    return NOW.date() + timedelta(days=chance.randrange(2000))


def _window(chance: random.Random, days: int) -> Bounds[date]:
    first = _day(chance)
    return Bounds(first, first + timedelta(days=days))


def _need(chance: random.Random) -> dict[str, Bounds[int]]:
    return {chance.choice(NEEDS): Bounds(67, 100)}


NEEDS = [need.code for need in instrument("rms").needs]
NEWEST = Sort()
QUESTIONS = (
    Question("all, newest first", NEWEST, lambda chance: Filter()),
    Question("the latest of each", NEWEST, lambda chance: Filter(latest=True)),
    Question("released within 90 days", NEWEST, lambda chance: Filter(release=_window(chance, 90))),
    Question(
        "released within 90 days, by release date",
        Sort(Key.RELEASE_DATE, descending=False),
        lambda chance: Filter(release=_window(chance, 90)),
    ),
    Question("released on one day", NEWEST, lambda chance: Filter(release=_window(chance, 0))),
    Question(
        "score from 1.75", NEWEST, lambda chance: Filter(score=Bounds(175, None), processes=PROCESSES[:1])
    ),
    Question(
        "violence from 1.50, by score",
        Sort(Key.SCORE, process="violence"),
        lambda chance: Filter(score=Bounds(150, None), processes=PROCESSES[1:]),
    ),
    Question("a need from 67 %", NEWEST, lambda chance: Filter(needs=_need(chance))),
    Question(
        "two needs, a score, 90 days, the latest",
        NEWEST,
        lambda chance: Filter(
            release=_window(chance, 90),
            score=Bounds(150, None),
            needs=_need(chance) | _need(chance),
            latest=True,
        ),
    ),
    Question("one person", NEWEST, lambda chance: Filter(offender=_number(chance.randrange(FEW // 4)))),
    Question(
        "numbers that begin so, by number",
        Sort(Key.OFFENDER_NUMBER, descending=False),
        lambda chance: Filter(offender=_number(chance.randrange(FEW // 4))[:3]),
    ),
)


def _filled(path: Path, size: int) -> Store:
    """A database of that many assessments, some two for each person, one in twenty a what-if."""
    progress(f"making {size:,} assessments")
    url = f"sqlite:///{path}"
    new_database(url)
    chance = random.Random(size)
    form = instrument("rms")
    with closing(sqlite.connect(str(path), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO instruments VALUES (?, ?)", (form.sha256, form.text))
        connection.execute("INSERT INTO libraries VALUES ('none', 'none', '1', 'pool', 1, '{}')")
        _fill(connection, _people(chance, size), form.sha256, chance)
        connection.execute("COMMIT")
    return Store(url)


def _number(place: int) -> str:
    return f"{place * 7919 % 9_999_991:07d}"


def _people(chance: random.Random, size: int) -> Iterator[tuple[str, int, bool, bool]]:
    """Number, sequence, whether a what-if, whether the latest, of `size` assessments."""
    place = 0
    while size > 0:
        count = min(size, chance.choice((1, 2, 2, 3)))
        what_ifs = [sequence > 0 and chance.random() < 0.1 for sequence in range(count)]
        last = max(sequence for sequence, what_if in enumerate(what_ifs) if not what_if)
        for sequence, what_if in enumerate(what_ifs):
            yield _number(place), sequence, what_if, sequence == last
        place, size = place + 1, size - count


def _fill(
    connection: Any, people: Iterator[tuple[str, int, bool, bool]], sha256: str, chance: random.Random
) -> None:
    """The rows of every table that a search or a list reads, some thousands at a time."""
    answers = json.dumps({item.code: 1 for item in instrument("rms").asked})
    insert_assessments = _insert("assessments", ASSESSMENT)
    key = 0
    while some := list(islice(people, BATCH)):
        keys = range(key + 1, key + len(some) + 1)
        connection.executemany(
            "INSERT OR IGNORE INTO offenders VALUES (?, 4, 1)", [(number,) for number, *_ in some]
        )
        connection.executemany(
            insert_assessments,
            [
                _assessment(key, person, chance, sha256=sha256, answers=answers)
                for key, person in zip(keys, some, strict=True)
            ],
        )
        scores = [(key, process, _score(chance)) for key in keys for process in PROCESSES]
        connection.executemany(
            _insert("simulations", SIMULATION),
            [
                (key, process, place % 2, "simulated", score, 1.0, 2.0, 50.0, 0.5, "[]", "[]")
                for place, (key, process, score) in enumerate(scores)
            ],
        )
        connection.executemany(
            "INSERT INTO shown_scores VALUES (?, ?, ?)",
            [(key, process, hundredths(score)) for key, process, score in scores],
        )
        connection.executemany(
            "INSERT INTO shown_needs VALUES (?, ?, ?)",
            [(key, need, _percent(chance)) for key in keys for need in NEEDS],
        )
        key += len(some)


def _assessment(
    key: int, person: tuple[str, int, bool, bool], chance: random.Random, *, sha256: str, answers: str
) -> tuple[object, ...]:
    number, sequence, what_if, latest = person
    release = None if chance.random() < 0.1 else _day(chance).isoformat()
    values: dict[str, object] = {
        **{"pk": key, "id": f"{number}-{sequence:02d}", "offender_number": number, "sequence": sequence},
        "kind": "what_if" if what_if else "assessment",
        "baseline_id": f"{number}-00" if what_if else None,
        "submitted_at": f"{FIRST + timedelta(seconds=key):%Y-%m-%d %H:%M:%S.%f}",
        **{"submitted_by": "benchmark", "assessed_on": "2026-01-01", "sex": "male"},
        **{"date_of_birth": "1980-01-01", "release_date": release},
        **{"instrument_name": "rms", "instrument_version": "1", "instrument_sha256": sha256},
        **{"answers": answers, "unknown": "{}", "library_sha256": "none", "engine_version": "1"},
        **{"vector": b"", "needs": "[]", "latest": latest},
    }
    return tuple(values[name] for name in ASSESSMENT)


def _score(chance: random.Random) -> float:
    return round(1.0 + chance.betavariate(2, 4), 6)


def _percent(chance: random.Random) -> int | None:
    """Higher needs are rarer, and one in twenty is unknown."""
    return None if chance.random() < 0.05 else RATED[int(chance.betavariate(1, 2) * 4)]


def _insert(name: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


if __name__ == "__main__":
    main()
