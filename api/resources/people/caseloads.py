"""Caseloads, and the offices that people belong to."""

from flask import Response

from api.auth.roles import CASEWORK, SUPERVISION
from api.context import request_context
from api.resources.people.ids import person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.access.accounts import (
    CaseloadSchema,
    HeldSchema,
    OfficeOfPersonSchema,
    held_document,
    number_from,
)
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.people.caseloads import assign, caseload_of, held, move, own_caseload, release
from api.services.people.naming import PersonNamed

routes = Routes(
    "caseloads",
    about="Caseloads. A new person is on the caseload of the case worker who assesses them first.",
)

HOLDERS = "/offenders/<string:number>/holders"
BY_KEY = "/people/by-key/<string:id>"
MOVED = Success(status=204, description="The person belongs to that office now, and is on no caseload.")


@routes.get("/me/caseload", Success(CaseloadSchema), allow_roles=CASEWORK)
def own() -> Response:
    """The people on your caseload."""
    return json_answer({"offender_numbers": own_caseload(request_context())})


@routes.get("/users/<string:username>/caseload", Success(CaseloadSchema), allow_roles=SUPERVISION)
def of_user(username: str) -> Response:
    """The people of your offices on this user's caseload, whatever the user's office."""
    return json_answer({"offender_numbers": caseload_of(request_context(), username)})


@routes.get(HOLDERS, Success(HeldSchema), allow_roles=SUPERVISION)
def holders(number: str) -> Response:
    """The person's office, and all users who have them on their caseload, of any office."""
    return json_answer(held_document(held(request_context(), number_from(number))))


@routes.get(f"{BY_KEY}/holders", Success(HeldSchema), allow_roles=SUPERVISION)
def holders_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return json_answer(held_document(held(request_context(), person_key(id))))


@routes.put(f"{HOLDERS}/<string:username>", Success(HeldSchema), allow_roles=SUPERVISION)
def give(number: str, username: str) -> Response:
    """Put the person on the caseload of a case worker or service account of your offices."""
    held_by = assign(request_context(), number_from(number), to=username)
    return json_answer(held_document(held_by))


@routes.delete(f"{HOLDERS}/<string:username>", Success(HeldSchema), allow_roles=SUPERVISION)
def take(number: str, username: str) -> Response:
    """Take the person off a user's caseload, whatever the user's office and role, active or not."""
    return _released(number_from(number), username)


@routes.delete(f"{BY_KEY}/holders/<string:username>", Success(HeldSchema), allow_roles=SUPERVISION)
def take_by_key(id: str, username: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _released(person_key(id), username)


@routes.put("/offenders/<string:number>/office", MOVED, body=OfficeOfPersonSchema, allow_roles=SUPERVISION)
def give_over(number: str) -> Response:
    """Transfer the person to another office. Imports of case records then leave them there."""
    return _moved(number_from(number))


@routes.put(f"{BY_KEY}/office", MOVED, body=OfficeOfPersonSchema, allow_roles=SUPERVISION)
def give_over_by_key(id: str) -> Response:
    """The same of a person who may have no offender number. `id` is `person` in the offender list."""
    return _moved(person_key(id))


def _released(named: PersonNamed, username: str) -> Response:
    return json_answer(held_document(release(request_context(), named, from_=username)))


def _moved(named: PersonNamed) -> Response:
    body = loaded(OfficeOfPersonSchema(), json_body())
    move(request_context(), named, office=body["office"])
    return Response(status=204)
