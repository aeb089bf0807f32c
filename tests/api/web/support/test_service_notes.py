"""Notes of other services about a person: entered, read in scope, withdrawn; never changed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from api.services.users import Role
from tests.api.case_records import address
from tests.api.conftest import Database
from tests.api.rows import change
from tests.api.web.browsers import answer, as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import errors_at_fields, opened, page

NOTE = {
    "service": "probation",
    "written_by": "J. Hart",
    "written_on-day": "2",
    "written_on-month": "3",
    "written_on-year": "2026",
    "text": "Works since February.\nKeeps appointments.",
}


def notes(app: Flask) -> str:
    return address(app, "P1", "/service-notes")


def test_entered_once_and_read(force: Flask, sergeant: FlaskClient) -> None:
    at = notes(force)
    overview = opened(sergeant, address(force, "P1"))
    assert "Notes of services" in [one.text for one in overview.all("a")]
    for _ in range(2):
        assert answer(sergeant, at, "/service-notes", **NOTE).status_code == 303
    shown = opened(sergeant, at)
    for check in CHECKS:
        check(shown)
    (one,) = shown.first("main").first("ol").all("li")
    assert "Probation, 2 March 2026" in one.text and "Written by J. Hart. Entered by o.manager" in one.text
    with force.extensions["rms"].store.reading() as tx:
        actions = [entry.action for entry in tx.audit.entries()]
    assert actions.count("service_note.added") == 1 and "service_notes.read" in actions


def test_who_sees_and_withdraws(force: Flask, sergeant: FlaskClient, supervisor: FlaskClient) -> None:
    at = notes(force)
    answer(sergeant, at, "/service-notes", **NOTE)
    elsewhere = as_browser(Role.SUPERVISOR, force, office="Mill ward")
    assert elsewhere.get(at).status_code == 404
    assert elsewhere.post(f"{at}/1/withdraw").status_code == 400  # without a token
    assert answer(supervisor, at, "/withdraw").status_code == 303
    shown = opened(sergeant, at)
    assert "Withdrawn by b.supervisor" in shown.text and "Works since February." in shown.text
    assert "Withdraw this note" not in shown.text


def test_a_colleague_cannot_withdraw_it(force: Flask, sergeant: FlaskClient) -> None:
    at = notes(force)
    answer(sergeant, at, "/service-notes", **NOTE)
    token = opened(sergeant, at).first("main").first("input", name="csrf_token").attributes["value"]
    colleague = as_browser(Role.OFFENDER_MANAGER, force, office="Castle ward")
    form = opened(colleague, at)
    assert "Withdraw this note" not in form.text
    own = form.first("main").first("input", name="csrf_token").attributes["value"]
    assert colleague.post(f"{at}/1/withdraw", data={"csrf_token": own}).status_code == 403
    assert sergeant.post(f"{at}/9/withdraw", data={"csrf_token": token}).status_code == 404


WRONG = [
    ({"service": ""}, {"service"}),
    ({"written_by": "", "text": " "}, {"written_by", "text"}),
    ({"text": "x" * 2001}, {"text"}),
    ({"written_on-day": "31", "written_on-month": "2"}, {"written_on"}),
    ({"written_on-day": "5"}, {"written_on"}),  # tomorrow
]


@pytest.mark.parametrize(("typed", "wrong"), WRONG)
def test_what_cannot_be_entered(
    force: Flask, sergeant: FlaskClient, typed: dict[str, str], wrong: set[str]
) -> None:
    sent = answer(sergeant, notes(force), "/service-notes", **{**NOTE, **typed})
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    assert set(errors_at_fields(document)) == wrong


@pytest.mark.parametrize(
    "statement", ["UPDATE service_notes SET text = 'x'", "DELETE FROM service_notes"], ids=["alter", "delete"]
)
def test_the_database_keeps_it_as_it_is(
    force: Flask, database: Database, sergeant: FlaskClient, statement: str
) -> None:
    answer(sergeant, notes(force), "/service-notes", **NOTE)
    with pytest.raises(IntegrityError, match="service notes never"):
        change(database.url, statement)
