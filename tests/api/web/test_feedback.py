"""The feedback box: kept without an address, told to the record without its text, read by administrators."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services import feedback
from api.services.users import Role
from tests.api.conftest import USERNAME
from tests.api.web.browsers import as_browser
from tests.api.web.pages import Element, opened, page, send

BOX = "/help/feedback"
SAID = "The list is long.\r\nI look for one person."


def said(client: FlaskClient, path: str = "/feedback") -> list[Element]:
    return list(opened(client, path).first("main").all("li"))


def test_from_the_page_to_the_administrator(browser_client: FlaskClient, app: Flask) -> None:
    link = next(one for one in opened(browser_client, "/people/10000").all("a") if "on this page" in one.text)
    assert "10000" not in link.attributes["href"]
    assert "Do not include names" in opened(browser_client, link.attributes["href"]).text
    given = send(browser_client, link.attributes["href"], {"text": SAID})
    assert (given.status_code, given.location) == (303, f"{BOX}?given=yes")
    assert "An administrator will read your feedback." in opened(browser_client, given.location).text
    (one,) = said(as_browser(Role.ADMINISTRATOR, app))
    assert one.first("p").text == "The list is long. I look for one person."
    assert one.first("code").text == "/people/<number>" and USERNAME in one.text
    with app.extensions["rms"].store.reading() as tx:
        (entry,) = [one for one in tx.audit.entries() if one.action == "feedback.given"]
    assert (entry.actor, entry.object_kind, entry.object_key) == (USERNAME, "feedback", "1")
    assert entry.detail == {"page": "/people/<number>"}


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, "a\0b"])
def test_invalid_feedback_stays_in_the_form(browser_client: FlaskClient, text: str) -> None:
    refused = send(browser_client, BOX, {"text": text})
    assert refused.status_code == 422
    document = page(refused.text)
    assert document.first(id="errors").first("a").attributes["href"] == "#text"
    shown = text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # as browsers show it
    assert document.first("textarea").text == " ".join(shown.split())


def test_no_address_is_kept_that_is_no_template(browser_client: FlaskClient, app: Flask) -> None:
    send(browser_client, BOX, {"text": "Well.", "page": "/people/10000"})
    (one,) = said(as_browser(Role.ADMINISTRATOR, app))
    assert not list(one.all("code"))


def test_older_feedback_is_on_the_next_page(
    browser_client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "SHOWN", 2)
    for text in ("One.", "Two.", "Three."):
        send(browser_client, BOX, {"text": text})
    reader = as_browser(Role.ADMINISTRATOR, app)
    assert [one.first("p").text for one in said(reader)] == ["Three.", "Two."]
    older = opened(reader, "/feedback").first("a", rel="next").attributes["href"]
    assert [one.first("p").text for one in said(reader, older)] == ["One."]
    assert opened(reader, older).first("a", rel="prev").attributes["href"] == "/feedback"
