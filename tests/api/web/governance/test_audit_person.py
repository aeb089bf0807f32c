"""An auditor searches the audit log for who looked at a person."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.web.form_messages import AUDIT_OF_PERSON
from tests.api.conftest import USERNAME, Clock
from tests.api.web.browsers import form_to
from tests.api.web.pages import Element, fields, opened, page

PERSON = "/record/person"


def submit(client: FlaskClient, form: Element, **typed: str) -> Element:
    response = client.post(PERSON, data={**fields(form), **typed}, follow_redirects=True)
    assert "10000" not in response.request.url
    return page(response.text)


def test_each_look_at_a_person_is_one_line_in_words(
    browser_client: FlaskClient,
    enter: Callable[..., FlaskClient],
    assessed: str,
    clock: Clock,
    app: Flask,
) -> None:
    clock.advance(minutes=1)
    assert browser_client.get("/assessments/10000").status_code == 200
    clock.advance(minutes=1)
    auditor = enter(Role.AUDITOR)
    assert opened(auditor, "/record").first("a", href=PERSON)
    form = form_to(opened(auditor, PERSON), PERSON)
    shown = submit(auditor, form, person="10000")
    lines = [[*row.all("td")][1].text for row in shown.first("tbody").all("tr")]
    assert lines[0] == f"{USERNAME} opened the result of 10000"
    assert lines.count(lines[0]) == 1 and f"{USERNAME} submitted 10000" in lines
    without_lines = submit(auditor, form, person="10000", actor="another.user")
    assert not list(without_lines.all("tbody"))
    unknown = submit(auditor, form, person="99999")
    assert unknown.first("title").text.startswith("Error")
    without_number = submit(auditor, form, person="")
    assert AUDIT_OF_PERSON["person"] in without_number.first(id="errors").text


def test_earlier_looks_are_on_the_next_page(
    enter: Callable[..., FlaskClient],
    assessed: str,
    browser_client: FlaskClient,
    clock: Clock,
) -> None:
    for _ in range(60):
        clock.advance(minutes=1)
        browser_client.get("/assessments/10000/report.pdf")
    auditor = enter(Role.AUDITOR)
    first = submit(auditor, form_to(opened(auditor, PERSON), PERSON), person="10000")
    (next_form,) = (form for form in first.all("form") if "cursor" in fields(form))
    second = submit(auditor, next_form)
    assert list(second.first("tbody").all("tr"))
    assert not [form for form in second.all("form") if "cursor" in fields(form)]
