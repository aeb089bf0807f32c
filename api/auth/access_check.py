"""The one door every request comes through."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from flask_wtf.csrf import validate_csrf

from api import static_files
from api.auth import limits
from api.auth.own_site import present_address
from api.auth.roles import BEFORE_NOTICE, MAY, NO_ROLES, OPEN, STRANGERS
from api.auth.scopes import refuse_without_scope
from api.auth.sessions import belong_to, session_token
from api.context import application, identify, request_context
from api.services.access.accounts import note_refusal, user_of_key, user_of_session
from api.services.users import User
from rms.errors import Forbidden, NotAuthenticated, NoticeNotAccepted

FOR_SYSTEMS = ("/api/", "/health", "/ready")
LOGIN = "/login"
ACCEPT = "/notice/accept"
COOKIELESS = "cookieless"
TOKEN = "csrf_token"  # the field of our forms that proves that they are ours
SECRETS = frozenset({"password", "current", "new", "again", "code"})  # fields that are never shown again

csrf = CSRFProtect()


View = TypeVar("View", bound=Callable[..., object])


def cookieless(view: View) -> View:
    """Mark a view that looks at no cookie: nobody can be made to ask it in their own name."""
    setattr(view, COOKIELESS, True)
    return view


def register(app: Flask) -> None:
    """Put the door before every view of the application, those not yet written included.

    What a browser does by its cookie alone must prove that our own page asked for it; a key is
    never sent by a browser unasked, so it needs no such proof.
    """
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `_admit` decides
    app.config["WTF_CSRF_SSL_STRICT"] = False  # there is no Referer to check: pages send none
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    csrf.init_app(app)
    app.before_request(_admit)
    limits.register(app)


def asks_for_a_page() -> bool:
    """Whether a person's browser is asking, and not a system."""
    if not request.path.startswith(FOR_SYSTEMS):
        return True
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _admit() -> ResponseReturnValue | None:
    g.is_let_in = False
    identify(None)
    if static_files.is_static():  # no cookie is looked at
        return None
    user = _caller()
    identify(user)
    limits.count(user)
    if not (_has(OPEN) or (_has(STRANGERS) and _shows_nothing())):
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
    way_on = "" if asks_for_a_page() else " Whom you see and what you may do, GET /api/v1/me says."
    raise Forbidden(f"This is not for your role.{way_on}")


def _caller() -> User | None:
    """Whoever the key says, or else the session. A key that opens nothing is not made good by a session."""
    context = request_context()
    if "Authorization" in request.headers:
        return user_of_key(context, _key())
    token = session_token()
    user = user_of_session(context, token, idle=application().idle) if token else None
    if user is not None:
        belong_to(user.id)
    return user


def _shows_nothing() -> bool:
    """Whether nobody is calling, and not somebody whose key opens nothing."""
    return g.user is None and "Authorization" not in request.headers


def _key() -> str:
    authorization = request.authorization
    return (authorization.token or "") if authorization and authorization.type == "bearer" else ""


def _has(mark: str) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, mark, False)


def _notice_first() -> ResponseReturnValue:
    if asks_for_a_page() and not _something_typed():
        return redirect(ACCEPT + _and_back())
    raise NoticeNotAccepted("Read the notice (GET /api/v1/notice) and accept it for this session.")


def _refused() -> ResponseReturnValue:
    if asks_for_a_page() and not _something_typed():
        return redirect(LOGIN + _and_back())
    raise NotAuthenticated("Send a key that is in force as “Authorization: Bearer …”, or log in.")


def _something_typed() -> bool:
    """Whether a form of ours was sent, which a redirect would lose; the page of the refusal keeps it then.

    Only one that proves to be ours: what another site sends must not be shown as if it had been typed here.
    """
    if not set(request.form) - {TOKEN} - SECRETS:
        return False
    try:
        validate_csrf(request.form.get(TOKEN))
    except ValueError:  # a ValidationError of WTForms
        return False
    return True


def _and_back() -> str:
    """What leads back to the page that was asked for."""
    return f"?{urlencode({'next': present_address()})}" if request.method == "GET" else ""
