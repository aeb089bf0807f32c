"""The pages as one blueprint: what all of them show, and how a refusal looks."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, render_template
from flask_wtf.csrf import CSRFError

from api.current import services
from api.errors import Refusal
from api.web import showing
from api.web.places import address_of, places_of
from rms.reports import wording

blueprint = Blueprint("web", __name__, template_folder="templates")


@blueprint.app_context_processor  # a refusal may be of no page of ours
def on_every_page() -> dict[str, Any]:
    user = g.get("user")
    return {
        "user": user,
        "places": list(places_of(user)) if user is not None and not user.awaits_notice else [],
        "notice_short": wording.NOTICE_SHORT,
        "session_left": showing.seconds_left(user, at=services().clock()) if user is not None else 0,
        "idle_minutes": int(services().idle.total_seconds() // 60),
        "address_of": address_of,
        "day": showing.day,
        "moment": showing.moment,
        "score_of": showing.score_of,
    }


@blueprint.errorhandler(CSRFError)
def not_from_our_page(_: CSRFError) -> Response:
    refusal = Refusal(
        status=HTTPStatus.BAD_REQUEST,
        code="bad_request",
        title="This form is no longer valid",
        detail="Nothing was saved: your session has ended, or your browser keeps no cookies. Open the form "
        "again from the list.",
    )
    return problem_page(refusal)


def problem_page(refusal: Refusal) -> Response:
    """A refusal for a person's browser; `api.errors` decides what is told."""
    page = render_template("problem.html", refusal=refusal, request_id=g.get("request_id", ""))
    return Response(page, status=refusal.status)
