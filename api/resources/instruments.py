"""Instruments: the questions of the form."""

from flask import Response

from api.auth.roles import EVERYBODY
from api.context import application, libraries
from api.resources.routing import Routes, Success, json_answer
from api.schemas.description import (
    InstrumentSchema,
    InstrumentsSchema,
    instrument_document,
    instrument_line,
)

routes = Routes("instruments", about="The questions of the form, and what the outcomes mean.")


@routes.get("/instruments", Success(InstrumentsSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """The available instruments. Assessments are made with those that are in use."""
    in_use = libraries()
    instruments = application().instruments.every(in_use=in_use)
    return json_answer({"instruments": [instrument_line(known, in_use=in_use) for known in instruments]})


@routes.get("/instruments/<string:name>", Success(InstrumentSchema), allow_roles=EVERYBODY)
def one(name: str) -> Response:
    """One instrument: its items, levels with their anchors, needs and processes."""
    in_use = libraries()
    return json_answer(
        instrument_document(application().instruments.find(name, in_use=in_use), in_use=in_use)
    )
