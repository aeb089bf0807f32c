"""API route for the harm score of one person, with the part of everything that it rests on."""

from flask import Response

from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.resources.people.ids import person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.harm.score import HarmScoreSchema, shown_explanation
from api.services.access.scopes import Scope
from api.services.harm.explaining import explain_score

routes = Routes("harm score", about="The harm score of one person, and every part of it.")


@routes.get("/harm/people/<string:id>", Success(HarmScoreSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def one(id: str) -> Response:
    """The harm score of a person with the points of each offence, drug marker and intelligence report.

    The points add up to the score. `id` is `person` in the offender list. RMS answers about a person whom you
    may not see as if they did not exist.
    """
    explanation = explain_score(request_context(), person_key(id), rules=application().harm)
    return json_answer(shown_explanation(explanation, id=id))
