"""A form leads to no address that the server would refuse unread."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config import LONGEST_REQUEST_LINE
from api.web.long_addresses import LONGEST, TOO_LONG
from tests.api.conftest import PASSWORD, USERNAME
from tests.api.web.pages import opened, page, send

TEXT = "9" * 5_000


def sent(client: FlaskClient, shown: str, address: str, typed: dict[str, str]) -> TestResponse:
    """The answer to a form with the token of the page at `shown`."""
    token = opened(client, shown).first("input", name="csrf_token").attributes["value"]
    return client.post(address, data={"csrf_token": token, **typed})


@pytest.mark.parametrize(
    ("address", "shown", "field"),
    [
        ("/harm", "/harm", "home_area"),
        ("/harm", "/harm", "offence_area"),
        ("/harm/name", "/harm", "surname"),
        ("/harm/name", "/harm", "forename"),
        ("/prediction", "/prediction", "home_area"),
    ],
)
def test_a_field_of_a_list_that_is_too_long_is_named(
    sergeant: FlaskClient, address: str, shown: str, field: str
) -> None:
    refused = sent(sergeant, shown, address, {field: TEXT})
    assert refused.status_code == 422
    links = page(refused.text).first("div", id="errors").all("a")
    assert [one.attributes["href"] for one in links] == [f"#{field}"]


def test_a_field_of_the_results_that_is_too_long_is_named(browser_client: FlaskClient) -> None:
    shown = "/results?latest=true"
    refused = sent(browser_client, shown, "/results", {"offender_number": TEXT})
    assert refused.status_code == 422
    links = page(refused.text).first("div", id="errors").all("a")
    assert [one.attributes["href"] for one in links] == ["#offender_number"]


@pytest.mark.parametrize(("more", "status"), [(0, 302), (1, 422)])
def test_no_page_leads_to_an_address_that_is_too_long(
    browser_client: FlaskClient, more: int, status: int
) -> None:
    """Of any other page or form a plain page says what to do."""
    leads_to = "/results?sex="
    leads_to += (LONGEST + more - len(leads_to)) * "a"
    assert len(f"GET {leads_to} HTTP/1.1") == LONGEST_REQUEST_LINE + more
    answer = browser_client.get(leads_to.replace("/results", "/results-filter"))
    assert answer.status_code == status
    if status == 302:
        assert answer.location == leads_to
    else:
        assert answer.location is None and TOO_LONG.detail in page(answer.text).text


def test_a_wanted_page_with_an_address_that_is_too_long_is_not_where_a_sign_in_leads(
    app: Flask,
) -> None:
    typed = {"username": USERNAME, "password": PASSWORD, "next": f"/harm?size={TEXT}"}
    entered = send(app.test_client(), "/login", typed)
    assert entered.status_code == 303 and entered.location == "/"
