"""Maps in a browser: drawn by script, moved by keyboard, with the same content in a table."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from api.app import now
from api.services.access.accounts import create_user
from api.services.users import Role
from tests.api.case_records import address as address_of
from tests.api.conftest import PASSWORD
from tests.api.contexts import context_for
from tests.api.mapped_force import with_boundaries
from tests.browser.scanning import NARROW, Scanner, opened, with_axe
from tests.browser.walking import WITH_SCRIPT, WITHOUT_SCRIPT, enter

CHIEF = "chief"
MAP = "/harm/map"


@pytest.fixture
def force(app: Flask, tmp_path: Path) -> Flask:
    store = app.extensions["rms"].store
    create_user(context_for(store, at=now(), by="test"), CHIEF, PASSWORD, role=Role.SUPERVISOR)
    return with_boundaries(app, tmp_path)


@pytest.fixture
def hosts(tab: Page) -> Iterator[set[str]]:
    """Where the page has sent requests to."""
    asked: set[str] = set()
    tab.on("request", lambda one: asked.add(urlsplit(one.url).netloc))
    yield asked


def drawn(tab: Page) -> Locator:
    """The map, once all of it is there."""
    found = tab.locator("[data-map][data-drawn]")
    expect(found).to_be_visible()
    return found


@WITH_SCRIPT
def test_a_map_without_a_request_to_anybody_else(tab: Page, force: Flask, hosts: set[str]) -> None:
    enter(tab, force, CHIEF, to="/harm?home_area=W2")
    tab.get_by_role("link", name="Show on a map").click()
    shown = drawn(tab)
    expect(shown).to_have_attribute("data-circles", "1")
    expect(tab.locator(".map-legend")).to_contain_text("1 person")
    assert len(hosts) == 1 and next(iter(hosts)).startswith("127.0.0.1")
    assert shown.locator("img").count() == 0


@WITH_SCRIPT
def test_41_offences_on_one_point_are_one_circle_called_approximate(tab: Page, force: Flask) -> None:
    """The area in the popup is the one on record, wherever the point lies."""
    # Without boundaries of this kind, the map begins at the offences: the point is in the middle.
    enter(tab, force, CHIEF, to=f"{MAP}?home_area=W2&kind=force")
    shown = drawn(tab)
    box = shown.bounding_box()
    assert box
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    popup = shown.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("41 offences, approximate")
    expect(popup).to_contain_text("Area on record: Mill ward 40, Castle ward 1")


@WITH_SCRIPT
def test_a_place_of_the_table_is_shown_on_the_map_by_keyboard(tab: Page, force: Flask) -> None:
    enter(tab, force, CHIEF, to=MAP)
    shown = drawn(tab)
    tab.locator("summary", has_text="Show the places").press("Enter")
    tab.get_by_role("button", name="Show on the map").first.press("Enter")
    expect(shown.locator(".leaflet-popup-content")).to_contain_text("42 offences, approximate")
    expect(shown).to_be_focused()


@WITH_SCRIPT
def test_an_area_says_how_many_people_live_there(tab: Page, force: Flask) -> None:
    enter(tab, force, CHIEF, to=f"{MAP}?home_area=W2")
    shown = drawn(tab)
    box = shown.bounding_box()
    assert box
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(shown.locator(".leaflet-popup-content")).to_have_text("Mill ward1 person, 40 offences")


@WITH_SCRIPT
def test_the_map_is_moved_by_keyboard_and_can_be_skipped(tab: Page, force: Flask) -> None:
    tab.emulate_media(reduced_motion="reduce")  # a key that is pressed while the map moves does nothing
    enter(tab, force, CHIEF, to=MAP)
    shown = drawn(tab)
    tab.get_by_role("link", name="Force", exact=True).focus()
    tab.keyboard.press("Tab")
    skip = tab.get_by_role("link", name="Skip the map: the table has the same information")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    tab.keyboard.press("Tab")
    expect(shown).to_be_focused()
    pane, zoom = tab.locator(".leaflet-map-pane"), float(shown.get_attribute("data-zoom") or 0)
    before = str(pane.get_attribute("style"))
    tab.keyboard.press("ArrowLeft")
    expect(pane).not_to_have_attribute("style", before)
    tab.keyboard.press("+")
    expect(shown).to_have_attribute("data-zoom", f"{zoom + 1:g}")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Zoom in")).to_be_focused()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(shown).to_have_attribute("data-zoom", f"{zoom:g}")
    skip.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="People and offences by area")).to_be_focused()


@WITH_SCRIPT
def test_offences_can_be_taken_off_the_map(tab: Page, force: Flask) -> None:
    enter(tab, force, CHIEF, to=f"{MAP}?home_area=W2")
    shown = drawn(tab)
    with_circle = shown.screenshot()
    tab.get_by_label("Show offences").uncheck()
    tab.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    assert shown.screenshot() != with_circle


@pytest.mark.parametrize("path", [MAP, f"{MAP}?home_area=W2&under_25=true", "PERSON"])
@WITH_SCRIPT
def test_nothing_is_wrong_with_a_map(tab: Page, force: Flask, path: str) -> None:
    """axe-core, sideways scrolling, paper."""
    with_axe(tab.context)
    enter(tab, force, CHIEF)
    html = opened(tab, address_of(force, "P3", "/map") if path == "PERSON" else path)
    drawn(tab)
    scanner = Scanner(tab, thorough=True)
    scanner.look(path, html=html)
    assert not scanner.wrong, "\n".join(scanner.wrong)


@WITHOUT_SCRIPT
def test_the_table_has_it_all_without_script(tab: Page, force: Flask) -> None:
    enter(tab, force, CHIEF, to=MAP)
    expect(tab.locator("main .lead")).to_contain_text(
        "3 people live in 2 areas. 45 offences on record. 2 of them have no point on the map."
    )
    expect(tab.locator("[data-map]")).to_be_hidden()
    expect(tab.get_by_label("Show offences")).to_be_hidden()
    rows = tab.locator(".map-areas tbody tr")
    assert [one.split() for one in rows.all_inner_texts()] == [
        ["Castle", "ward", "2", "4"],
        ["Mill", "ward", "1", "41"],
    ]
    tab.get_by_role("link", name="Offences there").click()
    expect(rows.first).to_contain_text("Mill ward")


@WITH_SCRIPT
def test_paper_has_the_table_and_no_small_count(tab: Page, force: Flask, tmp_path: Path) -> None:
    enter(tab, force, CHIEF, to=f"{MAP}?home_area=W2")
    drawn(tab)
    tab.pdf(path=tmp_path / "map.pdf", format="A4")
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(tmp_path / "map.pdf").pages)
    assert "Fewer than 5 people. 41 offences on record." in text
    assert "Filters: Lives in Mill ward." in text
    assert "Mill ward not shown not shown" in text and "Arrow keys" not in text


@WITH_SCRIPT
def test_a_map_fits_a_narrow_window_and_the_page_can_still_be_scrolled(tab: Page, force: Flask) -> None:
    enter(tab, force, CHIEF, to=MAP)
    tab.set_viewport_size(NARROW)
    shown = drawn(tab)
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    box = shown.bounding_box()
    assert box and box["height"] < 0.75 * NARROW["height"]
