"""The blueprint of all pages: what every page shows, and how errors look."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import MethodNotAllowed

from api.auth.access_check import SECRETS, TOKEN
from api.auth.own_site import own_path, present_address
from api.context import application, libraries, request_context
from api.errors import MESSAGES, Refusal
from api.services.harm.shares import sees_whole_force
from api.services.transfer.jobs import UNKNOWN as UNKNOWN_JOB
from api.web import formatting
from api.web.navigation import address_of, navigation_of, overrides_waiting
from rms.reports import wording

# Errors after which the user can send the form again: code → heading, instructions, link to open first.
SEND_AGAIN = {
    "not_authenticated": (
        "Your session has ended",
        "Sign in again in another tab, then come back to this page and send the form again.",
        ("Sign in again in another tab", "web.login"),
    ),
    "notice_not_accepted": (
        "You must accept the notice first",
        "Accept it in another tab, then come back to this page and send the form again.",
        ("Read and accept the notice in another tab", "web.asked_to_accept"),
    ),
}
# Messages for people, where the API's message names a route.
MESSAGES_FOR_PEOPLE = {
    "method_not_allowed": "This address only accepts forms. There is no page to show.",
    "instrument_not_in_use": "RMS no longer uses this form for assessments, what-ifs or corrections. You can "
    "still read everything that was made with it.",
    "judgement_first": "Record your own judgement first, on the page of the assessment. Then you can see the "
    "results.",
}
# The API's message → the heading and the message for people.
FOR_PEOPLE = {
    MESSAGES[HTTPStatus.NOT_FOUND]: ("Page not found", "Check the address."),
    UNKNOWN_JOB: ("Page not found", "You have no file at this address."),
}
blueprint = Blueprint("web", __name__, template_folder="templates")


@blueprint.app_context_processor  # errors can also come from outside the blueprint
def on_every_page() -> dict[str, Any]:
    user = g.get("user")
    return {
        "user": user,
        "navigation": list(navigation_of(user)) if user is not None and not user.awaits_notice else [],
        "overrides_waiting": overrides_waiting,
        "notice_short": wording.NOTICE_SHORT,
        "session_left": formatting.seconds_left(user, at=request_context().at) if user is not None else 0,
        "idle_minutes": int(application().idle.total_seconds() // 60),
        "address_of": address_of,
        "sees_whole_force": lambda: sees_whole_force(request_context()),
        "form_in_use": lambda name: libraries().has(name),
        "present_address": present_address,
        "day": formatting.day,
        "moment": formatting.moment,
        "score_of": formatting.score_of,
    }


@blueprint.errorhandler(CSRFError)
def not_from_our_page(_: CSRFError) -> Response:
    refusal = Refusal(
        status=HTTPStatus.BAD_REQUEST,
        code="bad_request",
        title="This form is no longer valid",
        detail="Nothing was saved. Your session has ended, another user has signed in with this browser "
        "since you opened the form, or cookies are turned off. Open the form again.",
    )
    return problem_page(refusal)


def _page_above() -> str | None:
    """For a URL that only accepts forms: the nearest page above it."""
    if not isinstance(request.routing_exception, MethodNotAllowed):
        return None
    routes = current_app.create_url_adapter(request)
    path = request.path
    while routes is not None and path:
        path = path.rpartition("/")[0]
        if routes.test(path, method="GET"):
            return own_path(path)
    return None


def problem_page(refusal: Refusal) -> Response:
    """The error page; `api.errors` decides the message.

    If a form was sent without a valid session, the page holds what was typed, to send again.
    """
    if refusal.code in SEND_AGAIN and request.form:
        heading, instructions, link = SEND_AGAIN[refusal.code]
        kept = [pair for pair in request.form.items(multi=True) if pair[0] not in {TOKEN, *SECRETS}]
        page = render_template(
            "send_again.html",
            heading=heading,
            instructions=instructions,
            link=link,
            kept=kept,
            secret=not SECRETS.isdisjoint(request.form),
        )
        return Response(page, status=refusal.status)
    if refusal.code in MESSAGES_FOR_PEOPLE:
        refusal = replace(refusal, detail=MESSAGES_FOR_PEOPLE[refusal.code])
    if refusal.detail in FOR_PEOPLE:
        title, detail = FOR_PEOPLE[refusal.detail]
        refusal = replace(refusal, title=title, detail=detail)
    page = render_template(
        "problem.html", refusal=refusal, request_id=g.get("request_id", ""), above=_page_above()
    )
    return Response(page, status=refusal.status)
