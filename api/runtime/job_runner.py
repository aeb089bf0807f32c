"""Runs jobs in one thread of each worker process, in turns.

`FUNCTIONS` names the function for each kind of job. A process may end at any moment, and another process
then claims its jobs again, so a function must be able to start again.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from api.context import Application
from api.errors import refusal_of
from api.runtime.import_job import import_file
from api.runtime.people_import_job import import_people
from api.runtime.scheduled_jobs import make_list_file, refresh
from api.services.context import Context, context_of
from api.services.libraries_in_use import Libraries
from api.services.library_in_use import LibraryInUse
from api.services.meetings.schedules import REFRESH, run_due
from api.services.people.naming import person_ids
from api.services.records.importing import PEOPLE_IMPORT
from api.services.transfer.exports import EXPORT, LIST_EXPORT, make_export
from api.services.transfer.imports import IMPORT
from api.services.transfer.jobs import (
    MOST_ATTEMPTS,
    JobFailed,
    JobFunction,
    LeaseLost,
    Steps,
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

BEAT = 2.0  # seconds between two renewals of the leases; a cancelled job stops after the next
REST = 1.0  # seconds to wait if there is nothing to run
SWEEP_EVERY = 600.0  # seconds
SCHEDULES_EVERY = 60.0  # seconds
SLICE = 0.5  # seconds of a turn; a single step may take longer
OWNERS_AT_ONCE = 16  # one open job each
# A job may be what ended its process. After so many attempts it runs alone: the jobs beside it would use up
# their attempts with it.
SHARED_ATTEMPTS = 3

FUNCTIONS: Mapping[str, JobFunction] = {
    EXPORT: make_export,
    IMPORT: import_file,
    PEOPLE_IMPORT: import_people,
}


def functions_of(application: Application) -> Mapping[str, JobFunction]:
    """The function for each kind of job, with those that need the rules of the harm score."""
    ids = person_ids(application.jobs.secret)
    return {
        **FUNCTIONS,
        LIST_EXPORT: partial(make_list_file, rules=application.harm, ids=ids),
        REFRESH: partial(refresh, rules=application.harm),
    }


@dataclass(eq=False)
class OpenJob:
    """A job that this process has claimed, with its progress, and the steps that are left of it."""

    job: Job
    steps: Steps
    lost: bool = False


class OpenJobs:
    """The jobs that this process runs, each of another owner, in the order of their turns.

    Only the thread that runs the jobs calls `claim_next`, `turn` and `release`; another one may call `renew`.
    """

    def __init__(
        self,
        application: Application,
        *,
        functions: Mapping[str, JobFunction] | None = None,
    ) -> None:
        self._application = application
        self._functions = functions_of(application) if functions is None else functions
        self._open: tuple[OpenJob, ...] = ()  # replaced, never changed: two threads read it

    def __bool__(self) -> bool:
        return bool(self._open)

    def claim_next(self) -> bool:
        """Claim the next job of an owner who has no job open here; False if there is none, or no room.

        It gets the turn after the next: a small job need not wait for a turn of each large one, and the
        jobs that are open already keep every second turn.
        """
        if len(self._open) >= OWNERS_AT_ONCE or any(map(_runs_alone, self._open)):
            return False
        job = claim(self._background, other_than=[opened.job.owner for opened in self._open])
        if job is None:
            return False
        if job.attempts > MOST_ATTEMPTS:
            fail(self._background, job, "given_up", settings=self._application.jobs)
            return True
        opened = OpenJob(job, _run(job, self._application, self._functions[job.kind]))
        if _runs_alone(opened):
            self.release()
        self._open = (*self._open[:1], opened, *self._open[1:])
        return True

    def turn(self) -> None:
        """Run steps of the job whose turn it is, as many as fit into a slice, but at least one."""
        if self._open:
            first, *others = self._open
            self._open = (*others, first)
            ends = time.monotonic() + SLICE
            while self._step(first) and time.monotonic() < ends:
                pass

    def renew(self) -> None:
        """Renew the leases of all open jobs, and note which are lost."""
        if open_jobs := self._open:
            lost = renew(self._background, [opened.job for opened in open_jobs])
            for opened in open_jobs:
                opened.lost = opened.lost or opened.job.id in lost

    def release(self) -> None:
        """Return all open jobs to the queue."""
        for opened in self._open:
            self._close(opened)
            with suppress(StorageUnavailable):  # then its lease runs out
                release(self._background, opened.job)

    def _step(self, opened: OpenJob) -> bool:
        """Run one step; False if the job has ended."""
        goes_on = False
        try:
            goes_on = self._goes_on(opened)
        except LeaseLost:
            opened.steps.close()
            self._application.jobs.files.discard_result(opened.job)
        except StorageUnavailable as error:  # it may work again when the lease has run out
            line("job put off", kind=opened.job.kind, error=error.code)
        except JobFailed as error:
            self._fail(opened.job, error.code, message=error.detail)
        except Exception as error:
            self._fail(opened.job, refusal_of(error).code)
        finally:
            if not goes_on:
                self._close(opened)
        return goes_on

    def _goes_on(self, opened: OpenJob) -> bool:
        """Run one step; False if it was the last and the job is done."""
        if opened.lost:
            raise LeaseLost
        try:
            progress = next(opened.steps)
        except StopIteration as end:
            if not succeed(self._background, opened.job, end.value, settings=self._application.jobs):
                raise LeaseLost from None
            return False
        outcome = progress.outcome or opened.job.outcome
        opened.job = replace(opened.job, done=progress.done, total=progress.total, outcome=outcome)
        return True

    def _fail(self, job: Job, code: str, *, message: str = "") -> None:
        fail(self._background, job, code, settings=self._application.jobs, message=message)

    def _close(self, opened: OpenJob) -> None:
        opened.steps.close()
        self._open = tuple(other for other in self._open if other is not opened)

    @property
    def _background(self) -> Context:
        return self._application.background()


def _runs_alone(opened: OpenJob) -> bool:
    return opened.job.attempts > SHARED_ATTEMPTS


def _run(job: Job, application: Application, function: JobFunction) -> Steps:
    """The steps of a job, whose result is on disk after the last."""
    settings, clock = application.jobs, application.clock
    owner = owner_of(application.background(), job)
    if not settings.files.input(job.id).exists():  # an import frees the space of its file
        refuse_full(context_of(owner, store=application.store, at=clock()), settings=settings)
    with settings.files.writing_result(job) as path:
        work = Work(
            job=job,
            owner=owner,
            store=store_of(application.background(), owner, judgement_first=application.judgement_first),
            library=_library(job, application.libraries.now()),
            clock=clock,
            zone=application.zone,
            input=settings.files.input(job.id),
            result=path,
            secret=settings.secret,
        )
        return (yield from function(work))


def _library(job: Job, in_use: Libraries) -> LibraryInUse:
    """That of the instrument it was requested with.

    Raises
    ------
    InstrumentNotInUse
        If it is no longer in use.
    """
    named = job.request.get("instrument")
    return in_use.named(named) if named else in_use.default


@contextmanager
def _renewing(open_jobs: OpenJobs) -> Iterator[None]:
    """Renew the leases of the open jobs in a second thread: a single step may take longer than a lease."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            with suppress(StorageUnavailable):  # the next beat may succeed before the leases run out
                open_jobs.renew()

    thread = threading.Thread(target=beat, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run_one(application: Application, *, functions: Mapping[str, JobFunction] | None = None) -> bool:
    """Run the next job to its end; False if none waits."""
    open_jobs = OpenJobs(application, functions=functions)
    with _renewing(open_jobs):
        claimed = open_jobs.claim_next()
        while open_jobs:
            open_jobs.turn()
    return claimed


class Runner:
    """The thread that runs jobs until it is stopped."""

    def __init__(
        self, application: Application, *, functions: Mapping[str, JobFunction] | None = None
    ) -> None:
        self._application = application
        self._open_jobs = OpenJobs(application, functions=functions)
        self._swept_at = -SWEEP_EVERY
        self._schedules_at = -SCHEDULES_EVERY
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, within: float) -> None:
        """Return the open jobs to the queue within that many seconds; after that, their leases run out."""
        self._stopping.set()
        self._thread.join(within)

    def _work(self) -> None:
        with _renewing(self._open_jobs):
            while not self._stopping.is_set():
                try:
                    busy = self._turn()
                except Exception as error:  # whatever happens to one job, the others must go on
                    line("jobs held up", code=refusal_of(error).code)
                    busy = False
                if not busy:
                    self._stopping.wait(REST)
            self._open_jobs.release()

    def _turn(self) -> bool:
        """Run the job whose turn it is and claim one more; False if there was nothing to do."""
        if time.monotonic() - self._swept_at >= SWEEP_EVERY:
            self._swept_at = time.monotonic()
            sweep(self._application.background(), settings=self._application.jobs)
        if time.monotonic() - self._schedules_at >= SCHEDULES_EVERY:
            self._schedules_at = time.monotonic()
            run_due(self._application.background())
        self._open_jobs.turn()
        return self._open_jobs.claim_next() or bool(self._open_jobs)
