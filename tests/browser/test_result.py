"""What somebody does with a result: choose a row, ask why, see the needs, judge otherwise, try changes."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from api.services.access.accounts import create_user, find_user
from api.services.assessments.assessments import history, submit_assessment
from api.services.users import Role, viewer_of
from rms.assessment import Assessment
from rms.instrument import instrument
from tests.api.conftest import PASSWORD, USERNAME, valid_body
from tests.api.contexts import context_for
from tests.browser.walking import IS_NARROW, WITH_SCRIPT, enter, scripted

__all__ = ["valid_body"]  # a fixture shared with the tests of the API

FORM = instrument("rms")
SUPERVISOR = "s.visor"
WHY = "They have lived with their brother since May."


@pytest.fixture
def assessed(app: Flask, valid_body: dict[str, Any]) -> str:
    """10000, and a supervisor who may see it."""
    application = app.extensions["rms"]
    at = application.clock()
    body = {name: valid_body[name] for name in ("offender_number", "sex", "answers", "unknown")}
    assessment = Assessment(
        instrument=FORM,
        date_of_birth=at.date().replace(year=at.year - 40),
        release_date=at.date().replace(year=at.year + 1),
        assessed_on=at.date(),
        **body,
    )
    create_user(context_for(application.store, at=at, by="test"), SUPERVISOR, PASSWORD, role=Role.SUPERVISOR)
    worker = find_user(context_for(application.store), USERNAME)
    store = application.store.within(viewer_of(worker, at=at))
    submit_assessment(context_for(store, at=at, by=USERNAME), assessment, library=application.library.whole())
    return "/assessments/10000"


def stored(app: Flask) -> list[str]:
    return [one.id for one in history(context_for(app.extensions["rms"].store), "10000")]


def assert_ten_comparables(table: Locator) -> None:
    """The columns of the 2005 form; the heaviest first, 100.00 percent in all."""
    head = table.locator("thead th").all_inner_texts()
    assert head[:5] == ["Case", "Sex", "Born", "Actual", "Percent"]
    assert head[5:12] == ["V", "P", "D", "W", "E", "O", "Years served"]
    rows = [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]
    percents = [Decimal(row[4]) for row in rows]
    assert len(rows) == 10 and percents == sorted(percents, reverse=True) and sum(percents) == 100
    assert {row[3] for row in rows} <= {"1", "2"} and {row[1] for row in rows} <= {"female", "male"}


def test_rows_comparables_why_and_needs(tab: Page, app: Flask, assessed: str, address: str) -> None:
    enter(tab, app, to=assessed)
    topics = tab.get_by_role("navigation", name="Topics of this result")
    topics.get_by_role("link", name="Comparable people").click()
    expect(tab.get_by_text("You see the comparable people for recidivism.")).to_be_visible()
    rows = tab.get_by_role("table", name=re.compile("^Scores of"))
    rows.get_by_role("link", name="Violence").click()
    expect(tab).to_have_url(f"{address}{assessed}/comparable-people?process=violence")
    expect(tab.get_by_role("table", name=re.compile("^Violence: ten cases"))).to_be_visible()
    expect(tab.get_by_role("table", name=re.compile("^Recidivism: ten cases"))).to_be_hidden()
    assert_ten_comparables(tab.get_by_role("table", name=re.compile("^Violence: ten cases")))
    expect(rows.get_by_role("row")).to_have_count(3)  # the head, R and V
    expect(rows).to_contain_text(re.compile(r"[12]\.\d\d \([12]\.\d\d to [12]\.\d\d\)"))
    tab.locator(".why summary").first.click()
    expect(
        tab.get_by_role("table", name=re.compile("is much nearer to this person than most cases are$")).first
    ).to_be_visible()

    topics.get_by_role("link", name="Needs").click()
    expect(tab.locator("#needs tbody th")).to_have_text([need.label for need in FORM.needs])
    tab.locator("#needs").get_by_role("link", name="what the other answers suggest (expected)").click()
    expect(tab.locator("#needs figure img")).to_have_attribute("alt", re.compile("expected"))
    if scripted(tab):
        opener = tab.locator("[data-opens]")
        dialog = tab.get_by_role("dialog", name="Needs of 10000")
        for close in (lambda: tab.keyboard.press("Escape"), dialog.get_by_role("button", name="Close").click):
            opener.press("Enter")
            expect(dialog).to_be_visible()
            close()
            expect(dialog).to_be_hidden()
            expect(opener).to_be_focused()
    else:
        expect(tab.locator("[data-opens]")).to_be_hidden()
    tab.go_back()
    tab.go_forward()
    topics.get_by_role("link", name="Why").click()
    parts = tab.get_by_role("table", name="Violence: from the average of all cases to this score")
    expect(parts.get_by_role("row", name="All: the score")).to_be_visible()
    tab.get_by_text("More actions").click()
    with tab.expect_download() as downloading:
        tab.get_by_role("link", name="Report as PDF").click()
    assert "10000" in PdfReader(downloading.value.path()).pages[0].extract_text()


def test_an_override_its_decision_a_note_and_the_person(
    tab: Page, app: Flask, assessed: str, browser: Browser, address: str
) -> None:
    enter(tab, app, to=f"{assessed}/judgement-and-notes")
    tab.locator("#judgement").get_by_role("link", name="Record an override").click()
    tab.get_by_role("button", name="Record override").click()
    summary = tab.locator("#errors")
    expect(summary.get_by_role("link")).to_have_count(4)
    tab.get_by_role("radio", name=re.compile("^Violence")).check()
    tab.get_by_label(re.compile("^Lower")).check()
    tab.get_by_label("Something that happened after the answers were given").check()
    tab.get_by_label("Explain your reasons").fill(WHY)
    tab.get_by_role("button", name="Record override").click()
    expect(tab.get_by_text("Override recorded.")).to_be_visible()
    tab.locator("#judgement").get_by_role("link", name="Add a note").click()
    tab.get_by_label("Note").fill("Seen at home.")
    tab.get_by_role("button", name="Save note").click()
    expect(tab.get_by_text("Note saved.")).to_be_visible()

    other = browser.new_context(base_url=address).new_page()
    enter(other, app, SUPERVISOR, to=f"{assessed}/judgement-and-notes")
    other.get_by_role("link", name="Decide on override 1").click()
    other.get_by_label("I agree", exact=True).check()
    other.get_by_label("Explain your decision").fill("I was there.")
    other.get_by_role("button", name="Record decision").click()
    expect(other.get_by_text("Decision recorded.")).to_be_visible()
    other.context.close()

    tab.goto("/people/10000")
    expect(tab.get_by_text(WHY)).to_be_visible()
    expect(tab.get_by_text(f"Agreed by {SUPERVISOR}")).to_be_visible()
    expect(tab.get_by_text("Seen at home.")).to_be_visible()
    for picture in tab.locator(".plot img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_the_workbench(tab: Page, assessed: str, app: Flask, address: str) -> None:
    enter(tab, app, to=f"{assessed}/workbench")
    bench = f"{address}{assessed}/workbench"
    expect(tab.get_by_text("WHAT-IF", exact=True)).to_be_visible()
    tab.get_by_label("Drug use").select_option("0")
    if not scripted(tab):
        tab.get_by_role("button", name="Recalculate", exact=True).click()
    words = tab.locator(".moved-word")
    expect(words).to_have_text([re.compile("No (clear )?difference|Higher by|Lower by")] * 2)
    expect(tab).to_have_url(f"{bench}?answer-drug=0")
    tab.reload()
    expect(tab.get_by_label("Drug use")).to_have_value("0")
    tab.get_by_role("link", name="Reset to the answers of 10000").click()
    expect(words).to_have_text(["Same score as 10000"] * 2)
    tab.go_back()
    expect(tab.get_by_label("Drug use")).to_have_value("0")
    expect(words.first).not_to_have_text("Same score as 10000")
    assert stored(app) == ["10000"]
    name = tab.get_by_label("Name (optional)")
    name.fill("After the course")
    if scripted(tab):  # a number that is being typed anew takes no name away
        months = tab.get_by_label("Months employed")
        before = months.input_value()
        months.fill("")
        expect(tab.get_by_role("heading", name="Not calculated yet")).to_be_visible()
        months.fill(before)
        expect(tab.get_by_role("heading", name="Not calculated yet")).to_have_count(0)
        expect(name).to_have_value("After the course")
        tab.reload()
        expect(name).to_have_value("After the course")
        name.press("Enter")
        tab.get_by_role("heading", name="Check the answers").wait_for()
    else:
        tab.get_by_role("button", name="Recalculate", exact=True).click()
        expect(name).to_have_value("After the course")
        tab.get_by_role("button", name="Save what-if").click()
    expect(tab.locator(".govuk-summary-list__row", has_text="Drug use")).to_contain_text("0: No need")
    tab.get_by_role("button", name="Save what-if").click()
    expect(tab).to_have_url(re.compile("/assessments/10000-01"))
    expect(tab.get_by_role("heading", name="What-if report 10000-01")).to_be_visible()
    tab.get_by_role("link", name="Judgement and notes").click()
    expect(tab.get_by_text("After the course")).to_be_visible()
    assert stored(app) == ["10000-01", "10000"]


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (375, 812), (320, 640)])
def test_the_workbench_keeps_the_scores_in_sight(
    tab: Page, assessed: str, app: Flask, width: int, height: int
) -> None:
    tab.set_viewport_size({"width": width, "height": height})
    enter(tab, app, to=f"{assessed}/workbench")
    scores = tab.get_by_role("region", name="Scores")
    score = r"\d\.\d\d\s\(\d\.\d\d to \d\.\d\d\)"
    verdict = r"(No clear difference|No difference|(Lower|Higher) by \d\.\d\d)"
    expect(scores).to_contain_text(re.compile(rf"Recidivism\s*{score}\s*Violence"))
    expect(scores).to_contain_text("95% intervals")
    attitude = tab.get_by_label("Attitude to change")
    attitude.scroll_into_view_if_needed()
    attitude.select_option("3")
    if not scripted(tab):
        tab.get_by_role("button", name="Recalculate").click()
        attitude.scroll_into_view_if_needed()
    for process in ("Recidivism", "Violence"):  # before and after, both with their intervals, and a verdict
        moved = rf"{process}\s*{verdict}\s+was {score} →\s+now {score}"
        expect(scores).to_contain_text(re.compile(moved))
    expect(scores).to_be_in_viewport(ratio=0.99)
    box = scores.bounding_box()
    assert box is not None and box["height"] <= height / 4
    attitude.focus()
    passed = []
    while tab.evaluate("document.activeElement.matches('.bench *')"):
        focused = tab.evaluate("document.activeElement.getBoundingClientRect().top")
        foot = tab.evaluate("document.querySelector('.bench-scores').getBoundingClientRect().bottom")
        passed.append(tab.evaluate("document.activeElement.id"))
        assert focused >= foot, passed
        tab.keyboard.press("Shift+Tab")  # backwards: the fields come from under the scores
    assert len(passed) > 10


@WITH_SCRIPT
def test_needs_on_a_phone_scroll_nowhere(tab: Page, app: Flask, assessed: str) -> None:
    enter(tab, app, to=assessed)
    tab.set_viewport_size({"width": 375, "height": 812})
    needs = (f"{assessed}/needs", f"{assessed}/needs?labels=codes", "/people/10000#needs")
    for path in (*needs, f"{assessed}/workbench?answer-drug=0"):
        tab.goto(path)
        tab.wait_for_load_state("networkidle")
        tables = tab.locator(".scroll:has(.needs-table, .moved-needs), #needs .plot")
        for one in tables.all():
            assert one.evaluate("part => part.scrollWidth <= part.clientWidth"), (path, one)
        assert tables.count() > 0
        for picture in tab.locator("#needs .plot img").all():
            assert picture.evaluate(IS_NARROW)
            assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_on_paper_with_page_numbers_and_without_gaps(
    app: Flask, browser: Browser, assessed: str, address: str, tmp_path: Path
) -> None:
    tab = browser.new_context(base_url=address).new_page()
    enter(tab, app, to=f"{assessed}/print")
    tab.pdf(path=tmp_path / "printed.pdf", format="A4")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "printed.pdf").pages]
    tab.context.close()
    assert all(len(page) > 400 for page in pages)
    assert f"page 1 of {len(pages)}" in " ".join(pages[0].split())
    whole = " ".join(" ".join(pages).split())
    assert "Recidivism: ten cases" in whole and "Violence: ten cases" in whole
    assert "Attitude to change" in whole and "Why case" not in whole and "Download" not in whole


@pytest.mark.parametrize("tab", [True], indirect=True, ids=["with script"])
def test_nothing_scrolls_sideways(tab: Page, app: Flask, assessed: str) -> None:
    enter(tab, app, to=assessed)
    topics = ("/comparable-people", "/explained", "/judgement-and-notes", "/answers", "/files", "/print")
    paths = ("", *topics, "/changes", "/needs", "/override", "/notes", "/workbench?answer-drug=0")
    for width in (320, 683):
        tab.set_viewport_size({"width": width, "height": 640})
        for path in (*(f"{assessed}{rest}" for rest in paths), "/people/10000"):
            tab.goto(path)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
