"""A browser that sends a form is led to what it is told: Back and reload send nothing again."""

import zlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.auth.sessions import session_cookie
from api.services.access.accounts import find_user
from api.services.access.encryption import NONCE
from api.services.replies import bound_to, reply_of
from api.services.users import Role
from api.web.replies import NOT_KEPT
from tests.api.conftest import PASSWORD, USERNAME, Clock, Database, signed_in
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.web.pages import checked, fields, main_form, opened, page, path_of, send

NEW = "/assessments/new"
TYPED = {"offender_number": "10000", "sex": "female"}
BY_HAND = {"Sec-Fetch-Mode": "navigate"}
SYSTEMS = "/administration/systems"


def sent_by_hand(client: FlaskClient, address: str, typed: dict[str, Any]) -> TestResponse:
    """As a browser sends the form of a page, which says that it will show what comes."""
    form = main_form(opened(client, address))
    return client.post(form.attributes["action"], data={**fields(form), **typed}, headers=BY_HAND)


def sit_down(client: FlaskClient, username: str, clock: Clock) -> None:
    """In the same browser, in another tab."""
    token = signed_in(username, client.application, at=clock())
    client.set_cookie(session_cookie(client.application), token)


@pytest.fixture
def refused(browser_client: FlaskClient) -> str:
    """The address that a refused form leads to."""
    answered = sent_by_hand(browser_client, NEW, TYPED)
    assert answered.status_code == 303
    assert answered.text == ""
    return answered.location


def kept(database: Database) -> list[tuple[Any, ...]]:
    return rows(database.url, "SELECT id, status, sealed FROM replies")


def test_a_refused_form_is_at_its_own_address_as_often_as_it_is_asked_for(
    browser_client: FlaskClient, refused: str
) -> None:
    assert refused.startswith(f"{NEW}?reply=")
    for _ in ("led there", "Back", "reload"):
        shown = browser_client.get(refused)
        assert shown.status_code == 422
        assert fields(main_form(page(shown.text)))["offender_number"] == "10000"
        assert page(shown.text).first(id="errors").text.startswith("There are 25 problems")


def test_by_script_it_is_answered_at_once(browser_client: FlaskClient) -> None:
    assert send(browser_client, NEW, TYPED).status_code == 422


def test_a_redirect_stays_a_redirect(browser_client: FlaskClient, filled: dict[str, str]) -> None:
    led = sent_by_hand(browser_client, NEW, filled)
    assert path_of(led).endswith("/check")
    saved = checked(browser_client, led)
    assert path_of(saved) == "/assessments/10000"


def test_no_other_user_sees_the_reply(refused: str, as_user: Any) -> None:
    other = as_user(Role.CASE_WORKER, username="somebody.else").get(refused)
    assert other.status_code == 303
    assert other.location == NEW


def test_the_reply_is_not_shown_after_signing_out(browser_client: FlaskClient, refused: str) -> None:
    leave = next(
        one for one in opened(browser_client, "/").all("form") if "logout" in one.attributes["action"]
    )
    browser_client.post("/logout", data=fields(leave))
    assert browser_client.get(refused).location.startswith("/login")


def test_another_user_of_the_same_browser_does_not_see_the_reply(
    browser_client: FlaskClient, refused: str, clock: Clock, as_user: Any
) -> None:
    clock.advance(hours=1)
    sit_down(browser_client, USERNAME, clock)
    assert browser_client.get(refused).status_code == 422  # whoever typed it finds it
    as_user(Role.CASE_WORKER, username="somebody.else")
    sit_down(browser_client, "somebody.else", clock)
    assert browser_client.get(refused).location == NEW
    sit_down(browser_client, USERNAME, clock)
    assert browser_client.get(refused).location == NEW


def test_a_form_is_never_sent_in_the_name_of_another(
    browser_client: FlaskClient, filled: dict[str, str], clock: Clock, as_user: Any
) -> None:
    form = main_form(opened(browser_client, NEW))
    as_user(Role.CASE_WORKER, username="somebody.else")
    sit_down(browser_client, "somebody.else", clock)
    opened(browser_client, "/")  # in another tab
    refused = browser_client.post(NEW, data={**fields(form), **filled})
    assert refused.status_code == 400
    assert "another user has signed in" in refused.text
    assert browser_client.get("/assessments/10000").status_code == 404


def test_a_form_sent_without_a_session_can_be_sent_again(
    browser_client: FlaskClient, submitted: str, clock: Clock, as_user: Any
) -> None:
    notes = f"{submitted}/notes"
    form = main_form(opened(browser_client, notes))
    clock.advance(hours=1)
    sent = {**fields(form), "text": "Was on time."}
    answered = browser_client.post(notes, data=sent, headers=BY_HAND)
    assert answered.location.startswith("/replies/")
    for _ in ("led there", "reload"):
        kept = browser_client.get(answered.location)
        assert kept.status_code == 401
    sit_down(browser_client, USERNAME, clock)
    again = main_form(page(browser_client.get(answered.location).text))
    assert again.attributes["action"] == notes
    assert browser_client.post(notes, data=fields(again), headers=BY_HAND).status_code == 303
    assert "Was on time." in browser_client.get(f"{submitted}/judgement-and-notes").text
    as_user(Role.CASE_WORKER, username="somebody.else")
    sit_down(browser_client, "somebody.else", clock)
    opened(browser_client, "/")
    assert browser_client.get(answered.location).status_code == 404


def test_a_reply_expires_with_the_longest_session(
    browser_client: FlaskClient, refused: str, clock: Clock, database: Database
) -> None:
    assert len(kept(database)) == 1
    clock.advance(hours=12)
    sit_down(browser_client, USERNAME, clock)
    assert browser_client.get(refused).location == NEW
    later = sent_by_hand(browser_client, NEW, TYPED).location
    assert [row[0] for row in kept(database)] == [later.partition("=")[2]]


def test_a_reply_can_only_be_read_with_the_browser_s_secret(
    refused: str, database: Database, app: Flask, clock: Clock
) -> None:
    ((id, status, sealed),) = kept(database)
    assert refused.endswith(id)
    assert status == 422
    with pytest.raises(zlib.error):
        zlib.decompress(sealed[NONCE:])
    store = app.extensions["rms"].store
    everybody = [bound_to(find_user(context_for(store), USERNAME)), bound_to(None)]
    assert reply_of(context_for(store, at=clock()), id, secret="of another", whose=everybody) is None


def test_a_key_is_shown_once(as_user: Any) -> None:
    administrator = as_user(Role.ADMINISTRATOR)
    send(administrator, SYSTEMS, {"name": "case-system"})
    asked = {"kind": "key", "name": "nightly", "days": "30", "scopes": "assessments:read"}
    form = next(
        one
        for one in opened(administrator, f"{SYSTEMS}/case-system").all("form")
        if one.attributes["action"].endswith("/credentials")
    )
    answered = administrator.post(form.attributes["action"], data={**fields(form), **asked}, headers=BY_HAND)
    assert answered.status_code == 303
    shown = administrator.get(answered.location)
    assert shown.status_code == 200
    assert "rms_" in shown.text
    again = administrator.get(answered.location)
    assert again.status_code == 404
    assert NOT_KEPT in again.text
    assert "rms_" not in again.text
    assert page(again.text).first("main").first("a").attributes["href"] == f"{SYSTEMS}/case-system"


def test_a_wrong_password_redirects_to_the_login(anonymous: FlaskClient) -> None:
    answered = sent_by_hand(anonymous, "/login", {"username": USERNAME, "password": "wrong"})
    assert answered.location.startswith("/login?reply=")
    shown = anonymous.get(answered.location)
    assert shown.status_code == 401
    assert fields(main_form(page(shown.text)))["username"] == USERNAME
    send(anonymous, "/login", {"username": USERNAME, "password": PASSWORD})
    assert anonymous.get(answered.location).location == "/login"  # which leads on to where people begin
