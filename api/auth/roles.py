"""Which roles may use which routes. Row access in storage decides which records they see."""

from collections.abc import Callable
from typing import TypeVar

from api.services.users import Role

Roles = frozenset[Role]
View = TypeVar("View", bound=Callable[..., object])

NO_ROLES: Roles = frozenset()
EVERYBODY: Roles = frozenset(Role)
CASEWORK: Roles = frozenset({Role.CASE_WORKER, Role.SUPERVISOR, Role.SERVICE_ACCOUNT})
# Analysts search too, but their rows are pseudonymised.
SEARCHING: Roles = CASEWORK | {Role.ANALYST}
# Who may see the offender list: each of them the people whom they may see.
OFFENDER_LISTS: Roles = CASEWORK | {Role.OFFENDER_MANAGER}
# Who has files: those that they ask for, and those that a schedule makes for them.
FILES: Roles = SEARCHING | {Role.OFFENDER_MANAGER}
# People who record a judgement of their own.
PROFESSIONALS: Roles = frozenset({Role.CASE_WORKER, Role.SUPERVISOR})
# Who sees all people of their offices and areas.
OFFICE_PEOPLE: Roles = frozenset({Role.SUPERVISOR, Role.OFFENDER_MANAGER})
SUPERVISION: Roles = frozenset({Role.SUPERVISOR})
ADMINISTRATION: Roles = frozenset({Role.ADMINISTRATOR})
# How well the prediction works. It names nobody.
PREDICTION_FIGURES: Roles = OFFENDER_LISTS | ADMINISTRATION | {Role.ANALYST}
# How many people are in each harm band. It names nobody. Of supervisors, those of the whole force.
BAND_SHARES: Roles = SUPERVISION | {Role.ANALYST}
# Who sets up comparisons of people listed and not listed. They name nobody.
COMPARISONS: Roles = ADMINISTRATION | {Role.ANALYST}
AGENCY_POLICY: Roles = SUPERVISION | ADMINISTRATION
SYSTEMS: Roles = frozenset({Role.SERVICE_ACCOUNT})
# Systems that send case records.
RECORDS: Roles = SYSTEMS
AUDITING: Roles = frozenset({Role.AUDITOR})
# Administrators read the audit log to find what was done. Only auditors verify it.
READING_AUDIT_LOG: Roles = AUDITING | ADMINISTRATION

MAY = "roles"
OPEN = "open_to_all"
BEFORE_NOTICE = "before_notice"
STRANGERS = "strangers"


def allow_roles(
    roles: Roles, *, before_notice: bool = False, strangers: bool = False
) -> Callable[[View], View]:
    """Mark a view with the roles that may use it; `before_notice`: even before they accept the notice.

    `strangers`: requests without credentials may use it too, and get what everyone may see.
    """

    def mark(view: View) -> View:
        setattr(view, MAY, roles)
        setattr(view, BEFORE_NOTICE, before_notice)
        setattr(view, STRANGERS, strangers)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that needs no credentials: health, readiness, sign-in, the notice."""
    setattr(view, OPEN, True)
    return view
