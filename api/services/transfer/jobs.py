"""Jobs: asked for by a user, worked on by whichever process is free, found again by that user alone."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.services.context import Context, context_of
from api.services.library_in_use import LibraryInUse
from api.services.systems.idempotency import KeyReused
from api.services.users import REACH, User, known, viewer_of
from api.storage import Job, JobFiles, Reach, State, Store, Transaction
from rms.errors import Conflict, Forbidden, LimitReached, NotFound, RMSError, TooManyJobs

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 5  # a job that ends every process that takes it up must not end them all
REMEMBERED = timedelta(days=30)  # that there was a job, after its result has gone
MOST_OPEN = 20  # jobs of one account that wait or run
MOST_KEPT = 1000  # jobs of one account whose results are kept
IMPORTS_KEPT = 4  # of the largest files of imports, as many as the files of one account may take room for
UNKNOWN = "You have no job with this ID."
MADE_AS_ANOTHER = (
    "This was made when your account had another role or office, and may hold what you may not see now. "
    "Ask for it again."
)


class ResultExpired(RMSError):
    """What came of a job was kept for its time, and has been deleted."""

    code = "result_expired"

    def __init__(self) -> None:
        super().__init__("The result was kept for its time and has been deleted: ask for it again.")


class Withdrawn(Exception):
    """The job is no longer in the hands of who works on it: cancelled, or taken up by another."""


class Stopping(Exception):
    """The process is about to end: the job is handed back."""


@dataclass(frozen=True)
class JobTerms:
    """Where the files of jobs are, for how many days a result is kept, and what makes the marks of files.

    `most_bytes` is how much room the files of one account may take.
    """

    files: JobFiles
    kept_days: int
    secret: str = field(repr=False)
    most_bytes: int = IMPORTS_KEPT * 536_870_912


@dataclass(frozen=True)
class Made:
    """What came of a job. `outcome` is told to its owner and put on record, the file's hash as its mark."""

    file_name: str
    media_type: str
    outcome: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Work:
    """A job to be done. `store` is as its owner may see it; the result is to be written to `result`.

    `input` is the file that was sent for the job, if there was one.
    """

    job: Job
    owner: User
    store: Store
    library: LibraryInUse
    clock: Callable[[], datetime]
    input: Path
    result: Path
    _halt: Exception | None = field(default=None, repr=False)

    @property
    def context(self) -> Context:
        """What the owner asks now."""
        return context_of(self.owner, store=self.store, at=self.clock())

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how many of how many parts are done: every few seconds, or as often as one likes.

        Raises
        ------
        Withdrawn, Stopping
            If the work is to be left as it is. Let it pass.
        """
        self.job = replace(self.job, done=done, total=total)
        if self._halt is not None:
            raise self._halt

    def halt(self, reason: Exception) -> None:
        """Let the next word of progress be the last."""
        self._halt = reason


Kind = Callable[[Work], Made]


def ask(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    terms: JobTerms,
    detail: Mapping[str, Any] | None = None,
) -> Job:
    """Put a job in the queue. `detail` goes on record.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    job = _new(new_id(), kind, request, user=context.user, at=context.at)
    refuse_without_room(context, terms=terms)
    with context.store.transaction() as tx:
        _add(job, by=context.user, tx=tx, detail=detail)
    return job


def ask_with_file(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    sent: str,
    key: str | None,
    terms: JobTerms,
    detail: Mapping[str, Any],
) -> Job:
    """Put a job in the queue whose file is kept under the id `sent`.

    The arguments are those of `ask`, the file and its key: they have to be stored together.
    With an Idempotency-Key (`key`) that the same user sent before, find the job of that time instead: the
    file that was sent now goes.

    Raises
    ------
    KeyReused
        If the key was sent with another request.
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may; the file goes.
    """
    id = sent if key is None else _id_of(context.user, key, secret=terms.secret)
    job = _new(id, kind, request, user=context.user, at=context.at)
    try:
        earlier = None if key is None else _asked_before(context, key, terms=terms)
        if earlier is None:
            refuse_without_room(context, terms=terms, sent=sent)
            earlier = _added_with_file(context, job, sent, terms=terms, detail=detail)
    except RMSError:
        terms.files.discard_input(sent)
        raise
    if earlier is None:
        return job
    terms.files.discard_input(sent)
    if earlier.request != request:
        raise KeyReused
    return find_job(context, earlier.id)


def refuse_file(context: Context, key: str | None, *, terms: JobTerms) -> None:
    """Refuse a file before it is read, where no job would be made of it.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    if key is None or _asked_before(context, key, terms=terms) is None:
        refuse_without_room(context, terms=terms)


def hold(
    context: Context,
    kind: str,
    request: Mapping[str, Any],
    *,
    terms: JobTerms,
    detail: Mapping[str, Any] | None = None,
) -> Job:
    """Put down a job that whoever asks works on at once; if they do not finish it, others take it up.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    job = replace(
        _new(new_id(), kind, request, user=context.user, at=context.at),
        state=State.RUNNING,
        started_at=context.at,
        attempts=1,
        lease=secrets.token_urlsafe(8),
        leased_until=context.at + LEASE,
    )
    refuse_without_room(context, terms=terms)
    with context.store.transaction() as tx:
        _add(job, by=context.user, tx=tx, detail=detail)
    return job


def refuse_without_room(context: Context, *, terms: JobTerms, sent: str = "") -> None:
    """`sent` is the id of a file that has been sent, and of no job yet.

    Raises
    ------
    TooManyJobs, LimitReached
        If the account has as many jobs, results or bytes as it may.
    """
    with context.store.reading() as tx:
        _refuse_more(context.user.id, tx=tx, at=context.at)
    refuse_full(context, terms=terms, sent=sent)


def refuse_full(context: Context, *, terms: JobTerms, sent: str = "") -> None:
    """
    Raises
    ------
    LimitReached
        If the files of the account's jobs take as much room as they may.
    """
    with context.store.reading() as tx:
        kept = tx.jobs.kept_of(context.user.id, at=context.at)
    if terms.files.bytes_of([*kept, sent]) >= terms.most_bytes:
        raise LimitReached(
            f"The files of your exports and imports take as much room as one account may use, "
            f"{terms.most_bytes:,} bytes. Delete some of them first."
        )


def _refuse_more(owner: int, *, tx: Transaction, at: datetime) -> None:
    waiting = tx.jobs.open_of(owner)
    if len(waiting) >= MOST_OPEN:
        raise TooManyJobs(waiting, most=MOST_OPEN)
    if len(tx.jobs.kept_of(owner, at=at)) >= MOST_KEPT:
        raise LimitReached(
            f"You have {MOST_KEPT:,} exports and imports, as many as one account may keep. Delete some first."
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
    """The limits were looked at before; here nobody else adds a job of the same account meanwhile."""
    tx.accounts.hold(by.id)
    _refuse_more(by.id, tx=tx, at=job.created_at)
    tx.jobs.add(job, by=by.username, detail=detail or {})


def _added_with_file(
    context: Context, job: Job, sent: str, *, terms: JobTerms, detail: Mapping[str, Any]
) -> Job | None:
    """None if the job was added; the one of the same key that somebody else has added meanwhile."""
    with context.store.transaction() as tx:
        earlier = tx.jobs.get(job.id)
        if earlier is None:
            _add(job, by=context.user, tx=tx, detail=detail)
            terms.files.hand_over(sent, to=job.id)  # nobody else adds this job meanwhile
        return earlier


def _asked_before(context: Context, key: str, *, terms: JobTerms) -> Job | None:
    """The job that this user asked for with this key, under its id of today or of earlier versions."""
    with context.store.reading() as tx:
        return tx.jobs.get(_id_of(context.user, key, secret=terms.secret)) or tx.jobs.get(
            _id_before(context.user, key)
        )


def new_id() -> str:
    return secrets.token_urlsafe(16)


def mark_of(sha256: str, *, secret: str) -> str:
    """What the record knows a file by: who has the file and the service's secret finds the entry.

    A plain hash would give away a file of few columns about one person to anybody who tries numbers.
    """
    return hmac.digest(secret.encode(), f"file {sha256}".encode(), hashlib.sha256).hex()


def _id_of(user: User, key: str, *, secret: str) -> str:
    """The same for the same key of the same user. The record has ids: a key cannot be tried against one."""
    return _as_id(hmac.digest(secret.encode(), f"job {user.id} {key}".encode(), hashlib.sha256))


def _id_before(user: User, key: str) -> str:
    """The id that earlier versions gave: a file sent again after an update is not taken in twice."""
    return _as_id(hashlib.sha256(f"job {user.id} {key}".encode()).digest())


def _as_id(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def find_job(context: Context, id: str) -> Job:
    """
    Raises
    ------
    NotFound
        If this user has asked for no such job.
    """
    with context.store.reading() as tx:
        return _as_shown(_theirs(tx.jobs.get(id), context.user), to=context.user, tx=tx)


def jobs_of(context: Context) -> tuple[Job, ...]:
    """All that this user asked for and has not deleted, the newest first."""
    with context.store.reading() as tx:
        return tuple(_as_shown(job, to=context.user, tx=tx) for job in tx.jobs.of(context.user.id))


def end_job(context: Context, id: str, *, terms: JobTerms) -> None:
    """Cancel a job that is not finished; delete one that is, with its result.

    Raises
    ------
    NotFound
        If this user has asked for no such job.
    """
    with context.store.transaction() as tx:
        job = _theirs(tx.jobs.get(id), context.user)
        if not tx.jobs.cancel(job, by=context.by, at=context.at, expires_at=_expiry(context.at, terms)):
            tx.jobs.delete(job, by=context.by, at=context.at)
    terms.files.remove(job)


def fetch(context: Context, id: str) -> Job:
    """The job whose result is about to be sent, which is put on record.

    Raises
    ------
    NotFound
        If this user has asked for no such job.
    Conflict
        If it is not finished, or came to nothing.
    Forbidden
        If it was made for another role or office than the user has now.
    ResultExpired
        If its result has been deleted.
    """
    with context.store.transaction() as tx:
        job = _theirs(tx.jobs.get(id), context.user)
        if job.state.is_open:
            raise Conflict("The job is not finished yet: ask for the job until it is, then for its result.")
        if job.state is not State.DONE:
            raise Conflict("The job has no result, for it failed or was cancelled.")
        if not _is_for(job, context.user, tx):
            raise Forbidden(MADE_AS_ANOTHER)
        assert job.expires_at is not None
        if job.expires_at <= context.at:
            raise ResultExpired
        tx.jobs.note("fetched", job, by=context.by, at=context.at)
    return job


# For whoever works on them ------------------------------------------------------


def claim(context: Context) -> Job | None:
    """The job to work on next, held by a new lease; None if nothing is to be done."""
    with context.store.transaction() as tx:
        return tx.jobs.claim(lease=secrets.token_urlsafe(8), at=context.at, until=context.at + LEASE)


def renew(context: Context, job: Job) -> bool:
    """Hold on to a job, and say how far it is; False if it was cancelled or taken up by another."""
    with context.store.transaction() as tx:
        return tx.jobs.renew(job, until=context.at + LEASE, done=job.done, total=job.total)


def hand_back(context: Context, job: Job) -> None:
    """Leave a job to be taken up again."""
    with context.store.transaction() as tx:
        tx.jobs.hand_back(job)


def succeed(context: Context, job: Job, made: Made, *, terms: JobTerms) -> bool:
    """The job is done; False if it was cancelled or taken up by another meanwhile."""
    done = replace(
        job,
        state=State.DONE,
        result_name=made.file_name,
        result_type=made.media_type,
        outcome=made.outcome,
    )
    return _finish(context, done, detail=_on_record(made.outcome, terms), terms=terms)


def fail(context: Context, job: Job, code: str, *, terms: JobTerms) -> bool:
    """The job has come to nothing, for the reason that `code` names."""
    failed = replace(job, state=State.FAILED, failure=code)
    return _finish(context, failed, detail={"failure": code}, terms=terms)


def owner_of(context: Context, job: Job) -> User:
    """Who asked for the job, of the office that they were of when they asked.

    Raises
    ------
    Forbidden
        If they have been locked out meanwhile, or may no longer see what they asked for.
    """
    with context.store.reading() as tx:
        found = tx.accounts.user_of_id(job.owner)
        if found is None or not found.active:
            raise Forbidden("The account that asked for the job may no longer sign in.")
        owner = known(found)
        if not _is_for(job, owner, tx):
            raise Forbidden(MADE_AS_ANOTHER)
    return replace(owner, office=job.office)


def store_of(context: Context, owner: User, *, judgement_first: bool) -> Store:
    """The store as the owner of a job may see it now."""
    return context.store.within(viewer_of(owner, at=context.at, judgement_first=judgement_first))


def sweep(context: Context, *, terms: JobTerms) -> None:
    """Delete the results and the Idempotency-Keys that have expired, and the jobs that did long ago."""
    with context.store.transaction() as tx:
        tx.idempotency.delete_expired(at=context.at)
        tx.jobs.forget(before=context.at - REMEMBERED)
        kept = tx.jobs.kept(at=context.at)
    terms.files.sweep(kept, now=context.at.timestamp())


def _on_record(outcome: Mapping[str, Any], terms: JobTerms) -> dict[str, Any]:
    detail = dict(outcome)
    if sha256 := detail.pop("sha256", None):
        detail["mark"] = mark_of(sha256, secret=terms.secret)
    return detail


def _finish(context: Context, job: Job, *, detail: Mapping[str, Any], terms: JobTerms) -> bool:
    finished = replace(job, finished_at=context.at, expires_at=_expiry(context.at, terms))
    with context.store.transaction() as tx:
        owner = tx.accounts.user_of_id(job.owner)
        assert owner is not None
        ended = tx.jobs.finish(finished, by=owner.username, detail=detail)
    if ended:
        terms.files.settle(finished)
    return ended


def _expiry(at: datetime, terms: JobTerms) -> datetime:
    return at + timedelta(days=terms.kept_days)


def _is_for(job: Job, user: User, tx: Transaction) -> bool:
    """Whether the user still has the role that the job was asked for in, and sees as much as then."""
    if str(user.role) != job.role:
        return False
    goes_by_office = REACH[user.role] in (Reach.OFFICES, Reach.OWN)
    return not goes_by_office or tx.offices.holds(user.office, job.office)


def _as_shown(job: Job, *, to: User, tx: Transaction) -> Job:
    """The job; where it is for another role or office, without what was asked for and what came of it."""
    if _is_for(job, to, tx):
        return job
    return replace(job, request={}, outcome={}, result_name=None, result_type=None)


def _theirs(job: Job | None, user: User) -> Job:
    if job is None or job.owner != user.id:
        raise NotFound(UNKNOWN)
    return job
