"""Erasures, for administrators: one requests an erasure and another approves it."""

from http import HTTPStatus

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import application, request_context
from api.schemas.governance.erasures import AllowedRecordSchema, ErasureFormSchema, key_of
from api.schemas.problems import loaded
from api.services.governance.erased_records import allow_record, erased_records
from api.services.governance.erasures import (
    EXPIRED,
    NOT_OPEN,
    AnotherMustApprove,
    OnHold,
    approve_erasure,
    open_erasures,
    request_erasure,
    withdraw_erasure,
)
from api.storage import ErasureRequest
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import ALLOWED_RECORD, ERASURE
from api.web.people.address import person_named
from rms.errors import Conflict, InvalidInput, NotFound

REASONS = {
    "court_order": "A court ordered it",
    "request_of_the_person": "The person requested it",
    "entered_in_error": "The records were entered in error",
    "no_longer_needed": "The records are no longer needed",
}
DONE = {
    "requested": "Erasure requested. Another administrator has 30 days to approve it.",
    "withdrawn": "Request withdrawn. Nothing has been erased.",
    "allowed": "The next import takes this record again.",
    "erased": "All records of this person have been erased.",
}
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/administration/erasures")
@allow_roles(ADMINISTRATION)
def erasures_page() -> str:
    return _page()


@blueprint.post("/administration/erasures")
@allow_roles(ADMINISTRATION)
def create_erasure_request() -> ResponseReturnValue:
    try:
        form = loaded(ErasureFormSchema(), filled_fields())
        request_erasure(
            request_context(),
            person_named(form["person"]) or "",
            reason=form["reason_code"],
            text=form["text"],
        )
    except InvalidInput as error:
        return _page(errors_of(error, ERASURE)), REFUSED
    except (NotFound, OnHold, Conflict) as error:
        return _page({"person": error.detail}), REFUSED
    return _redirect("requested")


@blueprint.get("/administration/erasures/<id>/approve")
@allow_roles(ADMINISTRATION)
def confirm_erasure(id: str) -> str:
    request = _open_request(id)
    if request.requested_by == g.user.id:
        raise AnotherMustApprove
    return render_template(
        "confirm.html",
        heading=f"Erase all records of {request.called}?",
        grave="This cannot be undone.",
        sentences=(
            f"Requested by {request.requester}. Reason: {_reason(request)}. {request.text}",
            "Assessments, what-ifs, notes, overrides, judgements and drafts will be deleted.",
            "Case records will be deleted too, with their earlier versions, harm scores and associations.",
            "Imports do not bring the person back until an administrator allows their source records again.",
            "RMS deletes exports that were requested by the offender number. "
            "Other exports and backups are not affected.",
            "The audit log will show which two administrators erased a person’s records, and when. "
            "It will not show the offender number.",
        ),
        label="Approve and erase now",
        action=url_for("web.approve_erasure_request", id=id),
        back=url_for("web.erasures_page"),
    )


@blueprint.post("/administration/erasures/<id>/approve")
@allow_roles(ADMINISTRATION)
def approve_erasure_request(id: str) -> ResponseReturnValue:
    jobs = application().jobs
    approve_erasure(request_context(), key_of(id), files=jobs.files, secret=jobs.secret)
    return _redirect("erased")


@blueprint.post("/administration/erasures/<id>/withdraw")
@allow_roles(ADMINISTRATION)
def withdraw_erasure_request(id: str) -> ResponseReturnValue:
    withdraw_erasure(request_context(), key_of(id))
    return _redirect("withdrawn")


@blueprint.post("/administration/erasures/allowed-records")
@allow_roles(ADMINISTRATION)
def allow_erased_record() -> ResponseReturnValue:
    try:
        form = loaded(AllowedRecordSchema(), filled_fields())
        allow_record(
            request_context(),
            form["source"],
            form["source_id"],
            reason=form["reason"],
            secret=application().jobs.secret,
        )
    except InvalidInput as error:
        return _page(errors_of(error, ALLOWED_RECORD)), REFUSED
    except NotFound as error:
        return _page({"source_id": error.detail}), REFUSED
    return _redirect("allowed")


def _open_request(id: str) -> ErasureRequest:
    for request in open_erasures(request_context()):
        if request.id == key_of(id):
            return request
    raise NotFound(NOT_OPEN)


def _reason(request: ErasureRequest) -> str:
    return "The retention period is over" if request.reason == EXPIRED else REASONS[request.reason]


def _page(errors: Errors | None = None) -> str:
    return render_template(
        "governance/erasures.html",
        requests=open_erasures(request_context()),
        erased=erased_records(request_context()),
        reasons=REASONS,
        reason_of=_reason,
        own=g.user.id,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _redirect(done: str) -> ResponseReturnValue:
    return redirect(url_for("web.erasures_page", done=done), HTTPStatus.SEE_OTHER)
