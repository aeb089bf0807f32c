"""The feedback form, and the list of feedback."""

from http import HTTPStatus

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import request_context
from api.schemas.feedback import LONGEST, new_feedback
from api.services.feedback import feedback_given, give_feedback
from api.web.blueprint import blueprint
from api.web.paging import page_links, requested_page
from rms.errors import InvalidInput, LimitReached


@blueprint.get("/help/feedback")
@allow_roles(EVERYBODY)
def feedback_form() -> str:
    return _form(page=_page_of(request.args.get("page", "")), given="given" in request.args)


@blueprint.post("/help/feedback")
@allow_roles(EVERYBODY)
def take_feedback() -> ResponseReturnValue:
    page = _page_of(request.form.get("page", ""))
    typed = request.form.get("text", "").replace("\r\n", "\n")  # browsers send line ends as CRLF
    try:
        text = new_feedback({"text": typed.strip()})
    except InvalidInput:
        message = f"Enter your feedback, using up to {LONGEST} characters."
        return _form(page=page, typed=typed, error=message), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        give_feedback(request_context(), text, page=page)
    except LimitReached as error:
        return _form(page=page, typed=typed, error=error.detail), HTTPStatus.CONFLICT
    return redirect(url_for("web.feedback_form", given="yes"), HTTPStatus.SEE_OTHER)


@blueprint.get("/feedback")
@allow_roles(ADMINISTRATION)
def feedback() -> str:
    place = requested_page(of="feedback")
    entries, older = feedback_given(request_context(), before=place.after)
    ways = page_links(
        place,
        place.next(older, shown=len(entries)),
        of="feedback",
        address=lambda text: url_for("web.feedback", after=text),
    )
    return render_template("feedback.html", feedback=entries, ways=ways)


def _form(*, page: str, typed: str = "", error: str = "", given: bool = False) -> str:
    return render_template(
        "feedback_form.html",
        page=page,
        typed={"text": typed},
        errors={"text": error} if error else {},
        longest=LONGEST,
        given=given,
    )


def _page_of(rule: str) -> str:
    """The rule, if it is one of our routes. Nothing else is stored, because a URL can identify a person."""
    return rule if any(route.rule == rule for route in current_app.url_map.iter_rules()) else ""
