"""A person is found by number or its beginning wherever one looks for a person; no query has a number."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.conftest import AsUser, Clock
from tests.api.web.browsers import answer, browser, form_to
from tests.api.web.caseload import submit
from tests.api.web.pages import Element, fields, opened, page

Enter = Callable[..., FlaskClient]
PEOPLE = ("A77", "A7777BC", "A7778", "B1")
POPULATE, WHO_LOOKED = "/assessments/populate", "/record/person"


@pytest.fixture
def people(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> tuple[str, ...]:
    for number in PEOPLE:
        submit(client, valid_body, clock, offender_number=number)
    return PEOPLE


@pytest.fixture(params=["/", "/office"])
def place(request: pytest.FixtureRequest, enter: Enter, people: tuple[str, ...]) -> tuple[FlaskClient, str]:
    """A supervisor's browser, and the page with a form to find a person."""
    return enter(Role.SUPERVISOR), request.param


def sought(place: tuple[FlaskClient, str], typed: str) -> Any:
    client, at = place
    return answer(client, at, "/people", number=typed)


def numbers(document: Element) -> list[str]:
    return [row.first("th").text for row in document.first("tbody").all("tr")]


# What is typed, and the numbers that are found: one leads to its page, several are listed.
FOUND = [
    ("A7777BC", ["A7777BC"]),
    (" a7777bc ", ["A7777BC"]),
    ("A7777BC-01", ["A7777BC"]),
    ("A77", ["A77"]),  # a whole number, although others begin with it
    ("A777", ["A7777BC", "A7778"]),
    ("a777", ["A7777BC", "A7778"]),
    ("A7777", ["A7777BC"]),
    ("A7", ["A77", "A7777BC", "A7778"]),
    ("B", ["B1"]),
]


@pytest.mark.parametrize(("typed", "found"), [one for one in FOUND if one[0] != "A7777BC-01"])
def test_found_by_number_or_its_beginning(
    place: tuple[FlaskClient, str], typed: str, found: list[str]
) -> None:
    sent = sought(place, typed)
    at = "/people" if place[1] == "/" else "/office/people"
    if len(found) == 1:
        assert (sent.status_code, sent.location) == (303, f"{at}/{found[0]}")
    else:
        document = page(sent.text)
        assert numbers(document) == found
        links = [row.first("a").attributes["href"] for row in document.first("tbody").all("tr")]
        assert links == [f"{at}/{number}" for number in found]


def test_at_most_so_many_are_listed(place: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("api.services.people.finding", "api.web.people.finding"):
        monkeypatch.setattr(f"{module}.MOST_FOUND", 2)
    document = page(sought(place, "A7").text)
    assert numbers(document) == ["A77", "A7777BC"]
    assert "These are the first 2. Enter more of the number" in document.text
    assert "These are the first" not in page(sought(place, "A777").text).text


@pytest.mark.parametrize(("typed", "found"), FOUND)
def test_found_to_start_from_an_earlier_assessment(
    app: Flask, clock: Clock, people: tuple[str, ...], typed: str, found: list[str]
) -> None:
    client, chosen = browser(app, "c.worker", clock), found[-1]
    document = page(answer(client, POPULATE, POPULATE, number=typed).text)
    if len(found) > 1:
        assert [one.text for one in document.first("ul", **{"class": "found"}).all("li")] == found
        form = [one for one in document.all("form") if fields(one).get("number") == chosen][-1]
        document = page(client.post(form.attributes["action"], data=fields(form)).text)
    assert f"Assessments and what-ifs of {chosen}, newest first" in document.text


@pytest.mark.parametrize(
    ("typed", "found"), [*FOUND[:6], ("A7", None), ("404", None), ("A7777X", None), ("B1", ["B1"])]
)
def test_an_auditor_needs_part_of_the_number(
    enter: Enter, people: tuple[str, ...], typed: str, found: list[str] | None
) -> None:
    """Three characters at least: auditors see no list of all people."""
    auditor = enter(Role.AUDITOR)
    sent = answer(auditor, WHO_LOOKED, WHO_LOOKED, person=typed)
    document = page(sent.text)
    if found is None:
        told = "There are no records" if len(typed) >= 3 else "Enter at least the first 3 characters."
        assert sent.status_code == 404 and told in document.first(id="errors").text
        return
    if len(found) > 1:
        assert [one.text for one in document.first("ul", **{"class": "found"}).all("li")] == found
        form = [one for one in document.all("form") if fields(one).get("person") == found[0]][-1]
        document = page(auditor.post(form.attributes["action"], data=fields(form)).text)
    assert f"{found[0]}: newest first" in document.text


def test_only_one_s_own_people_are_found(
    app: Flask, clock: Clock, client: FlaskClient, as_user: AsUser, enter: Enter, people: tuple[str, ...]
) -> None:
    """Nothing tells a user of people of others, and a person out of sight does not hide those in sight."""
    as_user(Role.ADMINISTRATOR).post("/api/v1/offices", json={"name": "South"})
    south = enter(Role.SUPERVISOR, "south", office="South")
    colleague = enter(Role.CASE_WORKER, "colleague")
    for other in (south, colleague):
        assert answer(other, "/", "/people", number="A777").location == "/people/A777"
        assert "You cannot see any assessments" in opened(other, "/people/A777").text
    assert answer(south, "/office", "/office/people", number="A777").status_code == 404
    head = as_user(Role.SUPERVISOR, username="head")
    assert head.put("/api/v1/offenders/A7778/holders/colleague").status_code == 200
    assert answer(colleague, "/", "/people", number="A77").location == "/people/A7778"


def test_each_person_of_a_list_has_an_audit_entry(place: tuple[FlaskClient, str], enter: Enter) -> None:
    sought(place, "A777")
    auditor = enter(Role.AUDITOR)
    for number, is_listed in (("A7777BC", True), ("A7778", True), ("A77", False), ("B1", False)):
        text = answer(auditor, WHO_LOOKED, WHO_LOOKED, person=number).text
        assert (f"saw {number} in a list of people whose number begins with" in text) is is_listed


def test_no_form_puts_a_number_into_a_query(app: Flask, clock: Clock, enter: Enter) -> None:
    head, auditor = enter(Role.SUPERVISOR), enter(Role.AUDITOR)
    for client, at, action in (
        *((head, at, "/people") for at in ("/", "/office", "/office/unassigned", "/office/due")),
        *((head, POPULATE, POPULATE), (auditor, WHO_LOOKED, WHO_LOOKED)),
    ):
        assert form_to(opened(client, at), action).attributes["method"] == "post", at
