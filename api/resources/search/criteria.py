"""Resolve the criteria of a search or an export for the user who sent them."""

from collections.abc import Mapping
from typing import Any

from flask import g

from api.context import request_context
from api.schemas.search.search import with_band, with_dates
from api.schemas.transfer.exports import export_from
from api.services.access.offices import office_named
from api.services.search.bands import band_named
from api.services.transfer.exports import Export
from api.services.users import Role
from rms.errors import InvalidInput, NotFound, Problem


def resolve_criteria(loaded: Mapping[str, Any], *, at: str = "") -> Mapping[str, Any]:
    """The loaded criteria, with the scores of a band in place of its name, and dates in place of days.

    Raises
    ------
    InvalidInput
        If an analyst searches by offender number, or there is no such office or band.
    """
    if g.user.role is Role.ANALYST and "offender_number" in loaded:
        detail = "Analysts cannot search for one person. Leave the offender number out."
        raise InvalidInput([Problem(f"{at}/offender_number", "pseudonymised", detail)])
    if "office" in loaded:
        with request_context().store.reading() as tx:
            office_named(loaded["office"], tx, at=f"{at}/office")
    return with_dates(_with_band_scores(loaded, at=at), request_context().today)


def resolve_export(loaded: Mapping[str, Any]) -> Export:
    """The export of a loaded body. Raises as `resolve_criteria`."""
    return export_from(loaded, resolve_criteria(loaded["criteria"], at="/criteria"))


def _with_band_scores(loaded: Mapping[str, Any], *, at: str = "") -> Mapping[str, Any]:
    if "band" not in loaded or loaded.get("all"):
        return loaded
    try:
        band = band_named(request_context(), loaded["band"])
    except NotFound as unknown:
        raise InvalidInput([Problem(f"{at}/band", "unknown_band", unknown.detail)]) from unknown
    return with_band(loaded, band, at=at)
