"""API routes for what-ifs, corrections and changes."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import library_named, request_context
from api.resources.assessments.assessments import submission_of
from api.resources.assessments.submitting import answered_once, submitted
from api.resources.routing import IDEMPOTENCY_KEY, Routes, Success, json_answer
from api.schemas.assessments.answer import AnswerSchema
from api.schemas.assessments.changes import (
    ChangeListSchema,
    CorrectionSchema,
    WhatIfSchema,
    change_list,
    changed_answers,
    new_correction,
)
from api.schemas.json_body import json_body
from api.services.assessments.corrections import corrected
from api.services.assessments.what_ifs import what_if_of
from rms.assessment.carrying import Carried
from rms.instrument import Instrument
from rms.submission import Correction

routes = Routes(
    "changes", about="What-ifs, corrections, and changes from the assessment that one starts from."
)


@routes.get("/assessments/<string:id>/changes", Success(ChangeListSchema), allow_roles=CASEWORK)
def listing(id: str) -> Response:
    """List the differences from the assessment that this one starts from."""
    return json_answer(change_list(submission_of(id)))


@routes.post(
    "/assessments/<string:id>/what-if",
    Success(AnswerSchema, status=201),
    body=WhatIfSchema,
    headers=(IDEMPOTENCY_KEY,),
    allow_roles=CASEWORK,
)
@answered_once(lambda: changed_answers(json_body()))
def what_if(id: str) -> Response:
    """Submit a what-if. Send only the answers that change."""
    answers, unknown = changed_answers(json_body())
    context = request_context()
    return submitted(
        what_if_of(
            context,
            id.upper(),
            answers=answers,
            unknown=unknown,
            instrument=_instrument_of(id),
        )
    )


@routes.post(
    "/assessments/<string:id>/corrections",
    Success(AnswerSchema, status=201),
    body=CorrectionSchema,
    headers=(IDEMPOTENCY_KEY,),
    allow_roles=CASEWORK,
)
@answered_once(lambda: vars(new_correction(json_body())))
def correct(id: str) -> Response:
    """Submit a correction. It replaces this assessment, which stays on record unchanged."""
    requested = new_correction(json_body())
    right = corrected(
        request_context(),
        id.upper(),
        Carried(requested.answers, requested.unknown),
        identification=requested.identification,
        instrument=_instrument_of(id),
    )
    return submitted(right, correction=Correction(id.upper(), requested.reason))


def _instrument_of(id: str) -> Instrument:
    """The instrument of the assessment as it is in use now.

    Raises
    ------
    InstrumentNotInUse
        If it no longer is.
    """
    return library_named(submission_of(id).assessment.instrument.name).instrument
