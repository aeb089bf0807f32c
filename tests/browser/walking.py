"""What walks share: somebody already signed in, and a network that is slow or fails."""

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from api.auth.sessions import session_cookie
from api.current import EXTENSION
from api.services.accounts import Role
from tests.api.conftest import PASSWORD, USERNAME, signed_in
from tests.browser.filled import NAMES, Filled

TIMEOUT = 15_000  # milliseconds


@dataclass(frozen=True)
class Agency:
    """An agency at work: the application, where it listens, and what it was filled with."""

    app: Flask
    address: str
    filled: Filled


def sign_in(tab: Page, *, username: str = USERNAME, password: str = PASSWORD) -> None:
    """By the login and past the notice, as a person does."""
    tab.goto("/login")
    tab.get_by_label("Username").fill(username)
    tab.get_by_label("Password", exact=True).fill(password)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="I have read this and accept it").click()
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


def context_of(role: Role | None, agency: Agency, browser: Browser, **options: Any) -> BrowserContext:
    """A browser's window in which somebody of this role is signed in without typing; None: nobody."""
    context = browser.new_context(base_url=agency.address, **options)
    context.set_default_timeout(TIMEOUT)
    if role is not None:
        at = agency.app.extensions[EXTENSION].clock()
        token = signed_in(NAMES[role], agency.app, at=at)
        name = session_cookie(agency.app)
        context.add_cookies([{"name": name, "value": token, "url": agency.address}])
    return context


def slow(tab: Page, pattern: str, *, seconds: float) -> None:
    """Every request of this pattern waits before it goes out."""

    def wait(route: Route) -> None:
        time.sleep(seconds)
        route.continue_()

    tab.route(pattern, wait)


def failing(tab: Page, pattern: str, *, method: str = "POST") -> None:
    """No request of this pattern and method reaches the server."""
    tab.route(pattern, lambda route: route.abort() if route.request.method == method else route.continue_())


def losing_replies(tab: Page, pattern: str, *, method: str = "POST") -> None:
    """The server does what it is asked, and nobody hears of it."""

    def lose(route: Route) -> None:
        if route.request.method == method:
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    tab.route(pattern, lose)


def requests_of(tab: Page) -> list[Request]:
    """A list that every request of this tab is added to from now on."""
    seen: list[Request] = []
    tab.on("request", seen.append)
    return seen
