"""By keyboard alone: Tab comes to everything on a page, in its order, and what has the focus can be seen.

How large targets are (WCAG 2.5.8) is among what axe-core looks at, in `test_accessibility.py`.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from api.services.users import Role
from tests.browser.scanning import NARROW, WIDE
from tests.browser.walking import Agency, context_of

# Everything that can be used and seen, in the order of the page; of radios of a name, only one is a stop.
STOPS = """() => {
  const groups = new Set();
  const stops = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(one => {
      if (one.matches(":disabled") || one.tabIndex < 0) return false;
      if (!one.checkVisibility({visibilityProperty: true})) return false;
      if (one.type !== "radio") return true;
      if (groups.has(one.name)) return false;
      groups.add(one.name);
      return true;
    });
  stops.forEach((one, place) => { (one.type === "radio"
    ? [...document.getElementsByName(one.name)] : [one]).forEach(each => { each.dataset.stop = place; }); });
  return stops.length;
}"""
# Where Tab has come to, and whether all of that is covered by something else (WCAG 2.4.11).
HERE = """() => {
  const one = document.activeElement, label = one.labels?.[0];
  const boxes = [...one.getClientRects(), ...(label ? label.getClientRects() : [])];
  const points = boxes.flatMap(box => [.1, .3, .5, .7, .9].flatMap(
    across => [.1, .5, .9].map(down => [box.x + across * box.width, box.y + down * box.height])));
  const seen = points.map(point => document.elementFromPoint(...point)).filter(Boolean);
  const shows = seen.some(each => one.contains(each) || each === label || label?.contains(each));
  return [Number(one.dataset.stop ?? -1), shows ? "" : `${one.outerHTML.slice(0, 90)} is covered`];
}"""
# Narrow without the first: links in a table that scrolls sideways do not come into sight there.
PAGES = (
    "/",
    "/assessments/new",
    "/assessments/new?what_if={id}",
    "/assessments/{id}",
    "/assessments/{what_if}",
    "/results?latest=true",
    "/results?all=true",
)


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def tab(request: pytest.FixtureRequest, agency: Agency, browser: Browser) -> Iterator[Page]:
    context = context_of(Role.CASE_WORKER, agency, browser, viewport=request.param)
    yield context.new_page()
    context.close()


def test_tab_comes_to_everything_in_order_and_in_sight(tab: Page, agency: Agency) -> None:
    wrong: list[str] = []
    for page in PAGES[tab.viewport_size == NARROW :]:
        address = page.format(id=agency.filled.id, what_if=agency.filled.what_if)
        tab.goto(address)
        reached: list[int] = []
        last = tab.evaluate(STOPS) - 1
        while reached[-1:] != [last] and len(reached) <= last:
            tab.keyboard.press("Tab")
            place, covered = tab.evaluate(HERE)
            if place not in reached[-1:]:  # a field of a date has several stops of its own
                reached.append(place)
            wrong += [f"{address}: {covered}"] if covered else []
        if reached != list(range(last + 1)):
            wrong.append(f"{address}: Tab comes to {reached}")
    assert not wrong, "\n".join(wrong)


def test_forced_colours_leave_the_focus_to_be_seen(agency: Agency, browser: Browser) -> None:
    context = context_of(Role.CASE_WORKER, agency, browser, forced_colors="active")
    tab = context.new_page()
    tab.goto("/results")
    for _ in range(12):
        tab.keyboard.press("Tab")
        outline = tab.evaluate("""() => {
            const one = document.activeElement;
            const drawn = [one, one.labels?.[0]].filter(Boolean).flatMap(
                each => [null, "::before"].map(part => getComputedStyle(each, part)));
            return drawn.some(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
        }""")
        assert outline, tab.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    context.close()
