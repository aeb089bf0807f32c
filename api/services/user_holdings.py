"""What users still have after they are moved, changed or locked out, and how an administrator deletes it.

Nothing is removed automatically. A supervisor removes people from a caseload (`caseloads.release`).
"""

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.transfer.jobs import JobSettings
from api.storage import Job, Transaction
from api.storage import User as StoredUser
from rms.errors import NotFound


@dataclass(frozen=True)
class StillHeld:
    """People by office, drafts, and jobs that are open or have a file: how many of each."""

    people: tuple[tuple[str, int], ...]
    drafts: int
    jobs: int

    def __bool__(self) -> bool:
        return bool(self.people or self.drafts or self.jobs)


def still_held(context: Context, username: str) -> StillHeld:
    """What the user still has. It does not name anyone.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    with context.store.reading() as tx:
        user = _named(username, tx)
        names = {office.id: office.name for office in tx.offices.all()}
        held = tx.caseload.held_by_office().get(user.id, {})
        drafts, jobs = len(tx.drafts.of(user.id, at=context.at)), len(_jobs(user, tx, at=context.at))
    return StillHeld(tuple(sorted((names[id], count) for id, count in held.items())), drafts, jobs)


def delete_kept(context: Context, username: str, *, settings: JobSettings) -> None:
    """Delete the user's drafts, cancel their open jobs, and delete their files. Each is logged.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    with context.store.transaction() as tx:
        user = _named(username, tx)
        for draft in tx.drafts.of(user.id, at=context.at):
            tx.drafts.end(draft, action="draft.discarded", by=context.by, at=context.at)
        jobs = _jobs(user, tx, at=context.at)
        for job in jobs:
            if not tx.jobs.cancel(job, by=context.by, at=context.at, expires_at=context.at):
                tx.jobs.delete(job, by=context.by, at=context.at)
    for job in jobs:
        settings.files.remove(job.id)


def _jobs(user: StoredUser, tx: Transaction, *, at: datetime) -> list[Job]:
    return [job for job in tx.jobs.of(user.id) if job.state.is_open or job.has_file(at=at)]


def _named(username: str, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if user is None:
        raise NotFound("There is no user with this name.")
    return user
