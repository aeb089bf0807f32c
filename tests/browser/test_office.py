"""Whole days in a browser: a supervisor's, an administrator's, an auditor's; and a password changed."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from api.services.access.accounts import create_user, find_user
from api.services.assessments.assessments import submit_assessment
from api.services.assessments.overrides import Direction, NewOverride, Reason, override
from api.services.users import Role, viewer_of
from api.web.form_messages import DECISION
from api.web.people.office import DONE
from rms.assessment import Assessment
from rms.instrument import Answer, Item, instrument
from tests.api.conftest import PASSWORD, USERNAME
from tests.api.contexts import context_for
from tests.browser.walking import WITH_SCRIPT, WITHOUT_SCRIPT, enter, sign_in

NEW_PASSWORD = "quarry-lantern-seven-boats"


def user(app: Flask, name: str, role: Role) -> None:
    application = app.extensions["rms"]
    create_user(context_for(application.store, at=application.clock(), by="test"), name, PASSWORD, role=role)


def to_place(tab: Page, name: str) -> None:
    tab.get_by_role("navigation", name="Menu").get_by_role("link", name=name).click()


def leave(tab: Page) -> None:
    tab.get_by_role("button", name="Sign out").click()


def _any(item: Item) -> Answer:
    return item.levels[1].value if item.levels else int(item.minimum or 0) + 1


@pytest.fixture
def overridden(app: Flask) -> None:
    """10000, assessed by the case worker, to be released in forty days, and overridden."""
    application, form = app.extensions["rms"], instrument("rms")
    at = application.clock()
    worker = find_user(context_for(application.store), USERNAME)
    store = application.store.within(viewer_of(worker, at=at))
    assessment = Assessment(
        instrument=form,
        offender_number="10000",
        sex="male",
        date_of_birth=date(1985, 5, 17),
        assessed_on=at.date(),
        release_date=at.date() + timedelta(days=40),
        answers={item.code: _any(item) for item in form.asked},
    )
    submit_assessment(context_for(store, at=at, by=USERNAME), assessment, library=application.library.whole())
    new = NewOverride("recidivism", Direction.HIGHER, Reason.OTHER, "Said by somebody who should know.")
    override(context_for(store, at=at, by=worker), "10000", new)


def test_a_supervisors_day(tab: Page, app: Flask, overridden: None) -> None:
    user(app, "head", Role.SUPERVISOR)
    user(app, "colleague", Role.CASE_WORKER)
    enter(tab, app, "head")
    to_place(tab, "Office")
    tab.get_by_role("link", name=USERNAME).click()
    tab.get_by_role("link", name="10000", exact=True).first.click()
    tab.get_by_label("Case worker").select_option("colleague")
    tab.get_by_role("button", name="Add to caseload").click()
    expect(tab.get_by_role("alert")).to_contain_text(DONE["assigned"])
    to_place(tab, "Office")
    expect(tab.get_by_role("row", name="Agency")).to_contain_text("colleague: 1")
    tab.get_by_role("link", name="Releases").click()
    tab.get_by_label("How far ahead").select_option("60")
    tab.get_by_role("button", name="Show").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(
        "Releases in the next 60 days, from assessments only"
    )
    expect(tab.get_by_role("row", name="10000")).to_be_visible()
    tab.go_back()
    expect(tab.get_by_role("heading", level=1)).to_have_text(
        "Releases in the next 30 days, from assessments only"
    )
    tab.get_by_role("link", name="Overrides").click()
    tab.get_by_role("link", name="10000, override 1").click()
    tab.get_by_role("button", name="Record decision").click()
    tab.get_by_role("link", name=DECISION["decision"]).click()
    tab.keyboard.press("Space")
    tab.get_by_label("Explain your decision").fill("I know the family.")
    tab.get_by_role("button", name="Record decision").click()
    expect(tab.get_by_text("No overrides wait for your decision.")).to_be_visible()


@WITHOUT_SCRIPT
def test_small_counts_are_on_the_screen_and_not_on_paper(tab: Page, app: Flask, overridden: None) -> None:
    user(app, "head", Role.SUPERVISOR)
    enter(tab, app, "head")
    for path, charts in (("/office/counts", 3), ("/office/overrides", 0)):
        tab.goto(path)
        shown = tab.locator("main").inner_text()
        assert "not shown" not in shown and "You see every count of your offices." in shown
        tab.emulate_media(media="print")
        on_paper = tab.locator("main").inner_text()
        assert "not shown" in on_paper and "You see every count" not in on_paper
        pictures = [one for one in tab.locator("main img").all() if one.is_visible()]
        assert len(pictures) == charts
        assert all("not shown" in (one.get_attribute("alt") or "") for one in pictures)
        tab.emulate_media(media="screen")


@WITHOUT_SCRIPT
def test_an_administrators_day(tab: Page, app: Flask, overridden: None) -> None:
    for name in ("first.admin", "second.admin"):
        user(app, name, Role.ADMINISTRATOR)
    enter(tab, app, "first.admin")
    to_place(tab, "Administration")
    tab.get_by_role("link", name="Offices").click()
    tab.get_by_label("Name").fill("North")
    tab.get_by_role("button", name="Add office").click()
    tab.get_by_role("link", name="Users").click()
    tab.get_by_role("link", name="Add user").click()
    tab.get_by_label("Username").fill("nora")
    tab.get_by_label("Case worker").check()
    tab.get_by_label("Office").select_option("North")
    tab.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    tab.get_by_role("button", name="Add user").click()
    expect(tab.locator("#shown-once")).to_have_text(NEW_PASSWORD)
    tab.get_by_role("link", name="I have noted it").click()
    expect(tab.get_by_text(NEW_PASSWORD)).to_have_count(0)
    tab.goto("/administration/systems")
    tab.get_by_label("Name").fill("case-system")
    tab.get_by_role("button", name="Add service account").click()
    tab.get_by_label("What it is for").fill("production")
    tab.get_by_label("Read assessments").check()
    tab.get_by_role("button", name="Add key or client secret").click()
    key = tab.locator("#shown-once").inner_text()
    assert re.fullmatch(r"rms_[\w-]{43}", key)
    tab.get_by_role("link", name="I have saved it").click()
    expect(tab.get_by_text(key)).to_have_count(0)
    tab.go_back()
    expect(tab.get_by_text("no longer available")).to_be_visible()
    tab.get_by_role("link", name="Home").first.click()
    tab.goto("/administration/systems/case-system")
    tab.get_by_role("link", name="Revoke production").click()
    tab.get_by_role("button", name="Revoke key").click()
    expect(tab.get_by_role("row", name="production")).to_contain_text("Revoked on")
    tab.goto("/administration/erasures")
    tab.get_by_label("Offender number").fill("10000")
    tab.get_by_label("A court ordered it").check()
    tab.get_by_label("Details").fill("Order 12 of the county court.")
    tab.get_by_role("button", name="Request erasure").click()
    expect(tab.get_by_role("heading", name="All records of 10000")).to_be_visible()
    expect(tab.get_by_role("link", name="Approve")).to_have_count(0)
    leave(tab)
    enter(tab, app, "second.admin")
    tab.goto("/administration/erasures")
    tab.get_by_role("link", name="Approve").click()
    tab.get_by_role("button", name="Approve and erase now").click()
    expect(tab.get_by_role("heading", name="All records of 10000")).to_have_count(0)


@WITH_SCRIPT
def test_an_auditors_search_and_verification(tab: Page, app: Flask, overridden: None) -> None:
    user(app, "auditor", Role.AUDITOR)
    enter(tab, app, "auditor")
    to_place(tab, "Audit log")
    tab.get_by_label("Action").select_option("override.made")
    tab.get_by_role("button", name="Search").click()
    expect(tab.locator("tbody tr")).to_have_count(1)
    expect(tab.locator("tbody tr")).to_contain_text(USERNAME)
    tab.get_by_role("link", name="Note the last entry").click()
    end = tab.locator("#shown-once").inner_text()
    tab.get_by_role("link", name="Back to the audit log").click()
    tab.get_by_role("link", name="Verify the audit log").click()
    tab.get_by_label("Last entry you noted earlier").fill(end)
    tab.get_by_role("button", name="Verify").click()
    expect(tab.get_by_role("heading", name="No change found in the")).to_be_visible()


@WITH_SCRIPT
def test_ones_own_password_is_changed(tab: Page, app: Flask) -> None:
    enter(tab, app, USERNAME)
    tab.get_by_role("banner").get_by_role("link", name=USERNAME).click()
    tab.get_by_role("link", name="Change your password").click()
    tab.get_by_label("Current password").fill(PASSWORD)
    tab.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    tab.get_by_label("New password again").fill(NEW_PASSWORD)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("has been changed")
    leave(tab)
    sign_in(tab, password=NEW_PASSWORD)
    expect(tab.get_by_role("banner").get_by_role("link", name=USERNAME)).to_be_visible()


def test_none_scrolls_sideways(browser: Browser, address: str, app: Flask, overridden: None) -> None:
    paths = {
        Role.SUPERVISOR: (
            *("office", "office/caseloads/c.worker", "office/people/10000", "office/counts", "office/due"),
            *("office/releases?days=90", "office/overrides", "office/overrides/10000/1"),
            "people/10000/record",
        ),
        Role.ADMINISTRATOR: (
            *(f"administration/{name}" for name in ("users", "new-user", "offices", "systems", "bands")),
            *("administration", "administration/libraries", "administration/erasures", "account/password"),
        ),
        Role.AUDITOR: ("record", "record/verification", "record/end", "account"),
    }
    for role, theirs in paths.items():
        user(app, f"a.{role}", role)
        context = browser.new_context(base_url=address, viewport={"width": 320, "height": 640})
        tab = context.new_page()
        enter(tab, app, f"a.{role}")
        for path in theirs:
            answer = tab.goto(f"/{path}")
            assert answer is not None and answer.status == 200, path
            assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path
        context.close()
