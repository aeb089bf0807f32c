"""Ranges of scores by name."""

from flask import Response

from api.auth.roles import AGENCY_POLICY, EVERYBODY
from api.context import request_context
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.search.bands import (
    BandSchema,
    BandsSchema,
    ShownBandSchema,
    band_from,
    shown_band,
    shown_bands,
)
from api.services.search.bands import add_band, bands

routes = Routes("bands", about="Ranges of scores by name: four quarters, and those an agency answers for.")


@routes.get("/bands", Gives(BandsSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """The four quarters, then what agencies added; what has expired is shown as such."""
    context = request_context()
    return json_answer(shown_bands(bands(context), on=context.at.date()))


@routes.post("/bands", Gives(ShownBandSchema, status=201), body=BandSchema, allow_roles=AGENCY_POLICY)
def add() -> Response:
    """Name a range of scores of one process, with what was measured of the people in it."""
    band = band_from(dict(loaded(BandSchema(), json_body())))
    context = request_context()
    at = context.at
    add_band(context, band)
    return json_answer(shown_band(band, on=at.date()), status=201)
