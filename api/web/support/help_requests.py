"""Ask for help; the queue of requests; the rota of those who answer."""

from collections.abc import Callable
from http import HTTPStatus

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION, AGENCY_POLICY, EVERYBODY
from api.context import request_context
from api.schemas.support.forms import LONGEST_REQUEST, help_text
from api.services.support.help_requests import (
    NO_REQUEST,
    answer,
    ask_for_help,
    close,
    may_support,
    own_requests,
    queue,
    rota,
    set_rota,
    supporters,
    take,
)
from api.services.support.help_requests import help_request as request_of
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, typed
from rms.errors import Conflict, InvalidInput, LimitReached, NotFound
from rms.parsing import date_in

LONGEST_NUMBER = 9  # digits
NO_TEXT = f"Say what you need, using up to {LONGEST_REQUEST:,} characters."
NO_ANSWER = f"Enter an answer of up to {LONGEST_REQUEST:,} characters."
DONE = {
    "asked": "Sent. The answer will be on this page.",
    "set": "Rota changed.",
    "taken": "You have taken this request.",
    "answered": "Answer sent.",
    "closed": "Request closed.",
}
ROTA = {"monday": "Choose a week.", "users": "Choose supervisors and administrators from the list."}


@blueprint.get("/support/help")
@allow_roles(EVERYBODY)
def ask_for_help_form() -> str:
    return _form(_page_of(request.args.get("page", "")))


@blueprint.post("/support/help")
@allow_roles(EVERYBODY)
def send_help_request() -> ResponseReturnValue:
    page = _page_of(request.form.get("page", ""))
    try:
        text = help_text({"text": typed().get("text", "")})
        ask_for_help(request_context(), text, page=page)
    except InvalidInput:
        return _form(page, {"text": NO_TEXT}), HTTPStatus.UNPROCESSABLE_ENTITY
    except LimitReached as refused:
        return _form(page, {"text": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.ask_for_help_form", done="asked"), HTTPStatus.SEE_OTHER)


@blueprint.get("/support/requests")
@allow_roles(AGENCY_POLICY)
def help_requests() -> str:
    return _queue()


@blueprint.post("/support/rota")
@allow_roles(ADMINISTRATION)
def set_the_rota() -> ResponseReturnValue:
    monday = date_in(request.form.get("monday", ""))
    try:
        if monday is None:
            return _queue({"monday": ROTA["monday"]}), HTTPStatus.UNPROCESSABLE_ENTITY
        set_rota(request_context(), monday, request.form.getlist("users"))
    except InvalidInput as refused:
        fields = [one.pointer.removeprefix("/") for one in refused.problems]
        return _queue({field: ROTA[field] for field in fields}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.help_requests", done="set"), HTTPStatus.SEE_OTHER)


@blueprint.get("/support/requests/<number>")
@allow_roles(AGENCY_POLICY)
def help_request(number: str) -> str:
    return _request(_key(number))


@blueprint.post("/support/requests/<number>/take")
@allow_roles(AGENCY_POLICY)
def take_help_request(number: str) -> ResponseReturnValue:
    return _act(number, "taken", lambda key: take(request_context(), key))


@blueprint.post("/support/requests/<number>/answer")
@allow_roles(AGENCY_POLICY)
def answer_help_request(number: str) -> ResponseReturnValue:
    try:
        text = help_text({"text": typed().get("text", "")})
    except InvalidInput:
        return _request(_key(number), {"text": NO_ANSWER}), HTTPStatus.UNPROCESSABLE_ENTITY
    return _act(number, "answered", lambda key: answer(request_context(), key, text))


@blueprint.post("/support/requests/<number>/close")
@allow_roles(AGENCY_POLICY)
def close_help_request(number: str) -> ResponseReturnValue:
    return _act(number, "closed", lambda key: close(request_context(), key))


def _act(number: str, done: str, act: Callable[[int], None]) -> ResponseReturnValue:
    key = _key(number)
    try:
        act(key)
    except Conflict as refused:
        return _request(key, {"text": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.help_request", number=key, done=done), HTTPStatus.SEE_OTHER)


def _form(page: str, errors: Errors | None = None) -> str:
    context = request_context()
    return render_template(
        "support/ask.html",
        page=page,
        own=own_requests(context),
        week=rota(context)[0],
        longest=LONGEST_REQUEST,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _queue(errors: Errors | None = None) -> str:
    context = request_context()
    weeks = rota(context)
    return render_template(
        "support/requests.html",
        queue=queue(context),
        may_support=may_support(context),
        weeks=weeks,
        sets_rota=g.user.role in ADMINISTRATION,
        supporters={user.username: user.username for user in supporters(context)},
        chosen=request.form.getlist("users"),
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _request(key: int, errors: Errors | None = None) -> str:
    return render_template(
        "support/request.html",
        one=request_of(request_context(), key),
        longest=LONGEST_REQUEST,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _key(number: str) -> int:
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise NotFound(NO_REQUEST)
    return int(number)


def _page_of(rule: str) -> str:
    """The rule, if it is one of our routes. Nothing else is stored, because a URL can identify a person."""
    return rule if any(route.rule == rule for route in current_app.url_map.iter_rules()) else ""
