"""The feedback box, and the list of what was said in it."""

from http import HTTPStatus

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import request_context
from api.schemas.feedback import LONGEST, new_feedback
from api.services.feedback import feedback_given, give_feedback
from api.web.blueprint import blueprint
from api.web.paging import page_links, requested_page
from rms.errors import InvalidInput, LimitReached


@blueprint.get("/help/feedback")
@to(EVERYBODY)
def feedback_form() -> str:
    return _form(page=_page_of(request.args.get("page", "")), given="given" in request.args)


@blueprint.post("/help/feedback")
@to(EVERYBODY)
def take_feedback() -> ResponseReturnValue:
    page = _page_of(request.form.get("page", ""))
    typed = request.form.get("text", "").replace("\r\n", "\n")  # as forms send the end of a line
    try:
        text = new_feedback({"text": typed.strip()})
    except InvalidInput:
        told = f"Write what you want to say, in up to {LONGEST} characters that can be printed."
        return _form(page=page, typed=typed, told=told), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        give_feedback(request_context(), text, page=page)
    except LimitReached as refused:
        return _form(page=page, typed=typed, told=refused.detail), HTTPStatus.CONFLICT
    return redirect(url_for("web.feedback_form", given="yes"), HTTPStatus.SEE_OTHER)


@blueprint.get("/feedback")
@to(ADMINISTRATION)
def feedback() -> str:
    place = requested_page(of="feedback")
    found, older = feedback_given(request_context(), before=place.after)
    ways = page_links(
        place,
        place.next(older, shown=len(found)),
        of="feedback",
        address=lambda text: url_for("web.feedback", after=text),
    )
    return render_template("feedback.html", found=found, ways=ways)


def _form(*, page: str, typed: str = "", told: str = "", given: bool = False) -> str:
    return render_template(
        "feedback_form.html",
        page=page,
        typed={"text": typed},
        errors={"text": told} if told else {},
        longest=LONGEST,
        given=given,
    )


def _page_of(named: str) -> str:
    """The template of a route of ours; nothing else is kept, for an address may name somebody."""
    return named if any(rule.rule == named for rule in current_app.url_map.iter_rules()) else ""
