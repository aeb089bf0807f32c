"""The page where an administrator decides whether suspected offences are shown."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.services.harm.policy import decide_on_suspects, suspect_policies
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, typed
from api.web.form_messages import SUSPECTS
from rms.errors import Conflict, InvalidInput

DONE = {"shown": "Suspected offences are now shown.", "hidden": "Suspected offences are no longer shown."}


@blueprint.get("/administration/suspected-offences")
@allow_roles(ADMINISTRATION)
def suspects_policy() -> str:
    return _page()


@blueprint.post("/administration/suspected-offences")
@allow_roles(ADMINISTRATION)
def set_suspects_policy() -> ResponseReturnValue:
    show = request.form.get("show") == "yes"
    try:
        decide_on_suspects(request_context(), show=show, reason=typed().get("reason", ""))
    except InvalidInput:
        return _page({"reason": SUSPECTS["reason"]}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page({"reason": refused.detail}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("web.suspects_policy", done="shown" if show else "hidden"), HTTPStatus.SEE_OTHER)


def _page(errors: Errors | None = None) -> str:
    decisions = suspect_policies(request_context())
    return render_template(
        "harm/policy.html",
        decisions=decisions,
        shown=bool(decisions and decisions[0].show_suspected),
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )
