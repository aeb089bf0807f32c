"""Jobs: run once, seen by their owner only, and resumed when a process has ended."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION, Application
from api.runtime import job_runner
from api.runtime.job_runner import OpenJobs, Runner, run_one
from api.services.access.accounts import create_api_key, create_user, find_user, user_of_key
from api.services.transfer.jobs import (
    LEASE,
    MOST_ATTEMPTS,
    JobFunction,
    JobResult,
    Progress,
    Steps,
    Work,
    claim,
    enqueue,
    succeed,
    sweep,
)
from api.services.users import Role, User
from api.storage import Job
from rms.errors import NotFound, StorageFull
from tests.api.conftest import START, Clock
from tests.api.contexts import context_for

JOBS = "/api/v1/jobs"


@pytest.fixture
def application(app: Flask) -> Application:
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    return application


@pytest.fixture
def user(application: Application, key: str) -> User:
    user = user_of_key(context_for(application.store, at=START), key)
    assert user is not None
    return user


@pytest.fixture
def job(application: Application, user: User) -> Job:
    return enqueued(application, user)


def enqueued(application: Application, user: User) -> Job:
    return enqueue(
        context_for(application.store, at=application.clock(), by=user),
        "list",
        {"of": "three"},
        settings=application.jobs,
    )


def three_lines(work: Work) -> Steps:
    yield Progress(1, 3)
    work.result.write_text("a\nb\nc\n", encoding="ascii")
    yield Progress(3, 3)
    return JobResult("list.txt", "text/plain", {"rows": 3})


FUNCTIONS: Mapping[str, JobFunction] = {"list": three_lines}


def test_requested_run_fetched_deleted(application: Application, client: FlaskClient, job: Job) -> None:
    waiting = client.get(f"{JOBS}/{job.id}").json
    assert (waiting["state"], waiting["done"], waiting["expires_at"]) == ("queued", 0, None)
    assert waiting["links"] == {"self": f"{JOBS}/{job.id}"}
    assert client.get(f"{JOBS}/{job.id}/result").status_code == 409
    assert run_one(application, functions=FUNCTIONS)
    assert not run_one(application, functions=FUNCTIONS)
    done = client.get(f"{JOBS}/{job.id}").json
    assert (done["state"], done["done"], done["total"], done["outcome"]) == ("done", 3, 3, {"rows": 3})
    assert done["expires_at"] == (START + timedelta(days=7)).isoformat()
    assert client.get(JOBS).json == {"jobs": [done]}
    answer = client.get(done["links"]["result"])
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/plain", b"a\nb\nc\n")
    assert answer.headers["Content-Disposition"] == "attachment; filename=list.txt"
    answer.close()
    assert client.delete(f"{JOBS}/{job.id}").status_code == 204
    assert client.get(f"{JOBS}/{job.id}").status_code == 404
    assert left(application) == []
    with application.store.reading() as tx:
        entries = list(tx.audit.entries())[-4:]
    assert [one.action for one in entries] == ["list.requested", "list.made", "list.fetched", "list.deleted"]
    assert {(one.actor, one.object_key) for one in entries} == {("c.worker", job.id)}


def left(application: Application) -> list[Path]:
    folder = application.jobs.files.input("x").parent
    return sorted(folder.iterdir()) if folder.exists() else []


def test_only_the_owner_sees_a_result(application: Application, client: FlaskClient, job: Job) -> None:
    run_one(application, functions=FUNCTIONS)
    (result,) = left(application)
    assert (result.stat().st_mode & 0o777, result.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    create_user(
        context_for(application.store, at=START, by="test"),
        "b.worker",
        "a long enough passphrase",
        role=Role.CASE_WORKER,
    )
    key = create_api_key(context_for(application.store, at=START, by="test"), "b.worker", name="test")
    other = {"Authorization": f"Bearer {key}"}
    assert client.get(JOBS, headers=other).json == {"jobs": []}
    for path in (f"{JOBS}/{job.id}", f"{JOBS}/{job.id}/result"):
        assert client.get(path, headers=other).status_code == 404
    assert client.delete(f"{JOBS}/{job.id}", headers=other).status_code == 404
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "done"
    result_file = client.get(f"{JOBS}/{job.id}/result", buffered=True)
    assert result_file.headers["Cache-Control"] == "no-store"


def test_a_result_expires(application: Application, client: FlaskClient, job: Job, clock: Clock) -> None:
    run_one(application, functions=FUNCTIONS)
    clock.advance(days=7)
    gone = client.get(f"{JOBS}/{job.id}/result")
    assert (gone.status_code, gone.json["code"]) == (410, "result_expired")
    assert "result" not in client.get(f"{JOBS}/{job.id}").json["links"]
    sweep(context_for(application.store, at=clock()), settings=application.jobs)
    assert left(application) == []
    clock.advance(days=30)
    sweep(context_for(application.store, at=clock()), settings=application.jobs)
    assert client.get(f"{JOBS}/{job.id}").status_code == 404


@pytest.mark.parametrize(
    ("error", "code"), [(NotFound("Who?"), "not_found"), (ValueError("4711"), "internal_error")]
)
def test_failed(application: Application, client: FlaskClient, job: Job, error: Exception, code: str) -> None:
    def fails(work: Work) -> Steps:
        yield Progress(0)
        raise error

    assert run_one(application, functions={"list": fails})
    shown = client.get(f"{JOBS}/{job.id}").json
    assert (shown["state"], shown["failure"]) == ("failed", code)
    assert client.get(f"{JOBS}/{job.id}/result").status_code == 409
    assert left(application) == []


def test_a_full_disk_is_tried_again(
    application: Application, client: FlaskClient, job: Job, clock: Clock
) -> None:
    def full(work: Work) -> Steps:
        yield Progress(0)
        raise StorageFull("Full.")

    for _ in range(MOST_ATTEMPTS):
        assert run_one(application, functions={"list": full})
        assert client.get(f"{JOBS}/{job.id}").json["state"] == "running"
        assert not run_one(application, functions=FUNCTIONS)
        clock.at += LEASE
    assert run_one(application, functions={"list": full})
    shown = client.get(f"{JOBS}/{job.id}").json
    assert (shown["state"], shown["failure"]) == ("failed", "given_up")


def endless(began: threading.Event) -> JobFunction:
    """A job that never ends by itself."""

    def work_on(work: Work) -> Steps:
        work.result.write_text("half", encoding="ascii")
        began.set()
        for place in range(10_000):
            yield Progress(place)
            threading.Event().wait(0.01)
        raise AssertionError("The runner did not stop it.")

    return work_on


@pytest.fixture
def under_way(application: Application, job: Job, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """A runner in the middle of the job."""
    monkeypatch.setattr(job_runner, "BEAT", 0.02)
    began = threading.Event()
    running = Runner(application, functions={"list": endless(began)})
    running.start()
    assert began.wait(10)
    yield running
    running.stop(within=10)


def test_cancelled_while_running(
    application: Application, client: FlaskClient, job: Job, under_way: Runner
) -> None:
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "running"
    assert client.delete(f"{JOBS}/{job.id}").status_code == 204
    under_way.stop(within=10)
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "cancelled"
    assert left(application) == []
    assert client.get(f"{JOBS}/{job.id}/result").status_code == 409


def test_a_runner_that_stops_releases_its_jobs(
    application: Application, client: FlaskClient, job: Job, under_way: Runner
) -> None:
    under_way.stop(within=10)
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "queued"
    assert left(application) == []
    again = claim(context_for(application.store, at=START))
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 1)


def test_a_process_without_its_lease_stores_nothing(application: Application, job: Job, clock: Clock) -> None:
    slow = claim(context_for(application.store, at=clock()))
    clock.at += LEASE
    assert slow is not None
    assert run_one(application, functions=FUNCTIONS)
    (result,) = left(application)
    late = JobResult("late.txt", "text/plain")
    assert not succeed(context_for(application.store, at=clock()), slow, late, settings=application.jobs)
    assert left(application) == [result]


def test_no_job_is_claimed_twice(application: Application, user: User) -> None:
    jobs = {enqueued(application, user).id for _ in range(20)}
    claimed: list[str] = []

    def claim_all() -> None:
        while job := claim(context_for(application.store, at=START)):
            claimed.append(job.id)

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(jobs)


KILLED = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from api.runtime.job_runner import run_one
from api.services.context import Context
from api.services.transfer.jobs import JobSettings
from api.storage import JobFiles, Store

def endless(work):
    work.result.write_text("half")
    print("begun", flush=True)
    time.sleep(60)
    yield

url, folder, at = sys.argv[1:]
jobs = JobSettings(JobFiles(Path(folder)), 7, "s" * 32)
store, moment = Store(url), datetime.fromisoformat(at)
run_one(
    SimpleNamespace(
        store=store,
        clock=lambda: moment,
        zone=UTC,
        background=lambda: Context(store, moment),
        jobs=jobs,
        libraries=SimpleNamespace(now=lambda: SimpleNamespace(default=None)),
        judgement_first=False,
    ),
    functions={"list": endless},
)
"""


def test_resumed_after_kill_9(
    application: Application, client: FlaskClient, job: Job, clock: Clock, database: Any
) -> None:
    folder = application.jobs.files.input("x").parent
    command = [sys.executable, "-c", KILLED, database.url, str(folder), clock().isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not run_one(application, functions=FUNCTIONS)
    clock.at += LEASE
    assert run_one(application, functions=FUNCTIONS)
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "done"
    (result,) = left(application)
    assert result.read_bytes() == b"a\nb\nc\n"


def batches(number: int) -> JobFunction:
    """A job of so many steps."""

    def work_on(work: Work) -> Steps:
        for place in range(number):
            yield Progress(place, number)
        work.result.write_text("x", encoding="ascii")
        return JobResult("list.txt", "text/plain")

    return work_on


@pytest.fixture
def a_step_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runner, "SLICE", 0.0)


FAIR: Mapping[str, JobFunction] = {"list": batches(3), "long": batches(1000)}


def requested(application: Application, owner: User, kind: str = "list") -> Job:
    context = context_for(application.store, at=application.clock(), by=owner)
    return enqueue(context, kind, {}, settings=application.jobs)


@pytest.fixture
def users(application: Application) -> list[User]:
    background = context_for(application.store, at=START, by="test")
    names = [f"{letter}.user" for letter in "abcdefghij"]
    for name in names:
        create_user(background, name, "a long enough passphrase", role=Role.CASE_WORKER)
    return [find_user(background, name) for name in names]


def state(application: Application, job: Job) -> str:
    with application.store.reading() as tx:
        stored = tx.jobs.get(job.id)
    assert stored is not None
    return str(stored.state)


@pytest.mark.usefixtures("a_step_a_turn")
def test_a_small_job_ends_long_before_a_long_one_that_runs(
    application: Application, users: list[User]
) -> None:
    long = requested(application, users[0], "long")
    open_jobs = OpenJobs(application, functions=FAIR)
    assert open_jobs.claim_next()
    for _ in range(5):
        open_jobs.turn()
    small = requested(application, users[1])
    assert open_jobs.claim_next()
    for _ in range(8):
        open_jobs.turn()
    assert (state(application, small), state(application, long)) == ("done", "running")
    open_jobs.release()
    assert state(application, long) == "queued"


@pytest.mark.usefixtures("a_step_a_turn")
def test_one_owner_never_takes_the_place_of_others(application: Application, users: list[User]) -> None:
    for _ in range(3):
        requested(application, users[0], "long")
    others = [requested(application, owner) for owner in users[1:]]
    open_jobs = OpenJobs(application, functions=FAIR)
    for _ in range(100):
        open_jobs.claim_next()
        open_jobs.turn()
    assert {state(application, job) for job in others} == {"done"}
    with application.store.reading() as tx:
        states = [str(job.state) for job in tx.jobs.of(users[0].id)]
    assert sorted(states) == ["queued", "queued", "running"]
    open_jobs.release()


def test_a_small_job_needs_one_turn(application: Application, users: list[User]) -> None:
    requested(application, users[0])
    open_jobs = OpenJobs(application, functions=FAIR)
    assert open_jobs.claim_next()
    open_jobs.turn()
    assert not open_jobs


@pytest.mark.usefixtures("a_step_a_turn")
def test_a_new_job_waits_for_one_turn_and_open_jobs_keep_every_second(
    application: Application, users: list[User]
) -> None:
    turns: list[int] = []

    def noted(steps: JobFunction) -> JobFunction:
        def work_on(work: Work) -> Steps:
            for progress in steps(work):
                turns.append(work.owner.id)
                yield progress
            return JobResult("x", "text/plain")

        return work_on

    long = [requested(application, owner, "long").owner for owner in users[:3]]
    small = users[3].id
    open_jobs = OpenJobs(application, functions={"long": noted(batches(1000)), "list": noted(batches(1))})
    while open_jobs.claim_next():
        pass
    for _ in range(5):
        requested(application, users[3])
    for _ in range(60):
        open_jobs.claim_next()
        open_jobs.turn()
    assert turns[:2].count(small) == 1
    assert turns.count(small) == 5
    assert (small, small) not in pairwise(turns)
    assert {owner: turns.count(owner) >= 4 for owner in long} == dict.fromkeys(long, True)
    open_jobs.release()


def test_a_job_that_fails_ends_no_other(application: Application, users: list[User]) -> None:
    def fails(work: Work) -> Steps:
        yield Progress(0)
        raise ValueError

    failing, other = requested(application, users[0], "long"), requested(application, users[1])
    open_jobs = OpenJobs(application, functions={**FAIR, "long": fails})
    while open_jobs.claim_next():
        pass
    while open_jobs:
        open_jobs.turn()
    assert (state(application, failing), state(application, other)) == ("failed", "done")


@pytest.mark.usefixtures("a_step_a_turn")
def test_a_job_that_ends_every_process_takes_no_other_with_it(
    application: Application, users: list[User], clock: Clock
) -> None:
    def ends_the_process(work: Work) -> Steps:
        yield Progress(0)
        raise KeyboardInterrupt

    harmful, other = requested(application, users[0], "long"), requested(application, users[1])
    for _ in range(2 * MOST_ATTEMPTS):
        process = OpenJobs(application, functions={**FAIR, "long": ends_the_process})
        with suppress(KeyboardInterrupt):
            while process.claim_next() or process:
                process.turn()
        clock.at += LEASE
    assert (state(application, harmful), state(application, other)) == ("failed", "done")


def test_a_checksum_goes_with_its_file(
    application: Application, client: FlaskClient, user: User, clock: Clock
) -> None:
    def with_checksum(work: Work) -> Steps:
        yield from three_lines(work)
        return JobResult("list.txt", "text/plain", {"rows": 3}, sha256="5" * 64)

    job = enqueued(application, user)
    run_one(application, functions={"list": with_checksum})
    assert client.get(f"{JOBS}/{job.id}").json["outcome"] == {"rows": 3, "sha256": "5" * 64}
    with application.store.reading() as tx:
        stored = tx.jobs.get(job.id)
        entries = str(list(tx.audit.entries()))
    assert "5" * 64 not in str(stored) + entries
    clock.advance(days=7)
    assert client.get(f"{JOBS}/{job.id}").json["outcome"] == {"rows": 3}
    sweep(context_for(application.store, at=clock()), settings=application.jobs)
    assert left(application) == []
