"""Users and their roles as values, without secrets: who asks, and whose records each role sees."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from api.storage import AGENCY, Reach, Viewer
from api.storage import User as StoredUser


class Role(StrEnum):
    """What somebody is here for. `REACH` says whose records each sees, `api.auth.roles` what each may ask."""

    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SERVICE_ACCOUNT = "service_account"


REACH = {
    Role.CASE_WORKER: Reach.CASELOAD,
    Role.SUPERVISOR: Reach.OFFICES,
    Role.ANALYST: Reach.OFFICES,
    Role.ADMINISTRATOR: Reach.NONE,
    Role.AUDITOR: Reach.NONE,
    Role.SERVICE_ACCOUNT: Reach.OWN,
}


JUDGING = (Role.CASE_WORKER, Role.SUPERVISOR, Role.SERVICE_ACCOUNT)  # they decide, or ask for those who do


@dataclass(frozen=True)
class User:
    """Who is calling, without secrets. `awaits_notice`: logged in, and has yet to accept the notice.

    `scopes` are what their key may be used for; None: all. `session_ends` is when their session does if
    they ask for nothing more.
    """

    id: int
    username: str
    role: Role
    office: int = AGENCY
    active: bool = True
    awaits_notice: bool = False
    scopes: frozenset[str] | None = None
    session_ends: datetime | None = field(default=None, compare=False)


def known(user: StoredUser) -> User:
    """The user without secrets."""
    return User(user.id, user.username, Role(user.role), user.office, user.active)


def viewer_of(user: User | None, *, at: datetime, judgement_first: bool = False) -> Viewer:
    """Whose records this user may see; nobody sees nobody's. Where asked for, who decides judges first."""
    if user is None or user.awaits_notice:
        return Viewer(0, "", Reach.NONE, AGENCY, at)
    judges = judgement_first and user.role in JUDGING
    return Viewer(
        user.id,
        user.username,
        REACH[user.role],
        user.office,
        at,
        judges_first=judges,
        by_pseudonym=user.role is Role.ANALYST,
    )
