"""Requests for help: from any page to the queue, to the answer; and the rota of those who answer."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.support import help_requests
from api.services.users import Role
from tests.api.conftest import PASSWORD, Clock
from tests.api.web.browsers import answer, as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import errors_at_fields, opened, page, sign_in

ASK = "/support/help"
QUEUE = "/support/requests"
ONE = f"{QUEUE}/1"
NEED = "How do I find a person by the beginning of their name?"
REPLY = "Type it into the field on Home."
THIS_WEEK, NEXT_WEEK = "2026-03-02", "2026-03-09"  # Mondays; the clock begins on 4 March


def test_asked_taken_answered_and_closed(
    force: Flask, sergeant: FlaskClient, administrator: FlaskClient
) -> None:
    home = opened(sergeant, "/harm")
    link = next(one for one in home.all("a") if one.text == "Ask for help")
    assert link.attributes["href"] == f"{ASK}?page=/harm"
    sent = answer(sergeant, link.attributes["href"], "/help", text=NEED)
    assert "The answer will be on this page." in opened(sergeant, sent.location).text
    for address in (QUEUE, ONE):
        shown = opened(administrator, address)
        assert NEED in shown.text and "waiting" in shown.text
        for check in CHECKS:
            check(shown)
    assert opened(administrator, ONE).first("code").text == "/harm"
    assert answer(administrator, ONE, "/take").status_code == 303
    assert "taken by b.administrator" in opened(sergeant, ASK).text
    assert answer(administrator, ONE, "/answer", text=REPLY).status_code == 303
    own = opened(sergeant, ASK)
    assert REPLY in own.text and "answered by b.administrator" in own.text
    for check in CHECKS:
        check(own)
    assert answer(administrator, ONE, "/close").status_code == 303
    assert "No requests wait." in opened(administrator, QUEUE).text
    with force.extensions["rms"].store.reading() as tx:
        said = [(one.action, one.detail) for one in tx.audit.entries() if one.object_kind == "help_request"]
    steps = [("asked", {"page": "/harm"}), ("taken", {}), ("answered", {}), ("closed", {})]
    assert said == [(f"help_request.{step}", detail) for step, detail in steps]


def test_a_closed_request_takes_no_answer(sergeant: FlaskClient, administrator: FlaskClient) -> None:
    answer(sergeant, ASK, "/help", text=NEED)
    form = opened(administrator, ONE)
    token = form.first("main").first("input", name="csrf_token").attributes["value"]
    answer(administrator, ONE, "/close")
    late = administrator.post(f"{ONE}/answer", data={"csrf_token": token, "text": REPLY})
    assert late.status_code == 409 and "This request is closed." in late.text


def test_another_has_taken_it(app: Flask, sergeant: FlaskClient, administrator: FlaskClient) -> None:
    answer(sergeant, ASK, "/help", text=NEED)
    other = as_browser(Role.SUPERVISOR, app)
    answer(administrator, QUEUE, "/rota", monday=THIS_WEEK, users="b.supervisor")
    form = opened(other, ONE)
    token = form.first("main").first("input", name="csrf_token").attributes["value"]
    answer(administrator, ONE, "/take")
    late = other.post(f"{ONE}/take", data={"csrf_token": token})
    assert late.status_code == 409 and "b.administrator has taken this request." in late.text


def test_supervisors_read_requests_while_they_are_on_the_rota(
    app: Flask, clock: Clock, sergeant: FlaskClient, supervisor: FlaskClient, administrator: FlaskClient
) -> None:
    answer(sergeant, ASK, "/help", text=NEED)
    assert NEED not in opened(supervisor, QUEUE).text
    assert supervisor.get(ONE).status_code == 404
    assert sergeant.get(QUEUE).status_code == 403
    answer(administrator, QUEUE, "/rota", monday=THIS_WEEK, users="b.supervisor")
    assert "On the support rota this week: b.supervisor." in opened(sergeant, ASK).text
    assert NEED in opened(supervisor, QUEUE).text and NEED in opened(supervisor, ONE).text
    for client in (supervisor, administrator):
        line = next(one for one in opened(client, "/").all("a") if "waits for an answer" in one.text)
        assert line.text == "1 request for help waits for an answer" and line.attributes["href"] == QUEUE
    answer(administrator, QUEUE, "/rota", monday=THIS_WEEK)  # nobody
    assert supervisor.get(ONE).status_code == 404


def test_four_weeks_to_finish(
    app: Flask, clock: Clock, sergeant: FlaskClient, administrator: FlaskClient
) -> None:
    answer(sergeant, ASK, "/help", text=NEED)
    as_browser(Role.SUPERVISOR, app)
    answer(administrator, QUEUE, "/rota", monday=NEXT_WEEK, users="b.supervisor")
    for days, status in ((34, 200), (7, 404)):
        clock.advance(days=days)
        again = as_browser_again(app)
        assert again.get(ONE).status_code == status, days


def as_browser_again(app: Flask) -> FlaskClient:
    """The supervisor signs in again, after their session has ended."""
    client = app.test_client()
    sign_in(client, "b.supervisor", PASSWORD)
    return client


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\0b"])
def test_what_cannot_be_sent(sergeant: FlaskClient, administrator: FlaskClient, text: str) -> None:
    sent = answer(sergeant, ASK, "/help", text=text)
    assert sent.status_code == 422 and set(errors_at_fields(page(sent.text))) == {"text"}
    answer(sergeant, ASK, "/help", text=NEED, page="/people/10000")
    assert not list(opened(administrator, ONE).all("code"))
    assert answer(administrator, ONE, "/answer", text=text).status_code == 422


WRONG = [
    ({"monday": ""}, {"monday"}),
    ({"monday": "2026-03-03"}, {"monday"}),
    ({"users": "o.manager"}, {"users"}),
]


@pytest.mark.parametrize(("typed", "wrong"), WRONG)
def test_what_cannot_be_on_the_rota(
    sergeant: FlaskClient, administrator: FlaskClient, typed: dict[str, str], wrong: set[str]
) -> None:
    sent = answer(administrator, QUEUE, "/rota", **{"monday": THIS_WEEK, "users": "b.administrator", **typed})
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    assert {one.attributes["href"] for one in document.first(id="errors").all("a")} == {
        f"#{field}" for field in wrong
    }


def test_requests_of_a_day_are_bounded(sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(help_requests, "MOST_A_DAY", 2)
    assert [answer(sergeant, ASK, "/help", text=NEED).status_code for _ in range(3)] == [303, 303, 409]
