"""API routes for score bands."""

from flask import Response

from api.auth.roles import AGENCY_POLICY, EVERYBODY
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
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

routes = Routes("bands", about="Named ranges of scores: four quarters, and the bands that an agency adds.")


@routes.get("/bands", Success(BandsSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """List the four quarters, then the bands that agencies added, including expired ones."""
    context = request_context()
    return json_answer(shown_bands(bands(context), on=context.today))


@routes.post("/bands", Success(ShownBandSchema, status=201), body=BandSchema, allow_roles=AGENCY_POLICY)
def add() -> Response:
    """Add a named range of scores of one process, with the measured outcome of the people in it."""
    band = band_from(loaded(BandSchema(), json_body()))
    context = request_context()
    add_band(context, band)
    return json_answer(shown_band(band, on=context.today), status=201)
