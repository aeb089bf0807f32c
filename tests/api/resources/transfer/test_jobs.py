"""Jobs: worked on once, found by nobody else, taken up again after whatever happens to a process."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION, Application
from api.runtime import job_runner
from api.runtime.job_runner import Runner, run_one
from api.services.access.accounts import create_api_key, create_user, user_of_key
from api.services.transfer.jobs import (
    LEASE,
    MOST_ATTEMPTS,
    JobFunction,
    JobResult,
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
    found = app.extensions[EXTENSION]
    assert isinstance(found, Application)
    return found


@pytest.fixture
def user(application: Application, key: str) -> User:
    found = user_of_key(context_for(application.store, at=START), key)
    assert found is not None
    return found


@pytest.fixture
def job(application: Application, user: User) -> Job:
    return asked(application, user)


def asked(application: Application, user: User) -> Job:
    return enqueue(
        context_for(application.store, at=application.clock(), by=user),
        "list",
        {"of": "three"},
        settings=application.jobs,
    )


def three_lines(work: Work) -> JobResult:
    work.progress(1, 3)
    work.result.write_text("a\nb\nc\n", encoding="ascii")
    work.progress(3, 3)
    return JobResult("list.txt", "text/plain", {"rows": 3})


FUNCTIONS: Mapping[str, JobFunction] = {"list": three_lines}


def test_asked_worked_on_fetched_deleted(application: Application, client: FlaskClient, job: Job) -> None:
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


def test_a_result_is_its_owners_alone(application: Application, client: FlaskClient, job: Job) -> None:
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
    def fails(work: Work) -> JobResult:
        raise error

    assert run_one(application, functions={"list": fails})
    told = client.get(f"{JOBS}/{job.id}").json
    assert (told["state"], told["failure"]) == ("failed", code)
    assert client.get(f"{JOBS}/{job.id}/result").status_code == 409
    assert left(application) == []


def test_a_full_disk_is_tried_again(
    application: Application, client: FlaskClient, job: Job, clock: Clock
) -> None:
    def full(work: Work) -> JobResult:
        raise StorageFull("Full.")

    for _ in range(MOST_ATTEMPTS):
        assert run_one(application, functions={"list": full})
        assert client.get(f"{JOBS}/{job.id}").json["state"] == "running"
        assert not run_one(application, functions=FUNCTIONS)
        clock.at += LEASE
    assert run_one(application, functions={"list": full})
    told = client.get(f"{JOBS}/{job.id}").json
    assert (told["state"], told["failure"]) == ("failed", "given_up")


def until_halted(began: threading.Event) -> JobFunction:
    """A job that goes on until it is told to leave off."""

    def work_on(work: Work) -> JobResult:
        work.result.write_text("half", encoding="ascii")
        began.set()
        for place in range(10_000):
            work.progress(place)
            threading.Event().wait(0.01)
        raise AssertionError("Nobody halted it.")

    return work_on


@pytest.fixture
def under_way(application: Application, job: Job, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """A runner that has taken up the job, in whose middle it is."""
    monkeypatch.setattr(job_runner, "BEAT", 0.02)
    began = threading.Event()
    running = Runner(application, functions={"list": until_halted(began)})
    running.start()
    assert began.wait(10)
    yield running
    running.stop(within=10)


def test_cancelled_under_way(
    application: Application, client: FlaskClient, job: Job, under_way: Runner
) -> None:
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "running"
    assert client.delete(f"{JOBS}/{job.id}").status_code == 204
    under_way.stop(within=10)
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "cancelled"
    assert left(application) == []
    assert client.get(f"{JOBS}/{job.id}/result").status_code == 409


def test_stopped_in_order(application: Application, client: FlaskClient, job: Job, under_way: Runner) -> None:
    under_way.stop(within=10)
    assert client.get(f"{JOBS}/{job.id}").json["state"] == "queued"
    assert left(application) == []
    again = claim(context_for(application.store, at=START))
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 1)


def test_whoever_was_overtaken_puts_nothing_down(application: Application, job: Job, clock: Clock) -> None:
    slow = claim(context_for(application.store, at=clock()))
    clock.at += LEASE
    assert slow is not None
    assert run_one(application, functions=FUNCTIONS)
    (result,) = left(application)
    made = JobResult("late.txt", "text/plain")
    assert not succeed(context_for(application.store, at=clock()), slow, made, settings=application.jobs)
    assert left(application) == [result]


def test_no_job_is_taken_up_twice(application: Application, user: User) -> None:
    jobs = {asked(application, user).id for _ in range(20)}
    taken: list[str] = []

    def take() -> None:
        while job := claim(context_for(application.store, at=START)):
            taken.append(job.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(jobs)


KILLED = """
import sys, time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from api.runtime.job_runner import run_one
from api.services.context import Context
from api.services.transfer.jobs import JobSettings
from api.storage import JobFiles, Store

def for_ever(work):
    work.result.write_text("half")
    print("begun", flush=True)
    time.sleep(60)

url, folder, at = sys.argv[1:]
jobs = JobSettings(JobFiles(Path(folder)), 7, "s" * 32)
store, moment = Store(url), datetime.fromisoformat(at)
run_one(
    SimpleNamespace(
        store=store,
        clock=lambda: moment,
        background=lambda: Context(store, moment),
        jobs=jobs,
        library=None,
        judgement_first=False,
    ),
    functions={"list": for_ever},
)
"""


def test_taken_up_again_after_kill_9(
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
