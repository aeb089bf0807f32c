"""Every list of several pages goes on, a page back, and to its start."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.auth.sessions import session_cookie
from api.services.access.accounts import create_user
from api.services.users import Role
from tests.api.conftest import PASSWORD, Clock, signed_in
from tests.api.contexts import context_for
from tests.api.web.caseload import submit
from tests.api.web.pages import Element, opened, through

EXPORT = {"criteria": {"all": True}, "format": "csv", "purpose": "case_review"}


def rows(document: Element) -> list[str]:
    return [row.text for body in document.first("main").all("tbody") for row in body.all("tr")]


@pytest.fixture
def four(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    """Four people, an export asked for with each."""
    for number in range(30000, 30004):
        submit(client, valid_body, clock, offender_number=str(number), release_date="2026-03-20")
        assert client.post("/api/v1/exports", json=EXPORT).status_code == 202


def browser(role: Role, app: Flask, clock: Clock) -> FlaskClient:
    create_user(
        context_for(app.extensions["rms"].store, at=clock(), by="test"), "a.reader", PASSWORD, role=role
    )
    client = app.test_client()
    client.set_cookie(session_cookie(app), signed_in("a.reader", app, at=clock()))
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


@pytest.mark.parametrize(
    ("role", "address", "at_once"),
    [
        (
            Role.AUDITOR,
            "/record?actor=c.worker&action=assessment.submitted",
            "api.web.governance.audit.AT_ONCE",
        ),
        (Role.ADMINISTRATOR, "/administration/exports", "api.web.access.administration.EXPORTS"),
        (Role.SUPERVISOR, "/office/releases?days=90", "api.web.people.office.AT_ONCE"),
        (Role.SUPERVISOR, "/office/due?months=3", "api.web.people.office.AT_ONCE"),
    ],
)
@pytest.mark.usefixtures("four")
def test_every_page_links_to_the_previous_one(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, role: Role, address: str, at_once: str
) -> None:
    monkeypatch.setattr(at_once, 1)
    if "due" in address:
        clock.advance(days=120)
    client = browser(role, app, clock)
    pages = list(through(client, address))
    assert [len(rows(one)) for one in pages] == [1] * 4 and len({rows(one)[0] for one in pages}) == 4
    assert not list(pages[0].all("a", rel="prev"))
    for before, here in zip(pages, pages[1:], strict=False):
        back = here.first("a", rel="prev")
        assert back.text == "Previous page"
        assert rows(opened(client, back.attributes["href"])) == rows(before)
    start = next(one for one in pages[-1].all("a") if one.text == "First page").attributes["href"]
    assert rows(opened(client, start)) == rows(pages[0])
    made_up = f"{address}{'&' if '?' in address else '?'}after=made-up"
    assert client.get(made_up).status_code == 404
