"""A form that comes after its session has ended is kept on the page of the refusal, and sent from there."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.auth.sessions import session_cookie
from tests.api.conftest import PASSWORD, USERNAME, Clock, signed_in
from tests.api.web.pages import Element, checked, fields, main_form, opened, page, path_of, save, send, typed

NEW = "/assessments/new"
NOTES = "/assessments/10000/notes"
TEXT = "First line.\nSecond & last: <b>no tag</b>, “quoted”."


def sign_in_again(client: FlaskClient, clock: Clock) -> None:
    """In another tab of the same browser, whose cookies are the same."""
    token = signed_in(USERNAME, client.application, at=clock())
    client.set_cookie(session_cookie(client.application), token)


def sent_again(client: FlaskClient, kept: Element) -> Any:
    form = main_form(kept)
    return client.post(form.attributes["action"], data=fields(form))


@pytest.fixture
def assessed(browser_client: FlaskClient, valid_body: dict[str, Any]) -> FlaskClient:
    save(browser_client, NEW, typed(valid_body))
    return browser_client


def test_a_whole_form(browser_client: FlaskClient, clock: Clock, valid_body: dict[str, Any]) -> None:
    form = main_form(opened(browser_client, NEW))
    clock.advance(hours=1)
    refused = browser_client.post(NEW, data={**fields(form), **typed(valid_body)})
    assert refused.status_code == 401
    kept = page(refused.text)
    assert kept.first("h1").text == "Your session has ended"
    assert typed(valid_body).items() <= fields(main_form(kept)).items()
    still = sent_again(browser_client, kept)
    assert still.status_code == 401  # pressed too early: nothing is lost by that
    sign_in_again(browser_client, clock)
    again = sent_again(browser_client, page(still.text))
    assert path_of(checked(browser_client, again)) == "/assessments/10000"


def test_a_note_to_its_last_character(assessed: FlaskClient, clock: Clock) -> None:
    form = main_form(opened(assessed, NOTES))
    clock.advance(hours=1)
    kept = page(assessed.post(NOTES, data={**fields(form), "text": TEXT.replace("\n", "\r\n")}).text)
    sign_in_again(assessed, clock)
    assert sent_again(assessed, kept).status_code == 303
    assert TEXT.partition("\n")[2] in page(assessed.get("/assessments/10000/judgement-and-notes").text).text


def test_before_the_notice_was_accepted_again(assessed: FlaskClient, clock: Clock) -> None:
    form = main_form(opened(assessed, NOTES))
    clock.advance(hours=1)
    send(assessed, "/login", {"username": USERNAME, "password": PASSWORD})
    refused = assessed.post(NOTES, data={**fields(form), "text": TEXT})
    assert refused.status_code == 403
    assert page(refused.text).first("h1").text == "You must accept the notice first"
    send(assessed, "/notice/accept", {"answer": "accept"})
    assert sent_again(assessed, page(refused.text)).status_code == 303


def test_passwords_and_foreign_forms_are_never_kept(assessed: FlaskClient, clock: Clock) -> None:
    form = main_form(opened(assessed, "/account/password"))
    clock.advance(hours=1)
    secret = assessed.post("/account/password", data={**fields(form), "current": PASSWORD})
    assert secret.status_code == 401 and "RMS does not keep passwords or codes" in secret.text
    assert PASSWORD not in secret.text
    alone = {name: text for name, text in fields(form).items() if name != "username"}
    assert assessed.post("/account/password", data=alone).location == "/login"
    foreign = assessed.post(NOTES, data={"text": TEXT})
    assert (foreign.status_code, foreign.location) == (302, "/login")
