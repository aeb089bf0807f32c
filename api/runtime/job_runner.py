"""Works on jobs, one at a time, in a thread of each worker process.

`FUNCTIONS` says which function makes what. A function must bear to be begun again: a process may end at any
moment, and another then takes the job up from the start.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from api.context import Application
from api.errors import refusal_of
from api.runtime.import_job import import_file
from api.services.context import context_of
from api.services.transfer.exports import EXPORT, make_export
from api.services.transfer.imports import IMPORT
from api.services.transfer.jobs import (
    MOST_ATTEMPTS,
    JobFunction,
    Stopping,
    Withdrawn,
    Work,
    claim,
    fail,
    owner_of,
    refuse_full,
    release,
    renew,
    store_of,
    succeed,
    sweep,
)
from api.storage import Job
from api.telemetry.log_format import line
from rms.errors import StorageUnavailable

BEAT = 2.0  # seconds between two renewals of a lease; a cancelled job notices by the next
REST = 1.0  # seconds between two looks for a job
SWEEP_EVERY = 600  # looks


FUNCTIONS: Mapping[str, JobFunction] = {EXPORT: make_export, IMPORT: import_file}


def run_one(
    application: Application,
    *,
    functions: Mapping[str, JobFunction] = FUNCTIONS,
    stopping: threading.Event | None = None,
) -> bool:
    """Work on the next job, of whose turn it is; False if there is none."""
    job = claim(application.background())
    if job is None:
        return False
    if job.attempts > MOST_ATTEMPTS:
        fail(application.background(), job, "given_up", settings=application.jobs)
        return True
    try:
        _work(job, application, functions[job.kind], stopping or threading.Event())
    except Withdrawn:
        application.jobs.files.discard_result(job)
    except Stopping:
        release(application.background(), job)
    except StorageUnavailable as error:  # it may be there again when the lease has run out
        line("job put off", kind=job.kind, error=error.code)
    except Exception as error:
        fail(application.background(), job, refusal_of(error).code, settings=application.jobs)
    return True


def _work(job: Job, application: Application, make: JobFunction, stopping: threading.Event) -> None:
    """Make the job's result, and put down that it is there."""
    settings, clock = application.jobs, application.clock
    owner = owner_of(application.background(), job)
    if not settings.files.input(job.id).exists():  # what was sent is worked on in any case
        refuse_full(context_of(owner, store=application.store, at=clock()), settings=settings)
    with settings.files.writing_result(job) as path:
        work = Work(
            job=job,
            owner=owner,
            store=store_of(application.background(), owner, judgement_first=application.judgement_first),
            library=application.library,
            clock=clock,
            input=settings.files.input(job.id),
            result=path,
        )
        with _held(work, application, stopping):
            made = make(work)
    if not succeed(application.background(), work.job, made, settings=settings):
        raise Withdrawn


@contextmanager
def _held(work: Work, application: Application, stopping: threading.Event) -> Iterator[None]:
    """Renew the lease for as long as the work goes on, and tell it when to leave off."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            if stopping.is_set():
                work.halt(Stopping())
            with suppress(StorageUnavailable):  # the next beat may be luckier, before the lease runs out
                if not renew(application.background(), work.job):
                    work.halt(Withdrawn())

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Runner:
    """The thread that works on jobs until it is stopped."""

    def __init__(self, application: Application, *, functions: Mapping[str, JobFunction] = FUNCTIONS) -> None:
        self._application = application
        self._functions = functions
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, within: float) -> None:
        """Hand back what is under way, within that many seconds; after them it is left to its lease."""
        self._stopping.set()
        self._thread.join(within)

    def _run(self) -> None:
        looks = 0
        while not self._stopping.is_set():
            try:
                if looks % SWEEP_EVERY == 0:
                    self._sweep()
                worked = run_one(self._application, functions=self._functions, stopping=self._stopping)
            except Exception as error:  # whatever happens to one job, the next must find its runner
                line("jobs held up", code=refusal_of(error).code)
                worked = False
            looks += 1
            if not worked:
                self._stopping.wait(REST)

    def _sweep(self) -> None:
        sweep(self._application.background(), settings=self._application.jobs)
