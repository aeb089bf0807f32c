"""A browser's session: a random token in a cookie, everything else in the database."""

import secrets

from flask import Flask, Response, current_app, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from api import static_files
from api.context import application, request_context, throttle
from api.services.access.accounts import ABSOLUTE, log_in, log_out

OWN, WHOSE = "own", "whose"  # of the forms' cookie


class FormsCookie(SecureCookieSessionInterface):
    """The forms' cookie, which no style or script sets or depends on."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not static_files.is_static():
            super().save_session(app, session, response)


def cookie_settings(*, secure: bool) -> dict[str, object]:
    """The cookies of the application. `__Host-`: only ever over TLS, and never from a sister domain."""
    prefix = "__Host-" if secure else ""
    return {
        "RMS_SESSION_COOKIE": f"{prefix}rms-session",
        "SESSION_COOKIE_NAME": f"{prefix}rms-form",  # no more than the forms' token, a secret, whose they are
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def sign_in(username: str, password: str, *, then: Response) -> Response:
    """Start a session, or the half of one where a code is asked for, and give its token along with `then`.

    Raises
    ------
    NotAuthenticated
        If the username or the password is not right.
    TooManyAttempts
        If they were wrong too often.
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
    """The answer, along with the token of a session or of a pending login."""
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
    token = session_token()
    if token:
        log_out(request_context(), token)
    then.delete_cookie(
        session_cookie(current_app), path="/", secure=bool(current_app.config["SESSION_COOKIE_SECURE"])
    )
    return then


def own_secret() -> str:
    """A secret of this browser, until its user signs out or somebody else signs in. We keep it nowhere."""
    secret: str = session.setdefault(OWN, secrets.token_urlsafe(32))
    return secret


def belong_to(user_id: int) -> None:
    """What one user has opened in this browser is not sent in the name of the next."""
    if session.get(WHOSE, user_id) != user_id:
        session.clear()
    session[WHOSE] = user_id


def session_token() -> str | None:
    return request.cookies.get(session_cookie(current_app))


def session_cookie(app: Flask) -> str:
    """The name of the cookie that holds the session's token."""
    return str(app.config["RMS_SESSION_COOKIE"])
