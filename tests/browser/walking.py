"""What walks share: tabs with and without script, users who are signed in, and the form filled in."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.auth.sessions import session_cookie
from api.context import EXTENSION
from api.services.search.search import page_of
from api.services.users import Role
from rms.engine.filter import Filter, Sort
from rms.instrument import instrument
from tests.api.conftest import PASSWORD, USERNAME, signed_in
from tests.api.contexts import context_for
from tests.browser.filled import NAMES, Filled

TIMEOUT = 15_000  # milliseconds
# Whether a picture is shown as it is drawn for phones.
IS_NARROW = "image => image.currentSrc === image.parentElement.querySelector('source').srcset"
FORM = instrument("rms")
WITH_SCRIPT = pytest.mark.parametrize("tab", [True], indirect=True, ids=["with script"])
WITHOUT_SCRIPT = pytest.mark.parametrize("tab", [False], indirect=True, ids=["without script"])


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


def enter(tab: Page, app: Flask, username: str = USERNAME, *, to: str = "/") -> None:
    """Open this page as a user who is signed in without typing and has accepted the notice."""
    tab.context.add_cookies([session_of(username, app) | {"domain": "127.0.0.1", "path": "/"}])
    tab.goto(to)
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


def session_of(username: str, app: Flask) -> dict[str, str]:
    """The cookie of a new session."""
    token = signed_in(username, app, at=app.extensions[EXTENSION].clock())
    return {"name": session_cookie(app), "value": token}


def context_of(role: Role | None, agency: Agency, browser: Browser, **options: Any) -> BrowserContext:
    """A browser's window in which somebody of this role is signed in without typing; None: nobody."""
    context = browser.new_context(base_url=agency.address, **options)
    context.set_default_timeout(TIMEOUT)
    if role is not None:
        context.add_cookies([session_of(NAMES[role], agency.app) | {"url": agency.address}])
    return context


def scripted(tab: Page) -> bool:
    tab.wait_for_load_state()
    return bool(tab.locator("body.js-enabled").count())


def fill_identification(tab: Page) -> None:
    tab.get_by_label("Offender number").fill("10000")
    tab.get_by_label("Male", exact=True).check()
    for name, parts in (("date_of_birth", ("17", "5", "1985")), ("release_date", ("1", "12", "2030"))):
        for part, typed in zip(("day", "month", "year"), parts, strict=True):
            tab.locator(f"#{name}-{part}").fill(typed)


def fill_items(tab: Page) -> None:
    for item in FORM.asked:
        if item.code == "sexs":
            tab.locator("#answer-sexs-unknown").check()
            tab.locator("#reason-sexs").fill("Nothing is on record.")
        elif item.levels:
            tab.locator(f"input[name=answer-{item.code}]").nth(1).check()
        else:
            tab.locator(f"#answer-{item.code}").fill(str(int(item.minimum or 0) + 1))


def stored(app: Flask) -> list[str]:
    everything = Filter(everything=True, what_ifs=True)
    found = page_of(context_for(app.extensions["rms"].store), everything, sort=Sort(), limit=100)
    return [one.id for one in found.submissions]


def open_form(tab: Page, app: Flask) -> None:
    enter(tab, app, to="/assessments/new")


def submit_first(tab: Page, app: Flask, address: str) -> None:
    open_form(tab, app)
    submit_form(tab, address)


def submit_form(tab: Page, address: str) -> None:
    fill_identification(tab)
    expect(tab.locator("#reason-sexs")).to_be_hidden()
    fill_items(tab)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))


def check_form(tab: Page) -> None:
    tab.get_by_role("button", name="Check answers").click()


def save_form(tab: Page, button: str = "Save assessment") -> None:
    """Check the answers, and save them."""
    check_form(tab)
    tab.get_by_role("button", name=button).click()
