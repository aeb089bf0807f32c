"""Instruments: what a form asks."""

from flask import Response

from api.auth.roles import EVERYBODY
from api.context import application
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.description import (
    InstrumentSchema,
    InstrumentsSchema,
    instrument_document,
    instrument_line,
)
from api.services.instruments import find_instrument, known_instruments

routes = Routes("instruments", about="What a form asks, and what the outcomes mean.")


@routes.get("/instruments", Gives(InstrumentsSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """The instruments this service knows."""
    known = known_instruments(in_use=application().library.instrument)
    return json_answer({"instruments": [instrument_line(one) for one in known]})


@routes.get("/instruments/<string:name>", Gives(InstrumentSchema), allow_roles=EVERYBODY)
def one(name: str) -> Response:
    """One instrument: items, levels with their anchors, needs and processes."""
    return json_answer(instrument_document(find_instrument(name, in_use=application().library.instrument)))
