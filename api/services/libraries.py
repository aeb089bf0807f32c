"""The reference libraries of the service: currently only the one in use."""

from api.services.library_in_use import LibraryInUse
from rms.errors import NotFound


def find_library(version: str, *, in_use: LibraryInUse) -> LibraryInUse:
    """The library with this version, or with a hash that starts with this text (12 digits or more).

    Raises
    ------
    NotFound
        If it is not the one in use.
    """
    reference = in_use.reference
    if version == reference.version or (len(version) >= 12 and reference.sha256.startswith(version)):
        return in_use
    raise NotFound("No library with this version is in use.")
