"""The navigation: its entries, who sees them, and which one a page belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from api.auth.roles import (
    ADMINISTRATION,
    CASEWORK,
    EVERYBODY,
    MAY,
    NO_ROLES,
    READING_AUDIT_LOG,
    SEARCHING,
    SUPERVISION,
    Roles,
)
from api.services.users import User


@dataclass(frozen=True)
class NavigationEntry:
    """`under`: path prefixes of its pages. The longest matching prefix wins."""

    label: str
    endpoint: str
    roles: Roles
    under: tuple[str, ...]


FORM = ("/assessments/new", "/assessments/populate", "/drafts")
NAVIGATION = (
    NavigationEntry("Home", "web.home", EVERYBODY, ("/",)),
    NavigationEntry("New assessment", "web.new_assessment", CASEWORK, FORM),
    NavigationEntry("Results", "web.results", SEARCHING, ("/results", "/assessments", "/people")),
    NavigationEntry("Exports", "web.exports", SEARCHING, ("/exports",)),
    NavigationEntry("Office", "web.office", SUPERVISION, ("/office",)),
    NavigationEntry("Administration", "web.administration", ADMINISTRATION, ("/administration",)),
    NavigationEntry("Audit log", "web.audit_log", READING_AUDIT_LOG, ("/record",)),
    NavigationEntry("Feedback", "web.feedback", ADMINISTRATION, ("/feedback",)),
    NavigationEntry("Help", "web.help", EVERYBODY, ("/help",)),
)


def navigation_of(user: User) -> Iterator[tuple[str, str, bool]]:
    """Label, URL and whether the current page belongs to the entry."""
    current = _entry_of(request.path)
    for entry in NAVIGATION:
        if user.role in entry.roles:
            yield entry.label, url_for(entry.endpoint), entry is current


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
