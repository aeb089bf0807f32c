"""The office and the caseloads of a person with case records, who may have no offender number."""

from http import HTTPStatus

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import request_context
from api.services.access.offices import offices
from api.services.people.caseloads import held, move, release
from api.services.records.person import person_overview
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, typed
from api.web.people.address import person_with
from api.web.people.identity import title_of
from api.web.people.office import DONE, REFUSED, ROLES, choice_of_names, transfer_page
from api.web.records.topics import topic_page


@blueprint.get("/people/by-key/<id>/office")
@allow_roles(SUPERVISION)
def person_office(id: str) -> str:
    return _page(person_with(id))


@blueprint.post("/people/by-key/<id>/office/release")
@allow_roles(SUPERVISION)
def take_off_caseload(id: str) -> ResponseReturnValue:
    release(request_context(), person_with(id), from_=request.form.get("username", ""))
    return redirect(url_for("web.person_office", id=id, done="released"), HTTPStatus.SEE_OTHER)


@blueprint.get("/people/by-key/<id>/office/move")
@allow_roles(SUPERVISION)
def asked_to_transfer(id: str) -> ResponseReturnValue:
    """Ask before a transfer."""
    context, key = request_context(), person_with(id)
    old, new = held(context, key).office, request.args.get("office", "")
    if new == old:  # the transfer is done: the user came back
        return redirect(url_for("web.person_office", id=id))
    if new not in {office.name for office in offices(context)}:
        return _page(key, errors={"office": "Choose another office."}), REFUSED
    return transfer_page(
        title_of(person_overview(context, key)),
        old=old,
        new=new,
        action=url_for("web.transfer_person", id=id),
        back=url_for("web.person_office", id=id),
    )


@blueprint.post("/people/by-key/<id>/office/move")
@allow_roles(SUPERVISION)
def transfer_person(id: str) -> ResponseReturnValue:
    move(request_context(), person_with(id), office=request.form.get("office", ""))
    return redirect(url_for("web.office", done="moved"), HTTPStatus.SEE_OTHER)


def _page(key: int, *, errors: Errors | None = None) -> str:
    context = request_context()
    person, holding = person_overview(context, key), held(context, key)
    others = (office.name for office in offices(context) if office.name != holding.office)
    return topic_page(
        "records/office.html",
        person,
        held=holding,
        roles=ROLES,
        offices=choice_of_names("an office", others),
        done=done_message(DONE) if not errors else None,
        errors=errors or {},
        typed=typed(),
    )
