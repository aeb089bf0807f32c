"""The places of RMS: what the navigation offers, to whom, and which of them a page belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for

from api.auth.roles import ADMINISTRATION, CASEWORK, EVERYBODY, READING_THE_RECORD, SUPERVISION, Roles
from api.services.accounts import User


@dataclass(frozen=True)
class Place:
    """`under`: how the addresses of its pages begin. The most telling beginning wins."""

    label: str
    endpoint: str
    roles: Roles
    under: tuple[str, ...]


PLACES = (
    Place("Home", "web.home", EVERYBODY, ("/",)),
    Place("Input form", "web.new_assessment", CASEWORK, ("/assessments/new",)),
    Place("Office", "web.office", SUPERVISION, ("/office",)),
    Place("Administration", "web.administration", ADMINISTRATION, ("/administration",)),
    Place("Record", "web.record", READING_THE_RECORD, ("/record",)),
)


def places_of(user: User) -> Iterator[tuple[str, str, bool]]:
    """Label, address and whether the present page belongs there."""
    here = _place_of(request.path)
    for place in PLACES:
        if user.role in place.roles:
            yield place.label, url_for(place.endpoint), place is here


def _place_of(path: str) -> Place | None:
    fitting = [(len(begin), place) for place in PLACES for begin in place.under if _is_under(path, begin)]
    return max(fitting, key=lambda one: one[0])[1] if fitting else None


def _is_under(path: str, begin: str) -> bool:
    return path == begin or (begin != "/" and path.startswith(begin.rstrip("/") + "/"))
