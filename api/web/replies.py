"""A browser that sends a form is led to a page of its own with what it is told.

Else Back and reload would send the form again, or ask whether to. Whoever asks by script is answered at once.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed

from api.auth import own_secret
from api.current import services
from api.services.replies import keep_reply, reply_of
from api.web.blueprint import blueprint
from rms.errors import NotFound, StorageUnavailable

REPLY = "reply"
NOT_KEPT = (
    "What you were told here was shown once, or is kept no longer. Nothing is done again by coming back."
)


@blueprint.after_app_request
def lead_to_reply(response: Response) -> Response:
    """Keep the page that a form is answered with, and lead the browser there, at the form's own address."""
    if not (_sent_by_hand() and _is_kept(response)):
        return response
    page, works_with = response.get_data(), services()
    status, store, at = response.status_code, works_with.store, works_with.clock()
    try:
        id = keep_reply(page, status=status, secret=own_secret(), store=store, at=at)
    except StorageUnavailable:
        return response  # what was typed is on it
    response.status_code = HTTPStatus.SEE_OTHER
    response.location = _address({REPLY: id})
    response.set_data(b"")
    return response


@blueprint.before_app_request
def show_reply() -> ResponseReturnValue | None:
    """In place of the page at that address, which opens where there is nothing to be told any more."""
    if request.method != "GET" or REPLY not in request.args:
        return None
    works_with = services()
    found = reply_of(request.args[REPLY], secret=own_secret(), store=works_with.store, at=works_with.clock())
    if found is not None:
        page, status = found
        return Response(page, status=status)
    if isinstance(request.routing_exception, MethodNotAllowed):
        raise NotFound(NOT_KEPT)
    return redirect(_address({}), HTTPStatus.SEE_OTHER)


def _sent_by_hand() -> bool:
    """Whether the browser itself sent it, and shows what comes.

    Whom the door refused it would refuse again: they are answered at once.
    """
    is_by_hand = request.method == "POST" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return is_by_hand and g.get("is_let_in", False)


def _is_kept(response: Response) -> bool:
    """Whether it is a page that does not lead on by itself; where too much is asked, nothing is stored."""
    leads_on = HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST
    fails = response.status_code >= HTTPStatus.TOO_MANY_REQUESTS
    return response.mimetype == "text/html" and not leads_on and not fails


def _address(added: dict[str, str]) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != REPLY]
    query = urlencode([*kept, *added.items()])
    return f"{request.path}?{query}" if query else request.path
