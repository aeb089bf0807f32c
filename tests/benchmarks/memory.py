"""What several workers cost, and what they bear: real gunicorn, real requests.

A library is mapped, so the kernel keeps it once for all workers. What a worker has for itself alone must
then be the same whether it has few neighbours or many, and a small library or a large one.
"""

import csv
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reference_library import build, packaged_library, read_past_cases, write
from reference_library.synthetic import FACTS, write_csv
from rms.instrument import instrument
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import Served, ready, served
from tests.end_to_end.server import BODY, Client
from tests.postgresql import Server, serving

TIMES = 3  # how much larger the larger library is
WORKERS = (1, 4)
CLIENTS = 8
WARM_SECONDS, LOAD_SECONDS = 10.0, 60.0


@dataclass(frozen=True)
class Load:
    """What came of a load: answers by status, seconds of each, the most threads a worker ever had."""

    statuses: Counter[int]
    seconds: Sequence[float]
    most_threads: int


def main() -> None:
    introduce("Workers and memory", part="memory")
    with tempfile.TemporaryDirectory() as scratch, serving() as server:
        folder = Path(scratch)
        progress("building two libraries")
        libraries = (packaged_library(folder / "packaged"), _larger(folder / "larger"))
        print(
            f"MB of each worker after {WARM_SECONDS:.0f} s of requests. The larger library holds every case"
        )
        print(f"of the packaged one {TIMES} times. Memory that a worker writes is always its own.\n")
        table(
            ("library on disk", "workers", "written by each", "read by it alone", "shared", "PSS"),
            (_memory(library, workers, folder, server) for library in libraries for workers in WORKERS),
        )
        print(f"{LOAD_SECONDS:.0f} s of load on {WORKERS[-1]} workers, {CLIENTS} clients, half of it POST:\n")
        table(
            ("requests a second", "median", "99 % within", "answers", "threads of a worker: before, at most"),
            [_endurance(libraries[0], folder, server)],
        )


def _larger(folder: Path) -> Path:
    """The packaged cases several times over, each time as other people."""
    folder.mkdir()
    write_csv(folder / "once.csv")
    with (folder / "once.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, fieldnames=list(rows[0]))
        sheet.writeheader()
        for time_ in range(TIMES):
            for row in rows:
                number = int(row["case_number"]) + time_ * 100_000
                sheet.writerow({**row, "case_number": number, "offender_number": f"S{number}"})
    past = read_past_cases(folder / "cases.csv", instrument("rms"))
    built = build(past, policy="pool", name="larger", version="1", facts=FACTS)
    return write(built, folder / "libraries")


def _memory(library: Path, workers: int, folder: Path, server: Server) -> tuple[str, ...]:
    with served(library, workers, folder, server=server) as service:
        _loaded(service, seconds=WARM_SECONDS)
        pages = [_pages(worker) for worker in service.workers]
    size = sum(file.stat().st_size for file in library.iterdir()) / 2**20
    figures = (
        "–".join(f"{value:.1f}" for value in sorted({min(column), max(column)}))
        for column in zip(*pages, strict=True)
    )
    return (f"{size:.1f}", str(workers), *figures)


def _pages(worker: int) -> tuple[float, float, float, float]:
    """MB a process has written, has alone read, shares with others, and its proportional share of all."""
    kilobytes = {}
    for line in Path(f"/proc/{worker}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        kilobytes[name] = int(value.split()[0]) / 1024
    shared = kilobytes["Shared_Clean"] + kilobytes["Shared_Dirty"]
    return kilobytes["Private_Dirty"], kilobytes["Private_Clean"], shared, kilobytes["Pss"]


def _endurance(library: Path, folder: Path, server: Server) -> tuple[str, ...]:
    with served(library, WORKERS[-1], folder, server=server) as service:
        before = max(_threads(worker) for worker in service.workers)
        load = _loaded(service, seconds=LOAD_SECONDS)
        still = ready(service.port)
    seconds = sorted(load.seconds)
    answers = ", ".join(f"{count:,} × {status}" for status, count in sorted(load.statuses.items()))
    return (
        f"{len(seconds) / LOAD_SECONDS:.0f}",
        f"{seconds[len(seconds) // 2] * 1e3:.0f} ms",
        f"{seconds[len(seconds) * 99 // 100] * 1e3:.0f} ms",
        answers + ("; ready afterwards" if still else "; NOT READY afterwards"),
        f"{before}, {load.most_threads}",
    )


def _loaded(service: Served, *, seconds: float) -> Load:
    """Requests of several clients at once, each on a new connection, so that every worker gets its share."""
    end, statuses, taken = time.monotonic() + seconds, Counter[int](), list[float]()

    def client(number: int) -> None:
        asked = 0
        while time.monotonic() < end:
            begun = time.perf_counter()
            statuses[_request(service, number, asked)] += 1
            taken.append(time.perf_counter() - begun)
            asked += 1

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in clients:
        thread.start()
    most = 0
    while any(thread.is_alive() for thread in clients):
        most = max(most, *(_threads(worker) for worker in service.workers))
        time.sleep(0.2)
    return Load(statuses, taken, most)


def _request(service: Served, number: int, asked: int) -> int:
    """A new assessment, or the comparables of the last one; its status, 0 where there was no answer."""
    person = f"{number}X{asked // 2}"
    try:
        with closing(Client(service.port, service.key)) as client:
            if asked % 2:
                return client.get(f"/api/v1/assessments/{person}/comparables").status
            return client.post({**BODY, "offender_number": person}).status
    except OSError:
        return 0


def _threads(process: int) -> int:
    return sum(1 for _ in Path(f"/proc/{process}/task").iterdir())


if __name__ == "__main__":
    main()
