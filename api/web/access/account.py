"""The user's own account: password, second factor, sessions."""

from http import HTTPStatus
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles, session_token
from api.auth.roles import EVERYBODY
from api.config import SecondFactor
from api.context import application, request_context, throttle
from api.errors import refusal_of
from api.services.access.own_sessions import own_sessions, sign_out_elsewhere
from api.services.access.password_changes import change_password, confirm_password
from api.services.access.passwords import ALONE, WITH_SECOND_FACTOR
from api.services.access.second_factor import confirm, enrol, state_of
from api.services.access.sign_in_throttle import TooManyAttempts
from api.services.turns import Busy
from api.web.blueprint import blueprint
from api.web.form_data import Errors, blank_errors, done_message, errors_of
from api.web.form_messages import CHANGED_PASSWORD, CODE, OWN_PASSWORD
from rms.errors import Conflict, InvalidInput

LONGEST = 1000
DONE = {
    "password": "Your password has been changed. You have been signed out everywhere else.",
    "elsewhere": "You have been signed out everywhere else.",
}
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/account")
@allow_roles(EVERYBODY)
def account() -> str:
    context = request_context()
    return render_template(
        "access/account.html",
        sessions=own_sessions(context, session_token()),
        second_factor=state_of(context, g.user),
        may_enrol=application().second_factor is not SecondFactor.OFF,
        done=done_message(DONE),
    )


@blueprint.get("/account/password")
@allow_roles(EVERYBODY)
def own_password() -> str:
    return _password_page()


@blueprint.post("/account/password")
@allow_roles(EVERYBODY)
def changed_password() -> ResponseReturnValue:
    if errors := blank_errors(CHANGED_PASSWORD):
        return _password_page(errors), REFUSED
    new = _secret("new")
    if new != _secret("again"):
        return _password_page({"again": "The new passwords do not match."}), REFUSED
    try:
        change_password(
            request_context(),
            new,
            current=_secret("current"),
            keeping=session_token(),
            rules=application().passwords,
            rule=application().second_factor,
            throttle=throttle(),
        )
    except InvalidInput as refused:
        (problem, *_) = refused.problems
        field = "current" if problem.pointer == "/password" else "new"
        return _password_page({field: problem.detail}), REFUSED
    except (TooManyAttempts, Busy) as refused:
        page = _password_page({"current": refused.detail})
        return page, refusal_of(refused).status, {"Retry-After": str(refused.retry_after)}
    return _back("password")


@blueprint.get("/account/second-factor")
@allow_roles(EVERYBODY)
def own_second_factor() -> str:
    return _factor_page()


@blueprint.post("/account/second-factor")
@allow_roles(EVERYBODY)
def begun_second_factor() -> ResponseReturnValue:
    """Show the secret once. Sending the form again replaces it."""
    if errors := blank_errors(OWN_PASSWORD):
        return _factor_page(errors=errors), REFUSED
    try:
        confirm_password(request_context(), _secret("password"), throttle=throttle())
        begun = enrol(
            request_context(), g.user, rule=application().second_factor, cipher=application().cipher
        )
    except InvalidInput as refused:
        return _factor_page(errors=errors_of(refused, OWN_PASSWORD)), REFUSED
    except Conflict as refused:
        return _factor_page(errors={"password": refused.detail}), REFUSED
    except (TooManyAttempts, Busy) as refused:
        page = _factor_page(errors={"password": refused.detail})
        return page, refusal_of(refused).status, {"Retry-After": str(refused.retry_after)}
    return _factor_page(begun=begun)


@blueprint.post("/account/second-factor/confirmation")
@allow_roles(EVERYBODY)
def confirmed_second_factor() -> ResponseReturnValue:
    if errors := blank_errors(CODE):
        return _factor_page(shown=True, errors=errors), REFUSED
    try:
        codes = confirm(
            request_context(), g.user, _secret("code")[:100], cipher=application().cipher, throttle=throttle()
        )
    except InvalidInput as refused:
        return _factor_page(shown=True, errors=errors_of(refused, CODE)), REFUSED
    except Conflict:
        return redirect(url_for("web.own_second_factor"), HTTPStatus.SEE_OTHER)
    except TooManyAttempts as refused:
        page = _factor_page(shown=True, errors={"code": refused.detail})
        return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(refused.retry_after)}
    return _factor_page(recovery_codes=codes)


@blueprint.post("/account/sessions")
@allow_roles(EVERYBODY)
def ended_elsewhere() -> ResponseReturnValue:
    sign_out_elsewhere(request_context(), session_token())
    return _back("elsewhere")


def _password_page(errors: Errors | None = None) -> str:
    second = state_of(request_context(), g.user).confirmed_at is not None
    is_required = second and application().second_factor is not SecondFactor.OFF
    least = WITH_SECOND_FACTOR if is_required else ALONE
    return render_template("access/own_password.html", least=least, errors=errors or {}, typed={})


def _factor_page(**shown: Any) -> str:
    return render_template(
        "access/second_factor.html",
        **{"errors": {}, "typed": {}, "begun": None, "shown": False, "recovery_codes": (), **shown},
        second_factor=state_of(request_context(), g.user),
        may_enrol=application().second_factor is not SecondFactor.OFF,
    )


def _secret(name: str) -> str:
    """The text as typed: spaces at its ends may be part of it."""
    return request.form.get(name, "")[:LONGEST]


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for("web.account", done=done), HTTPStatus.SEE_OTHER)
