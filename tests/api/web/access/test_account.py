"""The user's own password, second factor and sessions."""

import base64

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.totp import code_of, step_at
from api.web.access.account import DONE
from api.web.form_messages import CHANGED_PASSWORD, CODE, OWN_PASSWORD
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.web.browsers import browser, form_to, post
from tests.api.web.pages import Element, errors_at_fields, fields, opened, page

NEW = "quarry-lantern-seven-boats"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "current"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "!"}, "again"),
    ],
)
def test_a_password_is_not_changed_so(browser_client: FlaskClient, typed: dict[str, str], field: str) -> None:
    refused = post(browser_client, "/account/password", "/password", **typed)
    assert refused.first(id="errors").first("a").attributes["href"] == f"#{field}"
    assert not {one.attributes.get("value") for one in refused.all("input")} & set(typed.values())


def test_blank_fields_are_named(browser_client: FlaskClient) -> None:
    blank = post(browser_client, "/account/password", "/password", current="", new="", again="")
    assert errors_at_fields(blank) == CHANGED_PASSWORD
    only = post(browser_client, "/account/password", "/password", current=" ", new=NEW, again=NEW)
    assert errors_at_fields(only) == {"current": CHANGED_PASSWORD["current"]}
    at = "/account/second-factor"
    assert errors_at_fields(post(browser_client, at, "/second-factor", password="")) == OWN_PASSWORD
    shown = post(browser_client, at, "/second-factor", password=PASSWORD)
    form = fields(form_to(shown, "/confirmation"))
    blank_code = browser_client.post(f"{at}/confirmation", data={**form, "code": ""})
    assert errors_at_fields(page(blank_code.text)) == CODE


def test_a_new_password_ends_every_other_session(
    app: Flask, browser_client: FlaskClient, clock: Clock
) -> None:
    elsewhere = browser(app, USERNAME, clock)
    assert len(_sessions(opened(elsewhere, "/account"))) == 2
    done = post(browser_client, "/account/password", "/password", current=PASSWORD, new=NEW, again=NEW)
    assert DONE["password"] in done.text
    assert elsewhere.get("/account").status_code == 302
    assert len(_sessions(opened(browser_client, "/account"))) == 1


def _sessions(account: Element) -> list[Element]:
    return list(account.first("section", **{"aria-labelledby": "sessions"}).first("tbody").all("tr"))


def test_signing_out_everywhere_else(app: Flask, browser_client: FlaskClient, clock: Clock) -> None:
    elsewhere = browser(app, USERNAME, clock)
    assert DONE["elsewhere"] in post(browser_client, "/account", "/sessions").text
    assert elsewhere.get("/account").status_code == 302


def test_a_second_factor_is_set_up(browser_client: FlaskClient, clock: Clock) -> None:
    at = "/account/second-factor"
    assert "current password is wrong" in post(browser_client, at, "/second-factor", password="wrong").text
    shown = post(browser_client, at, "/second-factor", password=PASSWORD)
    secret = base64.b32decode(shown.first(id="secret").text.replace(" ", ""))
    form = shown.first("main").first("form")
    token = form.first("input", name="csrf_token").attributes["value"]
    code = code_of(secret, step_at(clock()))
    wrong, right = (
        browser_client.post(form.attributes["action"], data={"csrf_token": token, "code": tried})
        for tried in ("000000", code)
    )
    assert page(wrong.text).first(id="errors").first("a").attributes["href"] == "#code"
    assert len(list(page(right.text).first("ul", **{"class": "recovery-codes"}).all("li"))) == 10
    assert "10 recovery codes left" in opened(browser_client, "/account").text
