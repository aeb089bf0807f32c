"""Which text a database takes."""

import re

NOT_STORABLE = "This holds a NUL character or half of a surrogate pair."
_never = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """PostgreSQL has no NUL, and half of a surrogate pair has no UTF-8: both fail, in a question too."""
    return not _never.search(text)
