"""Overrides and decisions on them, notes and their withdrawal."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from api.auth.sessions import session_cookie
from api.services.access.accounts import create_user
from api.services.users import Role
from api.web.assessments.result import DONE
from api.web.form_messages import DECISION
from tests.api.conftest import PASSWORD, Clock, signed_in
from tests.api.contexts import context_for
from tests.api.web.pages import fields, main_form, opened, page, send

TOPIC = "judgement-and-notes"
WHY = "They have lived with their brother since May."
OVERRIDE = {"process": "violence", "direction": "lower", "reason_code": "changed_since", "text": WHY}


@pytest.fixture
def assessed(client: FlaskClient, valid_body: dict[str, Any]) -> str:
    assert client.post("/api/v1/assessments", json=valid_body).status_code == 201
    return "/assessments/10000"


@pytest.fixture
def supervisor(app: Flask, clock: Clock) -> FlaskClient:
    """The browser of a supervisor of the same office."""
    store = app.extensions["rms"].store
    create_user(context_for(store, at=clock(), by="test"), "s.visor", PASSWORD, role=Role.SUPERVISOR)
    client = app.test_client()
    client.set_cookie(session_cookie(app), signed_in("s.visor", app, at=clock()))
    return client


def test_an_override_and_the_decision_of_a_supervisor(
    browser_client: FlaskClient, supervisor: FlaskClient, assessed: str
) -> None:
    made = send(browser_client, f"{assessed}/override", OVERRIDE)
    assert (made.status_code, made.headers["Location"]) == (303, f"{assessed}/{TOPIC}?done=override")
    shown = opened(browser_client, f"{assessed}/{TOPIC}?done=override")
    assert DONE["override"] in shown.text and WHY in shown.text
    decision = f"{assessed}/overrides/1/decision"
    assert not list(shown.all("a", href=decision))
    assert browser_client.get(decision).status_code == 403

    assert list(opened(supervisor, f"{assessed}/{TOPIC}").all("a", href=decision))
    half = send(supervisor, decision, {"decision": "agreed"})
    assert half.status_code == 422 and DECISION["text"] in half.text
    decided = send(supervisor, decision, {"decision": "agreed", "text": "Seen at home."})
    assert decided.headers["Location"] == f"{assessed}/{TOPIC}?done=decision"
    for browser in (browser_client, supervisor):
        assert "Agreed by s.visor" in opened(browser, f"{assessed}/{TOPIC}").text
    again = opened(supervisor, decision)
    assert "Agreed by s.visor" in again.text and not list(again.first("main").all("form"))
    for report in (f"{assessed}/report.pdf", f"/api/v1{assessed}/report.pdf"):
        pages = PdfReader(BytesIO(browser_client.get(report).data)).pages
        printed = " ".join(" ".join(page.extract_text() for page in pages).split())
        assert "Override 1, Violence (" in printed and "). Lower" in printed and WHY in printed
        assert "Agreed by s.visor" in printed and "Seen at home." in printed


def test_supervisors_cannot_decide_on_their_own_overrides(supervisor: FlaskClient, assessed: str) -> None:
    send(supervisor, f"{assessed}/override", OVERRIDE)
    own = opened(supervisor, f"{assessed}/overrides/1/decision")
    assert not list(own.first("main").all("form"))


@pytest.mark.parametrize("decision", ["/assessments/10000/overrides/1/decision", "/office/overrides/10000/1"])
def test_a_second_decision_is_refused_and_shows_the_typed_text(
    browser_client: FlaskClient, supervisor: FlaskClient, assessed: str, decision: str
) -> None:
    send(browser_client, f"{assessed}/override", OVERRIDE)
    form = fields(main_form(opened(supervisor, decision)))
    supervisor.post(decision, data={**form, "decision": "agreed", "text": "Seen at home."})
    refused = supervisor.post(decision, data={**form, "decision": "not_agreed", "text": "Not seen at all."})
    assert refused.status_code == 409
    document = page(refused.text)
    assert document.first(id="errors").text
    assert "Seen at home." in document.first("main").text
    assert "Not seen at all." in document.first("main").text
    assert list(document.all(id="decision"))


def test_every_problem_is_shown_at_its_field(browser_client: FlaskClient, assessed: str) -> None:
    refused = send(browser_client, f"{assessed}/override", {"text": "Too short", "direction": "lower"})
    assert refused.status_code == 422
    for field in ("process", "reason_code", "text"):
        assert f'href="#{field}"' in refused.text and f'id="{field}-error"' in refused.text
    assert 'href="#direction"' not in refused.text
    assert "Too short" in refused.text


def test_a_note_and_its_withdrawal(browser_client: FlaskClient, assessed: str) -> None:
    assert send(browser_client, f"{assessed}/notes").status_code == 422
    noted = send(browser_client, f"{assessed}/notes", {"text": "First\r\n<i>second</i>"})
    assert noted.headers["Location"] == f"{assessed}/{TOPIC}?done=note"
    link = opened(browser_client, f"{assessed}/{TOPIC}").first("a", href=f"{assessed}/notes?withdraws=1")
    withdrawn = send(browser_client, link.attributes["href"], {"text": "Another person."})
    assert withdrawn.headers["Location"] == f"{assessed}/{TOPIC}?done=withdrawn"
    shown = opened(browser_client, f"{assessed}/{TOPIC}")
    assert "<i>second</i>" in shown.text and "Withdrawn by note 2" in shown.text
    assert not list(shown.all("a", href=f"{assessed}/notes?withdraws=1"))
    assert browser_client.get(f"{assessed}/notes?withdraws=9").status_code == 404


def test_a_what_if_cannot_be_overridden(
    browser_client: FlaskClient, client: FlaskClient, assessed: str
) -> None:
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"drug": 0}})
    assert browser_client.get("/assessments/10000-01/override").status_code == 409
    for topic in ("", f"/{TOPIC}"):
        document = opened(browser_client, f"/assessments/10000-01{topic}")
        assert not list(document.all("a", href="/assessments/10000-01/override"))
