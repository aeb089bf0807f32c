"""Jobs: work that takes longer than a request may, each run by one process at a time.

Owners take turns: the jobs of one account never delay those of another, however many there are.

A process that runs a job holds its lease and renews it. A process that was killed renews nothing, so another
process claims the job. The lease then refuses whatever the first process still writes about it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from api.storage.audit import Audit
from api.storage.tables import import_groups, job_turns, jobs

_join_turns = text("INSERT INTO job_turns (owner) VALUES (:owner) ON CONFLICT (owner) DO NOTHING")


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the job still has to be run."""
        return self in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Job:
    """`role` and `office` are the owner's at the time of the request. `failure` is the code of an error.

    `done` of `total` parts are done, if the total is known. The result is a file called `result_name`,
    which is deleted at `expires_at`.
    """

    id: str
    kind: str
    owner: int
    role: str
    office: int
    created_at: datetime
    request: Mapping[str, Any]
    state: State = State.QUEUED
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    attempts: int = 0
    lease: str | None = None
    leased_until: datetime | None = None
    done: int = 0
    total: int | None = None
    result_name: str | None = None
    result_type: str | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None

    @property
    def has_result(self) -> bool:
        return self.state is State.DONE and self.result_name is not None

    @property
    def is_withheld(self) -> bool:
        """Whether it is done, but its owner may no longer see the result."""
        return self.state is State.DONE and self.result_name is None

    def has_file(self, *, at: datetime) -> bool:
        """Whether its result can be fetched then."""
        return self.has_result and self.expires_at is not None and at < self.expires_at


class Jobs:
    """The jobs as one transaction sees them. The audit log names them by ID and kind."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, job: Job, *, by: str, detail: Mapping[str, Any]) -> None:
        self._connection.execute(_join_turns, {"owner": job.owner})
        self._connection.execute(insert(jobs), vars(job))
        self.note("requested", job, by=by, at=job.created_at, detail=detail)

    def get(self, id: str) -> Job | None:
        row = self._connection.execute(select(jobs).where(jobs.c.id == id)).first()
        return None if row is None else _job(row)

    def of(self, owner: int) -> tuple[Job, ...]:
        """All jobs of one user, newest first."""
        query = select(jobs).where(jobs.c.owner == owner).order_by(jobs.c.created_at.desc(), jobs.c.id)
        return tuple(map(_job, self._connection.execute(query)))

    def open_of(self, owner: int) -> tuple[str, ...]:
        """The IDs of one user's jobs that wait or run, oldest first."""
        query = select(jobs.c.id).where(jobs.c.owner == owner, _is_open)
        return tuple(self._connection.scalars(query.order_by(jobs.c.created_at, jobs.c.id)))

    def kept_of(self, owner: int, *, at: datetime) -> tuple[str, ...]:
        """The IDs of one user's jobs whose files are still needed."""
        return tuple(self._connection.scalars(select(jobs.c.id).where(jobs.c.owner == owner, _needed(at))))

    def claim(
        self, *, lease: str, at: datetime, until: datetime, other_than: Iterable[int] = ()
    ) -> Job | None:
        """Claim the oldest waiting job of the owner whose turn it is. Jobs of the owners `other_than` wait.

        A job waits if it is queued, or if the lease of its process has run out. The next owner is the one
        with the fewest running jobs, then the one served longest ago, then the one who has waited longest.
        No two processes claim the same job: SQLite has one writer, and on PostgreSQL a process skips owners
        whose turn another process is taking. It waits for that process only if no other owner has a job.
        """
        turn = _turn(at, other_than)
        owner = self._connection.scalar(turn.with_for_update(skip_locked=True))
        if owner is None:
            owner = self._connection.scalar(turn.with_for_update())
        if owner is None:
            return None
        oldest = select(jobs).where(jobs.c.owner == owner, _waits(at)).order_by(jobs.c.created_at, jobs.c.id)
        row = self._connection.execute(oldest.limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        claimed = {
            "state": str(State.RUNNING),
            "started_at": row.started_at or at,
            "attempts": row.attempts + 1,
            "lease": lease,
            "leased_until": until,
        }
        self._connection.execute(update(jobs).where(jobs.c.id == row.id).values(claimed))
        self._connection.execute(update(job_turns).where(job_turns.c.owner == owner).values(served_at=at))
        return _job(row, **claimed)

    def renew(self, job: Job, *, until: datetime, done: int, total: int | None, **outcome: int) -> bool:
        """Extend the lease and save the progress; False if the lease was lost."""
        so_far = {"outcome": outcome} if outcome else {}
        return self._change_leased(job, leased_until=until, done=done, total=total, **so_far)

    def release(self, job: Job) -> bool:
        """Return the job to the queue. The attempt does not count."""
        return self._change_leased(
            job, state=str(State.QUEUED), lease=None, leased_until=None, attempts=job.attempts - 1
        )

    def finish(self, job: Job, *, by: str, detail: Mapping[str, Any]) -> bool:
        """Save how the job ended; False, and nothing is saved, if the lease was lost."""
        assert job.finished_at is not None
        if not self._change_leased(job, **{**vars(job), "leased_until": None}):
            return False
        self._delete_groups(job)
        action = "made" if job.state is State.DONE else str(job.state)
        self.note(action, job, by=by, at=job.finished_at, detail=detail)
        return True

    def cancel(self, job: Job, *, by: str, at: datetime, expires_at: datetime) -> bool:
        """End a job that has not finished; False if it has."""
        ended = {"state": str(State.CANCELLED), "finished_at": at, "expires_at": expires_at}
        cancelled = self._connection.execute(
            update(jobs)
            .where(jobs.c.id == job.id, _is_open)
            .values(**ended, lease=None, leased_until=None, request={})
        )
        if cancelled.rowcount:
            self._delete_groups(job)
            self.note("cancelled", job, by=by, at=at)
        return bool(cancelled.rowcount)

    def delete(self, job: Job, *, by: str, at: datetime) -> None:
        if self._connection.execute(delete(jobs).where(jobs.c.id == job.id)).rowcount:
            self.note("deleted", job, by=by, at=at)

    def expire_results(self, owner: int, *, at: datetime) -> None:
        """The results of one user's jobs can no longer be fetched; the next sweep deletes their files."""
        finished = (jobs.c.owner == owner, jobs.c.state == str(State.DONE), jobs.c.expires_at > at)
        self._connection.execute(update(jobs).where(*finished).values(expires_at=at))

    def forget(self, *, before: datetime) -> None:
        """Delete jobs whose results expired before then."""
        self._connection.execute(delete(jobs).where(jobs.c.expires_at <= before))

    def kept(self, *, at: datetime) -> Iterable[str]:
        """The IDs of the jobs whose files are still needed."""
        return self._connection.scalars(select(jobs.c.id).where(_needed(at))).all()

    def note(
        self, action: str, job: Job, *, by: str, at: datetime, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Note in the audit log what was done with a job."""
        self._audit.append(
            f"{job.kind}.{action}", actor=by, at=at, object_kind="job", object_key=job.id, detail=detail
        )

    def _delete_groups(self, job: Job) -> None:
        """Delete what an import keeps to resume from. Its result, if there is one, is a file by now."""
        self._connection.execute(delete(import_groups).where(import_groups.c.job == job.id))

    def _change_leased(self, job: Job, **values: Any) -> bool:
        held = and_(jobs.c.id == job.id, jobs.c.state == str(State.RUNNING), jobs.c.lease == job.lease)
        return self._connection.execute(update(jobs).where(held).values(values)).rowcount > 0


_is_open = jobs.c.state.in_([str(State.QUEUED), str(State.RUNNING)])


def _waits(at: datetime) -> ColumnElement[bool]:
    """Whether a job waits for a process: it is queued, or its lease has run out."""
    abandoned = and_(jobs.c.state == str(State.RUNNING), jobs.c.leased_until <= at)
    return or_(jobs.c.state == str(State.QUEUED), abandoned)


def _turn(at: datetime, other_than: Iterable[int]) -> Select[tuple[int]]:
    """The owner whose turn it is, of those who have a job that waits."""
    own = jobs.c.owner == job_turns.c.owner
    running = and_(jobs.c.state == str(State.RUNNING), jobs.c.leased_until > at)
    waiting_since = select(func.min(jobs.c.created_at)).where(own, _waits(at)).scalar_subquery()
    running_count = select(func.count()).where(own, running).scalar_subquery()
    return (
        select(job_turns.c.owner)
        .where(waiting_since.is_not(None), job_turns.c.owner.not_in(list(other_than)))
        .order_by(running_count, job_turns.c.served_at.nulls_first(), waiting_since, job_turns.c.owner)
        .limit(1)
    )


def _needed(at: datetime) -> ColumnElement[bool]:
    """Whether the files of a job are still needed."""
    return or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > at)


def _job(row: Row[Any], **changed: Any) -> Job:
    values = {**row._mapping, **changed}
    return Job(**{**values, "state": State(values["state"])})
