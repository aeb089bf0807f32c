"""Jobs: requested by a user, run by any free process, and visible to that user only."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from api.services.context import Context, context_of
from api.services.library_in_use import LibraryInUse
from api.services.systems.idempotency import KeyReused
from api.services.users import REACH, User, known, viewer_of
from api.storage import Job, JobFiles, Reach, State, Store, Transaction
from rms.errors import Conflict, Forbidden, LimitReached, NotFound, RMSError, TooManyJobs

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 5  # a job that ends every process that runs it must not end them all
REMEMBERED = timedelta(days=30)  # how long a job is listed after its result was deleted
MOST_OPEN = 20  # jobs of one account that wait or run
MOST_KEPT = 1000  # jobs of one account whose results are kept
IMPORTS_KEPT = 4  # how many of the largest import files the files of one account may add up to
UNKNOWN = "You have no job with this ID."
MADE_AS_ANOTHER = (
    "Your role or office has changed since you requested this. The result may contain information you can no "
    "longer see. Request it again."
)


class ResultExpired(RMSError):
    """The result of a job was deleted when its time was up."""

    code = "result_expired"

    def __init__(self) -> None:
        super().__init__("The result has expired and was deleted. Request it again.")


class JobFailed(RMSError):
    """A job that cannot go on, with a reason that its owner can act on."""


class LeaseLost(Exception):
    """This process no longer holds the job: it was cancelled, or another process has claimed it."""


@dataclass(frozen=True)
class JobSettings:
    """Where the files of jobs are, how many days a result is kept, and the key of file fingerprints.

    `most_bytes` is how many bytes the files of one account may take.
    """

    files: JobFiles
    kept_days: int
    secret: str = field(repr=False)
    most_bytes: int = IMPORTS_KEPT * 536_870_912


@dataclass(frozen=True)
class JobResult:
    """The result of a job. The owner sees `outcome`, and the audit log has it.

    `sha256` is the checksum of the file. It is shown with the file and never stored in the database, where
    it would outlive the file: who reads the database could test it against guesses.
    """

    file_name: str
    media_type: str
    outcome: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True)
class Progress:
    """How many of how many parts of a job are done, and its outcome so far. `total` is None until known."""

    done: int
    total: int | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """A job to run. `store` shows what its owner may see. The result is written to `result`.

    `input` is the file that was sent for the job, if there is one. `secret` is the service's.
    """

    job: Job
    owner: User
    store: Store
    library: LibraryInUse
    clock: Callable[[], datetime]
    zone: tzinfo
    input: Path
    result: Path
    secret: str = field(repr=False)

    @property
    def context(self) -> Context:
        """The owner as the caller, now."""
        return context_of(self.owner, store=self.store, at=self.clock(), zone=self.zone)


# A job runs in short steps, so that the jobs of other owners get their turn between two of them. No
# transaction is open between two steps.
Steps = Generator[Progress, None, JobResult]
JobFunction = Callable[[Work], Steps]


def run_to_the_end(steps: Steps) -> JobResult:
    """The result of a job, run without a break."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: JobResult = end.value
            return result


def enqueue(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    settings: JobSettings,
    detail: Mapping[str, Any] | None = None,
) -> Job:
    """Add a job to the queue. `detail` goes into the audit log.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    job = _new(new_id(), kind, request, user=context.user, at=context.at)
    refuse_without_room(context, settings=settings)
    with context.store.transaction() as tx:
        _add(job, by=context.user, tx=tx, detail=detail)
    return job


def enqueue_with_file(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    sent: str,
    key: str | None,
    settings: JobSettings,
    detail: Mapping[str, Any],
) -> Job:
    """Add a job to the queue whose file is stored under the ID `sent`.

    The arguments are those of `enqueue`, the file and its key: they have to be stored together.
    If the same user sent the same Idempotency-Key (`key`) before, return the job of that request and
    delete the file that was sent now.

    Raises
    ------
    KeyReused
        If the key was sent with another request.
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have. The file is deleted.
    """
    id = sent if key is None else _id_of(context.user, key, secret=settings.secret)
    job = _new(id, kind, request, user=context.user, at=context.at)
    try:
        earlier = None if key is None else _earlier_job(context, key, settings=settings)
        if earlier is None:
            refuse_without_room(context, settings=settings, sent=sent)
            earlier = _added_with_file(context, job, sent, settings=settings, detail=detail)
    except RMSError:
        settings.files.discard_input(sent)
        raise
    if earlier is None:
        return job
    settings.files.discard_input(sent)
    if not _is_repeated(earlier.request, request):
        raise KeyReused
    return find_job(context, earlier.id)


def refuse_file(context: Context, key: str | None, *, settings: JobSettings) -> None:
    """Refuse a file before it is read if no job would be made of it.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    if key is None or _earlier_job(context, key, settings=settings) is None:
        refuse_without_room(context, settings=settings)


def enqueue_claimed(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    settings: JobSettings,
    detail: Mapping[str, Any] | None = None,
) -> Job:
    """Add a job that the caller runs at once. If the caller does not finish it, another process claims it.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    job = replace(
        _new(new_id(), kind, request, user=context.user, at=context.at),
        state=State.RUNNING,
        started_at=context.at,
        attempts=1,
        lease=secrets.token_urlsafe(8),
        leased_until=context.at + LEASE,
    )
    refuse_without_room(context, settings=settings)
    with context.store.transaction() as tx:
        _add(job, by=context.user, tx=tx, detail=detail)
    return job


def enqueue_scheduled(
    tx: Transaction,
    owner: User,
    kind: str,
    request: Mapping[str, Any],
    *,
    by: str,
    at: datetime,
    schedule: int,
) -> None:
    """Add a job for a user who has not asked for it. It does not count against what the user may ask for.

    The arguments are the parts of one job.
    """
    tx.jobs.add(_new(new_id(), kind, request, user=owner, at=at), by=by, detail={"schedule": schedule})


def refuse_without_room(context: Context, *, settings: JobSettings, sent: str = "") -> None:
    """`sent` is the ID of a file that was sent and belongs to no job yet.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may have.
    """
    with context.store.reading() as tx:
        _refuse_more(context.user.id, tx=tx, at=context.at)
    refuse_full(context, settings=settings, sent=sent)


def refuse_full(context: Context, *, settings: JobSettings, sent: str = "") -> None:
    """
    Raises
    ------
    LimitReached
        If the files of the account's jobs take as many bytes as they may take.
    """
    with context.store.reading() as tx:
        kept = tx.jobs.kept_of(context.user.id, at=context.at)
    if settings.files.bytes_of([*kept, sent]) >= settings.most_bytes:
        raise LimitReached(
            f"The files of your exports and imports take up all the space one account may use: "
            f"{settings.most_bytes:,} bytes. Delete some of them first."
        )


def _refuse_more(owner: int, *, tx: Transaction, at: datetime) -> None:
    open_jobs = tx.jobs.open_of(owner)
    if len(open_jobs) >= MOST_OPEN:
        raise TooManyJobs(open_jobs, most=MOST_OPEN)
    if len(tx.jobs.kept_of(owner, at=at)) >= MOST_KEPT:
        raise LimitReached(
            f"You have {MOST_KEPT:,} exports and imports. An account cannot keep more. Delete some first."
        )


def _new(id: str, kind: str, request: Mapping[str, Any], *, user: User, at: datetime) -> Job:
    return Job(
        id=id,
        kind=kind,
        owner=user.id,
        role=str(user.role),
        office=user.office,
        created_at=at,
        request=request,
    )


def _add(job: Job, *, by: User, tx: Transaction, detail: Mapping[str, Any] | None) -> None:
    """The limits were checked before. They are checked again under a lock on the account."""
    tx.accounts.hold(by.id)
    _refuse_more(by.id, tx=tx, at=job.created_at)
    tx.jobs.add(job, by=by.username, detail=detail or {})


def _added_with_file(
    context: Context, job: Job, sent: str, *, settings: JobSettings, detail: Mapping[str, Any]
) -> Job | None:
    """None if the job was added, or else the job that another request has added under the same key."""
    with context.store.transaction() as tx:
        earlier = tx.jobs.get(job.id)
        if earlier is None:
            _add(job, by=context.user, tx=tx, detail=detail)
            settings.files.hand_over(sent, to=job.id)  # no other request can add this job now
        return earlier


def _earlier_job(context: Context, key: str, *, settings: JobSettings) -> Job | None:
    """The job that this user requested with this key, under its present ID or that of earlier versions."""
    with context.store.reading() as tx:
        return tx.jobs.get(_id_of(context.user, key, secret=settings.secret)) or tx.jobs.get(
            _id_before(context.user, key)
        )


def _is_repeated(earlier: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    """Whether the request is the earlier one. A job of an earlier version has no mark of its file."""
    without_mark = {name: value for name, value in request.items() if name != "mark"}
    return earlier in (request, without_mark)


def new_id() -> str:
    return secrets.token_urlsafe(16)


def mark_of(sha256: str, *, secret: str) -> str:
    """The fingerprint of a file in the audit log and the database, keyed with the service's secret.

    With the file and the secret, the entry can be found. A plain hash of a file with few columns about one
    person would give the person away to anyone who tries numbers.
    """
    return hmac.digest(secret.encode(), f"file {sha256}".encode(), hashlib.sha256).hex()


def _id_of(user: User, key: str, *, secret: str) -> str:
    """The same for the same key of the same user. The audit log has IDs: no key can be tested against one."""
    return _as_id(hmac.digest(secret.encode(), f"job {user.id} {key}".encode(), hashlib.sha256))


def _id_before(user: User, key: str) -> str:
    """The ID that earlier versions gave, so that a file sent again after an update is not imported twice."""
    return _as_id(hashlib.sha256(f"job {user.id} {key}".encode()).digest())


def _as_id(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def find_job(context: Context, id: str) -> Job:
    """
    Raises
    ------
    NotFound
        If this user has no such job.
    """
    with context.store.reading() as tx:
        return _as_shown(_own(tx.jobs.get(id), context.user), to=context.user, tx=tx)


def jobs_of(context: Context) -> tuple[Job, ...]:
    """All jobs that this user has requested and not deleted, newest first."""
    with context.store.reading() as tx:
        return tuple(_as_shown(job, to=context.user, tx=tx) for job in tx.jobs.of(context.user.id))


def checksum_of(context: Context, job: Job, *, settings: JobSettings) -> str:
    """The SHA-256 of the job's file while it can be fetched; empty if there is none."""
    return settings.files.checksum(job) if job.has_file(at=context.at) else ""


def end_job(context: Context, id: str, *, settings: JobSettings) -> None:
    """Cancel a job that has not finished, or delete one that has, with its result.

    Raises
    ------
    NotFound
        If this user has no such job.
    """
    with context.store.transaction() as tx:
        job = _own(tx.jobs.get(id), context.user)
        if not tx.jobs.cancel(job, by=context.by, at=context.at, expires_at=_expiry(context.at, settings)):
            tx.jobs.delete(job, by=context.by, at=context.at)
    settings.files.remove(job.id)


def fetch(context: Context, id: str) -> Job:
    """The job whose result is about to be sent. The audit log notes it.

    Raises
    ------
    NotFound
        If this user has no such job.
    Conflict
        If it has not finished, or has no result.
    Forbidden
        If it was made for another role or office than the user has now.
    ResultExpired
        If its result was deleted.
    """
    with context.store.transaction() as tx:
        job = _own(tx.jobs.get(id), context.user)
        if job.state.is_open:
            raise Conflict("The job has not finished yet. Wait until its state is “done”.")
        if job.state is not State.DONE:
            raise Conflict("The job failed or was cancelled, so it has no result.")
        if not _is_for(job, context.user, tx):
            raise Forbidden(MADE_AS_ANOTHER)
        assert job.expires_at is not None
        if job.expires_at <= context.at:
            raise ResultExpired
        tx.jobs.note("fetched", job, by=context.by, at=context.at)
    return job


# For the processes that run jobs -------------------------------------------------


def claim(context: Context, *, other_than: Iterable[int] = ()) -> Job | None:
    """The next job to run, under a new lease; None if none waits. Jobs of the owners `other_than` wait."""
    lease, until = secrets.token_urlsafe(8), context.at + LEASE
    with context.store.transaction() as tx:
        return tx.jobs.claim(lease=lease, at=context.at, until=until, other_than=other_than)


def renew(context: Context, jobs: Iterable[Job]) -> frozenset[str]:
    """Renew the leases of these jobs and save their progress; the IDs of those that were lost."""
    until = context.at + LEASE
    with context.store.transaction() as tx:
        return frozenset(
            job.id for job in jobs if not tx.jobs.renew(job, until=until, done=job.done, total=job.total)
        )


def release(context: Context, job: Job) -> None:
    """Return a job to the queue."""
    with context.store.transaction() as tx:
        tx.jobs.release(job)


def succeed(context: Context, job: Job, result: JobResult, *, settings: JobSettings) -> bool:
    """The job is done; False if it was cancelled or claimed by another process meanwhile."""
    done = replace(
        job,
        state=State.DONE,
        result_name=result.file_name,
        result_type=result.media_type,
        outcome=result.outcome,
    )
    detail = dict(result.outcome)
    if result.sha256:
        detail["mark"] = mark_of(result.sha256, secret=settings.secret)
        settings.files.keep_checksum(job, result.sha256)
    return _finish(context, done, detail=detail, settings=settings)


def fail(context: Context, job: Job, code: str, *, settings: JobSettings, message: str = "") -> bool:
    """The job has failed for the reason that `code` names. The owner sees `message`."""
    outcome = {**job.outcome, **({"message": message} if message else {})}
    failed = replace(job, state=State.FAILED, failure=code, outcome=outcome)
    return _finish(context, failed, detail={"failure": code}, settings=settings)


def owner_of(context: Context, job: Job) -> User:
    """The user who requested the job, with the office they had then.

    Raises
    ------
    Forbidden
        If the account was deactivated, or may no longer see what it requested.
    """
    with context.store.reading() as tx:
        stored = tx.accounts.user_of_id(job.owner)
        if stored is None or not stored.active:
            raise Forbidden("The account that requested the job can no longer sign in.")
        owner = known(stored)
        if not _is_for(job, owner, tx):
            raise Forbidden(MADE_AS_ANOTHER)
    return replace(owner, office=job.office)


def store_of(context: Context, owner: User, *, judgement_first: bool) -> Store:
    """The store with what the owner of a job may see now."""
    return context.store.within(
        viewer_of(owner, at=context.at, judgement_first=judgement_first, zone=context.zone)
    )


def sweep(context: Context, *, settings: JobSettings) -> None:
    """Delete results and Idempotency-Keys that have expired, and jobs whose results expired long ago."""
    with context.store.transaction() as tx:
        tx.idempotency.delete_expired(at=context.at)
        tx.jobs.forget(before=context.at - REMEMBERED)
        kept = tx.jobs.kept(at=context.at)
    settings.files.sweep(kept, now=context.at.timestamp())


def _finish(context: Context, job: Job, *, detail: Mapping[str, Any], settings: JobSettings) -> bool:
    finished = replace(job, finished_at=context.at, expires_at=_expiry(context.at, settings))
    with context.store.transaction() as tx:
        owner = tx.accounts.user_of_id(job.owner)
        assert owner is not None
        ended = tx.jobs.finish(finished, by=owner.username, detail=detail)
    if ended:
        settings.files.settle(finished)
    return ended


def _expiry(at: datetime, settings: JobSettings) -> datetime:
    return at + timedelta(days=settings.kept_days)


def _is_for(job: Job, user: User, tx: Transaction) -> bool:
    """Whether the user still has the role of the request, and sees at least as much as then."""
    if str(user.role) != job.role:
        return False
    goes_by_office = REACH[user.role] in (Reach.OFFICES, Reach.OWN)
    return not goes_by_office or tx.offices.holds(user.office, job.office)


def _as_shown(job: Job, *, to: User, tx: Transaction) -> Job:
    """The job; without its request and outcome if it is for another role or office."""
    if _is_for(job, to, tx):
        return job
    return replace(job, request={}, outcome={}, result_name=None, result_type=None)


def _own(job: Job | None, user: User) -> Job:
    if job is None or job.owner != user.id:
        raise NotFound(UNKNOWN)
    return job
