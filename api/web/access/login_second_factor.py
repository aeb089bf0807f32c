"""The second step of signing in: enter a code, or set up an authenticator app."""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import open_to_all, session_token, with_token
from api.context import application, request_context, throttle
from api.services.access.pending_logins import end_pending_login
from api.services.access.second_factor import (
    awaits_enrolment,
    become_session,
    confirm,
    enrol,
    finish_login,
    user_of_pending_login,
)
from api.services.access.sign_in_throttle import TooManyAttempts
from api.services.users import User
from api.web.blueprint import blueprint
from api.web.form_data import Errors, blank_errors
from api.web.form_messages import CODE, CODE_AT_SIGN_IN
from rms.errors import InvalidInput, NotAuthenticated


def pending_user() -> User | None:
    """The user whose password was right in this browser and whose code is still needed."""
    token = session_token()
    return user_of_pending_login(request_context(), token) if token else None


@blueprint.get("/login/code")
@open_to_all
def login_code() -> ResponseReturnValue:
    user = pending_user()
    if user is None:
        return redirect(url_for("web.login"))
    wanted = request.args.get("next", "")
    if awaits_enrolment(request_context(), user):
        return redirect(url_for("web.login_enrol", next=wanted))
    return _code_page(wanted)


@blueprint.post("/login/code")
@open_to_all
def enter_code() -> ResponseReturnValue:
    user, wanted = pending_user(), request.form.get("next", "")
    if user is None:
        return redirect(url_for("web.login"), HTTPStatus.SEE_OTHER)
    if request.form.get("answer") == "begin_again":
        return _begin_again()
    if errors := blank_errors(CODE_AT_SIGN_IN):
        return _code_page(wanted, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        token = finish_login(
            request_context(),
            session_token() or "",
            request.form.get("code", "")[:100],
            user=user,
            cipher=application().cipher,
            throttle=throttle(),
        )
    except NotAuthenticated as refused:
        return _code_page(wanted, {"code": refused.detail}), HTTPStatus.UNAUTHORIZED
    except TooManyAttempts as refused:
        page = _code_page(wanted, {"code": refused.detail})
        return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(refused.retry_after)}
    return with_token(token, then=_to_login(wanted))


@blueprint.get("/login/enrol")
@open_to_all
def login_enrol() -> ResponseReturnValue:
    if pending_user() is None:
        return redirect(url_for("web.login"))
    return render_template("access/login_enrol.html", next=request.args.get("next", ""))


@blueprint.post("/login/enrol")
@open_to_all
def enrol_at_login() -> ResponseReturnValue:
    """Without a code, show the secret; with a right code, the recovery codes. Each is shown once."""
    user, wanted = pending_user(), request.form.get("next", "")
    if user is None:
        return redirect(url_for("web.login"), HTTPStatus.SEE_OTHER)
    context, cipher, attempts = request_context(), application().cipher, throttle()
    if "code" not in request.form:
        begun = enrol(context, user, rule=application().second_factor, cipher=cipher)
        return render_template("access/login_enrol.html", next=wanted, begun=begun)
    code = request.form["code"][:100]
    if errors := blank_errors(CODE):
        return _refused_enrolment(wanted, errors)
    try:
        codes = confirm(context, user, code, cipher=cipher, throttle=attempts)
    except InvalidInput as refused:
        return _refused_enrolment(wanted, {"code": refused.problems[0].detail})
    token = become_session(context, session_token() or "", user=user, throttle=attempts)
    page = render_template("access/login_enrol.html", next=wanted, recovery_codes=codes)
    return with_token(token, then=make_response(page))


def _code_page(wanted: str, errors: Errors | None = None) -> str:
    return render_template("access/login_second_factor.html", next=wanted, errors=errors)


def _refused_enrolment(wanted: str, errors: Errors) -> ResponseReturnValue:
    page = render_template("access/login_enrol.html", next=wanted, errors=errors, shown=True)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _to_login(wanted: str) -> Response:
    """To the sign-in page, which redirects to the wanted page."""
    return make_response(redirect(url_for("web.login", next=wanted), HTTPStatus.SEE_OTHER))


def _begin_again() -> Response:
    end_pending_login(request_context(), session_token() or "")
    return _to_login("")
