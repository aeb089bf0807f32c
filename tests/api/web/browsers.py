"""Browsers of users who are signed in, and the forms they send."""

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.auth.sessions import session_cookie
from api.services.access.accounts import create_user
from api.services.users import Role
from tests.api.conftest import PASSWORD, Clock, signed_in
from tests.api.contexts import context_for
from tests.api.web.pages import Element, fields, opened, page, sign_in


def browser(app: Flask, username: str, clock: Clock) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(session_cookie(app), signed_in(username, app, at=clock()))
    client.environ_base["HTTP_ACCEPT"] = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
    return client


def form_to(document: Element, action: str) -> Element:
    return next(form for form in document.all("form") if form.attributes.get("action", "").endswith(action))


def answer(client: FlaskClient, at: str, action: str, **typed: str) -> TestResponse:
    """What the form of the page that leads there is answered."""
    form = form_to(opened(client, at), action)
    return client.post(form.attributes["action"], data={**fields(form), **typed})


def post(client: FlaskClient, at: str, action: str, **typed: str) -> Element:
    """Send the form of the page that leads there, and read what comes of it."""
    form = form_to(opened(client, at), action)
    sent = client.post(form.attributes["action"], data={**fields(form), **typed}, follow_redirects=True)
    assert sent.status_code in (200, 422), sent.status_code
    return page(sent.text)


def as_browser(role: Role, app: Flask, *, office: str | None = None) -> FlaskClient:
    """Somebody of that role, and of that office or the whole agency, in a browser, signed in."""
    application = app.extensions["rms"]
    name = f"b.{role}" if office is None else f"b.{role}.of-area"
    context = context_for(application.store, at=application.clock(), by="test")
    create_user(context, name, PASSWORD, role=role, office=office)
    client = app.test_client()
    sign_in(client, name, PASSWORD)
    return client
