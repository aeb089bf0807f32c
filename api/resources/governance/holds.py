"""Legal holds, for supervisors."""

from flask import Response

from api.auth.roles import SUPERVISION
from api.context import request_context
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.governance.erasures import HoldBodySchema, HoldSchema, hold, number_of
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.governance.holds import hold_of, lift_hold, place_hold

RULE = "/offenders/<string:number>/hold"

routes = Routes("holds", about="Whose records must stay: nothing held is erased, nor does it expire.")


@routes.get(RULE, Gives(HoldSchema), allow_roles=SUPERVISION)
def held(number: str) -> Response:
    """Why the records of this person are held."""
    return json_answer(hold(hold_of(request_context(), number_of(number))))


@routes.put(RULE, Gives(HoldSchema), body=HoldBodySchema, allow_roles=SUPERVISION)
def place(number: str) -> Response:
    """Hold the records of this person, or give a new reason."""
    reason = loaded(HoldBodySchema(), json_body())["reason"]
    placed = place_hold(request_context(), number_of(number), reason)
    return json_answer(hold(placed))


@routes.delete(RULE, Gives(status=204, description="They are no longer held."), allow_roles=SUPERVISION)
def lift(number: str) -> Response:
    """Let go of the records of this person."""
    lift_hold(request_context(), number_of(number))
    return Response(status=204)
