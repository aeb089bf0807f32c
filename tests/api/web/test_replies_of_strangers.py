"""A stranger's forms do not fill the disk, and those of a user whose session has ended are not lost."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.auth.sessions import session_cookie
from api.services import replies
from api.services.access.accounts import ABSOLUTE, REMEMBERED
from tests.api.conftest import PASSWORD, USERNAME, Clock, Database, signed_in
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.web.pages import fields, main_form, opened, page

NEW = "/assessments/new"
BY_HAND = {"Sec-Fetch-Mode": "navigate"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def kept(database: Database) -> Callable[[], tuple[int, int]]:
    """How many replies are kept, and how many bytes they have."""
    return lambda: rows(database.url, "SELECT count(*), coalesce(sum(length(sealed)), 0) FROM replies")[0]


def noise(size: int) -> str:
    """What does not become smaller when it is compressed."""
    return random.Random(size).randbytes(size // 2).hex()


def sends(client: FlaskClient, address: str, **typed: str) -> TestResponse:
    """A form that proves to be ours: anybody can take its token from the login page."""
    token = fields(main_form(opened(client, "/login")))["csrf_token"]
    return client.post(address, data={"csrf_token": token, **typed}, headers=BY_HAND)


def types_on(client: FlaskClient, clock: Clock, *, idle: timedelta) -> TestResponse:
    """A user opens a form, types for so long that the session ends, and sends it."""
    form = fields(main_form(opened(client, NEW)))
    clock.at += idle
    return client.post(NEW, data={**form, "offender_number": "10000"}, headers=BY_HAND)


def test_a_strangers_form_is_answered_and_not_kept(anonymous: FlaskClient, kept: Any) -> None:
    for address in (NEW, "/people/10000", "/no/such/page"):
        answered = sends(anonymous, address, text=noise(50_000))
        assert answered.status_code == 401
        assert noise(50_000) in answered.text  # nothing that was typed is lost
    assert kept() == (0, 0)


def test_a_made_up_session_does_not_help(anonymous: FlaskClient, app: Flask, kept: Any) -> None:
    anonymous.set_cookie(session_cookie(app), "made-up")
    assert sends(anonymous, NEW, text="Typed.").status_code == 401
    assert kept()[0] == 0


def test_a_form_whose_session_ended_a_short_while_ago_is_kept(
    browser_client: FlaskClient, clock: Clock, kept: Any
) -> None:
    answered = types_on(browser_client, clock, idle=timedelta(minutes=45))
    assert answered.location.startswith("/replies/")
    assert "10000" in fields(main_form(page(browser_client.get(answered.location).text))).values()
    assert kept()[0] == 1


def test_a_form_whose_session_lasted_its_longest_is_kept(
    browser_client: FlaskClient, clock: Clock, app: Flask, kept: Any
) -> None:
    form = fields(main_form(opened(browser_client, NEW)))
    began = clock.at
    while clock.at < began + ABSOLUTE - timedelta(minutes=20):
        clock.advance(minutes=20)
        browser_client.get("/session")
    clock.at = began + ABSOLUTE + timedelta(minutes=10)
    signed_in(USERNAME, app, at=clock())  # whoever signs in then does not make RMS forget
    answered = browser_client.post(NEW, data={**form, "offender_number": "10000"}, headers=BY_HAND)
    assert answered.location.startswith("/replies/")
    assert kept()[0] == 1


def test_long_afterwards_it_is_answered_at_once(browser_client: FlaskClient, clock: Clock, kept: Any) -> None:
    answered = types_on(browser_client, clock, idle=timedelta(minutes=30) + REMEMBERED)
    assert answered.status_code == 401
    assert fields(main_form(page(answered.text)))["offender_number"] == "10000"
    assert kept()[0] == 0


def test_a_large_form_is_not_kept(browser_client: FlaskClient, kept: Any, monkeypatch: Any) -> None:
    form = fields(main_form(opened(browser_client, NEW)))
    large = {**form, "offender_number": "10000", "note": noise(90_000)}
    assert browser_client.post(NEW, data=large, headers=BY_HAND).status_code == 303
    keeper = replies.of_user(1)
    too_large = random.Random(1).randbytes(keeper.largest)
    application = browser_client.application.extensions["rms"]
    context = context_for(application.store, at=application.clock())
    given = {"status": 422, "secret": "s", "whose": "1"}
    before = kept()
    assert replies.keep_reply(context, too_large, keeper=keeper, **given) is None
    assert kept() == before


def test_of_one_user_the_latest_are_kept(
    browser_client: FlaskClient, kept: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(replies, "MOST", 3)
    form = fields(main_form(opened(browser_client, NEW)))
    led = []
    for _ in range(5):
        led.append(browser_client.post(NEW, data=form, headers=BY_HAND).location)
        clock.advance(seconds=1)
    assert kept()[0] == 3
    assert [browser_client.get(one).status_code for one in led] == [303, 303, 422, 422, 422]


def test_wrong_passwords_keep_little(
    app: Flask, kept: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """A refused login leads to a page as every form does; a long one is answered at once."""
    client = app.test_client()
    wrong = {"username": "nobody", "password": "wrong"}
    assert sends(client, "/login", **wrong).status_code == 303
    assert sends(client, "/login", **wrong, next=noise(90_000)).status_code == 401
    count, size = kept()
    assert count == 1
    assert size <= replies.of_stranger("").largest
    monkeypatch.setattr(replies, "MOST", 3)
    for name in "abcdef":
        assert sends(app.test_client(), "/login", username=name, password="wrong").status_code == 303
    assert kept()[0] == 3
    monkeypatch.setattr(replies, "MOST_OF_STRANGERS", 3)
    assert sends(client, "/login", username="other", password="wrong").status_code == 401
    assert kept()[0] == 3
    clock.advance(minutes=30)
    assert sends(client, "/login", username="other", password="wrong").status_code == 303
    assert kept()[0] == 1


def test_strangers_take_no_room_from_users(
    app: Flask, browser_client: FlaskClient, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "MOST_OF_STRANGERS", 1)
    for name in "ab":
        sends(app.test_client(), "/login", username=name, password=PASSWORD)
    form = fields(main_form(opened(browser_client, NEW)))
    assert browser_client.post(NEW, data=form, headers=BY_HAND).status_code == 303
    assert kept()[0] == 2
