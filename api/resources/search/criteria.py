"""What a search or an export asks for, as it is meant for the user who asks."""

from collections.abc import Mapping
from typing import Any

from flask import g

from api.context import request_context
from api.schemas.search.search import with_band
from api.schemas.transfer.exports import export_from
from api.services.access.offices import office_named
from api.services.search.bands import band_named
from api.services.transfer.exports import Export
from api.services.users import Role
from rms.errors import InvalidInput, NotFound, Problem


def resolve_criteria(given: Mapping[str, Any], *, at: str = "") -> Mapping[str, Any]:
    """What was asked for, with the scores of a band in place of its name.

    Raises
    ------
    InvalidInput
        If an analyst asks for somebody by number or in the order of numbers, or there is no such office
        or band.
    """
    if g.user.role is Role.ANALYST and "offender_number" in given:
        detail = "An analyst searches for nobody in particular: leave the offender number out."
        raise InvalidInput([Problem(f"{at}/offender_number", "pseudonymised", detail)])
    if "office" in given:
        with request_context().store.reading() as tx:
            office_named(given["office"], tx, at=f"{at}/office")
    return _banded(given, at=at)


def resolve_export(given: Mapping[str, Any]) -> Export:
    """The export of a loaded body; raises as `resolve_criteria` does."""
    return export_from(given, resolve_criteria(given["criteria"], at="/criteria"))


def _banded(given: Mapping[str, Any], *, at: str = "") -> Mapping[str, Any]:
    """What was asked for, with the scores of the band in place of its name."""
    if "band" not in given or given.get("all"):
        return given
    context = request_context()
    try:
        band = band_named(context, given["band"])
    except NotFound as unknown:
        raise InvalidInput([Problem(f"{at}/band", "unknown_band", unknown.detail)]) from unknown
    return with_band(given, band, at=at)
