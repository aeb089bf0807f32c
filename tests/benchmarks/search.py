"""What a filtered page costs among many assessments beside the same page among few, in one run.

On SQLite, and on PostgreSQL with copies of the same rows. They are made in bulk and nothing is simulated:
all that a search looks at is as varied as in service, and the comparables and the evidence, which it does
not look at, are short.

If only few of the few match, the page is shorter and cheaper in any case. So a page is compared twice: with
the same page, and with one of a search that is so much wider
that among the few as many meet it.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psycopg
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Boolean

from api.services.search.search import page_of
from api.storage import Store
from api.storage.bucket_mask import of_figures
from api.storage.tables import metadata
from rms.engine.filter import Bounds, Filter, Key, Sort, whole_percent
from rms.engine.scale import PROCESSES, hundredths
from rms.instrument import instrument
from tests.api.contexts import context_for
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import NOW, new_database
from tests.postgresql import Server, migrated, serving

FEW, MANY = 10_000, 1_000_000
ROUNDS, PAGE, BATCH = 60, 50, 10_000
FIRST = NOW - timedelta(days=365)
RATED = [whole_percent(place * 100 / 3) for place in range(4)]
COPIED = (
    "instruments",
    "libraries",
    "people",
    "assessments",
    "simulations",
    "shown_scores",
    "shown_needs",
)
ASSESSMENT = (
    *(
        "pk",
        "id",
        "person",
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
    *("answers", "unknown", "library_sha256", "engine_version", "vector", "needs", "latest", "sieve"),
    *("pseudonym", "submitted_on"),
)
SIMULATION = (
    *("assessment", "process", "position", "status", "score", "interval_low", "interval_high"),
    *("effective_size", "typicality", "outside_range", "comparables"),
)


@dataclass(frozen=True)
class Question:
    """What a user may ask; the parts that vary are drawn anew each round, and may be so much wider."""

    name: str
    sort: Sort
    draw: Callable[[random.Random, int], Filter]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", type=Path, help="where the databases are, or are made and stay")
    given = parser.parse_args(arguments)
    introduce("Search", part="search")
    with tempfile.TemporaryDirectory() as made, serving() as server:
        folder = given.folder or Path(made)
        files = {size: folder / f"{size}.sqlite" for size in (given.few, given.many)}
        on_sqlite = {size: kept(path, size) for size, path in files.items()}
        _measure("SQLite", on_sqlite, rounds=given.rounds)
        on_postgresql = {size: copied(path, server) for size, path in files.items()}
        _measure("PostgreSQL", on_postgresql, rounds=given.rounds)


def _measure(database: str, stores: dict[int, Store], *, rounds: int) -> None:
    print(f"{database}: a page of {PAGE}, medians of {rounds} rounds, in turns")
    print("(in brackets: of processor time, where on PostgreSQL the server's is not counted):\n")
    few, many = (f"{size:,}" for size in stores)
    table(
        (
            "page",
            few,
            many,
            "ratio",
            "95 % within",
            "rows found",
            f"to {few}, wider search",
            "rows found",
        ),
        (_measured(question, stores, rounds=rounds) for question in QUESTIONS),
    )
    for store in stores.values():
        store.close()


@dataclass
class _Taken:
    """Seconds of the clock, and of the processor in this process; and rows found."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def page(self, filter: Filter, sort: Sort, store: Store) -> None:
        began = perf_counter(), process_time()
        page = page_of(context_for(store), filter, sort=sort, limit=PAGE)
        self.clock.append(perf_counter() - began[0])
        self.processor.append(process_time() - began[1])
        self.rows.append(len(page.submissions))

    def within(self, share: int) -> str:
        clock, processor = (np.percentile(seconds, share) for seconds in (self.clock, self.processor))
        return f"{_ms(clock)} ({_ms(processor)})"

    def times(self, other: "_Taken") -> str:
        clock = np.median(self.clock) / np.median(other.clock)
        return f"{clock:.2f} ({np.median(self.processor) / np.median(other.processor):.2f})"


def _measured(question: Question, stores: dict[int, Store], *, rounds: int) -> tuple[str, ...]:
    few, many, widely = _Taken(), _Taken(), _Taken()
    (size_of_few, store_of_few), (size_of_many, store_of_many) = sorted(stores.items())
    for place in range(rounds):
        asked = question.draw(random.Random(f"{question.name} {place}"), 1)
        wider = question.draw(random.Random(f"{question.name} {place}"), size_of_many // size_of_few)
        few.page(asked, question.sort, store_of_few)
        many.page(asked, question.sort, store_of_many)
        if wider != asked:
            widely.page(wider, question.sort, store_of_few)
    told = (question.name, few.within(50), many.within(50), many.times(few), many.within(95))
    found = (*told, f"{np.mean(few.rows):.0f} / {np.mean(many.rows):.0f}")
    if not widely.rows:
        return (*found, "", "")
    return (*found, many.times(widely), f"{np.mean(widely.rows):.0f} / {np.mean(many.rows):.0f}")


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


def _window(chance: random.Random, days: int, *, wider: int = 1) -> Bounds[date]:
    first = NOW.date() + timedelta(days=chance.randrange(2000))
    more = timedelta(days=(days + 1) * (wider - 1)) / 2
    return Bounds(first - more, first + timedelta(days=days) + more)


def _need(chance: random.Random) -> dict[str, Bounds[int]]:
    return {chance.choice(NEEDS): Bounds(67, 100)}


def _some_number(chance: random.Random) -> str:
    return _number(chance.randrange(FEW // 4))


NEEDS = [need.code for need in instrument("rms").needs]
NEWEST = Sort()
QUESTIONS = (
    Question("all, newest first", NEWEST, lambda chance, wider: Filter()),
    Question("the latest of each", NEWEST, lambda chance, wider: Filter(latest=True)),
    Question("released within 90 days", NEWEST, lambda chance, wider: Filter(release=_window(chance, 90))),
    Question(
        "released within 90 days, by release date",
        Sort(Key.RELEASE_DATE, descending=False),
        lambda chance, wider: Filter(release=_window(chance, 90)),
    ),
    Question(
        "released on one day",
        NEWEST,
        lambda chance, wider: Filter(release=_window(chance, 0, wider=wider)),
    ),
    Question(
        "score from 1.75",
        NEWEST,
        lambda chance, wider: Filter(score=Bounds(175, None), processes=PROCESSES[:1]),
    ),
    Question(
        "violence from 1.50, by score",
        Sort(Key.SCORE, process="violence"),
        lambda chance, wider: Filter(score=Bounds(150, None), processes=PROCESSES[1:]),
    ),
    Question("a need from 67 %", NEWEST, lambda chance, wider: Filter(needs=_need(chance))),
    Question(
        "two needs, a score, 90 days, the latest",
        NEWEST,
        lambda chance, wider: Filter(
            release=_window(chance, 90, wider=wider),
            score=Bounds(150, None),
            needs=_need(chance) | _need(chance),
            latest=True,
        ),
    ),
    Question("one person", NEWEST, lambda chance, wider: Filter(offender=_some_number(chance))),
    Question(
        "numbers that begin so, by number",
        Sort(Key.OFFENDER_NUMBER, descending=False),
        lambda chance, wider: Filter(offender=_some_number(chance)[: 4 - len(str(wider))]),
    ),
)


def kept(path: Path, size: int) -> Store:
    """The database of that many assessments that is there, or a new one."""
    return Store(f"sqlite:///{path}") if path.exists() else filled(path, size)


def filled(path: Path, size: int) -> Store:
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


def copied(path: Path, server: Server) -> Store:
    """The same rows on PostgreSQL."""
    url = migrated(server)
    progress(f"copying {path.stem} assessments")
    with closing(sqlite.connect(str(path))) as source, psycopg.connect(url, autocommit=True) as target:
        for name in COPIED:
            columns = metadata.tables[name].columns
            flags = [place for place, column in enumerate(columns) if isinstance(column.type, Boolean)]
            listed = ", ".join(f'"{column.name}"' for column in columns)
            with target.cursor().copy(f"COPY {name} ({listed}) FROM STDIN") as copy:  # type: ignore[arg-type]
                for row in source.execute(f"SELECT {listed} FROM {name}"):
                    values = list(row)
                    for place in flags:
                        values[place] = bool(values[place])
                    copy.write_row(values)
        target.execute("VACUUM ANALYZE")
    return Store(url)


def _number(place: int) -> str:
    return f"{place * 7919 % 9_999_991:07d}"


def _pseudonym(number: str) -> int:
    return random.Random(number).getrandbits(63)


def _person(number: str) -> int:
    return int(number) + 1


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
            "INSERT OR IGNORE INTO people (id, offender_number, office, next_sequence, pseudonym) "
            "VALUES (?, ?, 1, 4, ?)",
            [(_person(number), number, _pseudonym(number)) for number, *_ in some],
        )
        rated = [_Rated.drawn(chance) for _ in some]
        connection.executemany(
            insert_assessments,
            [
                _assessment(key, person, chance, sha256=sha256, answers=answers, sieve=one.sieve)
                for key, person, one in zip(keys, some, rated, strict=True)
            ],
        )
        scores = [(key, *score) for key, one in zip(keys, rated, strict=True) for score in one.scores]
        connection.executemany(
            _insert("simulations", SIMULATION),
            [
                (key, process, place % 2, "simulated", score, 1.0, 2.0, 50.0, 0.5, "[]", "[]")
                for place, (key, process, score) in enumerate(scores)
            ],
        )
        connection.executemany(
            "INSERT INTO shown_scores VALUES (?, ?, ?, ?)",
            [
                (key, process, hundredths(score), _pseudonym(some[key - keys.start][0]))
                for key, process, score in scores
            ],
        )
        connection.executemany(
            "INSERT INTO shown_needs VALUES (?, ?, ?)",
            [(key, *need) for key, one in zip(keys, rated, strict=True) for need in one.needs],
        )
        key += len(some)


@dataclass(frozen=True)
class _Rated:
    """What was found of one assessment: process and score, need and percent."""

    scores: list[tuple[str, float]]
    needs: list[tuple[str, int | None]]

    @classmethod
    def drawn(cls, chance: random.Random) -> "_Rated":
        return cls(
            [(process, _score(chance)) for process in PROCESSES], [(need, _percent(chance)) for need in NEEDS]
        )

    @property
    def sieve(self) -> int:
        return of_figures([(process, hundredths(score)) for process, score in self.scores], self.needs)


def _assessment(
    key: int,
    person: tuple[str, int, bool, bool],
    chance: random.Random,
    *,
    sha256: str,
    answers: str,
    sieve: int,
) -> tuple[object, ...]:
    number, sequence, what_if, latest = person
    day = NOW.date() + timedelta(days=chance.randrange(2000))
    release = None if chance.random() < 0.1 else day.isoformat()
    values: dict[str, object] = {
        **{"pk": key, "id": f"{number}-{sequence:02d}", "person": _person(number), "offender_number": number},
        "sequence": sequence,
        "kind": "what_if" if what_if else "assessment",
        "baseline_id": f"{number}-00" if what_if else None,
        "submitted_at": f"{FIRST + timedelta(seconds=key):%Y-%m-%d %H:%M:%S.%f}",
        "submitted_on": f"{FIRST + timedelta(seconds=key):%Y-%m-%d}",
        "pseudonym": _pseudonym(number),
        **{"submitted_by": "benchmark", "assessed_on": "2026-01-01", "sex": "male"},
        **{"date_of_birth": "1980-01-01", "release_date": release},
        **{"instrument_name": "rms", "instrument_version": "1", "instrument_sha256": sha256},
        **{"answers": answers, "unknown": "{}", "library_sha256": "none", "engine_version": "1"},
        **{"vector": b"", "needs": "[]", "latest": latest, "sieve": sieve},
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
