"""The offender list in a browser: found in six inputs, saved, taken along, and what moved a month later."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from api.app import now
from api.services.access.accounts import create_user
from api.services.users import Role
from tests.api.case_records import FILES, load
from tests.api.conftest import PASSWORD
from tests.api.contexts import context_for
from tests.api.two_sources import import_both
from tests.browser.walking import WITH_SCRIPT, WITHOUT_SCRIPT, enter, scripted

SERGEANT = "o.manager"
DUPLICATES = "/people/duplicates"
ROBBERS = "Young robbers"
INPUTS = 6
CAPTION_IN_SIGHT = """() => {
    const text = document.createRange();
    text.selectNodeContents(document.querySelector(".offender-list caption"));
    const seen = document.querySelector(".scroll").getBoundingClientRect();
    return text.getBoundingClientRect().right <= seen.right;
}"""
# Where the text of Age and Score of the first person stands: a mark without a height, on its baseline.
BASELINES = """() => ["Age", "Score"]
    .map(label => document.querySelector(`tbody tr [data-label=${label}]`))
    .map(cell => {
        const mark = cell.appendChild(document.createElement("span"));
        mark.style.display = "inline-block";
        const { bottom } = mark.getBoundingClientRect();
        mark.remove();
        return bottom;
    })"""


class Inputs:
    """What the sergeant does to the filter, counted."""

    def __init__(self, tab: Page) -> None:
        self._tab = tab
        self.count = 0

    def select(self, label: str, option: str) -> None:
        self._tab.get_by_label(label, exact=True).select_option(label=option)
        self.count += 1

    def check(self, label: str) -> None:
        self._tab.get_by_label(label, exact=True).check()
        self.count += 1

    def apply(self) -> None:
        """With the button if there is no script; with script, the list follows by itself."""
        if not scripted(self._tab):
            self._tab.get_by_role("button", name="Apply filter").click()
            self.count += 1


def day(shift: int) -> date:
    return now().date() + timedelta(days=shift)


@pytest.fixture
def force(app: Flask) -> Flask:
    """Two people under 25 in Castle ward: Ann, who is managed, and Ed, who is not; each with a robbery."""
    people = FILES["people"].replace("2026-04-01", str(day(40))) + f"P9,Ed,Young,{day(-7000)},male,W1,,no,,\n"
    offences = (
        FILES["offences"].replace("2025-12-01", str(day(-90))) + f"O10,P9,03402,{day(-200)},W1,convicted,1,\n"
    )
    store = app.extensions["rms"].store
    load(
        store, {**FILES, "people": people, "offences": offences}, day=day(-31), at=now() - timedelta(days=31)
    )
    create_user(
        context_for(store, at=now(), by="test"),
        SERGEANT,
        PASSWORD,
        role=Role.OFFENDER_MANAGER,
        office="Castle ward",
    )
    return app


def people(tab: Page) -> list[str]:
    return tab.locator(".offender-list tbody th > a").all_inner_texts()


def test_the_list_for_the_meeting_in_six_inputs(tab: Page, force: Flask) -> None:
    enter(tab, force, SERGEANT, to="/")
    tab.get_by_role("link", name="Offender list").first.click()
    inputs = Inputs(tab)
    inputs.select("Home area", "Castle ward (ward, your area)")
    inputs.check("Under 25")
    inputs.select("Managed", "Not managed, or not known")
    inputs.select("Kind of offence", "Robbery: all")
    inputs.select("When", "In the last 2 years")
    inputs.apply()
    assert inputs.count <= INPUTS
    expect(tab.locator("[data-live=line]")).to_have_text("1 person matches")
    assert people(tab) == ["Ed Young"]

    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download spreadsheet").click()
    sheet = load_workbook(BytesIO(Path(download.value.path()).read_bytes())).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["Young"]

    tab.get_by_label("Name of the list").fill(ROBBERS)
    tab.get_by_role("button", name="Save list").click()
    expect(tab.get_by_role("alert")).to_contain_text("List saved.")

    # A month later there is another offence: the same list says who moved.
    more = f"offence,person,code,date,area,stage,outcome\nO11,P9,00101,{day(-3)},W1,charged,1\n"
    load(force.extensions["rms"].store, {"offences": more}, day=day(0), at=now())
    tab.goto("/harm")
    tab.get_by_text("Saved lists").click()
    tab.get_by_role("link", name=ROBBERS).click()
    expect(tab.locator(".offender-list tbody tr")).to_have_count(1)
    expect(tab.locator(".offender-list .band")).to_contain_text("up from low")


@WITH_SCRIPT
def test_from_the_list_to_every_page_of_a_person(tab: Page, force: Flask) -> None:
    enter(tab, force, SERGEANT, to="/harm")
    for width in (768, 1000, 1100):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate(CAPTION_IN_SIGHT), width
    for width in (375, 320):
        tab.set_viewport_size({"width": width, "height": 800})
        baselines = tab.evaluate(BASELINES)
        assert len(baselines) == 2 and baselines[0] == pytest.approx(baselines[1], abs=0.5), width
        expect(tab.get_by_text("Intelligence").filter(visible=True).first).to_be_visible()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.get_by_role("link", name="Ann Lee", exact=True).click()
    topics = tab.get_by_role("navigation", name="Pages about this person")
    for topic in ("Harm score", "Offences", "Map", "Records", "Associations", "Overview"):
        topics.get_by_role("link", name=topic).click()
        expect(tab.get_by_role("heading", level=1)).to_have_text(topic)
        expect(topics.locator("[aria-current=page]")).to_have_text(topic)
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert "Lee" not in tab.url and "A100" not in tab.url


@WITHOUT_SCRIPT
def test_a_name_is_found_and_not_in_the_address(tab: Page, force: Flask) -> None:
    enter(tab, force, SERGEANT, to="/harm")
    tab.get_by_label("Surname").fill("you")
    tab.get_by_role("button", name="Find").click()
    expect(tab.locator("[data-live=line]")).to_have_text("1 person matches")
    assert "you" not in tab.url.partition("?")[2].partition("who=")[0]
    tab.get_by_role("link", name="Remove filter: Surname begins with “you”").click()
    expect(tab.locator("[data-live=line]")).to_have_text("3 people match")


@WITHOUT_SCRIPT
def test_records_side_by_side_fit_a_narrow_window(tab: Page, app: Flask, tmp_path: Path) -> None:
    store = app.extensions["rms"].store
    import_both(store, tmp_path)
    create_user(context_for(store, at=now(), by="test"), "chief", PASSWORD, role=Role.SUPERVISOR)
    enter(tab, app, "chief", to=DUPLICATES)
    paths = [DUPLICATES, *tab.locator("main section a").evaluate_all("all => all.map(one => one.href)")]
    assert len(paths) > 2
    for path in paths:
        tab.goto(path)
        for width in (640, 700, 375):
            tab.set_viewport_size({"width": width, "height": 800})
            assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
