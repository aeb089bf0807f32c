"""The road from one end to the other, over HTTP: an assessment in, a score out that a hand can check."""

import csv
import http.client
import io
import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.end_to_end.server import BODY, Client, Server


@pytest.fixture
def client(served: Server):
    with closing(served.client()) as client:
        yield client


def about(number: str) -> dict[str, object]:
    return {**BODY, "offender_number": number}


def assert_checked_by_hand(simulation) -> None:
    shown = simulation["comparables"]
    assert len(shown) == 10
    assert sum(case["weight"] * case["actual"] for case in shown) == pytest.approx(
        simulation["score"], abs=1e-12
    )
    assert sum(round(case["percent"] * 100) for case in shown) == 10_000
    by_hand = sum(case["percent"] / 100 * case["actual"] for case in shown)
    assert by_hand == pytest.approx(simulation["score"], abs=0.0006)  # ten percents, each off by .01 at most
    low, high = simulation["interval"]
    assert 1.0 <= low <= simulation["score"] <= high <= 2.0


def test_health_and_readiness_are_open_and_nothing_else(served: Server) -> None:
    with closing(served.client(key=None)) as anybody:
        assert anybody.get("/health").status == anybody.get("/ready").status == 200
        assert anybody.get("/api/v1/assessments").status == 401
        assert anybody.post(BODY).status == 401
    with closing(served.client(key="rms_" + "x" * 43)) as stranger:
        assert stranger.post(BODY).status == 401


def test_an_assessment_from_end_to_end(client: Client) -> None:
    made = client.post(about("77001"))
    assert made.status == 201
    answer = made.json()
    assert answer["id"] == "77001"
    assert made.headers["Location"].endswith("/api/v1/assessments/77001")
    assert [one["process"] for one in answer["simulations"]] == ["recidivism", "violence"]
    for one in answer["simulations"]:
        assert_checked_by_hand(one)
        alone = client.get(f"/api/v1/assessments/77001/simulations/{one['process']}").json()
        assert alone["score"] == one["score"] and alone["comparables"] == one["comparables"]
    assert client.get("/api/v1/assessments/77001").json()["simulations"] == answer["simulations"]

    assert client.post(about("77001")).json()["id"] == "77001-01"
    assert client.post(about("77001")).json()["id"] == "77001-02"

    report = client.get("/api/v1/assessments/77001/report.pdf")
    assert report.status == 200 and report.headers["Content-Type"] == "application/pdf"
    assert report.content.startswith(b"%PDF") and b"%%EOF" in report.content[-20:]
    for kind, start in (("svg", b"<"), ("png", b"\x89PNG")):
        assert client.get(f"/api/v1/assessments/77001/needs.{kind}").content.startswith(start)


def test_the_list_as_csv_has_two_rows_each(client: Client) -> None:
    for _ in range(2):
        assert client.post(about("77002")).status == 201
    listed = client.get("/api/v1/assessments?all=true", Accept="text/csv")
    assert listed.status == 200 and listed.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(listed.content.decode("utf-8"))))
    of_each: dict[str, list[str]] = {}
    for row in rows:
        of_each.setdefault(row["id"], []).append(row["process"])
    assert set(map(tuple, of_each.values())) == {("recidivism", "violence")}
    assert {"77002", "77002-01", "10000"} <= set(of_each) and len(of_each) >= 300


def test_what_does_not_fit_is_told_by_field_and_not_stored(client: Client) -> None:
    wrong = {**about("77003"), "sex": "?", "answers": {**BODY["answers"], "drug": 7, "magic": 1}}
    refused = client.post(wrong)
    assert refused.status == 422 and refused.headers["Content-Type"] == "application/problem+json"
    told = json.dumps(refused.json())
    for pointer in ("/sex", "/answers/drug", "/answers/magic"):
        assert pointer in told
    assert client.get("/api/v1/assessments/77003").status == 404


def in_threads(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ids_of(number: str, count: int) -> list[str]:
    return [number if n == 0 else f"{number}-{n:02d}" for n in range(count)]


def test_two_hundred_posts_at_once_for_one_person(served: Server) -> None:
    given: list[str] = []

    def post(_: int) -> None:
        with closing(served.client()) as client:
            for _ in range(10):
                answer = client.post(about("77100"))
                assert answer.status == 201
                given.append(answer.json()["id"])

    in_threads(20, post)
    assert sorted(given) == sorted(ids_of("77100", 200))


def killed_while_posting(data: Path, *, posts: int, dice: random.Random) -> set[str]:
    """The acknowledged ids of a server that was killed after about `posts` of them."""
    server, acknowledged, stop = Server(data), set(), threading.Event()
    numbers = ("77200", "77201", "77202")

    def post(thread: int) -> None:
        with closing(server.client()) as client, suppress(OSError, http.client.HTTPException):
            while not stop.is_set():
                answer = client.post(about(numbers[thread % len(numbers)]))
                assert answer.status == 201, answer.content
                acknowledged.add(answer.json()["id"])

    def kill(_: int) -> None:
        end = time.monotonic() + 300
        while len(acknowledged) < posts and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.02))
        server.kill()
        stop.set()

    in_threads(9, lambda thread: kill(thread) if thread == 8 else post(thread))
    assert len(acknowledged) >= posts
    return acknowledged


def assert_whole(data: Path, acknowledged: set[str]) -> None:
    server = Server(data)
    with closing(server.client()) as client:
        for number in ("77200", "77201", "77202"):
            found = 0
            for id in ids_of(number, 2000):
                answer = client.get(f"/api/v1/assessments/{id}")
                if answer.status == 404:
                    break
                found += 1
                simulations = answer.json()["simulations"]
                assert [one["process"] for one in simulations] == ["recidivism", "violence"]
                for one in simulations:
                    assert_checked_by_hand(one)
            stored = set(ids_of(number, found))
            assert {id for id in acknowledged if id.split("-")[0] == number} <= stored
            after = client.get(f"/api/v1/assessments/{number}-{found + 1:02d}")
            assert after.status == 404
            assert client.post(about(number)).json()["id"] == ids_of(number, found + 1)[-1]
        assert client.get("/health").status == 200
    server.stop()


def test_killed_in_the_middle_nothing_acknowledged_is_lost(data: Path) -> None:
    acknowledged = killed_while_posting(data, posts=200, dice=random.Random(7))
    assert_whole(data, acknowledged)


def test_a_library_cut_short_under_load_stops_the_scores_and_nothing_else(data: Path) -> None:
    """Once, SIGBUS ended the worker, the next one could not load the library, and the master gave up."""
    server, stop, statuses = Server(data), threading.Event(), list[tuple[int, str]]()
    master, workers = server.process.pid, server.workers
    file = next((data / "libraries").glob("[!.]*/recidivism.columns.npy"))
    content = file.read_bytes()

    def post(thread: int) -> None:
        with closing(server.client()) as client:
            while not stop.is_set():
                answer = client.post(about(f"7740{thread}"))
                statuses.append((answer.status, answer.json().get("code", "")))

    def cut_short(_: int) -> None:
        wait_for(lambda: len(statuses) > 50)
        os.truncate(file, 0)
        seen = len(statuses)
        wait_for(lambda: len(statuses) > seen + 50)
        stop.set()

    in_threads(5, lambda thread: cut_short(thread) if thread == 4 else post(thread))
    assert set(statuses) == {(201, ""), (503, "library_altered")}
    assert server.workers == workers
    with closing(server.client()) as client:
        assert client.get("/ready").json()["code"] == "library_altered"
        assert client.get("/health").status == client.get("/api/v1/assessments/77400").status == 200

    os.kill(workers[0], signal.SIGBUS)  # whatever ends a worker, the next one starts with the damaged library
    wait_for(lambda: server.workers not in ([], workers))
    assert server.process.pid == master and server.process.poll() is None
    with closing(server.client()) as client:
        assert client.get("/ready").json()["code"] == "library_altered"
        assert client.get("/api/v1/assessments/77400").status == 200
        file.write_bytes(content)
        assert client.get("/ready").status == 200
        assert client.post(about("77405")).status == 201
    server.stop()


def wait_for(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.soak
def test_killed_during_a_thousand_posts(data: Path, tmp_path: Path) -> None:
    for round_ in range(5):
        copy = Path(shutil.copytree(data, tmp_path / f"round{round_}"))
        acknowledged = killed_while_posting(copy, posts=200 * (round_ + 1), dice=random.Random(round_))
        assert_whole(copy, acknowledged)
