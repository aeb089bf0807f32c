"""Instruments: what a form asks."""

from flask import Response

from api.auth.roles import EVERYBODY
from api.current import services
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.description import (
    InstrumentSchema,
    InstrumentsSchema,
    instrument_document,
    instrument_line,
)
from rms.instrument import Instrument, instrument, names

routes = Routes("instruments", about="What a form asks, and what the outcomes mean.")


@routes.get("/instruments", Gives(InstrumentsSchema), to=EVERYBODY)
def listing() -> Response:
    """The instruments this service knows."""
    known = sorted({*names(), services().library.instrument.name})
    return json_answer({"instruments": [instrument_line(_of_name(name)) for name in known]})


@routes.get("/instruments/<string:name>", Gives(InstrumentSchema), to=EVERYBODY)
def one(name: str) -> Response:
    """One instrument: items, levels with their anchors, needs and processes."""
    return json_answer(instrument_document(_of_name(name)))


def _of_name(name: str) -> Instrument:
    """The one the library in use was built with goes before the shipped one of the same name."""
    in_use = services().library.instrument
    return in_use if name == in_use.name else instrument(name)
