"""Every page of every role, and what each form answers when it is sent empty.

axe-core finds nothing (WCAG 2.2 A and AA), wide and, in `make soak`, at 320 px; nothing scrolls sideways, at
200 % either; nothing needs script; nothing on paper leads away. Which pages there are is found out
(`scanning.py`): one that is not found, or not shown, fails. A page that several roles share is looked at as
the first of them, and in `make soak` as each.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

import pytest
from playwright.sync_api import Browser, Page, expect

from api.config import SecondFactor
from api.context import EXTENSION
from api.demonstration.caseload import FIRST_NUMBER
from api.services.access.accounts import find_user
from api.services.assessments.drafts import drafts_of
from api.services.users import Role
from tests.api import case_records
from tests.api.conftest import PASSWORD, START
from tests.api.contexts import context_for
from tests.browser.filled import NAMES
from tests.browser.scanning import (
    REFUSAL,
    WIDE,
    Form,
    Map,
    Scanner,
    opened,
    send_emptied,
    send_empty,
    with_axe,
)
from tests.browser.walking import Agency, context_of

NOT_THERE = ("/nowhere", "/people/404", "/assessments/404")
# Who is signed in is led past these; `test_the_way_in` looks at them.
WAY_IN = {"web.login", "web.login_code", "web.login_enrol", "web.asked_to_accept"}
# They lead on to others.
NO_PAGES = {"web.to_agency", "web.from_agency", "web.people", "web.office_people", "web.table"}
NO_PAGES |= {"web.results_filter"}
# Pieces that script asks for, and files of an export that is yet to be made.
NO_PAGES |= {"web.workbench_outcome", "web.session_left", "web.export_file", "web.export_notice"}
# There is no model and no recommendation here.
NO_PAGES |= {"web.prediction_version", "web.prediction_file", "web.recommendation"}
# Only the overview of a person leads there, which is opened as a case worker.
NO_PAGES |= {"web.person_office", "web.asked_to_transfer"}


# What only some of the pages of a route lead to, of which one is opened.
CHECKED = tuple(f"/assessments/{{id}}/workbench/check?answer-drug={level}" for level in (0, 3))
DEEPER = {
    Role.CASE_WORKER: CHECKED,
    Role.SUPERVISOR: (
        *CHECKED,
        "/assessments/{id}/overrides/1/decision",
        f"/office/people/{FIRST_NUMBER + 1}/hold/lift",
    ),
    Role.ADMINISTRATOR: ("/administration/erasures/2/approve", "/administration/offices/2/move?parent=South"),
}


def each_role(*roles: Role | None) -> pytest.MarkDecorator:
    """A test for each role, which several cores may share."""
    asked = [pytest.param(one, id=str(one), marks=pytest.mark.xdist_group(str(one))) for one in roles]
    return pytest.mark.parametrize("role", asked)


@pytest.fixture
def tab(role: Role | None, agency: Agency, browser: Browser) -> Iterator[Page]:
    context = with_axe(context_of(role, agency, browser, viewport=WIDE, reduced_motion="reduce"))
    tab = context.new_page()
    tab.on("dialog", lambda asked: asked.accept())  # a form with something in it is left all the same
    yield tab
    context.close()


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.soak)])
@each_role(*NAMES)
def test_every_page_and_every_refusal(role: Role, tab: Page, agency: Agency, thorough: bool) -> None:
    earlier = frozenset() if thorough else frozenset(takewhile(lambda one: one is not role, NAMES))
    known, scanner = Map(agency.app, role, earlier), Scanner(tab, thorough)
    id, what_if = agency.filled.id, agency.filled.what_if
    about = (f"/people/{id.partition('-')[0]}", f"/assessments/{id}", f"/assessments/{id}/correct")
    others = (what_if, agency.filled.withheld, agency.filled.corrected, agency.filled.correction)
    theirs = () if earlier else (*about, *(f"/assessments/{other}" for other in others))
    deeper = [*(one.format(id=id) for one in DEEPER.get(role, ())), *checks_of(role, agency)]
    if role is Role.SUPERVISOR:
        deeper += [case_records.address(agency.app, "P2", place) for place in ("/hold/lift", "/record")]
    also = (*NOT_THERE, *theirs, *deeper)
    forms = scan_pages(scanner, known, also=also)
    answered = set[str]()
    for form in forms:
        scan_refusal(scanner, form, known, answered)
    assert not scanner.wrong, "\n".join(scanner.wrong)
    assert not known.left - WAY_IN - NO_PAGES, "no link leads there, or it is not shown"


def checks_of(role: Role, agency: Agency) -> list[str]:
    """Where the answers of each draft are checked: forms lead there, and no link."""
    store = agency.app.extensions[EXTENSION].store
    user = find_user(context_for(store), NAMES[role])
    return [f"/drafts/{one.id}/check" for one in drafts_of(context_for(store, at=START, by=user))]


def scan_pages(scanner: Scanner, known: Map, *, also: tuple[str, ...]) -> list[Form]:
    """Look at every page that links lead to; the first of each form that is sent."""
    known.note(also)
    waiting, forms = [*also, *filter(known.is_new, known.beginnings())], dict[str, Form]()
    while waiting:
        address = waiting.pop(0)
        html = opened(scanner.tab, address)
        known.is_shown(address if html is None else scanner.tab.url)
        if html is None:
            continue
        scanner.look(address, html=html)
        waiting += filter(known.is_new, scanner.links())
        for form in scanner.forms():
            forms.setdefault(known.endpoint(form.action, method="POST") or "", form)
    return list(forms.values())


def scan_refusal(scanner: Scanner, form: Form, known: Map, answered: set[str]) -> None:
    """What the form answers; where that is no refusal but a page that says it is done, once for each page."""
    send_empty(scanner.tab, form)
    if scanner.tab.locator(REFUSAL).count() == 0:
        page = known.endpoint(scanner.tab.url) or scanner.tab.url
        if page in answered:
            return
        answered.add(page)
    scanner.look(f"{form.page}, sent empty to {form.action}")


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.soak)])
@each_role(Role.CASE_WORKER)
def test_own_judgement_before_anything_that_was_found(
    role: Role, tab: Page, agency: Agency, thorough: bool
) -> None:
    """The question in the place of a result, what it answers when sent empty, and lists without scores."""
    application = agency.app.extensions[EXTENSION]
    agency.app.extensions[EXTENSION] = replace(application, judgement_first=True)
    scanner = Scanner(tab, thorough)
    person = f"/people/{agency.filled.withheld.partition('-')[0]}"
    for address in (f"/assessments/{agency.filled.withheld}/changes", person, "/results?all=true"):
        scanner.look(address, html=opened(tab, address))
    tab.goto(f"/assessments/{agency.filled.withheld}")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Your own judgement")
    scan_with_refusal(scanner, "own judgement first")
    assert not scanner.wrong, "\n".join(scanner.wrong)


@each_role(None)
def test_the_way_in(tab: Page, agency: Agency) -> None:
    """Sign in, the notice, enrolling for a code, and the codes that are shown once."""
    scanner = Scanner(tab)
    tab.goto("/login")
    scan_with_refusal(scanner, "/login")
    enter(tab, NAMES[Role.ANALYST])
    expect(tab.get_by_role("button", name="I have read this and accept it")).to_be_visible()
    scanner.look("/notice/accept")
    assert not scanner.wrong, "\n".join(scanner.wrong)


@each_role(None)
def test_the_way_in_by_a_code(tab: Page, agency: Agency) -> None:
    application = agency.app.extensions[EXTENSION]
    agency.app.extensions[EXTENSION] = replace(application, second_factor=SecondFactor.REQUIRED)
    scanner = Scanner(tab)
    enter(tab, NAMES[Role.ANALYST])
    scanner.look("/login/enrol")
    tab.locator("main form button").first.click()
    tab.wait_for_load_state()
    scan_with_refusal(scanner, "/login/enrol, with its secret")
    assert not scanner.wrong, "\n".join(scanner.wrong)


def enter(tab: Page, username: str) -> None:
    tab.goto("/login")
    tab.get_by_label("Username").fill(username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(lambda url: not url.endswith("/login"))


def scan_with_refusal(scanner: Scanner, name: str) -> None:
    """The page as it is, and what its first form answers when it is sent empty."""
    scanner.look(name)
    send_emptied(scanner.tab)
    scanner.look(f"{name}, sent empty")
