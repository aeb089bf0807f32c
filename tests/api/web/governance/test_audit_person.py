"""An auditor asks on the Record page who looked at a person."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.conftest import USERNAME, Clock
from tests.api.web.browsers import form_to
from tests.api.web.pages import Element, fields, opened, page

PERSON = "/record/person"


def asked(client: FlaskClient, form: Element, **typed: str) -> Element:
    sent = client.post(PERSON, data={**fields(form), **typed}, follow_redirects=True)
    assert "10000" not in sent.request.url
    return page(sent.text)


def test_who_looked_at_a_person(
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
    shown = asked(auditor, form, person="10000")
    lines = [[*row.all("td")][1].text for row in shown.first("tbody").all("tr")]
    assert lines[0] == f"{USERNAME} opened the result of 10000"
    assert lines.count(lines[0]) == 1 and f"{USERNAME} submitted 10000" in lines
    none = asked(auditor, form, person="10000", actor="nobody.else")
    assert not list(none.all("tbody"))
    unknown = asked(auditor, form, person="99999")
    assert unknown.first("title").text.startswith("Error")
    wrong = asked(auditor, form, person="")
    assert "Enter an offender number" in wrong.text


def test_page_by_page(
    enter: Callable[..., FlaskClient],
    assessed: str,
    browser_client: FlaskClient,
    clock: Clock,
) -> None:
    for _ in range(60):
        clock.advance(minutes=1)
        browser_client.get("/assessments/10000/report.pdf")
    auditor = enter(Role.AUDITOR)
    first = asked(auditor, form_to(opened(auditor, PERSON), PERSON), person="10000")
    earlier = [one for one in first.all("form") if "cursor" in fields(one)]
    assert len(earlier) == 1
    second = asked(auditor, earlier[0])
    assert list(second.first("tbody").all("tr")) and not [
        one for one in second.all("form") if "cursor" in fields(one)
    ]
