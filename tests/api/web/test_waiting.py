"""What waits for a user: each line of the home page counts the list it leads to, for every role."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION
from api.services.access.accounts import create_user, find_user
from api.services.assessments.overrides import Direction, NewOverride, Reason, override
from api.services.governance.erasures import request_erasure
from api.services.users import Role, viewer_of
from rms.errors import StorageUnavailable
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import answer, browser, post
from tests.api.web.caseload import submit
from tests.api.web.pages import Element, opened, page, through

Enter = Callable[..., FlaskClient]
OVERRIDES, UNALLOCATED, DRAFTS = "/office/overrides", "/office/unassigned", "/drafts"
RELEASES, JUDGEMENTS, ERASURES = "/waiting/releases", "/waiting/judgements", "/administration/erasures"
OLD, IN_A_WEEK = 200, {"release_date": "2026-09-27"}  # days; a week after those days


def waiting(client: FlaskClient) -> dict[str, str]:
    """The sentence of each line of the home page, by the address of its list; quiet ones by themselves."""
    section = opened(client, "/").first("section", aria_labelledby="waiting-heading")
    lines = {}
    for item in section.all("li"):
        links = list(item.all("a"))
        lines[links[0].attributes["href"] if links else item.text] = item.text
    return lines


def rows(document: Element, caption: str) -> list[str]:
    """The heads of the rows of the table with this caption's id; none if there is no table."""
    tables = [one for one in document.all("table") if one.first("caption").attributes.get("id") == caption]
    return [row.first("th").text for row in tables[0].first("tbody").all("tr")] if tables else []


def overridden(app: Flask, clock: Clock, id: str, *, by: str = USERNAME) -> None:
    """The user overrides the assessment."""
    application = app.extensions[EXTENSION]
    user = find_user(context_for(application.store), by)
    store = application.store.within(viewer_of(user, at=clock()))
    new = NewOverride("recidivism", Direction.HIGHER, Reason.NOT_ASKED, "Said by somebody who should know.")
    override(context_for(store, at=clock(), by=user), id, new)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def judged_first(app: Flask) -> None:
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], judgement_first=True)


@pytest.fixture
def caseload(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> list[str]:
    """Of four people, two are released in a week without a current assessment, one with, one never."""
    days = (("7001", "2026-09-27"), ("7002", "2026-09-28"))
    old = [
        submit(client, valid_body, clock, offender_number=number, release_date=day) for number, day in days
    ]
    submit(client, valid_body, clock, offender_number="7003", **IN_A_WEEK)
    body = {name: value for name, value in valid_body.items() if name != "release_date"}
    old.append(submit(client, body, clock, offender_number="7004"))
    clock.advance(days=OLD)
    submit(client, valid_body, clock, offender_number="7003", based_on="7003", **IN_A_WEEK)
    return old


def test_releases_without_a_current_assessment(
    app: Flask, clock: Clock, enter: Enter, caseload: list[str]
) -> None:
    enter(Role.SUPERVISOR)
    for name in (USERNAME, "a.supervisor"):
        client = browser(app, name, clock)
        assert waiting(client)[RELEASES] == (
            "2 people are due for release in the next 30 days without a current assessment"
        )
        page = opened(client, RELEASES)
        assert rows(page, "releases") == ["7001", "7002"]
        assert "2 people are due for release in the next 30 days and were last assessed 6 or" in page.text


def test_a_long_list_has_pages_and_the_line_counts_all(
    app: Flask, clock: Clock, caseload: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.assessments.waiting.AT_ONCE", 1)
    client = browser(app, USERNAME, clock)
    assert [rows(one, "releases") for one in through(client, RELEASES)] == [["7001"], ["7002"]]
    assert waiting(client)[RELEASES].startswith("2 people")


def test_drafts(app: Flask, clock: Clock, client: FlaskClient) -> None:
    browsed = browser(app, USERNAME, clock)
    assert "You have no drafts to finish" in waiting(browsed)
    for count, sentence in ((1, "You have 1 draft to finish"), (2, "You have 2 drafts to finish")):
        assert client.post("/api/v1/drafts", json={}).status_code == 201
        assert waiting(browsed)[DRAFTS] == sentence
        assert len(list(opened(browsed, DRAFTS).first("tbody").all("tr"))) == count


def test_results_to_judge(
    app: Flask, clock: Clock, judged_first: None, caseload: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.assessments.waiting.AT_ONCE", 3)
    client = browser(app, USERNAME, clock)
    assert waiting(client)[JUDGEMENTS] == "4 results wait for your own judgement"
    assert [rows(one, "judgements") for one in through(client, JUDGEMENTS)] == [
        ["7001", "7002", "7003"],
        ["7004"],
    ]
    own = {
        f"{name}-{process}": value for process in ("recidivism", "violence") for name, value in OWN.items()
    }
    post(client, "/assessments/7002", "/judgements", **own)
    assert waiting(client)[JUDGEMENTS] == "3 results wait for your own judgement"
    assert [rows(one, "judgements") for one in through(client, JUDGEMENTS)] == [["7001", "7003", "7004"]]
    assert "Record your judgement" in opened(client, JUDGEMENTS).text


OWN = {"judgement": "higher", "confidence": "3"}


def test_no_judgement_is_due_where_the_agency_does_not_ask_for_it(
    app: Flask, clock: Clock, caseload: list[str]
) -> None:
    client = browser(app, USERNAME, clock)
    assert not [line for line in waiting(client).values() if "judgement" in line]
    page = opened(client, JUDGEMENTS)
    assert not list(page.all("table")) and "does not ask for your own judgement" in page.text


def test_people_without_a_worker(app: Flask, clock: Clock, enter: Enter, caseload: list[str]) -> None:
    head = enter(Role.SUPERVISOR)
    assert "Nobody in your probation offices is waiting for a case worker" in waiting(head)
    post(head, "/office/people/7001", "/release", username=USERNAME)
    assert (
        waiting(head)[UNALLOCATED]
        == "1 person with an offender number in your probation offices has no active case worker"
    )
    post(head, "/office/people/7002", "/release", username=USERNAME)
    assert (
        waiting(head)[UNALLOCATED]
        == "2 people with an offender number in your probation offices have no active case worker"
    )
    assert rows(opened(head, UNALLOCATED), "people") == ["7001", "7002"]


def menu_count(document: Element) -> str:
    """What the entry Office says besides its name."""
    (entry,) = (one for one in document.first("nav", aria_label="Menu").all("a") if "Office" in one.text)
    return entry.text.removeprefix("Office").strip()


def test_overrides_are_counted_at_home_in_the_menu_and_in_the_list(
    app: Flask, clock: Clock, enter: Enter, caseload: list[str], database: Any
) -> None:
    head = enter(Role.SUPERVISOR)
    assert "No overrides wait for your decision" in waiting(head)
    assert menu_count(opened(head, "/")) == ""
    for id in caseload[:2]:
        overridden(app, clock, id)
    overridden(app, clock, caseload[2], by="a.supervisor")
    assert waiting(head)[OVERRIDES] == "2 overrides wait for your decision"
    for path in ("/", OVERRIDES, "/results", "/help", "/people/7001", "/nowhere"):
        document = head.get(path, follow_redirects=True)
        assert menu_count(page(document.text)) == "2 overrides wait for your decision", path
    listed = opened(head, OVERRIDES)
    assert len(rows(listed, "waiting-caption")) == 2
    assert rows(listed, "own-caption") == [f"{caseload[2]}, override 1"]
    at = f"{OVERRIDES}/{caseload[0]}/1"
    decided = answer(head, at, at, decision="agreed", text="I know the family.")
    assert decided.status_code == 303
    assert waiting(head)[OVERRIDES] == "1 override waits for your decision"
    assert menu_count(opened(head, "/help")) == "1 override waits for your decision"
    assert len(rows(opened(head, OVERRIDES), "waiting-caption")) == 1


def test_a_long_list_of_overrides_says_how_many_there_are(
    app: Flask, clock: Clock, enter: Enter, caseload: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.services.assessments.overrides.MOST_LISTED", 1)
    head = enter(Role.SUPERVISOR)
    for id in caseload:
        overridden(app, clock, id)
    assert waiting(head)[OVERRIDES] == "3 overrides wait for your decision"
    assert "These are the oldest 1 of 3." in opened(head, OVERRIDES).text


def test_overrides_of_other_offices_wait_for_their_supervisors(
    app: Flask, clock: Clock, enter: Enter, as_user: Enter, caseload: list[str]
) -> None:
    as_user(Role.ADMINISTRATOR).post("/api/v1/offices", json={"name": "South"})
    south = enter(Role.SUPERVISOR, "south", office="South")
    overridden(app, clock, caseload[0])
    assert "No overrides wait for your decision" in waiting(south)
    assert menu_count(opened(south, "/help")) == ""


def test_an_error_page_has_its_menu_while_the_database_cannot_be_read(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = enter(Role.SUPERVISOR)

    def unavailable(_: object) -> int:
        raise StorageUnavailable("The database cannot be read.")

    monkeypatch.setattr("api.web.navigation.number_waiting", unavailable)
    assert menu_count(opened(head, "/help")) == ""


def test_erasures_wait_for_another_administrator(
    app: Flask, clock: Clock, enter: Enter, caseload: list[str]
) -> None:
    administrators = {name: enter(Role.ADMINISTRATOR, name) for name in ("ann", "bob")}
    store = app.extensions[EXTENSION].store
    assert "No erasures wait for your approval" in waiting(administrators["ann"])
    ann = find_user(context_for(store), "ann")
    request_erasure(
        context_for(store, at=clock(), by=ann), "7001", reason="court_order", text="Court of X, file 7."
    )
    assert "No erasures wait for your approval" in waiting(administrators["ann"])
    no_requests = "No requests for help wait for an answer"
    assert waiting(administrators["bob"]) == {
        ERASURES: "1 erasure waits for your approval",
        no_requests: no_requests,
    }
    approvals = [one for one in opened(administrators["bob"], ERASURES).all("a") if "Approve" in one.text]
    assert len(approvals) == 1


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.SERVICE_ACCOUNT])
def test_nothing_waits_for_others(app: Flask, clock: Clock, role: Role) -> None:
    store = app.extensions[EXTENSION].store
    create_user(context_for(store, at=clock(), by="test"), "other", PASSWORD, role=role)
    section = opened(browser(app, "other", clock), "/").first("section", aria_labelledby="waiting-heading")
    assert section.text == "What waits for you Nothing waits for you."
