"""How fast: every figure beside the one it is compared with, taken in turns in one run.

A machine is never quiet, so only ratios of medians are worth anything: what is compared is measured in
turns, once a round, and a disturbance meets all of it alike.
"""

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from flask import Flask
from threadpoolctl import threadpool_limits
from werkzeug.test import EnvironBuilder, run_wsgi_app

from api.app import create_app
from api.config import Config
from api.demonstration.caseload import caseload
from reference_library import build, load, packaged_library, read_past_cases, write
from rms.assessment import Assessment, AssessmentKind
from rms.engine.library import Library
from rms.engine.result import Status
from rms.engine.simulation import simulate, simulate_many
from rms.instrument import instrument
from rms.reports.content import report
from rms.reports.pdf import report_pdf
from rms.submission import Submission
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import NOW, SECRET, new_database
from tests.benchmarks.shared import SHARED

PEOPLE, BATCH = 300, 1024
BATCH_ROUNDS = 7
POOL = 400  # K of every library here


def main() -> None:
    introduce("Speed", part="speed")
    with threadpool_limits(limits=1), tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        progress("building the packaged library")
        packaged = load(packaged_library(folder / "libraries"))
        _one_at_a_time(packaged, folder)
        table(
            (
                "library",
                "cases × coordinates",
                "raw search, a person",
                "`simulate_many`, a person",
                "rate",
                "bound",
            ),
            (_batch(library) for library in (packaged, *_georgia(folder))),
        )


def _one_at_a_time(library: Library, folder: Path) -> None:
    people = _simulated(library)
    progress(f"{len(people)} assessments, one after the other")
    queries = [_queries(library, person.vector()[None, :]) for person in people]
    submissions = [Submission(person, simulate(person, library), 0, NOW, "benchmark") for person in people]
    bodies = [json.dumps(_body(person)) for person in people]

    def simulated(number: int) -> None:
        simulate(people[number], library)

    raw, beside_raw = _in_turns(
        lambda number: _search(library, queries[number]), simulated, count=len(people)
    )
    with (
        _application(library, folder) as (app, key),
        closing(_bare_database(folder / "bare.sqlite")) as bare,
        Path(os.devnull).open("w") as nowhere,
        redirect_stderr(nowhere),  # the request log is written, but not between the tables
    ):
        requests = [_request(body, key) for body in bodies]
        beside_post, inserted, posted = _in_turns(
            simulated,
            lambda number: _insert(bare, bodies[number]),
            lambda number: _post(app, requests[number]),
            count=len(people),
        )
    (printed,) = _in_turns(
        lambda number: report_pdf(report(submissions[number])), count=len(people), clock=process_time
    )
    print(f"One assessment, medians of {len(people)} rounds, everything on one thread:\n")
    table(
        ("step", "median", "beside", "median", "ratio", "bound"),
        (
            (
                "`simulate`: both processes, representatives, needs",
                _ms(beside_raw),
                f"one raw pair of `IndexFlatL2.search`, K = {POOL}",
                _ms(raw),
                f"{beside_raw / raw:.1f}",
                "≤ 8",
            ),
            (
                "`POST /api/v1/assessments`, durable",
                _ms(posted),
                f"`simulate` ({_ms(beside_post)}) and a bare durable SQLite insert ({_ms(inserted)})",
                _ms(beside_post + inserted),
                f"{posted / (beside_post + inserted):.2f}",
                "≤ 2.5",
            ),
            ("the report as PDF, CPU", _ms(printed), "", "", "", "≤ 60 ms"),
        ),
    )


def _in_turns(
    *steps: Callable[[int], object], count: int, clock: Callable[[], float] = perf_counter
) -> list[float]:
    """The median seconds of each step over `count` rounds; each round takes every step once."""
    taken = []
    for number in range(count):
        times = [clock()]
        for step in steps:
            step(number)
            times.append(clock())
        taken.append(np.diff(times))
    return [float(seconds) for seconds in np.median(taken, axis=0)]


def _simulated(library: Library) -> list[Assessment]:
    """Fictional people with ten comparables for both processes: a withheld score is quicker."""
    entries = caseload(library, until=NOW)
    people = [entry.assessment for entry in entries if entry.assessment.kind is AssessmentKind.ASSESSMENT]
    return [
        person
        for person in people[:PEOPLE]
        if all(one.status is Status.SIMULATED for one in simulate(person, library).simulations)
    ]


def _queries(library: Library, values: np.ndarray) -> list[np.ndarray]:
    """The queries as FAISS takes them, one array a process: their making is no part of a raw search."""
    return [cases.metric.query(values)[0].astype(np.float32) for cases in library.processes]


def _search(library: Library, queries: Sequence[np.ndarray]) -> None:
    for cases, query in zip(library.processes, queries, strict=True):
        cases.candidates.index.search(query, POOL)


@contextmanager
def _application(library: Library, folder: Path) -> Iterator[tuple[Flask, str]]:
    """The application over a new database, and an API key for it."""
    url = f"sqlite:///{folder / 'rms.sqlite'}"
    key = new_database(url)
    config = Config(data=folder, database=url, library=folder, secret_key=SECRET, rate=0)
    app = create_app(config, library=library)
    yield app, key
    app.extensions["rms"].store.close()


def _body(person: Assessment) -> dict[str, Any]:
    return {
        "instrument": person.instrument.name,
        "offender_number": person.offender_number,
        "sex": person.sex,
        "date_of_birth": person.date_of_birth.isoformat(),
        "answers": dict(person.answers),
        "unknown": dict(person.unknown),
    }


def _request(body: str, key: str) -> dict[str, Any]:
    return EnvironBuilder(
        "/api/v1/assessments",
        method="POST",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    ).get_environ()


def _post(app: Flask, environ: dict[str, Any]) -> None:
    content, status, _ = run_wsgi_app(app, environ)
    if not status.startswith("201"):
        raise RuntimeError(f"{status}: {b''.join(content)!r}")


def _bare_database(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path, isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    return bare


def _insert(bare: sqlite3.Connection, body: str) -> None:
    bare.execute("BEGIN IMMEDIATE")
    bare.execute("INSERT INTO bare (body) VALUES (?)", (body,))
    bare.execute("COMMIT")


def _batch(library: Library) -> tuple[str, ...]:
    """Every process of a library for many people at once, beside the same searches raw."""
    values = library.cases.values[:BATCH]
    persons, queries = np.zeros(len(values), dtype=np.uint64), _queries(library, values)
    raw, ours = _in_turns(
        lambda _: _search(library, queries),
        lambda _: simulate_many(values, persons, library),
        count=BATCH_ROUNDS,
    )
    sizes = ", ".join("{:,} × {}".format(*cases.candidates.coordinates.shape) for cases in library.processes)
    return (
        library.reference.name,
        sizes,
        _ms(raw / len(values)),
        _ms(ours / len(values)),
        f"{raw / ours:.2f}",
        "≥ .4",
    )


def _georgia(folder: Path) -> Iterator[Library]:
    path = SHARED / "georgia.csv"
    if not path.exists():
        progress(f"Georgia is left out: {path} is not there")
        return
    progress("building the Georgia library")
    past = read_past_cases(path, instrument("georgia"))
    built = build(past, policy="pool", name="georgia", version="1", facts={"synthetic": False})
    yield load(write(built, folder / "georgia"))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    main()
