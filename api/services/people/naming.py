"""One way to name a person: by offender number, or by their key, for which an ID stands in addresses."""

import re

from api.services.access.encryption import OpaqueKeys
from api.storage import Transaction
from rms.assessment import number_sought

PersonNamed = str | int  # an offender number, or a key

# An ID alone, or as it stands in the address of a page about the person.
_id = re.compile(r"(?:(?:\S*/)?by-key/)?([A-Za-z0-9_-]{22,23})(?:[/?#]\S*)?", re.ASCII)


def person_ids(secret_key: str) -> OpaqueKeys:
    """What makes the IDs of people from their keys, and keys from IDs."""
    return OpaqueKeys(secret_key, purpose="person")


def person_in(text: str, ids: OpaqueKeys) -> PersonNamed | None:
    """Whom a text names: an offender number, an ID, or the address of a page about the person.

    None if it names nobody: it is no number, or RMS has not made the ID.

    >>> ids = person_ids("secret")
    >>> person_in("a123", ids), person_in(ids.text(7), ids), person_in("x" * 22, ids)
    ('A123', 7, None)
    >>> person_in(f"https://rms.example/people/by-key/{ids.text(7)}/harm", ids)
    7
    """
    text = text.strip()
    if found := _id.fullmatch(text):
        return ids.key(found[1])
    return number_sought(text)


def key_of(named: PersonNamed, tx: Transaction) -> int | None:
    """The key of a person, whether or not the caller may see them; None if there is none.

    An ID from before the person was joined to another leads to the person who has their records now.
    """
    return tx.people.key(named) if isinstance(named, str) else tx.people.holder(named)
