"""Browser sessions: a random token in a cookie, everything else in the database."""

import secrets

from flask import Flask, Response, current_app, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from api import static_files
from api.context import application, request_context, throttle
from api.services.access.accounts import ABSOLUTE, log_in, log_out

OWN, WHOSE, RESULTS = "own", "whose", "results"  # of the forms' cookie


class FormsCookie(SecureCookieSessionInterface):
    """The cookie of the forms. Requests for styles and scripts neither set nor read it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not static_files.is_static():
            super().save_session(app, session, response)


def cookie_settings(*, secure: bool) -> dict[str, object]:
    """The cookies of the application. `__Host-`: only over TLS, and never set by another subdomain."""
    prefix = "__Host-" if secure else ""
    return {
        "RMS_SESSION_COOKIE": f"{prefix}rms-session",
        "SESSION_COOKIE_NAME": f"{prefix}rms-form",  # CSRF token, secret of the browser, user, filter
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def sign_in(username: str, password: str, *, then: Response) -> Response:
    """Start a session, or a pending login if a code is required; the response `then` gets its cookie.

    Raises
    ------
    NotAuthenticated
        If the username or the password is wrong.
    TooManyAttempts
        If they were wrong too often.
    AlreadyRunning, SignInBusy
        If too many people are signing in.
    """
    token = log_in(
        request_context(),
        username,
        password,
        throttle=throttle(),
        second_factor=application().second_factor,
    )
    return with_token(token, then=then)


def with_token(token: str, *, then: Response) -> Response:
    """The response with a cookie that holds the token of a session or pending login."""
    then.set_cookie(
        session_cookie(current_app),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return then


def sign_out(*, then: Response) -> Response:
    """End the session, in the database and in the browser."""
    session.pop(OWN, None)
    session.pop(RESULTS, None)
    token = session_token()
    if token:
        log_out(request_context(), token)
    then.delete_cookie(
        session_cookie(current_app), path="/", secure=bool(current_app.config["SESSION_COOKIE_SECURE"])
    )
    return then


def own_secret() -> str:
    """A secret of this browser until its user signs out or another signs in. RMS does not store it."""
    secret: str = session.setdefault(OWN, secrets.token_urlsafe(32))
    return secret


def belong_to(user_id: int) -> None:
    """Clear the cookie if another user has signed in, so that nothing is sent in the wrong name."""
    if session.get(WHOSE, user_id) != user_id:
        session.clear()
    session[WHOSE] = user_id


def remember_filter(query: str) -> None:
    """Keep the filter of the results in this browser until its user signs out or another signs in."""
    if session.get(RESULTS) != query:
        session[RESULTS] = query


def remembered_filter() -> str | None:
    query: str | None = session.get(RESULTS)
    return query


def session_token() -> str | None:
    return request.cookies.get(session_cookie(current_app))


def session_cookie(app: Flask) -> str:
    """The name of the cookie that holds the session's token."""
    return str(app.config["RMS_SESSION_COOKIE"])
