"""The address of a person's pages. It tells no name, no number and no order."""

from api.resources.people.ids import ids, person_id, person_named
from rms.errors import NotFound

__all__ = ["id_of", "ids", "person_named", "person_with"]


def id_of(person: int) -> str:
    """The ID in the address of the person with this key, the same as in the API."""
    return person_id(person)


def person_with(id: str) -> int:
    """The key in an ID.

    Raises
    ------
    NotFound
        If RMS has not made this ID.
    """
    key = ids().key(id)
    if key is None:
        raise NotFound("There is no person at this address among the people you may see.")
    return key
