"""Jobs: work that takes longer than a request may, each taken up by one process at a time.

Owners take turns: however many jobs one account has waiting, another account's is not held up by them.

Whoever works on a job holds its lease and renews it. A process that was killed renews nothing, so that
its job is taken up by another; what the first may still write of it then, the lease refuses.
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
from api.storage.tables import job_turns, jobs

_take_a_turn = text("INSERT INTO job_turns (owner) VALUES (:owner) ON CONFLICT (owner) DO NOTHING")


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Job:
    """`role` and `office` are its owner's when they asked. `request` is what was asked for, `outcome` what is
    told of what came of it, `failure` an error's code.

    `done` of `total` parts are done, where the total is known. The result is a file of the name
    `result_name` and goes at `expires_at`.
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
        """Whether it is done, and told to an owner who may no longer see what came of it."""
        return self.state is State.DONE and self.result_name is None

    def has_file(self, *, at: datetime) -> bool:
        """Whether its result can be fetched at that moment."""
        return self.has_result and self.expires_at is not None and at < self.expires_at


class Jobs:
    """The jobs as one transaction sees them. The audit calls them by their ids and the name of their kind."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, job: Job, *, by: str, detail: Mapping[str, Any]) -> None:
        self._connection.execute(_take_a_turn, {"owner": job.owner})
        self._connection.execute(insert(jobs), vars(job))
        self.note("requested", job, by=by, at=job.created_at, detail=detail)

    def get(self, id: str) -> Job | None:
        row = self._connection.execute(select(jobs).where(jobs.c.id == id)).first()
        return None if row is None else _job(row)

    def of(self, owner: int) -> tuple[Job, ...]:
        """All of one user's, the newest first."""
        chosen = select(jobs).where(jobs.c.owner == owner).order_by(jobs.c.created_at.desc(), jobs.c.id)
        return tuple(map(_job, self._connection.execute(chosen)))

    def open_of(self, owner: int) -> tuple[str, ...]:
        """The ids of one user's jobs that are waiting or running, the oldest first."""
        chosen = select(jobs.c.id).where(jobs.c.owner == owner, _is_open)
        return tuple(self._connection.scalars(chosen.order_by(jobs.c.created_at, jobs.c.id)))

    def kept_of(self, owner: int, *, at: datetime) -> tuple[str, ...]:
        """The ids of one user's jobs whose files are still needed."""
        return tuple(self._connection.scalars(select(jobs.c.id).where(jobs.c.owner == owner, _needed(at))))

    def claim(self, *, lease: str, at: datetime, until: datetime) -> Job | None:
        """Take up the job of whose turn it is that has waited longest.

        A job waits if it is queued, or if its process no longer lives. It is the turn of who has the fewest
        running, then of who was served longest ago, then of who has waited longest. No two processes are
        given the same job: SQLite has one writer, and on PostgreSQL a process skips the owners whose turn
        another is just taking. It waits for that one only if nobody else has a job that waits.
        """
        turn = _turn(at)
        owner = self._connection.scalar(turn.with_for_update(skip_locked=True))
        if owner is None:
            owner = self._connection.scalar(turn.with_for_update())
        if owner is None:
            return None
        first = select(jobs).where(jobs.c.owner == owner, _waits(at)).order_by(jobs.c.created_at, jobs.c.id)
        row = self._connection.execute(first.limit(1).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        taken = {
            "state": str(State.RUNNING),
            "started_at": row.started_at or at,
            "attempts": row.attempts + 1,
            "lease": lease,
            "leased_until": until,
        }
        self._connection.execute(update(jobs).where(jobs.c.id == row.id).values(taken))
        self._connection.execute(update(job_turns).where(job_turns.c.owner == owner).values(served_at=at))
        return _job(row, **taken)

    def renew(self, job: Job, *, until: datetime, done: int, total: int | None, **outcome: int) -> bool:
        """Whether the job is still in the hands of who holds this lease; `outcome` is what came so far."""
        so_far = {"outcome": outcome} if outcome else {}
        return self._change_leased(job, leased_until=until, done=done, total=total, **so_far)

    def hand_back(self, job: Job) -> bool:
        """Leave the job to be taken up by somebody else; the attempt does not count."""
        return self._change_leased(
            job, state=str(State.QUEUED), lease=None, leased_until=None, attempts=job.attempts - 1
        )

    def finish(self, job: Job, *, by: str, detail: Mapping[str, Any]) -> bool:
        """Put down how the job ended; False, and nothing is, if it is no longer in these hands."""
        assert job.finished_at is not None
        if not self._change_leased(job, **{**vars(job), "leased_until": None}):
            return False
        action = "made" if job.state is State.DONE else str(job.state)
        self.note(action, job, by=by, at=job.finished_at, detail=detail)
        return True

    def cancel(self, job: Job, *, by: str, at: datetime, expires_at: datetime) -> bool:
        """End a job that is not finished; False if it is."""
        ended = {"state": str(State.CANCELLED), "finished_at": at, "expires_at": expires_at}
        cancelled = self._connection.execute(
            update(jobs)
            .where(jobs.c.id == job.id, _is_open)
            .values(**ended, lease=None, leased_until=None, request={})
        )
        if cancelled.rowcount:
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
        """Delete what expired before that moment."""
        self._connection.execute(delete(jobs).where(jobs.c.expires_at <= before))

    def kept(self, *, at: datetime) -> Iterable[str]:
        """The ids of the jobs whose files are still needed."""
        return self._connection.scalars(select(jobs.c.id).where(_needed(at))).all()

    def note(
        self, action: str, job: Job, *, by: str, at: datetime, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Put on record what was done with a job."""
        self._audit.append(
            f"{job.kind}.{action}", actor=by, at=at, object_kind="job", object_key=job.id, detail=detail
        )

    def _change_leased(self, job: Job, **values: Any) -> bool:
        held = and_(jobs.c.id == job.id, jobs.c.state == str(State.RUNNING), jobs.c.lease == job.lease)
        return self._connection.execute(update(jobs).where(held).values(values)).rowcount > 0


_is_open = jobs.c.state.in_([str(State.QUEUED), str(State.RUNNING)])


def _waits(at: datetime) -> ColumnElement[bool]:
    """Whether a job is to be taken up: it is queued, or its process no longer lives."""
    abandoned = and_(jobs.c.state == str(State.RUNNING), jobs.c.leased_until <= at)
    return or_(jobs.c.state == str(State.QUEUED), abandoned)


def _turn(at: datetime) -> Select[tuple[int]]:
    """Whose turn it is, of those who have a job that waits."""
    theirs = jobs.c.owner == job_turns.c.owner
    running = and_(jobs.c.state == str(State.RUNNING), jobs.c.leased_until > at)
    waiting_since = select(func.min(jobs.c.created_at)).where(theirs, _waits(at)).scalar_subquery()
    under_way = select(func.count()).where(theirs, running).scalar_subquery()
    return (
        select(job_turns.c.owner)
        .where(waiting_since.is_not(None))
        .order_by(under_way, job_turns.c.served_at.nulls_first(), waiting_since, job_turns.c.owner)
        .limit(1)
    )


def _needed(at: datetime) -> ColumnElement[bool]:
    """Whether the files of a job are still needed."""
    return or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > at)


def _job(row: Row[Any], **changed: Any) -> Job:
    values = {**row._mapping, **changed}
    return Job(**{**values, "state": State(values["state"])})
