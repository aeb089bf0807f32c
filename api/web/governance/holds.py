"""The legal hold on a person with case records, who may have no offender number."""

from http import HTTPStatus

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import request_context
from api.schemas.governance.erasures import HoldBodySchema
from api.schemas.problems import loaded
from api.services.governance.holds import hold_of, lift_hold, place_hold
from api.services.records.person import person_overview
from api.storage import Hold
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import HOLD
from api.web.people.address import id_of, person_with
from api.web.people.identity import title_of
from api.web.people.office import lift_page
from api.web.records.topics import topic_page
from rms.errors import InvalidInput, NotFound

DONE = {
    "held": "The records of this person are on legal hold and cannot be erased.",
    "lifted": "The records of this person are no longer on legal hold.",
}


@blueprint.get("/people/by-key/<id>/hold")
@allow_roles(SUPERVISION)
def person_hold(id: str) -> str:
    return _page(person_with(id))


@blueprint.post("/people/by-key/<id>/hold")
@allow_roles(SUPERVISION)
def hold_person(id: str) -> ResponseReturnValue:
    key = person_with(id)
    try:
        reason = loaded(HoldBodySchema(), filled_fields())["reason"]
    except InvalidInput as refused:
        return _page(key, errors=errors_of(refused, HOLD)), HTTPStatus.UNPROCESSABLE_ENTITY
    place_hold(request_context(), key, reason)
    return _back(key, "held")


@blueprint.get("/people/by-key/<id>/hold/lift")
@allow_roles(SUPERVISION)
def asked_to_lift_hold(id: str) -> str:
    context, key = request_context(), person_with(id)
    title, hold = title_of(person_overview(context, key)), hold_of(context, key)
    action, back = url_for("web.lift_person_hold", id=id), url_for("web.person_hold", id=id)
    return lift_page(title, hold, action=action, back=back)


@blueprint.post("/people/by-key/<id>/hold/lift")
@allow_roles(SUPERVISION)
def lift_person_hold(id: str) -> ResponseReturnValue:
    key = person_with(id)
    lift_hold(request_context(), key)
    return _back(key, "lifted")


def _page(key: int, *, errors: Errors | None = None) -> str:
    person = person_overview(request_context(), key)
    return topic_page(
        "governance/hold.html",
        person,
        hold=_hold(key),
        done=done_message(DONE) if not errors else None,
        errors=errors or {},
        typed=typed(),
        action=url_for("web.hold_person", id=id_of(key)),
        lift=url_for("web.asked_to_lift_hold", id=id_of(key)),
    )


def _hold(key: int) -> Hold | None:
    try:
        return hold_of(request_context(), key)
    except NotFound:
        return None


def _back(key: int, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.person_hold", id=id_of(key), done=done), HTTPStatus.SEE_OTHER)
