"""An import beside the same assessments posted one by one, to one server and in turns.

Posts are made by one client that waits for each answer, and by several at a time; the import is held
against the faster of the two. Its time is from the first byte sent until the job is done. Processor time is
that of the worker.
"""

import http.client
import json
import tempfile
import threading
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from api.demonstration.caseload import caseload
from reference_library import load, packaged_library
from rms.assessment import Assessment, AssessmentKind
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import NOW, Served, processor_time, served
from tests.end_to_end.server import Client

ROUNDS, POSTS, LINES, CLIENTS = 3, 200, 2000, 8
NDJSON = "application/x-ndjson"

_numbers = count(1)


def main() -> None:
    introduce("Imports", part="imports")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        library = packaged_library(folder / "libraries")
        entries = caseload(load(library), until=NOW)
        people = [one.assessment for one in entries if one.assessment.kind is AssessmentKind.ASSESSMENT]
        with served(library, 1, folder) as service:
            rates = [_round(service, people) for _ in range(ROUNDS)]
    one, several, lines, of_post, of_line = (median(column) for column in zip(*rates, strict=True))
    print(f"Assessments a second, medians of {ROUNDS} rounds:\n")
    table(
        ("posts, one client", f"posts, {CLIENTS} clients", f"import of {LINES:,} lines", "ratio", "bound"),
        [(f"{one:.0f}", f"{several:.0f}", f"{lines:.0f}", f"{lines / max(one, several):.1f}", "≥ 6")],
    )
    print("Processor time of the worker, of the same rounds:\n")
    table(
        ("a post, one client", "a line of the import", "bound"),
        [(f"{of_post * 1e3:.1f} ms", f"{of_line * 1e3:.1f} ms", "≤ 1.5 ms")],
    )


def _round(service: Served, people: list[Assessment]) -> tuple[float, ...]:
    """The rates of all three ways, one after the other; and the processor time of a post and of a line."""
    progress(f"{2 * POSTS} posts and an import of {LINES} lines")
    bodies = [_body(people[place % len(people)]) for place in range(LINES)]
    before = processor_time(service)
    one = POSTS / _posted(service, bodies[:POSTS], clients=1)
    of_post = (processor_time(service) - before) / POSTS
    several = POSTS / _posted(service, bodies[:POSTS], clients=CLIENTS)
    before = processor_time(service)
    lines = LINES / _imported(service, bodies)
    of_line = (processor_time(service) - before) / LINES
    return one, several, lines, of_post, of_line


def _posted(service: Served, bodies: list[dict[str, Any]], *, clients: int) -> float:
    """How many seconds the posts take that so many clients make between them."""

    def post(mine: list[dict[str, Any]]) -> None:
        with closing(Client(service.port, service.key)) as client:
            for body in mine:
                assert client.post(_about_somebody_new(body)).status == 201

    threads = [threading.Thread(target=post, args=(bodies[place::clients],)) for place in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def _imported(service: Served, bodies: list[dict[str, Any]]) -> float:
    """How many seconds the import takes."""
    lines = "".join(f"{json.dumps(_about_somebody_new(body))}\n" for body in bodies).encode()
    begun = time.perf_counter()
    with (
        closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as link,
        closing(Client(service.port, service.key)) as client,
    ):
        headers = {"Authorization": f"Bearer {service.key}", "Content-Type": NDJSON}
        link.request("POST", "/api/v1/imports", lines, headers)
        place = json.loads(link.getresponse().read())["links"]["self"]
        while (job := client.get(place).json())["state"] in ("queued", "running"):
            time.sleep(0.1)
    assert job["outcome"]["created"] == len(bodies), job
    return time.perf_counter() - begun


def _about_somebody_new(body: dict[str, Any]) -> dict[str, Any]:
    number = f"N{next(_numbers)}"
    return {**body, "offender_number": number}


def _body(person: Assessment) -> dict[str, Any]:
    return {
        "sex": person.sex,
        "date_of_birth": person.date_of_birth.isoformat(),
        "answers": dict(person.answers),
        "unknown": dict(person.unknown),
    }


if __name__ == "__main__":
    main()
