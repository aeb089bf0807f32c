"""The pages as one blueprint: what all of them show, and how a refusal looks."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import MethodNotAllowed

from api.auth.access_check import SECRETS, TOKEN
from api.auth.own_site import own_path, present_address
from api.context import application, request_context
from api.errors import Refusal
from api.web import formatting
from api.web.navigation import address_of, places_of
from rms.reports import wording

# Why a form that was sent has to be sent again, and what opens first: code → heading, what to do, where.
AGAIN = {
    "not_authenticated": (
        "Your session has ended",
        "Sign in again in another tab, come back to this page, and send it again.",
        ("Sign in again in another tab", "web.login"),
    ),
    "notice_not_accepted": (
        "The notice has to be accepted first",
        "Accept it in another tab, come back to this page, and send it again.",
        ("Read and accept the notice in another tab", "web.asked_to_accept"),
    ),
}
# What is told to systems by the address of a route, and to people without.
IN_PLACE_OF = {
    "method_not_allowed": "This address takes what a form sends, and shows nothing by itself.",
    "judgement_first": "Record your own judgement first, on the page of the assessment. Then everything that "
    "was found is shown.",
}
blueprint = Blueprint("web", __name__, template_folder="templates")


@blueprint.app_context_processor  # a refusal may be of no page of ours
def on_every_page() -> dict[str, Any]:
    user = g.get("user")
    return {
        "user": user,
        "places": list(places_of(user)) if user is not None and not user.awaits_notice else [],
        "notice_short": wording.NOTICE_SHORT,
        "session_left": formatting.seconds_left(user, at=request_context().at) if user is not None else 0,
        "idle_minutes": int(application().idle.total_seconds() // 60),
        "address_of": address_of,
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
        detail="Nothing was saved: your session has ended, somebody else has signed in in this browser since "
        "you opened the form, or it keeps no cookies. Open the form again.",
    )
    return problem_page(refusal)


def _page_above() -> str | None:
    """Where an address only takes forms: the nearest above it that is a page."""
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
    """A refusal for a person's browser; `api.errors` decides what is told.

    What was typed into a form that nobody was signed in for is on the page, to be sent again.
    """
    if refusal.code in AGAIN and request.form:
        heading, told, way = AGAIN[refusal.code]
        kept = [pair for pair in request.form.items(multi=True) if pair[0] not in {TOKEN, *SECRETS}]
        page = render_template(
            "send_again.html",
            heading=heading,
            told=told,
            way=way,
            kept=kept,
            secret=not SECRETS.isdisjoint(request.form),
        )
        return Response(page, status=refusal.status)
    if refusal.code in IN_PLACE_OF:
        refusal = replace(refusal, detail=IN_PLACE_OF[refusal.code])
    page = render_template(
        "problem.html", refusal=refusal, request_id=g.get("request_id", ""), above=_page_above()
    )
    return Response(page, status=refusal.status)
