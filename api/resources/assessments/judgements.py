"""API routes for a user's own judgements of an assessment."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import request_context
from api.resources.assessments.created import created
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.judgements import (
    JudgedListSchema,
    OwnJudgementsSchema,
    own_judgements_from,
    shown_judged,
)
from api.schemas.json_body import json_body
from api.services.assessments.judgements import judge, own_judgements

routes = Routes("judgements", about="Your own judgement, recorded before you see the results.")


@routes.post(
    "/assessments/<string:id>/judgements",
    Success(JudgedListSchema, status=201),
    body=OwnJudgementsSchema,
    allow_roles=CASEWORK,
)
def add(id: str) -> Response:
    """Record your own judgement of every process. It cannot be edited, but you can record another."""
    judged = judge(request_context(), id.upper(), own_judgements_from(json_body()))
    return created(shown_judged(judged), id=id, part="judgements")


@routes.get("/assessments/<string:id>/judgements", Success(JudgedListSchema), allow_roles=CASEWORK)
def listing(id: str) -> Response:
    """List your judgements of this assessment, and whether you had seen the scores."""
    return json_answer(shown_judged(own_judgements(request_context(), id.upper())))
