"""The pages of a person with case records: who they are, their records, and whom they are connected with."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from tests.api.case_records import AT, DAY, FILES, address, import_files, key_of, load
from tests.api.conftest import Clock
from tests.api.web.browsers import as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, drawn_in, opened, page

OF_CUSTODY = "person,forename,surname,date_of_birth,sex,offender_number\nX1,Ann,Lee,2004-05-06,female,A100\n"
TOPICS = {
    "": "Overview",
    "/harm": "Harm score",
    "/offences": "Offences",
    "/domestic-abuse": "Domestic abuse",
    "/map": "Map",
    "/records": "Records",
    "/associations": "Associations",
    "/prediction": "Prediction",
    "/recommendations": "Recommendations",
    "/service-notes": "Notes of services",
}
PAGES, NAMES = tuple(TOPICS), tuple(TOPICS.values())


def actions(app: Flask, source_id: str) -> list[str]:
    store = app.extensions["rms"].store
    with store.reading() as tx:
        return [entry.action for entry in tx.audit.entries_about(key_of(store, source_id))]


def facts(document: Element) -> dict[str, str]:
    bar = document.first("section", aria_label="Person")
    return {
        one.first("dt").text: one.first("dd").text for one in bar.first("dl").children if one.tag == "div"
    }


@pytest.mark.parametrize("place", PAGES)
def test_every_page_says_who_the_person_is_and_leads_to_the_others(
    force: Flask, sergeant: FlaskClient, place: str
) -> None:
    document = opened(sergeant, address(force, "P1", place))
    assert document.first("section", aria_label="Person").first("p").text == "Name Ann Lee"
    assert facts(document) == {
        "Offender number": "A100",
        "Born": "6 May 2004, age 21",
        "Sex": "female",
        "Home area": "Castle ward",
        "In custody": "no",
        "Managed by": "PC Hall",
    }
    links = list(document.first("nav", aria_label="Pages about this person").all("a"))
    assert [one.attributes["href"] for one in links] == [address(force, "P1", one) for one in PAGES]
    assert [one.text for one in links if "aria-current" in one.attributes] == [
        dict(zip(PAGES, NAMES, strict=True))[place]
    ]


@pytest.mark.parametrize("place", (*PAGES, "/listed", "/records?day-day=31&day-month=2&day-year=2026"))
def test_what_holds_on_every_page_holds_here(force: Flask, sergeant: FlaskClient, place: str) -> None:
    document = page(sergeant.get(address(force, "P1", place)).text)
    for check in CHECKS:
        check(document)


@pytest.mark.parametrize("place", PAGES)
def test_somebody_of_another_area_is_not_there(force: Flask, sergeant: FlaskClient, place: str) -> None:
    answer = sergeant.get(address(force, "P3", place))
    invented = sergeant.get(f"/people/by-key/{'x' * 32}{place}")
    assert (answer.status_code, invented.status_code) == (404, 404)
    assert "Dunn" not in answer.text
    assert "harm.explained" not in actions(force, "P3")


def test_an_address_tells_no_name_and_no_number(force: Flask) -> None:
    for id in ("P1", "P2"):
        address_of = address(force, id)
        assert not any(part in address_of for part in ("A100", "Ann", "Lee", "Bo", "Park"))
    assert address(force, "P1") == address(force, "P1")


def test_a_person_without_a_number_has_pages_but_no_assessments(force: Flask, clock: Clock) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    document = opened(supervisor, address(force, "P2"))
    assert facts(document)["In custody"] == "until 1 April 2026"
    labels = [one.text for one in document.first("nav", aria_label="Pages about this person").all("a")]
    assert labels == list(NAMES)


def test_the_page_of_assessments_belongs_to_the_same_person(force: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    document = opened(supervisor, address(force, "P1"))
    links = {
        one.text: one.attributes["href"]
        for one in document.first("nav", aria_label="Pages about this person").all("a")
    }
    assert links["Assessments"] == "/people/A100"
    assessments = opened(supervisor, "/people/A100")
    back = assessments.first("nav", aria_label="Pages about this person").first("a")
    assert (back.text, back.attributes["href"]) == ("Overview", address(force, "P1"))
    assert assessments.first("section", aria_label="Person").first("p").text == "Name Ann Lee"


def test_what_is_most_important_is_on_the_overview(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1"))
    said = {
        one.first("dt").text: one.first("dd").text
        for one in document.first("main").all("div", **{"class": "govuk-summary-list__row"})
    }
    assert said["Cohort"] == "flex"
    assert said["MAPPA"] == "not registered"
    assert said["Open case"] == "charged"
    assert said["Drug markers"] == "personal use, since 1 March 2025"
    assert "It is not the formula of West Midlands Police (RFSDi), which is not public." in document.text
    offences = [row.first("th").text for row in document.first("main").first("tbody").all("tr")]
    assert offences == ["1 December 2025", "1 June 2024", "3 February 2023"]


def rows(document: Element, section: str) -> list[str]:
    found = document.find(f".//section[@aria-labelledby='{section}']")
    return [row.text for one in found for row in one.first("tbody").all("tr")]


def test_each_record_says_its_source_and_what_has_ended(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/records"))
    assert rows(document, "registrations") == [
        "Integrated offender management, flex since 1 January 2025 crime records, R1 1 March 2026",
        "MAPPA level 2 Ended 1 January 2020 to 31 December 2021 crime records, R2 1 March 2026",
    ]
    assert rows(document, "plans") == [
        "Managed by PC Hall since 1 February 2025 crime records, L1 1 March 2026"
    ]
    assert "Data as at: crime records, 1 March 2026." in document.text
    assert "person.records_read" in actions(force, "P1")


def test_a_source_system_is_opened_on_record(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/records"))
    (link,) = [one for one in document.all("a") if one.text == "Open in crime records"]
    answer = sergeant.get(link.attributes["href"])
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://records.example/P1")
    assert "person.source_opened" in actions(force, "P1")
    store = force.extensions["rms"].store
    with store.reading() as tx:
        (other,) = tx.details.records(key_of(store, "P2"))
    assert sergeant.get(address(force, "P2", f"/records/{other.id}/source")).status_code == 404
    assert sergeant.get(address(force, "P1", f"/records/{other.id}/source")).status_code == 404


def test_what_was_known_on_a_day(force: Flask, sergeant: FlaskClient, clock: Clock) -> None:
    store = force.extensions["rms"].store
    changed = FILES["people"].replace("P1,Ann,Lee,", "P1,Ann,Lee-Hart,")
    plans = FILES["plans"].replace("PC Hall", "PC Reed")
    later = DAY + timedelta(days=2)
    load(store, {"people": changed, "plans": plans}, day=later, at=AT + timedelta(days=2))
    path = address(force, "P1", "/records")

    now = opened(sergeant, path)
    then = opened(sergeant, f"{path}?day-day=1&day-month=3&day-year=2026")
    before = opened(sergeant, f"{path}?day-day=28&day-month=2&day-year=2026")

    surname = ".//tr[th='Surname']/td"
    assert [one.text for one in now.find(surname)] == ["Lee-Hart"]
    assert [one.text for one in then.find(surname)] == ["Lee"]
    assert "PC Reed" in now.first("main").text and "PC Hall" not in now.first("main").text
    assert "PC Hall" in then.first("main").text
    assert [row.partition(",")[0] for row in rows(then, "offences")] == ["03401", "04600", "99901", "04600"]
    assert "Nothing was known of this person on that day." in before.text


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (("31", "2", "2026"), "Enter a real date with a 4-digit year, such as 27 3 2026."),
        (("x", "", ""), "Enter a real date with a 4-digit year, such as 27 3 2026."),
        (("1", "1", "2031"), "Enter today’s date or an earlier one."),
    ],
)
def test_a_day_that_cannot_be_asked_for(
    force: Flask, sergeant: FlaskClient, day: tuple[str, str, str], message: str
) -> None:
    query = "&".join(f"day-{part}={value}" for part, value in zip(("day", "month", "year"), day, strict=True))
    answer = sergeant.get(f"{address(force, 'P1', '/records')}?{query}")
    assert answer.status_code == 422
    assert message in page(answer.text).first("div", id="errors").text


def test_only_connections_with_people_whom_the_user_may_see(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/associations"))
    text = document.first("main").text
    assert "1 person is directly connected with Ann Lee." in text
    near, far, _place = document.first("main").all("tbody")
    assert [row.first("th").text for row in near.all("tr")] == ["Bo Park"]
    assert [row.text for row in far.all("tr")] == ["Di Moss Bo Park"]
    assert "Dunn" not in text
    picture = drawn_in(document.first("main").first("img"))
    assert "Bo Park" in picture and "Di Moss" in picture and "Dunn" not in picture
    assert "person.associations_read" in actions(force, "P2")
    assert "person.associations_read" not in actions(force, "P3")


def test_several_connections_with_one_person_are_one_person(force: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    document = opened(supervisor, address(force, "P1", "/associations"))
    near = document.first("main").first("tbody")
    assert [row.text for row in near.all("tr")] == [
        "Cy Dunn co-offending since 1 January 2024 9 2 people",
        "Bo Park co-offending family since 1 January 2024 dates not known 3 – 2 people",
    ]


def test_names_stand_in_lists_of_people_by_number(force: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    store = force.extensions["rms"].store
    more = "person,forename,surname,home_area,offender_number\nP5,El,Voss,W1,A101\n"
    load(store, {"people": more}, day=date(2026, 3, 2), at=AT + timedelta(days=1))
    form = opened(supervisor, "/").first("form", role="search")
    token = form.first("input", name="csrf_token").attributes["value"]
    found = page(supervisor.post("/people", data={"csrf_token": token, "number": "A1"}).text)
    assert [row.first("th").text for row in found.first("tbody").all("tr")] == [
        "A100 Ann Lee",
        "A101 El Voss",
    ]


def test_data_as_at_names_only_sources_with_records_of_the_person(
    force: Flask, sergeant: FlaskClient
) -> None:
    import_files(force.extensions["rms"].store, {"people": OF_CUSTODY}, source="custody")
    of = {person: opened(sergeant, address(force, person)).first("main").text for person in ("P1", "P2")}
    assert "Data as at: crime records, 1 March 2026; custody, 1 March 2026." in of["P1"]
    assert "Data as at: crime records, 1 March 2026." in of["P2"]


def test_sentences_of_other_kinds_are_folded_and_no_day_twice(force: Flask, sergeant: FlaskClient) -> None:
    more = FILES["sentences"] + (
        "S2,P1,O2,other,2025-06-07,2025-06-07,2025-06-07\nS3,P1,O2,custody,2025-08-01,2025-08-04,2025-09-30\n"
    )
    import_files(force.extensions["rms"].store, {"sentences": more}, at=AT + timedelta(hours=1))
    section = opened(sergeant, address(force, "P1", "/records")).first("section", aria_labelledby="sentences")
    main, folded = section.all("tbody")
    assert [[cell.text for cell in row.children][:2] for row in main.all("tr")] == [
        ["Custody, sentenced on 1 August 2025 Ended", "4 August 2025 to 30 September 2025"],
        ["Community sentence Ended", "1 July 2024 to 30 June 2025"],
    ]
    details = section.first("details")
    assert details.first("summary").text == "Sentences of other kinds, such as fines: 1"
    row = details.first("tbody").first("tr")
    assert [cell.text for cell in row.children][:2] == ["Sentence of another kind Ended", "7 June 2025"]
    assert [one.text for one in folded.all("tr")] == [row.text]
