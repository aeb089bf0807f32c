"""Legal holds, for supervisors."""

from flask import Response

from api.auth.roles import SUPERVISION
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.governance.erasures import HoldBodySchema, HoldSchema, hold_document, number_of
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.governance.holds import hold_of, lift_hold, place_hold

RULE = "/offenders/<string:number>/hold"

routes = Routes("holds", about="Legal holds. Records under a hold are neither erased nor expire.")


@routes.get(RULE, Success(HoldSchema), allow_roles=SUPERVISION)
def held(number: str) -> Response:
    """The legal hold on this person's records."""
    return json_answer(hold_document(hold_of(request_context(), number_of(number))))


@routes.put(RULE, Success(HoldSchema), body=HoldBodySchema, allow_roles=SUPERVISION)
def place(number: str) -> Response:
    """Place a legal hold on this person's records, or replace its reason."""
    reason = loaded(HoldBodySchema(), json_body())["reason"]
    hold = place_hold(request_context(), number_of(number), reason)
    return json_answer(hold_document(hold))


@routes.delete(RULE, Success(status=204, description="The hold is lifted."), allow_roles=SUPERVISION)
def lift(number: str) -> Response:
    """Lift the legal hold on this person's records."""
    lift_hold(request_context(), number_of(number))
    return Response(status=204)
