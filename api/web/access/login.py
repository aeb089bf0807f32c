"""Signing in and out, and the notice."""

from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles, open_to_all, session_token, sign_in, sign_out
from api.auth.own_site import HOME, own_address
from api.auth.roles import EVERYBODY, MAY, NO_ROLES
from api.context import application, library_of, most_scores, request_context
from api.errors import refusal_of
from api.services.access.accounts import accept_notice
from api.services.access.sign_in_throttle import TooManyAttempts
from api.services.turns import Busy
from api.web.access.login_second_factor import pending_user
from api.web.blueprint import blueprint
from api.web.form_data import Errors, blank_errors
from api.web.form_messages import SIGN_IN
from api.web.formatting import seconds_left
from api.web.long_addresses import fits
from rms.engine.result import printed_facts
from rms.errors import NotAuthenticated
from rms.reports import harm_words, prediction_words, wording

SIGN_IN_PATHS = ("/login", "/logout", "/notice/accept")
LANDING = "web.results"


@blueprint.get("/login")
@open_to_all
def login() -> ResponseReturnValue:
    if g.user is not None:
        return redirect(_own_page(request.args.get("next", "")))  # the access check asks for the notice
    if pending_user() is not None:
        return redirect(url_for("web.login_code", next=request.args.get("next", "")))
    return _login_page(next=request.args.get("next", ""))


@blueprint.post("/login")
@open_to_all
def log_in() -> ResponseReturnValue:
    wanted, username = request.form.get("next", ""), request.form.get("username", "").strip()
    if errors := blank_errors(SIGN_IN):
        page = _login_page(next=wanted, username=username, errors=errors)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    then = make_response(redirect(_own_page(wanted), HTTPStatus.SEE_OTHER))
    try:
        return sign_in(username, request.form.get("password", ""), then=then)
    except NotAuthenticated as refused:
        page = _login_page(next=wanted, username=username, errors={"username": refused.detail})
        return page, HTTPStatus.UNAUTHORIZED
    except (TooManyAttempts, Busy) as refused:
        page = _login_page(next=wanted, username=username, errors={"username": refused.detail})
        return page, refusal_of(refused).status, {"Retry-After": str(refused.retry_after)}


@blueprint.post("/logout")
@allow_roles(EVERYBODY, before_notice=True)
def logout() -> Response:
    return sign_out(then=make_response(redirect(url_for("web.login"), HTTPStatus.SEE_OTHER)))


@blueprint.get("/notice/accept")
@allow_roles(EVERYBODY, before_notice=True)
def asked_to_accept() -> ResponseReturnValue:
    """Shown after each sign-in. The notice must be accepted before anything else (2005 manual, A14)."""
    wanted = request.args.get("next", "")
    if not g.user.awaits_notice:
        return redirect(_own_page(wanted))
    return _notice_page(next=wanted)


@blueprint.post("/notice/accept")
@allow_roles(EVERYBODY, before_notice=True)
def accepted() -> ResponseReturnValue:
    """If the notice is accepted, go on to the wanted page; if it is declined, end the session."""
    if request.form.get("answer") != "accept":
        return logout()
    accept_notice(request_context(), request.form.get("version", ""), token=session_token() or "")
    return redirect(_own_page(request.form.get("next", "")), HTTPStatus.SEE_OTHER)


@blueprint.get("/session")
@allow_roles(EVERYBODY, before_notice=True)
def session_left() -> dict[str, float]:
    """Keep the session alive; returns for how many seconds."""
    return {"left": seconds_left(g.user, at=request_context().at)}


@blueprint.get("/notice")
@open_to_all
def notice() -> str:
    return _notice_page()


def _notice_page(*, next: str | None = None) -> str:
    """The notice to read; with `next` also to accept, which leads there."""
    return render_template(
        "access/notice.html",
        harm_words=harm_words,
        prediction_words=prediction_words,
        notice_text=wording.NOTICE,
        notice_version=wording.NOTICE_VERSION,
        scale=wording.scale(most_scores()),
        limits=wording.limits(printed_facts(library_of().manifest)),
        next=next,
    )


def sign_in_box(*, next: str, username: str = "", errors: Errors | None = None) -> dict[str, Any]:
    """What the sign-in form needs."""
    return {
        "next": next,
        "typed": {"username": username},
        "errors": errors or {},
        "by_agency": application().oidc_provider is not None,
        "notice_text": wording.NOTICE,
    }


def _login_page(*, next: str, username: str = "", errors: Errors | None = None) -> str:
    return render_template("access/login.html", **sign_in_box(next=next, username=username, errors=errors))


def _own_page(wanted: str) -> str:
    """Where to go after signing in: the wanted page of ours, never another site."""
    address = own_address(wanted)
    is_no_page = address == HOME or address.startswith(SIGN_IN_PATHS) or not fits(address)
    return landing() if is_no_page else address


def landing() -> str:
    """The first page of a user: the results and their filter (2005 manual, A15), if their role may."""
    view = current_app.view_functions.get(LANDING)
    if view is not None and g.user is not None and g.user.role in getattr(view, MAY, NO_ROLES):
        return url_for(LANDING)
    return url_for("web.home")
