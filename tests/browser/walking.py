"""What walks share: somebody already signed in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.auth.sessions import session_cookie
from api.context import EXTENSION
from api.services.users import Role
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
