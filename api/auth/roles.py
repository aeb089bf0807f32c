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
# People who record a judgement of their own.
PROFESSIONALS: Roles = frozenset({Role.CASE_WORKER, Role.SUPERVISOR})
SUPERVISION: Roles = frozenset({Role.SUPERVISOR})
ADMINISTRATION: Roles = frozenset({Role.ADMINISTRATOR})
AGENCY_POLICY: Roles = SUPERVISION | ADMINISTRATION
SYSTEMS: Roles = frozenset({Role.SERVICE_ACCOUNT})
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
