"""The notes of other services on the page of a person."""

from http import HTTPStatus

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS, OFFICE_PEOPLE, PROFESSIONALS
from api.context import request_context
from api.schemas.support.forms import service_note
from api.services.records.person import person_overview
from api.services.support.service_notes import (
    NO_NOTE,
    add_service_note,
    may_withdraw,
    withdraw_service_note,
)
from api.services.support.service_notes import service_notes as notes_of
from api.web.blueprint import blueprint
from api.web.form_data import Errors, day_in, done_message, errors_of, filled_fields, typed
from api.web.people.address import person_with
from api.web.records.topics import topic_page
from rms.errors import Conflict, InvalidInput, NotFound
from rms.support.service_notes import LONGEST, LONGEST_NAME, SERVICES

WRITERS = PROFESSIONALS | OFFICE_PEOPLE
LONGEST_NUMBER = 9  # digits
DONE = {"added": "Note entered.", "withdrawn": "Note withdrawn."}
MESSAGES = {
    "service": "Choose the service.",
    "written_by": f"Enter the name of who wrote it there, using up to {LONGEST_NAME} characters.",
    "written_on": "Enter the day on which it was written: a real date that is not in the future.",
    "text": f"Enter what the note says, using up to {LONGEST:,} characters.",
}


@blueprint.get("/people/by-key/<id>/service-notes")
@allow_roles(OFFENDER_LISTS)
def person_service_notes(id: str) -> str:
    return _page(id)


@blueprint.post("/people/by-key/<id>/service-notes")
@allow_roles(WRITERS)
def enter_service_note(id: str) -> ResponseReturnValue:
    sent = {name: text for name, text in filled_fields().items() if name in MESSAGES}
    if day := day_in(typed(), "written_on"):
        sent["written_on"] = day
    try:
        add_service_note(request_context(), person_with(id), service_note(sent))
    except InvalidInput as refused:
        return _page(id, errors_of(refused, MESSAGES)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page(id, {"text": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.person_service_notes", id=id, done="added"), HTTPStatus.SEE_OTHER)


@blueprint.post("/people/by-key/<id>/service-notes/<number>/withdraw")
@allow_roles(WRITERS)
def withdraw_note(id: str, number: str) -> ResponseReturnValue:
    person = person_with(id)
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise NotFound(NO_NOTE)
    withdraw_service_note(request_context(), person, int(number))
    return redirect(url_for("web.person_service_notes", id=id, done="withdrawn"), HTTPStatus.SEE_OTHER)


def _page(id: str, errors: Errors | None = None) -> str:
    context, person = request_context(), person_with(id)
    notes = notes_of(context, person)
    writes = g.user.role in WRITERS
    return topic_page(
        "support/service_notes.html",
        person_overview(context, person),
        notes=notes,
        to_withdraw={one.id for one in notes if writes and one.withdrawn_at is None}
        & {one.id for one in notes if may_withdraw(context, one)},
        writes=writes,
        services=SERVICES,
        longest=LONGEST,
        longest_name=LONGEST_NAME,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )
