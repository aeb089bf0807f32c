"""Home: the lists of somebody's work, by role; no score stands there. What waits: `test_waiting.py`."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.web.browsers import answer, as_browser
from tests.api.web.pages import Element, opened, page, save, sign_in

NEW = "/assessments/new"
DRAFTS = "/api/v1/drafts"


@pytest.fixture
def caseload(browser_client: FlaskClient, filled: dict[str, str], clock: Clock) -> FlaskClient:
    """10000 and a what-if on it, long ago; 20000 just now."""
    save(browser_client, NEW, filled)
    clock.advance(minutes=1)
    save(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    clock.advance(days=200)
    sign_in(browser_client, USERNAME, PASSWORD)
    save(browser_client, NEW, {**filled, "offender_number": "20000"})
    return browser_client


def listed(document: Element, id: str) -> list[str]:
    table = next(one for one in document.all("table") if one.first("caption").attributes.get("id") == id)
    return [row.first("th").text for row in table.first("tbody").all("tr")]


def test_home_lists_people_by_their_latest_assessment(caseload: FlaskClient) -> None:
    document = opened(caseload, "/")
    assert listed(document, "recent") == ["20000", "10000"]
    assert listed(document, "due") == ["10000"]
    assert "Signed in as c.worker" in document.first("header").text
    again = document.first("table").first("a", href="/assessments/new?from=20000")
    assert again.text == "Assess again 20000"


def test_no_one_is_due_too_early(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    save(browser_client, NEW, filled)
    assert (
        "No one is due. Everyone has been assessed since 4 September 2025."
        in opened(browser_client, "/").text
    )


def test_home_begins_with_the_first_assessment(browser_client: FlaskClient) -> None:
    document = opened(browser_client, "/")
    assert "There are no assessments yet." in document.text
    assert not list(document.all("table"))


def test_no_score_is_shown_without_its_interval(caseload: FlaskClient) -> None:
    assert "Recidivism" not in opened(caseload, "/").text


@pytest.mark.parametrize("typed", ["10000-77", "no number & more"])
def test_an_unknown_number_is_an_error_at_the_search_field(caseload: FlaskClient, typed: str) -> None:
    refused = answer(caseload, "/", "/people", number=typed)
    told = page(refused.text)
    assert refused.status_code == 404 and told.first("h1").text == "Home"
    assert told.first(id="errors").first("a").attributes["href"] == "#number"
    assert told.first("input", id="number").attributes["value"] == typed


def test_only_one_s_own_drafts(browser_client: FlaskClient, client: FlaskClient, app: Flask) -> None:
    given: dict[str, Any] = {"offender_number": "30000", "answers": {"drug": 1}}
    assert client.post(DRAFTS, json=given).status_code == 201
    assert client.post(DRAFTS, json={}).status_code == 201
    drafts = opened(browser_client, "/").first("section", aria_labelledby="drafts-heading").text
    assert "Person 30000" in drafts and "No offender number yet" in drafts
    assert "Kept until 3 April 2026" in drafts
    theirs = as_browser(Role.SUPERVISOR, app)
    assert "Drafts" not in [one.text for one in opened(theirs, "/").all("h2")]


def test_a_supervisor_sees_the_people_of_the_office(caseload: FlaskClient, app: Flask, clock: Clock) -> None:
    document = opened(as_browser(Role.SUPERVISOR, app), "/")
    assert listed(document, "recent") == ["20000", "10000"]
    assert document.first("tbody").first("tr").children[2].text == USERNAME


@pytest.mark.parametrize(
    ("role", "label"),
    [(Role.ANALYST, "Help"), (Role.ADMINISTRATOR, "Feedback"), (Role.AUDITOR, "Help")],
)
def test_every_role_finds_its_places(app: Flask, role: Role, label: str) -> None:
    client = as_browser(role, app)
    ways = opened(client, "/").first("ul", **{"class": "ways"})
    assert label in [one.text for one in ways.all("a")]
    for way in ways.all("a"):
        assert client.get(way.attributes["href"], follow_redirects=True).status_code == 200
