"""Users without secrets, their roles, and whose records each role can see."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from api.storage import AGENCY, Reach, Viewer
from api.storage import User as StoredUser


class Role(StrEnum):
    """The role of a user. `REACH` says whose records each role sees, `api.auth.roles` what it may request."""

    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    OFFENDER_MANAGER = "offender_manager"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SERVICE_ACCOUNT = "service_account"


REACH = {
    Role.CASE_WORKER: Reach.CASELOAD,
    Role.SUPERVISOR: Reach.OFFICES,
    Role.OFFENDER_MANAGER: Reach.OFFICES,
    Role.ANALYST: Reach.OFFICES,
    Role.ADMINISTRATOR: Reach.NONE,
    Role.AUDITOR: Reach.NONE,
    Role.SERVICE_ACCOUNT: Reach.OWN,
}


JUDGING = (Role.CASE_WORKER, Role.SUPERVISOR, Role.SERVICE_ACCOUNT)  # they decide, or act for those who do


@dataclass(frozen=True)
class User:
    """A user without secrets. `awaits_notice`: signed in, but has not accepted the notice.

    `scopes` are those of the API key; None: all. `session_ends` is when the session ends without further
    activity.
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


def viewer_of(
    user: User | None, *, at: datetime, judgement_first: bool = False, zone: tzinfo = UTC
) -> Viewer:
    """Whose records this user may see; none without a user. `judgement_first` is the setting.

    Analysts see the days of UTC, so that they do not search by other days than they see.
    """
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
        zone=UTC if user.role is Role.ANALYST else zone,
    )
