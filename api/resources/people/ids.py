"""The IDs of people in the API and in the addresses of pages. They tell no name, no number and no order."""

from flask import current_app

from api.services.access.encryption import OpaqueKeys
from api.services.people.naming import PersonNamed, person_ids, person_in
from rms.errors import NotFound

UNKNOWN = "There is no such person."


def person_id(key: int) -> str:
    """The ID of a person, from the key. It is always the same."""
    return ids().text(key)


def person_key(id: str) -> int:
    """The key of a person, from the ID.

    Raises
    ------
    NotFound
        If RMS has not made this ID.
    """
    key = ids().key(id)
    if key is None:
        raise NotFound(UNKNOWN)
    return key


def person_named(text: str) -> PersonNamed | None:
    """Whom a text names: an offender number, an ID, or the address of their page. None: nobody."""
    return person_in(text, ids())


def ids() -> OpaqueKeys:
    """What makes the IDs, also after the request has ended."""
    return person_ids(str(current_app.secret_key))
