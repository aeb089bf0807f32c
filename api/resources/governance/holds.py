"""Legal holds, for supervisors."""

from flask import Response

from api.auth.roles import SUPERVISION
from api.context import request_context
from api.resources.people.ids import person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.governance.erasures import HoldBodySchema, HoldSchema, hold_document, number_of
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.governance.holds import hold_of, lift_hold, place_hold
from api.services.people.naming import PersonNamed

RULE = "/offenders/<string:number>/hold"
BY_KEY = "/people/by-key/<string:id>/hold"
LIFTED = Success(status=204, description="The hold is lifted.")

routes = Routes("holds", about="Legal holds. Records under a hold are neither erased nor expire.")


@routes.get(RULE, Success(HoldSchema), allow_roles=SUPERVISION)
def held(number: str) -> Response:
    """The legal hold on this person's records."""
    return _held(number_of(number))


@routes.get(BY_KEY, Success(HoldSchema), allow_roles=SUPERVISION)
def held_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _held(person_key(id))


@routes.put(RULE, Success(HoldSchema), body=HoldBodySchema, allow_roles=SUPERVISION)
def place(number: str) -> Response:
    """Place a legal hold on this person's records, or replace its reason."""
    return _placed(number_of(number))


@routes.put(BY_KEY, Success(HoldSchema), body=HoldBodySchema, allow_roles=SUPERVISION)
def place_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _placed(person_key(id))


@routes.delete(RULE, LIFTED, allow_roles=SUPERVISION)
def lift(number: str) -> Response:
    """Lift the legal hold on this person's records."""
    return _lifted(number_of(number))


@routes.delete(BY_KEY, LIFTED, allow_roles=SUPERVISION)
def lift_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _lifted(person_key(id))


def _held(named: PersonNamed) -> Response:
    return json_answer(hold_document(hold_of(request_context(), named)))


def _placed(named: PersonNamed) -> Response:
    reason = loaded(HoldBodySchema(), json_body())["reason"]
    return json_answer(hold_document(place_hold(request_context(), named, reason)))


def _lifted(named: PersonNamed) -> Response:
    lift_hold(request_context(), named)
    return Response(status=204)
