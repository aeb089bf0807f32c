"""What-ifs, corrections, and what an assessment changed of the one it started from."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import application, request_context
from api.resources.assessments.assessments import submission_of
from api.resources.assessments.submitting import answered_once, submitted
from api.resources.routing import IDEMPOTENCY_KEY, Gives, Routes, json_answer
from api.schemas.assessments.answer import AnswerSchema
from api.schemas.assessments.changes import (
    ChangeListSchema,
    CorrectionSchema,
    WhatIfSchema,
    change_list,
    changed_answers,
    put_right,
)
from api.schemas.json_body import json_body
from api.services.assessments.corrections import corrected
from api.services.assessments.what_ifs import what_if_of
from rms.assessment.carrying import Carried
from rms.submission import Correction

routes = Routes(
    "changes", about="What an assessment changed of the one it started from; what-ifs; corrections."
)


@routes.get("/assessments/<string:id>/changes", Gives(ChangeListSchema), allow_roles=CASEWORK)
def listing(id: str) -> Response:
    """What differs from the assessment that this one started from."""
    return json_answer(change_list(submission_of(id)))


@routes.post(
    "/assessments/<string:id>/what-if",
    Gives(AnswerSchema, status=201),
    body=WhatIfSchema,
    headers=(IDEMPOTENCY_KEY,),
    allow_roles=CASEWORK,
)
@answered_once
def what_if(id: str) -> Response:
    """Submit a what-if: the answers that change, all others as in this assessment."""
    answers, unknown = changed_answers(json_body())
    context = request_context()
    return submitted(
        what_if_of(
            context,
            id.upper(),
            answers=answers,
            unknown=unknown,
            instrument=application().library.instrument,
        )
    )


@routes.post(
    "/assessments/<string:id>/corrections",
    Gives(AnswerSchema, status=201),
    body=CorrectionSchema,
    headers=(IDEMPOTENCY_KEY,),
    allow_roles=CASEWORK,
)
@answered_once
def correct(id: str) -> Response:
    """Submit what this assessment should have said: it stands in its place, and this one stays as it is."""
    given = put_right(json_body())
    right = corrected(
        request_context(),
        id.upper(),
        Carried(given.answers, given.unknown),
        identification=given.identification,
        instrument=application().library.instrument,
    )
    return submitted(right, correction=Correction(id.upper(), given.reason))
