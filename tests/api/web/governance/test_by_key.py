"""The pages that hold, disclose, erase and look up a person by the address of their page."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.governance.erased_records import NOT_ERASED
from api.services.governance.erasures import open_erasures
from api.services.governance.holds import PERSON_UNKNOWN
from api.services.users import Role
from api.storage import Store
from api.web.form_messages import ALLOWED_RECORD, AUDIT_OF_PERSON, ERASURE, HOLD
from api.web.governance import erasures, holds
from api.web.people import office
from tests.api.case_records import AT, SOURCE, address, key_of, load, officer
from tests.api.conftest import AsUser, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import form_to, post
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import fields, opened, page

PLACES = ("/office", "/hold", "/record")
ERASURES = "/administration/erasures"
P2 = f"person P2 of {SOURCE}"
Enter = Callable[..., FlaskClient]


@pytest.fixture
def store(app: Flask) -> Store:
    found = app.extensions["rms"].store
    assert isinstance(found, Store)
    load(found)
    return found


@pytest.fixture
def chief(store: Store, enter: Enter) -> FlaskClient:
    return enter(Role.SUPERVISOR)


def test_the_overview_leads_a_supervisor_to_these_pages(app: Flask, chief: FlaskClient, clock: Clock) -> None:
    overview = opened(chief, address(app, "P2"))
    section = overview.first("section", aria_labelledby="for-supervisors")
    assert [one.attributes["href"] for one in section.all("a")] == [
        address(app, "P2", place) for place in PLACES
    ]
    for place in PLACES:
        document = opened(chief, address(app, "P2", place))
        for check in CHECKS:
            check(document)
        assert document.first("a", href=address(app, "P2"))
    sergeant = officer(app, clock)
    assert not list(opened(sergeant, address(app, "P2")).all("section", aria_labelledby="for-supervisors"))
    assert {sergeant.get(address(app, "P2", place)).status_code for place in PLACES} == {403}


def test_a_hold_is_placed_and_lifted(app: Flask, chief: FlaskClient) -> None:
    at = address(app, "P2", "/hold")
    assert HOLD["reason"] in post(chief, at, "/hold", reason="").first(id="errors").text
    held = post(chief, at, "/hold", reason="A complaint is pending.")
    assert (
        holds.DONE["held"] in held.text
        and "A complaint is pending." in held.first("dl", **{"class": "facts"}).text
    )
    asked = opened(chief, f"{at}/lift")
    assert asked.first("h1").text == "Lift the legal hold on the records of Bo Park?"
    assert holds.DONE["lifted"] in post(chief, f"{at}/lift", "/hold/lift").text
    assert chief.get(f"{at}/lift").status_code == 404


def office_on(client: FlaskClient, at: str) -> str:
    return opened(client, at).first("section", aria_labelledby="office-heading").first("strong").text


def test_a_person_is_transferred_and_released(
    app: Flask, store: Store, chief: FlaskClient, as_user: AsUser
) -> None:
    at = address(app, "P2", "/office")
    assert office_on(chief, at) == "Castle ward"
    refused = chief.get(f"{at}/move?office=Nowhere")
    assert refused.status_code == 422 and "Choose another office." in refused.text
    asked = opened(chief, f"{at}/move?office=Mill ward")
    assert asked.first("h1").text == "Transfer Bo Park to Mill ward?"
    assert "import of case records" in asked.text
    moved = post(chief, f"{at}/move?office=Mill ward", "/office/move")
    assert office.DONE["moved"] in moved.text
    assert office_on(chief, at) == "Mill ward"
    assert chief.get(f"{at}/move?office=Mill ward").status_code == 302  # done already

    as_user(Role.CASE_WORKER, username="cy", office="Castle ward")
    person = key_of(store, "P1")
    with store.transaction() as tx:
        account = tx.accounts.user("cy")
        assert account is not None
        tx.caseload.assign(person, to=account.id, by="test", at=AT)
    released = post(chief, address(app, "P1", "/office"), "/office/release")
    assert office.DONE["released"] in released.text and "on no caseload" in released.text


def test_subject_access_says_in_words_what_is_held(app: Flask, chief: FlaskClient) -> None:
    at = address(app, "P2", "/record")
    document = opened(chief, at)
    assert document.first("h1").text == f"All data held about {P2}"
    parts = [one.text for one in document.first("section", aria_labelledby="also").all("summary")]
    assert parts == [
        "Harm score: 1",
        "Harm score over time: 1",
        "Associations with other people: 3",
        "Offences, including those the person is suspected of: 1",
        "What source systems say about the person: 1",
    ]
    said = document.first("section", aria_labelledby="also").text
    assert "Park" in said and "Castle ward" in said and "1 April 2026" in said and "True" not in said
    file = chief.get(document.first("a", href=f"{at}.json").attributes["href"])
    assert file.json["person"] == P2
    identity = at.split("/")[3]
    assert file.headers["Content-Disposition"] == f'attachment; filename="record-{identity}.json"'


def test_an_administrator_erases_the_person_of_an_address(
    app: Flask, store: Store, enter: Enter, clock: Clock
) -> None:
    ada, ben = enter(Role.ADMINISTRATOR, "ada"), enter(Role.ADMINISTRATOR, "ben")
    form = {"reason_code": "court_order", "text": "Order 12."}
    assert ERASURE["person"] in post(ada, ERASURES, "/erasures", **form, person="").first(id="errors").text
    unknown = post(ada, ERASURES, "/erasures", **form, person=f"/people/by-key/{'A' * 22}")
    assert PERSON_UNKNOWN in unknown.first(id="errors").text
    typed = f"https://rms.example{address(app, 'P2', '/harm')}"
    asked = post(ada, ERASURES, "/erasures", **form, person=typed)
    assert erasures.DONE["requested"] in asked.text and f"All records of {P2}" in asked.text
    (request,) = open_erasures(context_for(store, at=clock()))
    approval = f"{ERASURES}/{request.id}/approve"
    assert opened(ben, approval).first("h1").text == f"Erase all records of {P2}?"
    assert not list(opened(ben, ERASURES).all("section", aria_labelledby="allow"))
    erased = post(ben, approval, "/approve")
    assert erasures.DONE["erased"] in erased.text
    allow = erased.first("section", aria_labelledby="allow")
    assert f"1 of {SOURCE}." in allow.text
    for check in CHECKS:
        check(erased)

    to_allow = {"source": SOURCE, "source_id": "P2", "reason": "Convicted again."}
    place = "/erasures/allowed-records"
    empty = post(ben, ERASURES, place, **{**to_allow, "reason": ""})
    assert ALLOWED_RECORD["reason"] in empty.first(id="errors").text
    other = post(ben, ERASURES, place, **{**to_allow, "source_id": "P1"})
    assert NOT_ERASED in other.first(id="errors").text
    allowed = post(ben, ERASURES, place, **to_allow)
    assert erasures.DONE["allowed"] in allowed.text
    assert not list(allowed.all("section", aria_labelledby="allow"))


def test_an_auditor_pastes_the_address_of_a_person(app: Flask, chief: FlaskClient, enter: Enter) -> None:
    assert opened(chief, address(app, "P2"))
    auditor = enter(Role.AUDITOR)
    form = fields(form_to(opened(auditor, "/record/person"), "/record/person"))
    for typed in (address(app, "P2"), f"https://rms.example{address(app, 'P2', '/records')}"):
        answer = auditor.post("/record/person", data={**form, "person": typed}, follow_redirects=True)
        shown = page(answer.text)
        assert shown.first("caption").text == f"P{P2[1:]}: newest first"
        said = [[*row.all("td")][1].text for row in shown.first("tbody").all("tr")]
        assert f"a.supervisor opened the case records of {P2}" in said
        for check in CHECKS:
            check(shown)
    empty = auditor.post("/record/person", data={**form, "person": ""}, follow_redirects=True)
    assert AUDIT_OF_PERSON["person"] in page(empty.text).first(id="errors").text
