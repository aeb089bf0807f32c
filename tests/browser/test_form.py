"""The form of an assessment in a browser: by keys alone, kept while typing, two tabs, a failing network."""

import re

from flask import Flask
from playwright.sync_api import Page, Route, expect

from rms.instrument import instrument
from tests.browser.walking import (
    WITH_SCRIPT,
    check_form,
    fill_identification,
    fill_items,
    open_form,
    save_form,
    scripted,
    stored,
    submit_first,
)

FORM = instrument("rms")


def kept(tab: Page) -> None:
    """Until what is typed is kept, and the address is that of the draft."""
    expect(tab).to_have_url(re.compile("/drafts/"))
    told = tab.locator("[data-saved][data-current]")  # of all that is typed, not of the first keys
    expect(told).to_have_text(re.compile(r"^Draft saved .*, \d\d:\d\d UTC$"), timeout=10_000)


@WITH_SCRIPT
def test_a_first_assessment_by_keyboard_alone(tab: Page, app: Flask, address: str) -> None:
    open_form(tab, app)
    press, write = tab.keyboard.press, tab.keyboard.type
    while tab.evaluate("document.activeElement.id") != "offender_number":
        press("Tab")
    write("10000")
    press("Enter")
    press("Space")  # the first of the sexes
    press("Enter")
    for part in ("17", "5", "1985", "1", "12", "2030"):
        write(part)
        press("Enter")
    for item in FORM.asked:
        focused = tab.evaluate("document.activeElement.closest('[data-item]').dataset.item")
        assert focused == item.code
        if item.code in ("sexs", "months_employed"):
            press("u")
            if item.levels:
                press("Enter")
            write("Nothing is on record.")
        elif item.levels:
            press("1")
        else:
            write(str(int(item.minimum or 0) + 1))
        box = tab.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
        assert box["top"] >= 0  # never hidden
        assert box["bottom"] <= 768
        press("Enter")
    expect(tab.locator("[data-progress]")).to_have_text("24 of 24 answered")
    expect(tab.get_by_role("button", name="Check answers")).to_be_focused()
    assert stored(app) == []  # Enter in a field sends nothing
    press("Enter")
    save = tab.get_by_role("button", name="Save assessment")
    expect(save).to_be_visible()
    while not save.evaluate("button => button === document.activeElement"):
        press("Tab")
    press("Enter")
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


def test_begun_now_and_finished_later(tab: Page, app: Flask, address: str) -> None:
    open_form(tab, app)
    fill_identification(tab)
    tab.locator("#answer-conv_drug").fill("many")
    tab.get_by_role("button", name="Save and come back later").click()
    expect(tab.get_by_role("row", name="10000")).to_contain_text("0 of 24")
    tab.get_by_role("link", name="Continue").first.click()
    expect(tab.get_by_label("Offender number")).to_have_value("10000")
    expect(tab.locator("#answer-conv_drug")).to_have_value("many")
    fill_items(tab)
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    tab.go_back()
    expect(tab.get_by_text("This is a new, empty form")).to_be_visible()
    tab.go_forward()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


def test_re_population(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    tab.goto("/assessments/new")
    tab.get_by_label("Offender number").fill("10000")
    tab.get_by_role("button", name="Start from an earlier assessment").click()
    if tab.get_by_role("table").count() == 0:  # the number goes along by script
        tab.get_by_label("Offender number").fill("10000")
        tab.get_by_role("button", name="Search").click()
    tab.get_by_role("button", name="Start from this assessment").click()
    expect(tab.locator(".state").filter(has_text="carried over")).to_have_count(len(FORM.asked))
    tab.locator("input[name=answer-drug]").nth(3).check()
    tab.locator("#seen-acad").check()
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000-01(\?.*)?$"))
    expect(tab.get_by_role("alert")).to_contain_text("Assessment 10000-01 submitted.")
    expect(tab.get_by_role("main")).to_contain_text(
        "Based on 10000: 1 answer changed. 22 answers carried over, not confirmed."
    )
    tab.get_by_role("link", name="See what changed").click()
    expect(tab.get_by_role("row", name="Drug use").first).to_contain_text("3: Major need")
    assert stored(app) == ["10000-01", "10000"]


@WITH_SCRIPT
def test_what_is_typed_is_kept_and_two_tabs_are_told(tab: Page, app: Flask, address: str) -> None:
    open_form(tab, app)
    fill_identification(tab)
    fill_items(tab)
    kept(tab)
    tab.reload()
    expect(tab.locator("[data-progress]")).to_have_text("24 of 24 answered")
    other = tab.context.new_page()
    other.goto(tab.url)
    other.locator("input[name=answer-drug]").nth(3).check()
    kept(other)
    tab.locator("input[name=answer-acad]").nth(0).check()
    expect(tab.locator("[data-saved]")).to_contain_text("changed in another tab")
    check_form(tab)
    expect(tab.locator("#errors")).to_be_focused()
    tab.reload()  # only this page has both, and it comes again
    expect(tab.locator("#meanwhile")).to_contain_text("3: Major need")
    expect(tab.locator("input[name=answer-acad]").nth(0)).to_be_checked()
    tab.locator("#keep-drug-saved").check()
    save_form(tab)
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]
    other.close(run_before_unload=False)


@WITH_SCRIPT
def test_what_was_refused_at_once_is_still_there_after_a_reload(tab: Page, app: Flask) -> None:
    open_form(tab, app)
    fill_identification(tab)
    check_form(tab)  # before it was ever kept
    expect(tab.locator("#errors")).to_be_focused()
    kept(tab)
    tab.reload()
    expect(tab.get_by_label("Offender number")).to_have_value("10000")


@WITH_SCRIPT
def test_a_slow_and_failing_network_loses_nothing(tab: Page, app: Flask, address: str) -> None:
    def fail(route: Route) -> None:
        route.abort()

    open_form(tab, app)
    tab.route("**/drafts", fail)
    fill_identification(tab)
    expect(tab.locator("[data-saved]")).to_contain_text("the service did not answer. RMS will try again")
    tab.unroute("**/drafts")
    kept(tab)

    def slow(route: Route) -> None:
        tab.wait_for_timeout(1000)
        route.continue_()

    tab.route("**/drafts/**", slow)
    fill_items(tab)
    tab.get_by_role("button", name="Check answers").dblclick()
    tab.get_by_role("button", name="Save assessment").dblclick()
    expect(tab).to_have_url(re.compile(r"/assessments/10000(\?.*)?$"))
    assert stored(app) == ["10000"]


@WITH_SCRIPT
def test_contradictions_are_told_while_typing(tab: Page, app: Flask) -> None:
    open_form(tab, app)
    tab.locator("#answer-supervision_periods").fill("1")
    tab.locator("#answer-revocations").fill("2")
    told = tab.locator("#answer-revocations-contradiction")
    expect(told).to_contain_text("Check this answer: Revocations")
    tab.locator("#answer-revocations").fill("1")
    expect(told).to_be_empty()


def test_a_correction(tab: Page, app: Flask, address: str) -> None:
    submit_first(tab, app, address)
    tab.goto("/assessments/10000/correct")
    tab.locator("input[name=answer-drug]").nth(3).check()
    if scripted(tab):  # kept while it is typed, as any form
        expect(tab).to_have_url(re.compile("/drafts/"))
        tab.reload()
        expect(tab.locator("input[name=answer-drug]").nth(3)).to_be_checked()
    check_form(tab)
    tab.locator("#errors").get_by_role("link").click()
    expect(tab.get_by_label("Why is it being corrected?")).to_be_focused()
    tab.keyboard.type("Rated from the wrong file.")
    save_form(tab, "Save correction")
    expect(tab).to_have_url(re.compile(r"/assessments/10000-01(\?.*)?$"))
    assert stored(app) == ["10000-01", "10000"]
