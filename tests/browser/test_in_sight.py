"""What matters most on a page is in its first screen, on a desktop and on a phone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.search.search import page_of
from api.services.transfer import exports
from api.services.users import Role
from api.storage import ListedSubmission
from rms.engine.filter import Filter, Sort
from rms.engine.result import SPARSE_BELOW
from rms.instrument import instrument
from tests.api.contexts import context_for
from tests.browser.filled import NAMES
from tests.browser.walking import IS_NARROW, Agency, context_of

FORM = instrument("rms")
DESKTOP, PHONE = (1280, 900), (375, 812)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@contextmanager
def opened(path: str, role: Role, agency: Agency, browser: Browser, size: tuple[int, int]) -> Iterator[Page]:
    """A page, as a user with this role sees it."""
    window = context_of(role, agency, browser, viewport={"width": size[0], "height": size[1]})
    tab = window.new_page()
    tab.goto(path)
    yield tab
    window.close()


def ends(part: Locator) -> tuple[float, float]:
    """Where it begins and ends, from the top of the window."""
    box = part.bounding_box()
    assert box
    return box["y"], box["y"] + box["height"]


# Results -------------------------------------------------------------


def sparse(agency: Agency) -> str:
    """The assessment with the most sparse scores."""
    listed = page_of(context_for(agency.app.extensions[EXTENSION].store), Filter(), sort=Sort(), limit=100)

    def sparse_scores(one: ListedSubmission) -> int:
        of_each = (simulation.typicality for simulation in one.simulations if simulation.score is not None)
        return sum(typicality is not None and typicality < SPARSE_BELOW for typicality in of_each)

    return max(listed.submissions, key=sparse_scores).id


AFTER: dict[str, Callable[[Agency], str]] = {
    "nothing": lambda agency: agency.filled.id,
    "submitted": lambda agency: f"{agency.filled.id}?done=submitted&unconfirmed=23",
    "sparse": sparse,
    "sparse, submitted": lambda agency: f"{sparse(agency)}?done=submitted&unconfirmed=23",
    "judged": lambda agency: f"{sparse(agency)}?done=judged",
    "what-if": lambda agency: agency.filled.what_if,
    "what-if saved": lambda agency: f"{agency.filled.what_if}?done=kept",
    "what-if submitted": lambda agency: f"{agency.filled.what_if}?done=submitted",
    "withheld, submitted": lambda agency: f"{agency.filled.withheld}?done=submitted&unconfirmed=23",
    "corrected": lambda agency: agency.filled.corrected,
    "correction": lambda agency: agency.filled.correction,
    "correction submitted": lambda agency: f"{agency.filled.correction}?done=submitted",
}


@SIZES
@pytest.mark.parametrize("after", AFTER)
def test_both_scores_are_in_the_first_screen(
    after: str, size: tuple[int, int], agency: Agency, browser: Browser
) -> None:
    """Each with its interval, its sentence and its warning, after saving too."""
    with opened(f"/assessments/{AFTER[after](agency)}", Role.CASE_WORKER, agency, browser, size) as tab:
        assert tab.get_by_role("alert").count() == ("=" in AFTER[after](agency))
        for process in FORM.processes:
            score = tab.get_by_role("region", name=process.label)
            picture = score.get_by_role("img")
            if "withheld" in after:
                expect(score).to_contain_text("No comparable people")
                expect(picture).to_have_count(0)
            else:
                expect(picture).to_have_accessible_name(re.compile(r"^Score [12]\.\d\d, 95% interval"))
                assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
                expect(score).to_contain_text("95% interval")
            assert ends(score)[1] <= size[1], process.label
        if "sparse" in after:
            expect(tab.locator(".sparse").first).to_contain_text("Sparse")


@SIZES
def test_the_first_person_of_the_offender_list_is_in_the_first_screen(
    size: tuple[int, int], agency: Agency, browser: Browser
) -> None:
    with opened("/harm", Role.SUPERVISOR, agency, browser, size) as tab:
        first = tab.locator(".offender-list tbody tr").first
        for cell in (first.locator("th a").first, first.locator("[data-label=Score]")):
            assert ends(cell)[1] <= size[1]


# Tables and charts on a phone ----------------------------------------

ON_A_PHONE = (
    (Role.CASE_WORKER, "/people/{number}"),
    (Role.CASE_WORKER, "/drafts"),
    (Role.CASE_WORKER, "/exports?all=true"),
    (Role.CASE_WORKER, "/assessments/{id}/needs"),
    (Role.CASE_WORKER, "/assessments/{id}/needs?labels=codes"),
    (Role.CASE_WORKER, "/assessments/{id}/changes"),
    (Role.SUPERVISOR, "/office"),
    (Role.SUPERVISOR, "/office/due?months=1"),
    (Role.SUPERVISOR, "/office/releases?days=90"),
    (Role.SUPERVISOR, "/office/caseloads/{worker}"),
    (Role.SUPERVISOR, "/office/overrides"),
    (Role.SUPERVISOR, "/people/{number}/record"),
    (Role.ADMINISTRATOR, "/administration/users"),
    (Role.ADMINISTRATOR, "/administration/exports"),
    (Role.ADMINISTRATOR, "/administration/systems/case.system"),
    (Role.ADMINISTRATOR, "/administration/bands"),
    (Role.AUDITOR, "/record"),
)


def reaches_over(part: Locator) -> bool:
    return bool(part.evaluate("part => part.scrollWidth > part.clientWidth + 1"))


@pytest.mark.parametrize(("role", "path"), ON_A_PHONE, ids=[path for _, path in ON_A_PHONE])
@pytest.mark.parametrize("width", [320, 375])
def test_a_phone_shows_tables_and_charts_whole(
    role: Role, path: str, width: int, agency: Agency, browser: Browser
) -> None:
    filled = agency.filled
    number = filled.id.partition("-")[0]
    address = path.format(id=filled.id, number=number, worker=NAMES[Role.CASE_WORKER])
    with opened(address, role, agency, browser, (width, 812)) as tab:
        shown = tab.locator("main :is(.scroll, figure)").filter(visible=True)
        assert shown.count() > 0
        assert [part.inner_text()[:60] for part in shown.all() if reaches_over(part)] == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_shows_who_looked_whole(agency: Agency, browser: Browser) -> None:
    with opened("/record/person", Role.AUDITOR, agency, browser, PHONE) as tab:
        tab.get_by_label("Offender number").fill(agency.filled.id.partition("-")[0])
        tab.get_by_role("button", name="Search").click()
        visits = tab.locator(".scroll:has(table)")
        assert not reaches_over(visits)
        visit = visits.get_by_role("row", name=re.compile("When: .* What: .* Entries: ")).first
        expect(visit).to_be_visible()


def test_a_phone_shows_scores_and_chart_of_a_person(agency: Agency, browser: Browser) -> None:
    """The chart is made for it, and each assessment has its scores below its ID."""
    with opened(
        f"/people/{agency.filled.id.partition('-')[0]}", Role.CASE_WORKER, agency, browser, PHONE
    ) as tab:
        chart = tab.locator("figure.over-time img")
        assert chart.evaluate(IS_NARROW)
        assert chart.evaluate("image => image.complete && image.naturalWidth > 0")
        row = tab.get_by_role("table", name="Assessments, newest first").get_by_role("row").nth(1)
        for cell in row.get_by_role("cell").all()[: len(FORM.processes)]:
            expect(cell).to_have_text(re.compile(r"[12]\.\d\d \([12]\.\d\d to [12]\.\d\d\)"))
            box = cell.bounding_box()
            assert box and box["x"] + box["width"] <= PHONE[0]


@pytest.mark.parametrize("column", ["Percent", "Actual"])
def test_a_phone_shows_what_a_case_counts_for(column: str, agency: Agency, browser: Browser) -> None:
    path = f"/assessments/{agency.filled.id}/comparable-people"
    with opened(path, Role.CASE_WORKER, agency, browser, PHONE) as tab:
        head = tab.get_by_role("columnheader", name=column, exact=True).bounding_box()
        assert head and head["x"] + head["width"] <= PHONE[0]
        assert not reaches_over(tab.locator(".scroll:has(.modelled)"))


# Menu, filter and files ----------------------------------------------


@pytest.mark.parametrize("size", [PHONE, (320, 640)], ids=["phone", "small phone"])
def test_the_menu_button_says_how_many_overrides_wait(
    size: tuple[int, int], agency: Agency, browser: Browser
) -> None:
    path = f"/assessments/{agency.filled.id}"
    with opened(path, Role.SUPERVISOR, agency, browser, size) as tab:
        menu = tab.get_by_role("button", name="Menu 1 override waits for your decision")
        expect(menu).to_be_visible()
        expect(menu.locator(".waiting-count")).to_be_visible()
    with opened(path, Role.CASE_WORKER, agency, browser, size) as tab:
        expect(tab.get_by_role("button", name="Menu", exact=True)).to_be_visible()


def test_results_stay_in_sight_while_the_filter_is_used(agency: Agency, browser: Browser) -> None:
    with opened("/results?latest=true", Role.CASE_WORKER, agency, browser, DESKTOP) as tab:
        before = tab.locator("[data-live=line]").inner_text()
        drug = tab.get_by_label("Drug use, From")
        drug.click()
        drug.press_sequentially("100")
        expect(tab.locator("[data-live=line]")).not_to_have_text(before)
        expect(tab.locator("[data-live=results]")).to_have_attribute("aria-busy", "false")
        expect(drug).to_be_in_viewport()
        for row in tab.locator(".results tbody tr").all()[:4]:
            expect(row).to_be_in_viewport(ratio=0.95)
        tab.get_by_label("Only the latest assessment of each person").focus()  # its end can be reached
        expect(tab.get_by_label("Only the latest assessment of each person")).to_be_in_viewport()


@SIZES
def test_the_newest_file_is_in_the_first_screen_of_exports(
    size: tuple[int, int], agency: Agency, browser: Browser
) -> None:
    with opened("/exports?all=true", Role.CASE_WORKER, agency, browser, size) as tab:
        newest = tab.locator(".jobs tbody tr").first
        expect(newest).to_contain_text("Ready")
        assert ends(newest.get_by_role("link", name="Download"))[1] <= size[1]
        assert ends(newest)[1] < ends(tab.get_by_role("heading", name="Create a file"))[0]


def test_the_banner_of_a_file_is_true_while_it_is_made_and_after(
    agency: Agency, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    with opened("/exports?all=true", Role.CASE_WORKER, agency, browser, DESKTOP) as tab:
        tab.get_by_label("What is the file for?").select_option(exports.PURPOSES["statistics"])
        tab.get_by_role("button", name="Create file").click()
        expect(tab.get_by_role("alert")).to_contain_text("Your file is being created.")
        run_one(agency.app.extensions[EXTENSION])
        expect(tab.get_by_role("alert")).to_contain_text("Your file is ready", timeout=15_000)
        tab.reload()
        expect(tab.get_by_role("alert")).to_contain_text("Your file is ready")


def test_the_check_by_hand_is_printed_below_its_table(
    agency: Agency, browser: Browser, tmp_path: Path
) -> None:
    """Wherever the page ends: more and more room above moves all that follows."""
    path = f"/assessments/{agency.filled.id}/print"
    with opened(path, Role.CASE_WORKER, agency, browser, DESKTOP) as tab:
        for millimetres in range(0, 64, 4):
            head = tab.locator(".report h1")
            head.evaluate("(head, room) => { head.style.marginBottom = `${room}mm` }", millimetres)
            tab.pdf(path=tmp_path / "printed.pdf", format="A4")
            pages = [page.extract_text() for page in PdfReader(tmp_path / "printed.pdf").pages]
            for page in pages:
                assert page.count("Check by hand") == page.count(": ten cases"), millimetres
            assert " ".join(pages).count("Check by hand") == len(FORM.processes)


@SIZES
def test_a_map_begins_with_its_sentence_and_is_in_the_first_screen(
    size: tuple[int, int], agency: Agency, browser: Browser
) -> None:
    with opened("/harm/map", Role.SUPERVISOR, agency, browser, size) as tab:
        shown = tab.locator("[data-map][data-drawn]")
        expect(shown).to_be_visible()
        begins, end = ends(shown)
        assert ends(tab.locator("main .lead"))[1] <= begins
        assert end <= size[1]
