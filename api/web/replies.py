"""A browser that sends a form is led to a page of its own with what it is told.

Else Back and reload would send the form again, or ask whether to. Whoever asks by script is answered at once,
but with a page that nothing else could bring again (`g.is_kept_reply`).

A form that comes when nobody is signed in is kept for a user whose session ended a short while ago. For
anybody else RMS keeps only what the open pages answer, and little of it; the rest is answered at once.
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
from api.services.replies import NOBODY, Keeper, bound_to, keep_reply, of_stranger, of_user, reply_of
from api.web.blueprint import blueprint
from rms.errors import NotFound, StorageUnavailable

REPLY = "reply"
NOT_KEPT = (
    "What you were told here was shown once, or is kept no longer. Nothing is done again by coming back."
)
SIGNED_IN_BY_IT = "signed in by it"  # to nobody yet, and by the time it is read to somebody
OF_THE_DOOR = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@blueprint.after_app_request
def lead_to_reply(response: Response) -> Response:
    """Keep the page that a form is answered with, and lead the browser there."""
    if not (_is_led() and _is_kept(response)):
        return response
    keeper = _keeper()
    if keeper is None:
        return response
    page, status = response.get_data(), response.status_code
    is_let_in = g.get("is_let_in", False)
    whose = bound_to(g.user) if is_let_in else NOBODY
    if whose == NOBODY and status < HTTPStatus.BAD_REQUEST:
        whose = SIGNED_IN_BY_IT
    try:
        id = keep_reply(
            request_context(), page, status=status, secret=own_secret(), whose=whose, keeper=keeper
        )
    except StorageUnavailable:
        return response  # what was typed is on it
    if id is None:
        return response
    response.status_code = HTTPStatus.SEE_OTHER
    # Whom the door has refused, it would refuse again at the form's own address.
    response.location = _address({REPLY: id}) if is_let_in else url_for("web.reply", id=id)
    response.set_data(b"")
    return response


@blueprint.before_app_request
def show_reply() -> ResponseReturnValue | None:
    """In place of the page at that address, which opens where there is nothing to be told any more."""
    if request.method != "GET" or REPLY not in request.args or static_files.is_asked_for():
        return None
    found = _found(request.args[REPLY], bound_to(g.user), SIGNED_IN_BY_IT)
    if found is not None:
        return found
    if isinstance(request.routing_exception, MethodNotAllowed):
        raise NotFound(NOT_KEPT)
    return redirect(_address({}), HTTPStatus.SEE_OTHER)


@blueprint.get("/replies/<id>")
@open_to_all
def reply(id: str) -> Response:
    """What a form was told that came when nobody was signed in: all that was typed, to be sent again."""
    found = _found(id, NOBODY)
    if found is None:
        raise NotFound(NOT_KEPT)
    return found


def _found(id: str, *whose: str) -> Response | None:
    found = reply_of(request_context(), id, secret=own_secret(), whose=whose)
    return None if found is None else Response(*found)


def _keeper() -> Keeper | None:
    """For whom the page is kept; nobody, where a stranger's form was refused."""
    token = session_token()
    if g.user is not None:
        return of_user(g.user.id)
    if g.get("is_let_in", False):
        return of_stranger(throttle().origin_key)
    ended = token and user_of_ended_session(request_context(), token, idle=application().idle)
    return of_user(ended) if ended else None


def _is_led() -> bool:
    """Whether a browser itself sent it, and shows what comes; or its script did, where it is to do so too."""
    mode = request.headers.get("Sec-Fetch-Mode")
    return request.method == "POST" and (mode == "navigate" or bool(mode and g.get("is_kept_reply")))


def _is_kept(response: Response) -> bool:
    """Whether it is a page that does not lead on by itself; what nobody's form made is not stored."""
    status = response.status_code
    leads_on = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    fails = status >= HTTPStatus.TOO_MANY_REQUESTS
    is_ours = g.get("is_let_in", False) or status in OF_THE_DOOR
    return response.mimetype == "text/html" and is_ours and not leads_on and not fails


def _address(added: dict[str, str]) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != REPLY]
    return present_path_with([*kept, *added.items()])
