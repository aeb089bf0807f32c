"""A supervisor's offices: the tree, caseloads, releases, people due for assessment, overrides."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import find_user
from api.services.access.offices import add_office
from api.services.assessments.assessments import find_submission
from api.services.assessments.overrides import Direction, NewOverride, Reason, override
from api.services.users import Role, viewer_of
from api.web.form_messages import DECISION, HOLD
from api.web.people.office import DONE
from api.web.people.office_counts import QUARTER_NAMES
from rms.reports.charts import counts_plot
from rms.reports.drawing import as_png
from rms.reports.wording import interval_range, two_decimals
from tests.api.conftest import USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import answer, browser, form_to, post
from tests.api.web.caseload import submit
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, drawn_in, fields, opened, page, through

NEW = "/assessments/new"
TO_SHARE = "People by score: Violence. Counts below 5 are not shown."
SUMMARY = {"class": "govuk-summary-list"}
SEEN = {"decision": "agreed", "text": "I have read it and know the family."}


@pytest.fixture
def head(enter: Callable[..., FlaskClient], assessed: str) -> FlaskClient:
    return enter(Role.SUPERVISOR)


def test_the_tree_says_who_works_where(app: Flask, clock: Clock, head: FlaskClient) -> None:
    add_office(context_for(app.extensions["rms"].store, at=clock(), by="test"), "North", parent=None)
    rows = [[cell.text for cell in row.children] for row in opened(head, "/office").first("tbody").all("tr")]
    assert [row[1:3] for row in rows] == [["1", "1"], ["0", "0"]]
    assert rows[0][3] == f"{USERNAME} : 1"
    listed = opened(head, f"/office/caseloads/{USERNAME}").first("tbody")
    assert listed.first("th").text == "10000"


def test_a_person_is_assigned_released_and_transferred(
    app: Flask, clock: Clock, head: FlaskClient, enter: Callable[..., FlaskClient]
) -> None:
    enter(Role.CASE_WORKER, "colleague")
    add_office(context_for(app.extensions["rms"].store, at=clock(), by="test"), "South", parent=None)
    at = "/office/people/10000"
    assert "Choose a case worker." in post(head, at, "/holders", username="").first("main").text
    assert DONE["assigned"] in post(head, at, "/holders", username="colleague").text
    told = post(head, at, "/release", username=USERNAME).first("section").text
    assert "colleague" in told
    assert "Nobody" not in told
    asked = head.get(f"{at}/move?office=South")
    form = form_to(page(asked.text), "/move")
    assert "removed from every caseload" in page(asked.text).first("main").text
    moved = head.post(form.attributes["action"], data=fields(form), follow_redirects=True)
    assert DONE["moved"] in moved.text
    assert head.get(f"{at}/move?office=South").location == at  # Back, after it was done
    with_nobody = opened(head, "/office/unassigned")
    assert [row.first("th").text for row in with_nobody.first("tbody").all("tr")] == ["10000"]
    assert "1 person has no active case worker" in with_nobody.text


def test_who_is_unallocated_is_listed_without_an_assessment_too(
    app: Flask, clock: Clock, head: FlaskClient, enter: Callable[..., FlaskClient]
) -> None:
    enter(Role.CASE_WORKER, "colleague")
    with app.extensions["rms"].store.transaction() as tx:
        tx.people.add("20000", office=1, by="test", at=clock())
    (row,) = opened(head, "/office/unassigned").first("tbody").all("tr")
    assert [cell.text for cell in row.children] == ["20000", "not known", "none", "–", "–"]
    opened(head, row.first("a").attributes["href"])
    assert DONE["assigned"] in post(head, "/office/people/20000", "/holders", username="colleague").text
    assert not list(opened(head, "/office/unassigned").all("tbody"))


def test_long_lists_of_people_go_on(
    app: Flask,
    head: FlaskClient,
    client: FlaskClient,
    valid_body: dict[str, Any],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages go by number after a person, so that an assignment meanwhile skips no one."""
    monkeypatch.setattr("api.web.people.office.AT_ONCE", 2)
    for number in ("10001", "10002", "10003", "10004"):
        submit(client, valid_body, clock, offender_number=number)
        post(head, f"/office/people/{number}", "/release", username=USERNAME)

    def listed(document: Element) -> list[str]:
        return [row.first("th").text for row in document.first("tbody").all("tr")]

    first = opened(head, "/office/unassigned")
    assert listed(first) == ["10001", "10002"] and "1–2 of 4" in first.text
    post(head, "/office/people/10002", "/holders", username=USERNAME)
    second = opened(head, first.first("a", rel="next").attributes["href"])
    assert listed(second) == ["10003", "10004"] and not list(second.all("a", rel="next"))
    post(head, "/office/people/10003", "/holders", username=USERNAME)
    post(head, "/office/people/10004", "/holders", username=USERNAME)
    empty = opened(head, first.first("a", rel="next").attributes["href"])
    assert (
        "1 person has no active case worker" in empty.text
        and "There are no longer any people on this page" in empty.text
    )
    assert empty.first("a", rel="prev").attributes["href"] == "/office/unassigned"
    post(head, "/office/people/10004", "/release", username=USERNAME)
    shown = list(through(head, f"/office/caseloads/{USERNAME}"))
    assert [listed(one) for one in shown] == [["10000", "10002"], ["10003"]]
    assert "3–3 of 3" in shown[1].text
    other = first.first("a", rel="next").attributes["href"].partition("?")[2]
    assert head.get(f"/office/caseloads/{USERNAME}?{other}").status_code == 404


def test_what_is_not_of_the_office_is_not_there(
    app: Flask, clock: Clock, assessed: str, enter: Callable[..., FlaskClient]
) -> None:
    add_office(context_for(app.extensions["rms"].store, at=clock(), by="test"), "South", parent=None)
    south = enter(Role.SUPERVISOR, office="South")
    for path in ("people/10000", "caseloads/c.worker", "overrides/10000/1", "releases?office=North"):
        assert south.get(f"/office/{path}").status_code == 404, path
    assert "10000" not in south.get("/office/due?months=3").text


@pytest.mark.parametrize("typed", ["404", "no number", ""])
def test_an_unknown_number_is_an_error_at_its_field(head: FlaskClient, typed: str) -> None:
    refused = answer(head, "/office", "/office/people", number=typed)
    told = page(refused.text)
    assert refused.status_code == 404 and told.first(id="errors").first("a").attributes["href"] == "#number"
    assert told.first("input", id="number").attributes["value"] == typed
    assert head.get("/office/people").location == "/office"


@pytest.mark.parametrize("typed", ["10000", " 10000 ", "10000-01", "100"])
@pytest.mark.parametrize("at", ["/office", "/office/unassigned", "/office/releases", "/office/due"])
def test_a_person_is_found_by_number_or_its_beginning(head: FlaskClient, at: str, typed: str) -> None:
    assert answer(head, at, "/office/people", number=typed).location == "/office/people/10000"


def test_a_legal_hold_is_placed_and_lifted(head: FlaskClient) -> None:
    at = "/office/people/10000"
    assert HOLD["reason"] in post(head, at, "/hold", reason="").text
    assert "County court, case 7" in post(head, at, "/hold", reason="County court, case 7").text
    form = form_to(opened(head, f"{at}/hold/lift"), "/lift")
    lifted = head.post(form.attributes["action"], data=fields(form), follow_redirects=True)
    assert DONE["lifted"] in lifted.text


def test_a_refused_reason_stays_when_another_hold_was_placed(head: FlaskClient) -> None:
    at = "/office/people/10000"
    form = form_to(opened(head, at), "/hold")
    action, sent = form.attributes["action"], fields(form)
    head.post(action, data={**sent, "reason": "A court has asked."})
    refused = page(head.post(action, data={**sent, "reason": "x" * 1001}).text)
    assert refused.first("input", id="reason").attributes["value"] == "x" * 1001
    assert "A court has asked." in refused.text


def test_releases_by_week_and_who_is_due(head: FlaskClient, clock: Clock, app: Flask) -> None:
    assert "0 people" in opened(head, "/office/releases").text  # released on 1 December
    clock.advance(days=220)
    head = browser(app, "a.supervisor", clock)
    document = opened(head, "/office/releases?days=60")
    assert "Week of 30 November 2026" in document.text
    assert document.first("tbody").first("th").text == "10000"
    link = next(one for one in document.all("a") if "as CSV" in one.text).attributes["href"]
    assert "release_from=2026-10-10" in link
    assert "10000" in page(head.get(link, follow_redirects=True).text).first("main").text
    assert "1 person was last assessed" in opened(head, "/office/due?months=6").text
    assert "0 people were last assessed" in opened(head, "/office/due?months=12").text


def test_counts_are_plain_on_the_screen_and_small_ones_left_out_of_copies(head: FlaskClient) -> None:
    document = opened(head, "/office/counts").first("main")
    cells = [parts(cell) for cell in document.all("td")]
    assert {screen for screen, _ in cells} == {"0", "1"}
    assert {paper for _, paper in cells} == {"not shown"}
    assert parts(document.first("p", **{"class": "lead"})) == ("1 person", "fewer than 5 people")
    assert "the downloaded charts: they hide counts below 5" in document.text
    screen, paper = list(document.all("img"))[:2]
    assert (screen.attributes["class"], paper.attributes["class"]) == ("no-print", "print-only")
    assert "not shown" not in screen.attributes["alt"] and "not shown" not in drawn_in(screen)
    assert paper.attributes["alt"].startswith("1.00–1.24: not shown")
    assert drawn_in(paper).count("not shown") >= 5
    assert head.get("/office/counts/nothing.png").status_code == 404


def test_a_chart_to_share_is_the_one_of_the_printed_page(head: FlaskClient) -> None:
    drawn = as_png(counts_plot(dict.fromkeys(QUARTER_NAMES), title=TO_SHARE))
    assert head.get("/office/counts/violence.png").data == drawn


def parts(element: Element) -> tuple[str, str]:
    """A count on the screen, and in a printed copy."""
    return tuple(element.first("span", **{"class": kind}).text for kind in ("no-print", "print-only"))


def test_an_override_is_decided_once(app: Flask, head: FlaskClient, clock: Clock) -> None:
    application = app.extensions["rms"]
    worker = find_user(context_for(application.store), USERNAME)
    store = application.store.within(viewer_of(worker, at=clock()))
    new = NewOverride("recidivism", Direction.HIGHER, Reason.NOT_ASKED, "Said by somebody who should know.")
    override(context_for(store, at=clock(), by=worker), "10000", new)
    waiting = opened(head, "/office/overrides").first("tbody").first("a")
    at = waiting.attributes["href"]
    facts = {
        row.first("dt").text: row.first("dd").text for row in opened(head, at).first("dl", **SUMMARY).children
    }
    scored = find_submission(context_for(application.store), "10000").result.simulations
    (overridden,) = (one for one in scored if one.process == "recidivism")
    assert facts["Score"] == two_decimals(overridden.score)
    assert facts["95% interval"] == interval_range(overridden.interval)
    refused = post(head, at, at, decision="agreed", text="")
    assert DECISION["text"] in refused.text
    assert "checked" in refused.first("input", value="agreed").attributes
    done = post(head, at, at, **SEEN)
    assert "Your decision has been recorded" in done.text
    assert "No overrides wait for your decision" in done.text
    again = opened(head, at)
    assert "A decision cannot be changed" in again.text
    assert not list(again.first("main").all("form"))


def test_an_override_of_what_was_corrected_says_so(
    app: Flask, head: FlaskClient, client: FlaskClient, clock: Clock
) -> None:
    application = app.extensions["rms"]
    worker = find_user(context_for(application.store), USERNAME)
    store = application.store.within(viewer_of(worker, at=clock()))
    new = NewOverride("recidivism", Direction.HIGHER, Reason.NOT_ASKED, "Said by somebody who should know.")
    override(context_for(store, at=clock(), by=worker), "10000", new)
    at = "/office/overrides/10000/1"
    assert "has been corrected" not in head.get(at).text
    body = {"answers": {"drug": 0}, "reason": "Mistyped."}
    assert client.post("/api/v1/assessments/10000/corrections", json=body).status_code == 201
    warning = opened(head, at).first("div", **{"class": "warning"})
    assert "has been corrected" in warning.text
    assert warning.first("a").attributes["href"] == "/assessments/10000-01"


def test_all_that_is_held_can_be_read_and_taken_along(head: FlaskClient) -> None:
    document = opened(head, "/people/10000/record")
    assert "case worker" in document.text
    assert USERNAME not in document.first("main").text
    file = head.get("/people/10000/record.json")
    assert file.json["offender_number"] == "10000"
    assert "attachment" in file.headers["Content-Disposition"]


PAGES = {
    Role.SUPERVISOR: (
        *("/office", f"/office/caseloads/{USERNAME}", "/office/people/10000", "/office/unassigned"),
        *("/office/releases?days=90", "/office/due?months=3", "/office/counts", "/office/overrides"),
        "/people/10000/record",
    ),
    Role.ADMINISTRATOR: (
        *("/administration", "/administration/users", "/administration/users/a.administrator"),
        *("/administration/new-user", "/administration/users/c.worker/lock", "/administration/offices"),
        *("/administration/offices/1", "/administration/systems", "/administration/bands"),
        *("/administration/libraries", "/administration/exports", "/administration/erasures"),
    ),
    Role.AUDITOR: (
        *("/record", "/record/verification", "/record/end"),
        *("/account", "/account/password", "/account/second-factor"),
    ),
}


@pytest.mark.parametrize("role", PAGES)
def test_what_holds_on_every_page(role: Role, enter: Callable[..., FlaskClient], assessed: str) -> None:
    client = enter(role)
    for path in PAGES[role]:
        document = opened(client, path)
        for check in CHECKS:
            check(document)
