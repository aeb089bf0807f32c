"""Erasures, for administrators: one asks, another approves, and then it cannot be taken back."""

from http import HTTPStatus

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.schemas.governance.erasures import ErasureBodySchema, key_of, number_of
from api.schemas.problems import loaded
from api.services.governance.erasures import (
    EXPIRED,
    AnotherMustApprove,
    OnHold,
    approve_erasure,
    open_erasures,
    request_erasure,
    withdraw_erasure,
)
from api.storage import ErasureRequest
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, given, typed
from api.web.form_messages import ERASURE
from rms.errors import Conflict, InvalidInput, NotFound

REASONS = {
    "court_order": "A court ordered it",
    "request_of_the_person": "The person asked for it",
    "entered_in_error": "The records were entered in error",
    "no_longer_needed": "The records are no longer needed",
}
DONE = {
    "asked": "Another administrator can approve it for 30 days. Nothing is erased until then.",
    "withdrawn": "The request is withdrawn: nothing will be erased.",
    "erased": "Everything about this person has been erased.",
}
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/administration/erasures")
@allow_roles(ADMINISTRATION)
def erasures_page() -> str:
    return _page()


@blueprint.post("/administration/erasures")
@allow_roles(ADMINISTRATION)
def ask_for_erasure() -> ResponseReturnValue:
    try:
        asked = loaded(ErasureBodySchema(), given())
        request_erasure(
            request_context(),
            number_of(asked["offender_number"]),
            reason=asked["reason_code"],
            text=asked["text"],
        )
    except InvalidInput as refused:
        return _page(errors_of(refused, ERASURE)), REFUSED
    except (NotFound, OnHold, Conflict) as refused:
        return _page({"offender_number": refused.detail}), REFUSED
    return _back("asked")


@blueprint.get("/administration/erasures/<id>/approve")
@allow_roles(ADMINISTRATION)
def ask_before_approving(id: str) -> str:
    found = _open(id)
    if found.requested_by == g.user.id:
        raise AnotherMustApprove
    return render_template(
        "confirm.html",
        heading=f"Erase everything about {found.offender_number}?",
        grave="It cannot be taken back, by anybody.",
        sentences=(
            f"{found.requester} asked for it: {_reason(found)}. {found.text}",
            "Assessments, what-ifs, notes, overrides, judgements and forms begun all go.",
            "Files that were exported before, and backups, are not reached from here.",
            "The audit log keeps that two administrators erased a person’s records, and when. "
            "It does not keep the number.",
        ),
        label="Approve and erase now",
        action=url_for("web.approved", id=id),
        back=url_for("web.erasures_page"),
    )


@blueprint.post("/administration/erasures/<id>/approve")
@allow_roles(ADMINISTRATION)
def approved(id: str) -> ResponseReturnValue:
    approve_erasure(request_context(), key_of(id))
    return _back("erased")


@blueprint.post("/administration/erasures/<id>/withdraw")
@allow_roles(ADMINISTRATION)
def withdrawn(id: str) -> ResponseReturnValue:
    withdraw_erasure(request_context(), key_of(id))
    return _back("withdrawn")


def _open(id: str) -> ErasureRequest:
    for one in open_erasures(request_context()):
        if one.id == key_of(id):
            return one
    raise NotFound("No such request is open: it was withdrawn, approved, or its 30 days are over.")


def _reason(one: ErasureRequest) -> str:
    return "They have been kept for their time" if one.reason == EXPIRED else REASONS[one.reason]


def _page(errors: Errors | None = None) -> str:
    return render_template(
        "governance/erasures.html",
        requests=open_erasures(request_context()),
        reasons=REASONS,
        reason_of=_reason,
        own=g.user.id,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for("web.erasures_page", done=done), HTTPStatus.SEE_OTHER)
