"""Which roles may ask for what. Whose records they then see, the store decides by itself."""

from collections.abc import Callable
from typing import TypeVar

from api.services.users import Role

Roles = frozenset[Role]
View = TypeVar("View", bound=Callable[..., object])

NO_ROLES: Roles = frozenset()
EVERYBODY: Roles = frozenset(Role)
CASEWORK: Roles = frozenset({Role.CASE_WORKER, Role.SUPERVISOR, Role.SERVICE_ACCOUNT})
# An analyst searches, and finds no names: their rows are pseudonymised.
SEARCHING: Roles = CASEWORK | {Role.ANALYST}
# A judgement of one's own is a person's.
PROFESSIONALS: Roles = frozenset({Role.CASE_WORKER, Role.SUPERVISOR})
SUPERVISION: Roles = frozenset({Role.SUPERVISOR})
ADMINISTRATION: Roles = frozenset({Role.ADMINISTRATOR})
AGENCY_POLICY: Roles = SUPERVISION | ADMINISTRATION
SYSTEMS: Roles = frozenset({Role.SERVICE_ACCOUNT})
AUDITING: Roles = frozenset({Role.AUDITOR})
# Whoever runs the service has to find what was done; whether the record is whole is not theirs to say.
READING_AUDIT_LOG: Roles = AUDITING | ADMINISTRATION

MAY = "roles"
OPEN = "open_to_all"
BEFORE_NOTICE = "before_notice"
STRANGERS = "strangers"


def allow_roles(
    roles: Roles, *, before_notice: bool = False, strangers: bool = False
) -> Callable[[View], View]:
    """Mark a view with the roles it answers; `before_notice` also before the notice has been accepted.

    `strangers`: also whoever shows no credentials, and is shown what anybody may see.
    """

    def mark(view: View) -> View:
        setattr(view, MAY, roles)
        setattr(view, BEFORE_NOTICE, before_notice)
        setattr(view, STRANGERS, strangers)
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that answers without credentials: health, readiness, the login, the notice."""
    setattr(view, OPEN, True)
    return view
