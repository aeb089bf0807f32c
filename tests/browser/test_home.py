"""Signing in with all that belongs to it, the end of a session in mid-form, the tour, the feedback box."""

import base64
import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from api.config import SecondFactor
from api.services.access.accounts import create_user, find_user
from api.services.access.second_factor import confirm, enrol
from api.services.access.totp import code_of, step_at
from api.services.users import Role
from tests.api.conftest import PASSWORD, USERNAME
from tests.api.contexts import context_for
from tests.browser.walking import WITH_SCRIPT, WITHOUT_SCRIPT, fill_identification, sign_in, submit_first

IDLE = 12.0  # seconds: half of them go by before the warning


def enter(tab: Page, username: str = USERNAME) -> None:
    tab.goto("/")
    tab.get_by_label("Username").fill(username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()


def test_declined_and_accepted(tab: Page, address: str) -> None:
    enter(tab)
    expect(tab.get_by_role("heading", name="Before you begin")).to_be_visible()
    tab.get_by_role("button", name="Decline and sign out").click()
    expect(tab).to_have_url(f"{address}/login")
    tab.goto("/assessments/new")
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    tab.get_by_label("Username").fill(USERNAME)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="I have read this and accept it").click()
    expect(tab).to_have_url(f"{address}/assessments/new")


@WITHOUT_SCRIPT
def test_with_a_second_factor(tab: Page, app: Flask) -> None:
    application = app.extensions["rms"]
    user = find_user(context_for(application.store), USERNAME)
    begun = application.clock() - timedelta(minutes=5)
    context, cipher = context_for(application.store, at=begun), application.cipher
    shown = enrol(context, user, rule=SecondFactor.OPTIONAL, cipher=cipher).secret
    secret = base64.b32decode(shown)
    confirm(
        context,
        user,
        code_of(secret, step_at(begun)),
        throttle=application.sign_ins,
        cipher=cipher,
    )
    enter(tab)
    expect(tab.get_by_role("heading", name="Enter your code")).to_be_visible()
    tab.get_by_label("Code").fill("000000")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#errors").get_by_role("link")).to_have_attribute("href", "#code")
    tab.get_by_label("Code").fill(code_of(secret, step_at(application.clock())))
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="I have read this and accept it").click()
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


class TestIdle:
    """A session of seconds."""

    @pytest.fixture
    def idle(self) -> timedelta:
        return timedelta(seconds=IDLE)

    @WITH_SCRIPT
    def test_staying_and_ending_in_mid_form_lose_nothing(self, tab: Page, app: Flask, address: str) -> None:
        sign_in(tab)
        tab.goto("/assessments/new")
        fill_identification(tab)
        warning = tab.get_by_role("dialog", name="You will be signed out soon")
        expect(warning).to_be_visible(timeout=IDLE * 1000)
        expect(tab.locator("#idle-status")).to_have_text(re.compile("signed out in . seconds?"))
        stay = warning.get_by_role("button", name="Stay signed in")
        expect(stay).to_be_focused()
        tab.keyboard.press("Enter")
        expect(warning).to_be_hidden()
        expect(warning).to_be_visible(timeout=IDLE * 1000)
        ended = tab.get_by_text("Your session has ended. Your entries are still on this page.").first
        expect(ended).to_be_visible(timeout=IDLE * 1000)
        expect(tab.get_by_label("Offender number")).to_have_value("10000")
        with tab.context.expect_page() as opening:
            tab.get_by_role("link", name="Sign in again in another tab").click()
        other = opening.value
        other.get_by_label("Username").fill(USERNAME)
        other.get_by_label("Password", exact=True).fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        other.get_by_role("button", name="I have read this and accept it").click()
        expect(ended).to_be_hidden()
        expect(tab.locator("#idle-status")).to_have_text("You are signed in again.")
        expect(tab.get_by_label("Offender number")).to_have_value("10000")
        other.get_by_role("button", name="Sign out").click()
        expect(ended).to_be_visible()  # and of that this tab hears as well


@WITH_SCRIPT
def test_the_tour(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    tab.get_by_role("link", name="Help").first.click()
    tab.get_by_role("link", name="Take the tour").click()
    for heading, link in (
        ("Person 10000", "person 10000"),
        ("Assessment report 10000", "latest result"),
        ("How scores are calculated", "method page"),
        ("What-if based on 10000", "what-if"),
        ("Scoring guide: RMS assessment form", "scoring guide"),
    ):
        tab.locator("main").get_by_role("link", name=link).click()
        expect(tab.get_by_role("heading", level=1)).to_have_text(heading)
        tab.go_back()
        expect(tab.get_by_role("heading", level=1)).to_have_text("Take the tour")


@WITHOUT_SCRIPT
def test_feedback_and_its_reader(tab: Page, app: Flask) -> None:
    application = app.extensions["rms"]
    create_user(
        context_for(application.store, at=application.clock(), by="test"),
        "a.reader",
        PASSWORD,
        role=Role.ADMINISTRATOR,
    )
    sign_in(tab)
    tab.goto("/help")
    tab.get_by_role("link", name="Give feedback on this page").click()
    tab.get_by_role("button", name="Send").click()
    tab.locator("#errors").get_by_role("link").click()
    expect(tab.get_by_role("textbox")).to_be_focused()
    tab.keyboard.type("I should like a larger font.")
    tab.get_by_role("button", name="Send").click()
    expect(tab.get_by_role("alert")).to_contain_text("An administrator will read your feedback.")
    tab.get_by_role("button", name="Sign out").click()
    enter(tab, "a.reader")
    tab.get_by_role("button", name="I have read this and accept it").click()
    tab.get_by_role("link", name="Feedback").first.click()
    expect(tab.get_by_text("I should like a larger font.")).to_be_visible()


@WITH_SCRIPT
def test_no_page_of_these_scrolls_sideways(tab: Page, app: Flask, address: str) -> None:
    public = ("/", "/login", "/notice", "/help/method")
    own = ("/", "/help", "/help/scoring/rms", "/help/tour", "/help/feedback", "/nowhere")
    tab.set_viewport_size({"width": 320, "height": 640})
    for path in public:
        tab.goto(path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path
    submit_first(tab, app, address)
    for path in own:
        tab.goto(path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path
