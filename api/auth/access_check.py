"""The access check that every request passes."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import BadRequest

from api import static_files
from api.auth import limits
from api.auth.own_site import present_address
from api.auth.roles import BEFORE_NOTICE, MAY, NO_ROLES, OPEN, STRANGERS
from api.auth.scopes import refuse_without_scope
from api.auth.sessions import belong_to, session_token
from api.context import application, identify, request_context
from api.media_types import preferred
from api.services.access.accounts import note_refusal, user_of_key, user_of_session
from api.services.users import User
from rms.errors import Forbidden, NotAuthenticated, NoticeNotAccepted

FOR_SYSTEMS = ("/api/", "/health", "/ready")
LOGIN = "/login"
ACCEPT = "/notice/accept"
COOKIELESS = "cookieless"
TOKEN = "csrf_token"  # the field of our forms that proves they are ours
SECRETS = frozenset({"password", "current", "new", "again", "code"})  # fields that are never shown again

csrf = CSRFProtect()


View = TypeVar("View", bound=Callable[..., object])


def cookieless(view: View) -> View:
    """Mark a view that reads no cookies, so that another site cannot use it in a user's name."""
    setattr(view, COOKIELESS, True)
    return view


def register(app: Flask) -> None:
    """Check access before every view of the application, including those registered later.

    A request authenticated by a cookie needs a CSRF token. A key needs none: browsers never add it by
    themselves.
    """
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `_admit` decides
    app.config["WTF_CSRF_SSL_STRICT"] = False  # there is no Referer to check: pages send none
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    csrf.init_app(app)
    app.before_request(_admit)
    limits.register(app)


def asks_for_a_page() -> bool:
    """Whether the request comes from a browser, not from a system.

    Without a valid host there are no pages, because their links have no addresses.
    """
    if isinstance(request.routing_exception, BadRequest):
        return False
    if not request.path.startswith(FOR_SYSTEMS):
        return True
    return preferred(["application/json", "text/html"]) == "text/html"


def _admit() -> ResponseReturnValue | None:
    g.is_let_in, g.user = False, None
    if isinstance(request.routing_exception, BadRequest):  # Host names no host
        raise request.routing_exception
    if static_files.is_static():  # without reading a cookie
        return None
    user = _caller()
    if user is not None:
        identify(user)
    limits.count(user)
    if not (_has(OPEN) or (_has(STRANGERS) and _has_no_credentials())):
        if user is None:
            return _refused()
        if user.awaits_notice and not _has(BEFORE_NOTICE):
            return _notice_first()
        _refuse_other_roles(user)
        refuse_without_scope(user)
    if not (_key() or _has(COOKIELESS)):
        csrf.protect()
    g.is_let_in = True
    return None


def _refuse_other_roles(user: User) -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or user.role in getattr(view, MAY, NO_ROLES):
        return
    note_refusal(request_context(), request.endpoint or "")
    if asks_for_a_page():
        role = user.role.replace("_", " ")
        raise Forbidden(f"This page is not for your role ({role}). If you need it, ask an RMS administrator.")
    raise Forbidden("Your role does not have access to this. GET /api/v1/me shows your role and office.")


def _caller() -> User | None:
    """The user of the key, or else of the session. With an invalid key, the session does not count."""
    context = request_context()
    if "Authorization" in request.headers:
        return user_of_key(context, _key())
    token = session_token()
    user = user_of_session(context, token, idle=application().idle) if token else None
    if user is not None:
        belong_to(user.id)
    return user


def _has_no_credentials() -> bool:
    """Whether the request has no session and no key, not even an invalid one."""
    return g.user is None and "Authorization" not in request.headers


def _key() -> str:
    authorization = request.authorization
    return (authorization.token or "") if authorization and authorization.type == "bearer" else ""


def _has(mark: str) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, mark, False)


def _notice_first() -> ResponseReturnValue:
    if asks_for_a_page() and not _something_typed():
        return redirect(ACCEPT + _query_back())
    raise NoticeNotAccepted("Read the notice (GET /api/v1/notice), then accept it for this session.")


def _refused() -> ResponseReturnValue:
    if asks_for_a_page() and not _something_typed():
        return redirect(LOGIN + _query_back())
    raise NotAuthenticated("Sign in, or send a valid key as “Authorization: Bearer …”.")


def _something_typed() -> bool:
    """Whether one of our forms was sent. A redirect would lose it, so the page of the refusal keeps it.

    The form must have our CSRF token: what another site sends must not look as if it was typed here.
    """
    if not set(request.form) - {TOKEN} - SECRETS:
        return False
    try:
        validate_csrf(request.form.get(TOKEN))
    except ValueError:  # a ValidationError of WTForms
        return False
    return True


def _query_back() -> str:
    """The query that leads back to the requested page."""
    return f"?{urlencode({'next': present_address()})}" if request.method == "GET" else ""
