"""The lists: latest first, what-ifs only where asked for, a person by number."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Clock
from tests.api.web.pages import Element, opened, send

NEW = "/assessments/new"


@pytest.fixture
def caseload(browser_client: FlaskClient, filled: dict[str, str], clock: Clock) -> FlaskClient:
    """10000, then a what-if on it, then 20000."""
    send(browser_client, NEW, filled)
    clock.advance(minutes=1)
    send(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    clock.advance(minutes=1)
    send(browser_client, NEW, {**filled, "offender_number": "20000"})
    return browser_client


def listed(document: Element) -> list[str]:
    return [row.first("th").text for row in document.first("tbody").all("tr")]


def test_home_lists_the_latest_without_what_ifs(caseload: FlaskClient) -> None:
    document = opened(caseload, "/")
    assert listed(document) == ["20000", "10000"]
    assert "Signed in as c.worker" in document.first("header").text
    assert "4 March 2026, 09:32 UTC" in document.text


def test_what_ifs_are_listed_where_asked_for(caseload: FlaskClient) -> None:
    switch = opened(caseload, "/").first("a", href="/?what_ifs=yes")
    document = opened(caseload, switch.attributes["href"])
    assert listed(document) == ["20000", "10000-01", "10000"]
    assert [badge.text for badge in document.all("span", **{"class": "badge what-if-badge"})] == ["What-if"]


def test_scores_stand_apart_with_their_intervals(caseload: FlaskClient) -> None:
    table = opened(caseload, "/").first("table")
    assert [cell.text for cell in table.first("thead").all("th")][-2:] == ["Recidivism", "Violence"]
    cells = [cell.text for cell in table.first("tbody").first("tr").children][-2:]
    assert all(cell[0] in "12" and " to " in cell for cell in cells)


def test_home_says_when_there_is_nothing(browser_client: FlaskClient) -> None:
    document = opened(browser_client, "/")
    assert "There are no assessments yet." in document.text
    assert not list(document.all("table"))


def test_a_person_shows_everything_newest_first(caseload: FlaskClient) -> None:
    document = opened(caseload, "/people/10000")
    assert listed(document) == ["10000-01", "10000"]
    assert "1 assessment and 1 what-if." in document.text
    again = document.first("main").first("a", **{"class": "button"})
    assert again.attributes["href"] == "/assessments/new?from=10000"  # never from a what-if


def test_a_person_nothing_is_known_of_can_be_begun(browser_client: FlaskClient) -> None:
    start = opened(browser_client, "/people/30000").first("a", href="/assessments/new?number=30000")
    form = opened(browser_client, start.attributes["href"])
    assert form.first("input", id="offender_number").attributes["value"] == "30000"


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("10000", "/people/10000"),
        (" 10000 ", "/people/10000"),
        ("12pr", "/people/12PR"),
        ("10000-01", "/assessments/10000-01"),
        ("", "/"),
    ],
)
def test_search(caseload: FlaskClient, number: str, where: str) -> None:
    assert caseload.get("/people", query_string={"number": number}).headers["Location"] == where


@pytest.mark.parametrize("number", ["10000-77", "a b", "../..", "x" * 40])
def test_search_for_what_is_not_there(shared_client: FlaskClient, number: str) -> None:
    assert shared_client.get("/people", query_string={"number": number}).status_code == 404


def test_the_old_file_of_everything_asks_for_its_purpose(caseload: FlaskClient) -> None:
    link = opened(caseload, "/").first("a", href="/assessments.csv")
    response = caseload.get(link.attributes["href"])
    assert response.location == "/exports?all=true"
