"""Searching for a person by number, and the old URL of the CSV file."""

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Clock
from tests.api.web.browsers import answer
from tests.api.web.pages import Element, save

NEW = "/assessments/new"


@pytest.fixture
def caseload(browser_client: FlaskClient, filled: dict[str, str], clock: Clock) -> FlaskClient:
    """10000, then a what-if on it, then 20000."""
    save(browser_client, NEW, filled)
    clock.advance(minutes=1)
    save(browser_client, f"{NEW}?what_if=10000", {"answer-drug": "0"})
    clock.advance(minutes=1)
    save(browser_client, NEW, {**filled, "offender_number": "20000"})
    return browser_client


def listed(document: Element) -> list[str]:
    return [row.first("th").text for row in document.first("tbody").all("tr")]


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("10000", "/people/10000"),
        (" 10000 ", "/people/10000"),
        ("12pr", "/people/12PR"),
        ("10000-01", "/assessments/10000-01"),
        ("2", "/people/20000"),
        ("", "/"),
    ],
)
def test_a_number_or_id_leads_to_its_page(caseload: FlaskClient, number: str, where: str) -> None:
    assert answer(caseload, "/", "/people", number=number).headers["Location"] == where


@pytest.mark.parametrize("number", ["10000-77", "a b", "../..", "x" * 40])
def test_an_unknown_number_is_not_found(shared_client: FlaskClient, number: str) -> None:
    assert answer(shared_client, "/", "/people", number=number).status_code == 404


def test_the_old_csv_url_leads_to_exports(caseload: FlaskClient) -> None:
    assert caseload.get("/assessments.csv").location == "/exports?all=true"
