"""Instruments: the questions of the form."""

from flask import Response

from api.auth.roles import EVERYBODY
from api.context import application
from api.resources.routing import Routes, Success, json_answer
from api.schemas.description import (
    InstrumentSchema,
    InstrumentsSchema,
    instrument_document,
    instrument_line,
)
from api.services.instruments import find_instrument, known_instruments

routes = Routes("instruments", about="The questions of the form, and what the outcomes mean.")


@routes.get("/instruments", Success(InstrumentsSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """The available instruments."""
    instruments = known_instruments(in_use=application().library.instrument)
    return json_answer({"instruments": [instrument_line(instrument) for instrument in instruments]})


@routes.get("/instruments/<string:name>", Success(InstrumentSchema), allow_roles=EVERYBODY)
def one(name: str) -> Response:
    """One instrument: its items, levels with their anchors, needs and processes."""
    return json_answer(instrument_document(find_instrument(name, in_use=application().library.instrument)))
