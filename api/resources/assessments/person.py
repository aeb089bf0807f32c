"""API route for all submissions about one person."""

from flask import Response

from api.auth.roles import CASEWORK
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.answer import HistorySchema, listed
from api.services.assessments.assessments import history
from rms.assessment import offender_number
from rms.errors import NotFound

routes = Routes("offenders", about="All assessments of one person.")


@routes.get("/offenders/<string:number>/assessments", Success(HistorySchema), allow_roles=CASEWORK)
def assessments(number: str) -> Response:
    """List all submissions about one person, including what-ifs, newest first."""
    submitted = history(request_context(), offender_number(number) or number)
    if not submitted:
        raise NotFound("There are no assessments for this offender number.")
    return json_answer({"assessments": [listed(submission) for submission in submitted]})
