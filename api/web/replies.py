"""Redirect a browser that sent a form to a page that holds the reply (post/redirect/get).

Otherwise Back and reload would send the form again, or ask to. Requests by script get their answer directly,
except for a page that cannot be fetched again (`g.is_kept_reply`).

A form sent without a session is kept for a user whose session ended recently. For others, RMS keeps only
replies of public pages, and few of them; the rest are answered directly.
"""

from http import HTTPStatus

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed

from api import static_files
from api.auth import open_to_all, own_secret, session_token
from api.auth.own_site import present_path_with
from api.context import application, request_context, throttle
from api.services.access.accounts import user_of_ended_session
from api.services.replies import ANONYMOUS, Keeper, bound_to, keep_reply, of_stranger, of_user, reply_of
from api.web.blueprint import blueprint
from api.web.long_addresses import fits
from rms.errors import NotFound, StorageUnavailable

REPLY = "reply"
NOT_KEPT = "This message is no longer available. Opening this page again does not repeat what you did."
SIGNED_IN_BY_IT = "signed in by it"  # anonymous when stored, signed in when read
ACCESS_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@blueprint.after_app_request
def lead_to_reply(response: Response) -> Response:
    """Store the reply to a form and redirect the browser to it."""
    if not (_redirects() and _is_kept(response)):
        return response
    keeper = _keeper()
    if keeper is None:
        return response
    page, status = response.get_data(), response.status_code
    is_let_in = g.get("is_let_in", False)
    whose = bound_to(g.user) if is_let_in else ANONYMOUS
    if whose == ANONYMOUS and status < HTTPStatus.BAD_REQUEST:
        whose = SIGNED_IN_BY_IT
    try:
        id = keep_reply(
            request_context(), page, status=status, secret=own_secret(), whose=whose, keeper=keeper
        )
    except StorageUnavailable:
        return response  # the page holds what was typed
    if id is None:
        return response
    # A refused user would be refused again at the form's own URL.
    location = _address({REPLY: id}) if is_let_in else url_for("web.reply", id=id)
    if not fits(location):
        return response
    response.status_code, response.location = HTTPStatus.SEE_OTHER, location
    response.set_data(b"")
    return response


@blueprint.before_app_request
def show_reply() -> ResponseReturnValue | None:
    """Show the stored reply instead of the page at this URL; without one, open the page."""
    if request.method != "GET" or REPLY not in request.args or static_files.is_static():
        return None
    stored = _stored(request.args[REPLY], bound_to(g.user), SIGNED_IN_BY_IT)
    if stored is not None:
        return stored
    if isinstance(request.routing_exception, MethodNotAllowed):
        raise NotFound(NOT_KEPT)
    return redirect(_address({}), HTTPStatus.SEE_OTHER)


@blueprint.get("/replies/<id>")
@open_to_all
def reply(id: str) -> Response:
    """The reply to a form sent without a session, with everything typed, to send again."""
    stored = _stored(id, ANONYMOUS)
    if stored is None:
        raise NotFound(NOT_KEPT)
    return stored


def _stored(id: str, *whose: str) -> Response | None:
    reply = reply_of(request_context(), id, secret=own_secret(), whose=whose)
    return None if reply is None else Response(*reply)


def _keeper() -> Keeper | None:
    """The owner of the stored reply; None if an anonymous form was refused."""
    token = session_token()
    if g.user is not None:
        return of_user(g.user.id)
    if g.get("is_let_in", False):
        return of_stranger(throttle().origin_key)
    ended = token and user_of_ended_session(request_context(), token, idle=application().idle)
    return of_user(ended) if ended else None


def _redirects() -> bool:
    """Whether the browser navigates to the reply, or its script asked for a stored one."""
    mode = request.headers.get("Sec-Fetch-Mode")
    return request.method == "POST" and (mode == "navigate" or bool(mode and g.get("is_kept_reply")))


def _is_kept(response: Response) -> bool:
    """Whether the reply is a page to store: not a redirect, and not a failure of an anonymous form."""
    status = response.status_code
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    fails = status >= HTTPStatus.TOO_MANY_REQUESTS
    is_allowed = g.get("is_let_in", False) or status in ACCESS_REFUSALS
    return response.mimetype == "text/html" and is_allowed and not is_redirect and not fails


def _address(added: dict[str, str]) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != REPLY]
    return present_path_with([*kept, *added.items()])
