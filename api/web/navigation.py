"""The places of RMS: what the navigation offers, to whom, and which of them a page belongs to."""

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
    READING_THE_RECORD,
    SEARCHING,
    SUPERVISION,
    Roles,
)
from api.services.users import User


@dataclass(frozen=True)
class Place:
    """`under`: how the addresses of its pages begin. The most telling beginning wins."""

    label: str
    endpoint: str
    roles: Roles
    under: tuple[str, ...]


FORM = ("/assessments/new", "/assessments/populate", "/drafts")
PLACES = (
    Place("Home", "web.home", EVERYBODY, ("/",)),
    Place("Input form", "web.new_assessment", CASEWORK, FORM),
    Place("Results filter", "web.results_filter", SEARCHING, ("/results-filter",)),
    Place("Results", "web.results", SEARCHING, ("/results", "/assessments", "/people")),
    Place("Exports", "web.exports", SEARCHING, ("/exports",)),
    Place("Office", "web.office", SUPERVISION, ("/office",)),
    Place("Administration", "web.administration", ADMINISTRATION, ("/administration",)),
    Place("Record", "web.record", READING_THE_RECORD, ("/record",)),
    Place("Feedback", "web.feedback", ADMINISTRATION, ("/feedback",)),
    Place("Help", "web.help", EVERYBODY, ("/help",)),
)


def places_of(user: User) -> Iterator[tuple[str, str, bool]]:
    """Label, address and whether the present page belongs there."""
    here = _place_of(request.path)
    for place in PLACES:
        if user.role in place.roles:
            yield place.label, url_for(place.endpoint), place is here


def address_of(endpoint: str, **values: Any) -> str | None:
    """The address of a page, where there is one and it is for whoever is signed in."""
    view, user = current_app.view_functions.get(endpoint), g.get("user")
    if view is None or user is None or user.role not in getattr(view, MAY, NO_ROLES):
        return None
    return url_for(endpoint, **values)


def _place_of(path: str) -> Place | None:
    fitting = [(len(begin), place) for place in PLACES for begin in place.under if _is_under(path, begin)]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _is_under(path: str, begin: str) -> bool:
    return path == begin or (begin != "/" and path.startswith(begin.rstrip("/") + "/"))
