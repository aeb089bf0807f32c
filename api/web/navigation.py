"""The navigation: its entries, who sees them, which one a page belongs to, and how much waits there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from api.auth.roles import (
    ADMINISTRATION,
    CASEWORK,
    EVERYBODY,
    FILES,
    MAY,
    NO_ROLES,
    OFFENDER_LISTS,
    READING_AUDIT_LOG,
    SEARCHING,
    SUPERVISION,
    Roles,
)
from api.context import request_context
from api.services.assessments.overrides import number_waiting
from api.services.users import User
from rms.errors import StorageUnavailable


@dataclass(frozen=True)
class NavigationEntry:
    """`under`: path prefixes of its pages. The longest matching prefix wins.

    `overrides_wait`: it leads to the overrides, and shows how many wait for a decision.
    """

    label: str
    endpoint: str
    roles: Roles
    under: tuple[str, ...]
    overrides_wait: bool = False


@dataclass(frozen=True)
class NavigationLink:
    """An entry as the user sees it. `current`: the page belongs to it."""

    label: str
    address: str
    current: bool
    overrides_wait: bool


COUNTED = "overrides_waiting"  # in `g`
OF_LIST = ("/harm", "/people/by-key", "/meetings", "/recommendations")
OFFICE = ("/office", "/people/duplicates")
FORM = ("/assessments/new", "/assessments/populate", "/drafts")
NAVIGATION = (
    NavigationEntry("Home", "web.home", EVERYBODY, ("/", "/waiting")),
    NavigationEntry("Offender list", "web.offenders", OFFENDER_LISTS, OF_LIST),
    NavigationEntry("Prediction", "web.predictions", OFFENDER_LISTS, ("/prediction",)),
    NavigationEntry("New assessment", "web.new_assessment", CASEWORK, FORM),
    NavigationEntry("Results", "web.results", SEARCHING, ("/results", "/assessments", "/people")),
    NavigationEntry("Exports", "web.exports", FILES, ("/exports",)),
    NavigationEntry("Office", "web.office", SUPERVISION, OFFICE, overrides_wait=True),
    NavigationEntry("Administration", "web.administration", ADMINISTRATION, ("/administration",)),
    NavigationEntry("Audit log", "web.audit_log", READING_AUDIT_LOG, ("/record",)),
    NavigationEntry("Feedback", "web.feedback", ADMINISTRATION, ("/feedback",)),
    NavigationEntry("Help", "web.help", EVERYBODY, ("/help", "/support")),
)


def navigation_of(user: User) -> Iterator[NavigationLink]:
    """The entries that the user may open."""
    current = _entry_of(request.path)
    for entry in NAVIGATION:
        if user.role in entry.roles:
            address = url_for(entry.endpoint)
            yield NavigationLink(entry.label, address, entry is current, entry.overrides_wait)


def overrides_waiting() -> int:
    """How many overrides wait for this user's decision, counted once for a page.

    0 for users who decide on none, and if the database cannot be read: an error page has a menu too.
    """
    user = g.get("user")
    if user is None or user.awaits_notice or user.role not in SUPERVISION:
        return 0
    if COUNTED not in g:
        try:
            counted = number_waiting(request_context())
        except StorageUnavailable:
            counted = 0
        setattr(g, COUNTED, counted)
    waiting: int = getattr(g, COUNTED)
    return waiting


def address_of(endpoint: str, **values: Any) -> str | None:
    """The URL of a page, if it exists and the user may open it."""
    view, user = current_app.view_functions.get(endpoint), g.get("user")
    if view is None or user is None or user.role not in getattr(view, MAY, NO_ROLES):
        return None
    return url_for(endpoint, **values)


def _entry_of(path: str) -> NavigationEntry | None:
    matches = [
        (len(prefix), entry) for entry in NAVIGATION for prefix in entry.under if _is_under(path, prefix)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or (prefix != "/" and path.startswith(prefix.rstrip("/") + "/"))
