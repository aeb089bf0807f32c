"""The whole road in a browser: sign in, fill the form, read the result, Back, reload, PDF."""

import re
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from pypdf import PdfReader

from tests.api.conftest import PASSWORD, USERNAME
from tests.browser.walking import (
    FORM,
    WITH_SCRIPT,
    WITHOUT_SCRIPT,
    check_form,
    enter,
    fill_identification,
    fill_items,
    open_form,
    save_form,
    sign_in,
    stored,
    submit_first,
    submit_form,
)


def test_from_the_login_to_the_report(tab: Page, app: Flask, address: str) -> None:
    sign_in(tab)
    tab.goto("/assessments/new")
    submit_form(tab, address)
    expect(tab.get_by_role("heading", name="Recidivism")).to_be_visible()
    expect(tab.get_by_role("img", name="95% interval")).to_have_count(2)

    tab.go_back()
    expect(tab.get_by_label("Offender number")).to_be_visible()
    expect(tab.locator("input:checked")).to_have_count(0)  # or the next person would get this one's ratings
    tab.go_forward()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    tab.reload()
    expect(tab.get_by_role("heading", name="Assessment report 10000")).to_be_visible()
    assert stored(app) == ["10000"]

    with tab.expect_download() as downloading:
        tab.get_by_text("More actions").click()
        tab.get_by_role("link", name="Report as PDF").click()
    assert "10000" in PdfReader(downloading.value.path()).pages[0].extract_text()


def refuse(tab: Page, app: Flask) -> None:
    """A form with the identification and no answer, sent."""
    open_form(tab, app)
    fill_identification(tab)
    check_form(tab)
    expect(tab.locator("#errors")).to_be_visible()


def test_a_refused_form_leads_to_its_fields_and_keeps_them(tab: Page, app: Flask, address: str) -> None:
    refuse(tab, app)
    summary = tab.locator("#errors")
    expect(summary.get_by_role("link")).to_have_count(len(FORM.asked))
    expect(tab).to_have_title(re.compile("^Error: "))
    summary.get_by_role("link", name="Employment: ").click()
    expect(tab.locator("#answer-empl")).to_be_in_viewport()
    expect(tab.get_by_label("Offender number")).to_have_value("10000")
    fill_items(tab)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))


@WITH_SCRIPT
def test_back_never_leads_to_a_refused_form(tab: Page, app: Flask, address: str) -> None:
    refuse(tab, app)
    expect(tab.locator("#errors")).to_be_focused()
    fill_items(tab)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    tab.go_back()
    expect(tab.get_by_role("heading", name="New assessment")).to_be_visible()
    expect(tab.locator("#errors")).to_have_count(0)
    assert stored(app) == ["10000"]


@WITHOUT_SCRIPT
def test_back_and_reload_send_no_refused_form_again(tab: Page, app: Flask, address: str) -> None:
    refuse(tab, app)
    refused = tab.url
    tab.reload()
    expect(tab.get_by_label("Offender number")).to_have_value("10000")
    tab.get_by_role("link", name="Help").first.click()
    expect(tab).not_to_have_url(refused)
    tab.go_back()
    expect(tab).to_have_url(refused)
    fill_items(tab)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    tab.go_back()
    expect(tab.get_by_text("This is a new, empty form")).to_be_visible()
    tab.go_back()
    expect(tab.locator("#errors")).to_have_count(1)
    tab.go_forward()
    tab.go_forward()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


def test_back_to_a_wrong_password_leads_where_people_begin(tab: Page, address: str) -> None:
    tab.goto("/login")
    tab.get_by_label("Username").fill(USERNAME)
    tab.get_by_label("Password", exact=True).fill("wrong")
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#errors")).to_be_visible()
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="I have read this and accept it").click()
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
    tab.go_back()
    tab.go_back()
    expect(tab).to_have_url(f"{address}/results?latest=true")
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_session_that_ended_loses_nothing_typed(tab: Page, app: Flask, address: str) -> None:
    """With script the form stays where it is; without, its page keeps all of it to be sent again."""
    open_form(tab, app)
    fill_identification(tab)
    fill_items(tab)
    tab.context.clear_cookies(name="rms-session")
    check_form(tab)
    expect(tab.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert stored(app) == []
    other = tab.context.new_page()
    enter(other, app)
    other.close()
    tab.get_by_role("button", name=re.compile("^(Check answers|Send again)$")).click()
    expect(tab).to_have_url(re.compile("/check$"))
    check = tab.url
    tab.context.clear_cookies(name="rms-session")
    tab.get_by_role("button", name="Save assessment").click()
    expect(tab.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert stored(app) == []
    enter(tab, app, to=check)  # nothing is lost on this page either
    tab.get_by_role("button", name="Save assessment").click()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))


@WITH_SCRIPT
def test_a_lost_reply_is_not_called_unsaved(tab: Page, app: Flask, address: str) -> None:
    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    open_form(tab, app)
    fill_identification(tab)
    fill_items(tab)
    submitting = re.compile(r"/(assessments/new|drafts/[^/]+)$")  # it may be a draft by now
    tab.route(submitting, lose)
    check_form(tab)
    expect(tab.locator("#errors")).to_contain_text("Send it again")
    expect(tab.locator("#errors")).not_to_contain_text("Nothing was saved")
    tab.unroute(submitting)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


def test_a_what_if_in_the_browser(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    tab.get_by_text("More actions").click()
    tab.get_by_role("link", name="What-if using the whole form").click()
    tab.locator("input[name=answer-drug]").nth(3).check()
    save_form(tab, "Save what-if")
    expect(tab.get_by_text("WHAT-IF", exact=True)).to_be_visible()
    tab.get_by_role("link", name="See what changed").click()
    expect(tab.get_by_role("row", name="Drug use").first).to_contain_text("3: Major need")
    assert stored(app) == ["10000-01", "10000"]


@WITH_SCRIPT
def test_a_what_if_marks_what_is_changed(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    tab.get_by_text("More actions").click()
    tab.get_by_role("link", name="What-if using the whole form").click()
    states = tab.locator("[data-state]")
    expect(states.filter(has_text="as in 10000")).to_have_count(len(FORM.asked))
    tab.locator("input[name=answer-drug]").nth(3).check()
    tab.locator("#answer-months_employed").fill("12")
    expect(states.filter(has_text="changed")).to_have_count(2)
    tab.locator("input[name=answer-drug]").nth(1).check()
    expect(states.filter(has_text="changed")).to_have_count(1)


@WITH_SCRIPT
def test_script_counts_guards_and_takes_numbers(tab: Page, app: Flask) -> None:
    tab.route("**/drafts", lambda route: route.abort())  # what is kept as a draft needs no guard
    open_form(tab, app)
    progress = tab.locator("[data-progress]")
    expect(progress).to_have_text("0 of 24 answered")
    tab.locator("#answer-acad").focus()
    tab.keyboard.press("2")
    expect(tab.locator("input[name=answer-acad][value='2']")).to_be_checked()
    tab.keyboard.press("u")
    expect(tab.locator("#reason-acad")).to_be_visible()
    expect(progress).to_have_text("0 of 24 answered")  # unknown, but not why
    tab.locator("#reason-acad").fill("Nothing is on record.")
    expect(progress).to_have_text("1 of 24 answered")

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    tab.on("dialog", stay)
    tab.get_by_role("link", name="Home").click()
    expect(progress).to_have_text("1 of 24 answered")
    assert asked == ["beforeunload"]


def test_two_clicks_on_submit_are_one_assessment(tab: Page, app: Flask, address: str) -> None:
    open_form(tab, app)
    fill_identification(tab)
    fill_items(tab)
    check_form(tab)
    tab.get_by_role("button", name="Save assessment").dblclick()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


@WITH_SCRIPT
def test_no_page_scrolls_sideways(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    pages = ("/", "/notice", "/assessments/new", "/assessments/new?what_if=10000", "/assessments/10000")
    for width in (320, 683, 1366):  # 683: 1366 at a zoom of 200 %
        tab.set_viewport_size({"width": width, "height": 640})
        for path in (*pages, "/people/10000"):
            tab.goto(path)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_printing_shows_every_answer(browser: Browser, app: Flask, address: str, tmp_path: Path) -> None:
    context = browser.new_context(base_url=address)
    tab = context.new_page()
    submit_first(tab, app, address)
    tab.get_by_role("link", name="Print", exact=True).click()
    expect(tab.get_by_role("button", name="Print")).to_be_visible()
    tab.pdf(path=tmp_path / "printed.pdf", format="A4")
    context.close()
    printed = " ".join(page.extract_text() for page in PdfReader(tmp_path / "printed.pdf").pages)
    assert "Attitude to change" in printed
    assert "never to be used alone" in printed
    assert "Sign out" not in printed


def test_answers_are_checked_changed_and_saved(tab: Page, app: Flask, address: str) -> None:
    """By Change and back, by the browser's Back, and by a reload: everything is still there."""
    open_form(tab, app)
    fill_identification(tab)
    fill_items(tab)
    check_form(tab)
    expect(
        tab.get_by_role("heading", name="Check the answers before you save the assessment")
    ).to_be_visible()
    expect(tab.locator("#points")).to_contain_text("1 answer unknown. Sexual behaviour")
    assert stored(app) == []
    tab.get_by_role("link", name="Change Drug use").click()
    expect(tab.locator("#answer-drug")).to_be_in_viewport()
    expect(tab.get_by_label("Offender number")).to_have_value("10000")
    tab.locator("input[name=answer-drug]").nth(3).check()
    check_form(tab)
    row = tab.locator(".govuk-summary-list__row", has_text="Drug use")
    expect(row).to_contain_text("3: Major need")
    tab.reload()
    expect(row).to_contain_text("3: Major need")
    tab.go_back()
    expect(tab.locator("input[name=answer-drug]").nth(3)).to_be_checked()
    tab.locator("input[name=answer-drug]").nth(2).check()
    check_form(tab)
    expect(row).to_contain_text("2: Clear need")
    tab.get_by_role("button", name="Save and start another").click()
    expect(tab.get_by_text("This is a new, empty form")).to_be_visible()
    assert stored(app) == ["10000"]
