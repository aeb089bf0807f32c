"""The page of the offender list: filter, rows, names, saved lists, files, and why somebody is not on it."""

import csv
import io
import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.web.formatting import INDENT
from tests.api.case_records import FILES, address, load
from tests.api.conftest import Clock
from tests.api.web.browsers import answer, as_browser, post
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, errors_at_fields, opened, page, press, through

LIST = "/harm"
WAITING = {"aria_labelledby": "waiting-heading"}


def names(document: Element) -> list[str]:
    tables = list(document.first("main").all("table"))
    return [one.first("th").first("a").text for table in tables for one in table.first("tbody").all("tr")]


def chips(document: Element) -> list[str]:
    tags = document.first("main").all("a", **{"class": "moj-filter__tag"})
    return [one.text.removeprefix("Remove filter: ") for one in tags]


def test_people_by_score_and_only_those_whom_the_user_may_see(
    sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    shown = opened(sergeant, LIST)
    assert names(shown) == ["Ann Lee", "Bo Park"]
    assert names(opened(supervisor, LIST)) == ["Ann Lee", "Cy Dunn", "Bo Park"]
    text = shown.first("main").text
    assert "2 people match" in text and "Dunn" not in text
    assert "It is not the formula of West Midlands Police (RFSDi), which is not public." in text
    assert "Scores as at 1 March 2026. Data as at: crime records, 1 March 2026." in text


@pytest.mark.parametrize("path", [LIST, f"{LIST}?size=x", "/"])
def test_what_holds_on_every_page_holds_here(sergeant: FlaskClient, path: str) -> None:
    document = page(sergeant.get(path).text)
    for check in CHECKS:
        check(document)


def test_a_row_says_what_counts(sergeant: FlaskClient, force: Flask) -> None:
    row = opened(sergeant, LIST).first("main").first("tbody").first("tr")
    cells = {cell.attributes.get("data-label", ""): cell.text for cell in row.children}
    assert (cells["Rank"], cells["Age"], cells["Cohort"]) == ("1", "21", "flex")
    assert (cells["Managed by"], cells["Open case"], cells["Last offence"]) == (
        "PC Hall Recommend Ann Lee",
        "charged",
        "1 Dec 2025",
    )
    assert re.search(r"Recency \d+, Frequency \d+, Severity \d+, Drugs 40, Intelligence 13", row.text)
    assert row.first("th").first("a").attributes["href"] == address(force, "P1")
    assert "A100, Castle ward" in row.text
    notes = [one.text for one in row.first("th").all("span", **{"class": "under"})]
    assert "Unknown offence code: score may be too low" in notes
    assert not list(row.all("span", **{"class": "moj-badge moj-badge--grey"}))


def test_the_heading_says_what_the_letters_of_the_components_are(sergeant: FlaskClient) -> None:
    heads = [one.text for one in opened(sergeant, LIST).first("thead").all("th")]
    assert "Components, 0 to 100 R recency F frequency S severity D drugs I intelligence" in heads


def test_what_is_left_out_is_said_and_an_empty_column_is_not_shown(sergeant: FlaskClient) -> None:
    document = opened(sergeant, LIST)
    selected = document.first("div", **{"data-live": "selected"}).text
    assert "No filter is selected. Left out: people who have died, and people who stay in custody" in selected
    chosen = opened(sergeant, f"{LIST}?under_25=true")
    assert chosen.first("h2", id="chips").text == "Selected filters"
    assert "Left out: people who have died" in chosen.first("div", **{"data-live": "selected"}).text
    shown = opened(sergeant, f"{LIST}?show_hidden=true").first("div", **{"data-live": "selected"}).text
    assert "Left out" not in shown
    heads = [one.text for one in document.first("main").first("thead").all("th")]
    assert "Example-based scores" not in heads and "OGRS" not in heads


def test_a_supervisor_of_an_area_sees_on_the_home_page_what_waits_on_the_list(
    force: Flask, sergeant: FlaskClient
) -> None:
    with force.extensions["rms"].store.reading() as tx:
        area = next(one.name for one in tx.offices.all() if one.code == "W1")
    head = as_browser(Role.SUPERVISOR, force, office=area)
    sentences = [one.text for one in opened(sergeant, "/").first("section", **WAITING).all("li")]
    document = opened(head, "/")
    assert [one.text for one in document.first("section", **WAITING).all("li")][: len(sentences)] == sentences
    assert (
        document.first("section", aria_labelledby="top-heading").first("tbody").first("a").text == "Ann Lee"
    )
    elsewhere = opened(as_browser(Role.SUPERVISOR, force), "/")
    assert not list(elsewhere.all("section", aria_labelledby="top-heading"))


# The query, who is on the list of a supervisor, and the filter in words.
QUERIES = [
    ("home_area=W1", ["Ann Lee", "Bo Park"], ["Lives in Castle ward"]),
    ("under_25=true", ["Ann Lee"], ["Under 25"]),
    ("offence=category:Robbery", ["Ann Lee", "Cy Dunn"], ["Offence: Robbery"]),
    ("offence_code=34/1", ["Ann Lee", "Cy Dunn"], ["Offence code: 34/1"]),
    ("managed=no+not_known", ["Cy Dunn", "Bo Park"], ["Managed: no or not known"]),
    ("managed=no&managed=not_known&offence=category:Robbery", ["Cy Dunn"], None),
    ("release_soon=true", ["Bo Park"], ["Release soon"]),
    ("cohorts=flex&cohorts=fixed", ["Ann Lee"], ["Cohort: flex or fixed"]),
    ("cohorts=not+stated&cohorts=none", ["Cy Dunn", "Bo Park"], ["Cohort: not stated or no cohort"]),
    ("offence=category:Shoplifting&offence_last_days=365", ["Bo Park"], None),
    ("home_area=W1&elsewhere=true", ["Ann Lee"], ["Lives in Castle ward", "Offends outside the home area"]),
    ("size=1", ["Ann Lee"], ["The first 1"]),
    ("bands=super-high&home_area=W2", [], ["Lives in Mill ward", "Band: super-high"]),
]


@pytest.mark.parametrize(("query", "found", "words"), QUERIES)
def test_the_filter(supervisor: FlaskClient, query: str, found: list[str], words: list[str] | None) -> None:
    sent = supervisor.get(f"{LIST}?{query}")
    document = opened(supervisor, sent.headers.get("Location", f"{LIST}?{query}"))
    assert names(document) == found
    assert words is None or chips(document) == words
    if not found:
        assert "0 people match" in document.text
        assert "None of the people you can see meets all the filters." in document.text


def test_an_unknown_offence_code_is_told_with_those_near_it(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{LIST}?offence_code=34/9")
    assert "does not have the offence code 03409. Near it: 03403, 03402, 03401, 03400, 34A." in document.text
    assert "does not have" not in opened(supervisor, f"{LIST}?offence_code=34/1").text


def test_the_form_leads_to_the_address_of_its_list(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{LIST}?home_area=W1")
    typed = {"under_25": "true", "offence": "category:Robbery", "managed": "no not_known"}
    sent = press(supervisor, document, "Apply filter", typed)
    assert sent.status_code == 303
    query = "offence_category=Robbery&home_area=W1&under_25=true&managed=no&managed=not_known"
    assert sent.headers["Location"] == f"{LIST}?{query}"
    wrong = press(supervisor, document, "Apply filter", {"size": "0"})
    assert supervisor.get(wrong.headers["Location"]).status_code == 422


def test_a_chip_removes_its_criterion(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{LIST}?home_area=W1&under_25=true")
    chip = document.first("a", **{"class": "moj-filter__tag"})
    assert chips(opened(supervisor, chip.attributes["href"])) == ["Under 25"]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("size=0", {"size": "Length of the list: enter a whole number from 1 to 10000."}),
        ("home_area=W9", {"home_area": "Home area: choose an area from the list."}),
        ("elsewhere=true", {"elsewhere": "Offends elsewhere: choose a home area first."}),
        ("moved_up=true", {"moved_up": "Moved up: choose since when."}),
        ("offence_code=x!", {"offence_code": "Offence code: enter a code such as 03402 or 8N."}),
        ("surname=Lee", {"offence": "The address contains “surname”, which RMS does not recognise."}),
        ("offence_category=Piracy", {"offence": "Offence: choose an offence from the list."}),
        (
            "offence_category=Burglery",
            {"offence": "Offence: choose an offence from the list. Near it: Burglary."},
        ),
        ("home_area=w1", {"home_area": "Home area: choose an area from the list. Near it: W1."}),
        ("bands=medium", {"bands": "Band: choose one of low, low-medium, medium-high, high, super-high."}),
        (
            "under_52=true",
            {"offence": "The address contains “under_52”, which RMS does not recognise. Near it: under_25."},
        ),
        ("moved_since=soon", {"moved_last_days": "Moved to another band: choose one of the times."}),
        ("who=x", {"who": "Name: enter the first letters of a forename or surname."}),
        (
            "offence_category=Robbery&offence_code=03401",
            {"offence": "Offence: choose an offence or enter a code, not both."},
        ),
    ],
)
def test_what_an_address_may_not_ask(supervisor: FlaskClient, query: str, errors: dict[str, str]) -> None:
    refused = supervisor.get(f"{LIST}?{query}")
    assert refused.status_code == 422
    document = page(refused.text)
    said = [one.text for one in document.first("div", id="errors").all("li")]
    assert said == list(errors.values())
    for check in CHECKS:
        check(document)
    assert not names(document)


def test_a_name_is_found_and_stands_in_no_address(sergeant: FlaskClient, supervisor: FlaskClient) -> None:
    found = answer(supervisor, f"{LIST}?home_area=W1", "/harm/name", surname="pa", forename="")
    path = found.headers["Location"]
    assert found.status_code == 303
    assert not re.search(r"surname|forename|=pa\b", path)
    document = opened(supervisor, path)
    assert names(document) == ["Bo Park"]
    assert chips(document) == ["Lives in Castle ward", "Surname begins with “pa”"]
    assert sergeant.get(path).status_code == 422  # a name is for the user who searched for it
    refused = answer(supervisor, LIST, "/harm/name", surname=" ", forename="")
    assert refused.status_code == 422
    assert "Enter the first letters of a forename or surname." in refused.text
    unseen = answer(sergeant, LIST, "/harm/name", surname="Dunn", forename="Cy")
    assert names(opened(sergeant, unseen.headers["Location"])) == []


def test_a_list_is_saved_opened_and_deleted(sergeant: FlaskClient) -> None:
    document = opened(sergeant, f"{LIST}?offence_category=Robbery&under_25=true")
    saved = press(sergeant, document, "Save list", {"name": "Young robbers"})
    assert saved.status_code == 303
    after = opened(sergeant, saved.headers["Location"])
    assert "List saved." in after.text
    link = next(one for one in after.all("a") if one.text == "Young robbers")
    assert chips(opened(sergeant, link.attributes["href"])) == ["Offence: Robbery", "Under 25"]
    gone = press(sergeant, after, "Delete Young robbers")
    assert "List deleted." in opened(sergeant, gone.headers["Location"]).text
    nameless = press(sergeant, document, "Save list")
    assert nameless.status_code == 422
    assert errors_at_fields(page(nameless.text)) == {"name": "Enter a name for the list."}


def test_the_name_of_a_person_cannot_be_saved(sergeant: FlaskClient) -> None:
    found = answer(sergeant, LIST, "/harm/name", surname="Lee", forename="")
    document = opened(sergeant, found.headers["Location"])
    refused = press(sergeant, document, "Save list", {"name": "Mine"})
    assert refused.status_code == 422
    assert "A list cannot be saved with a name of a person." in refused.text


def test_ready_made_lists(supervisor: FlaskClient) -> None:
    document = opened(supervisor, LIST)
    link = next(one for one in document.all("a") if one.text.startswith("High and unmanaged"))
    assert chips(opened(supervisor, link.attributes["href"])) == [
        "Managed: no or not known",
        "Band: high or super-high",
    ]


def test_why_somebody_is_not_on_the_list(force: Flask, sergeant: FlaskClient) -> None:
    path = f"{LIST}?offence_category=Burglary&managed=no"
    said = post(sergeant, path, "/harm/why", number="a100")
    reasons = said.first("section", aria_labelledby="why-answer")
    assert reasons.first("h2").text == "Person A100 is not on this list"
    assert [one.text for one in reasons.all("li")] == [
        "Filter “Offence: Burglary”: no counted offence of this person is of the kind “Burglary”.",
        "Filter “Managed: no”: this person is managed.",
    ]
    listed = post(sergeant, LIST, "/harm/why", number="A100")
    assert "Person A100 is on this list The rank is 1." in listed.text
    hidden = answer(sergeant, LIST, "/harm/why", number="C300")
    unknown = answer(sergeant, LIST, "/harm/why", number="X1")
    assert hidden.status_code == unknown.status_code == 404
    assert "There is no person with this number among the people you may see." in hidden.text
    wrong = answer(sergeant, LIST, "/harm/why", number="?")
    assert wrong.status_code == 422
    from_person = opened(sergeant, address(force, "P4", "/listed"))
    assert "No offence of the person counts, so there is no harm score." in from_person.text
    assert heading_of_answer(from_person) == "Di Moss is not on this list"
    assert heading_of_answer(opened(sergeant, address(force, "P2", "/listed"))) == "Bo Park is on this list"
    assert sergeant.get(address(force, "P3", "/listed")).status_code == 404


def heading_of_answer(document: Element) -> str:
    return document.first("section", aria_labelledby="why-answer").first("h2").text


# Who asks, for which field, with which area chosen, and what the field offers; "·" for a step to the right.
AREAS_OFFERED = [
    ("supervisor", "home_area", "", ["Westmarch (force)", "·Castle ward (ward)", "·Mill ward (ward)"]),
    ("sergeant", "home_area", "", ["Castle ward (ward, your area)"]),
    ("sergeant", "home_area", "W2", ["Castle ward (ward, your area)", "Mill ward (ward)"]),
    (
        "sergeant",
        "offence_area",
        "",
        ["Westmarch (force)", "·Castle ward (ward, your area)", "·Mill ward (ward)"],
    ),
]


@pytest.mark.parametrize(("who", "field", "chosen", "offered"), AREAS_OFFERED)
def test_the_areas_of_a_user_as_a_tree(
    who: str, field: str, chosen: str, offered: list[str], request: pytest.FixtureRequest
) -> None:
    query = f"?{field}={chosen}" if chosen else ""
    sent = request.getfixturevalue(who).get(f"{LIST}{query}")
    options = re.findall(r"<option[^>]*>(.*)</option>", sent.text.partition(f'id="{field}"')[2])
    shown = [one.replace(INDENT, "·") for one in options]
    assert shown[: len(offered) + 1] == ["All areas", *offered]
    assert shown[len(offered) + 1] not in offered


def test_a_list_that_is_saved_again_says_so(sergeant: FlaskClient) -> None:
    document = opened(sergeant, f"{LIST}?under_25=true")
    said = []
    for name in ("Young", "Young", "Others"):
        sent = press(sergeant, document, "Save list", {"name": name})
        said.append(opened(sergeant, sent.headers["Location"]).first("div", role="alert").text)
    assert ["replaced" in one for one in said] == [False, True, False]


def test_a_list_of_nobody_can_be_downloaded(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{LIST}?home_area=W2&bands=super-high")
    assert names(document) == []
    links = {one.text: one.attributes["href"] for one in document.first("main").all("a")}
    assert supervisor.get(links["Download spreadsheet"]).data[:2] == b"PK"


def test_likely_duplicates_are_beside_the_list(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    for client in (sergeant, supervisor):
        ways = opened(client, LIST).first("nav", aria_label="People").all("a")
        names = [one.text for one in ways]
        assert names[:4] == ["Offender list", "Meetings", "Likely duplicates", "Settings"]
    assert "Likely duplicates" not in opened(as_browser(Role.CASE_WORKER, force), LIST).text


def test_a_name_can_be_sought_above_the_list(sergeant: FlaskClient) -> None:
    text = sergeant.get(LIST).text
    assert text.index('id="find-heading"') < text.index('id="list-caption"')


def test_the_list_as_files(supervisor: FlaskClient) -> None:
    document = opened(supervisor, f"{LIST}?home_area=W1")
    links = {one.text: one.attributes["href"] for one in document.first("main").all("a")}
    text = supervisor.get(links["Download CSV"])
    assert text.headers["Content-Disposition"] == 'attachment; filename="offender-list.csv"'
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["surname"] for row in rows] == ["Lee", "Park"]
    sheet = supervisor.get(links["Download spreadsheet"])
    assert sheet.data[:2] == b"PK"
    assert supervisor.get(f"{LIST}/list.csv?size=x").status_code == 404


def test_pages_of_the_list(force: Flask, supervisor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.harm.listing.ROWS", 1)
    pages = list(through(supervisor, LIST))
    assert [names(one) for one in pages] == [["Ann Lee"], ["Cy Dunn"], ["Bo Park"]]
    assert "Ranks 2–2 of 3" in pages[1].text
    ahead = next(pages[0].all("a", rel="next")).attributes["href"]
    cursor = ahead.partition("cursor=")[2]
    assert supervisor.get(f"{LIST}?under_25=true&cursor={cursor}").status_code == 404


def test_what_moved_since_last_month(force: Flask, clock: Clock) -> None:
    clock.advance(days=31)
    store = force.extensions["rms"].store
    more = FILES["offences"] + "O9,P2,00101,2026-04-03,W1,charged,1,\n"
    load(store, {"offences": more}, day=date(2026, 4, 4), at=clock())
    supervisor = as_browser(Role.SUPERVISOR, force)
    document = opened(supervisor, f"{LIST}?moved_last_days=30&moved_up=true")
    assert names(document) == ["Bo Park"]
    assert chips(document) == ["Moved band since 5 March 2026", "Only to a higher band"]
    band = document.first("main").first("tbody").first("td", data_label="Band")
    assert band.first("span").text == "up from low"


def test_the_home_page_of_an_offender_manager(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, "/")
    waits = document.first("section", aria_labelledby="waiting-heading")
    lines = [one.text for one in waits.all("li")]
    assert lines[1:] == [
        "No one has moved up a band in the last 30 days",
        "1 person in custody is due for release soon",
    ]
    link = waits.first("a", href="/harm?release_soon=true")
    assert names(opened(sergeant, link.attributes["href"])) == ["Bo Park"]
    assert names(document) == ["Ann Lee", "Bo Park"]
    found = answer(sergeant, "/", "/harm/name", surname="Par", forename="")
    assert names(opened(sergeant, found.headers["Location"])) == ["Bo Park"]


def test_the_list_is_in_the_menu_of_those_who_may_use_it(force: Flask, sergeant: FlaskClient) -> None:
    menu = [one.text for one in opened(sergeant, LIST).first("nav", aria_label="Menu").all("a")]
    assert menu == ["Home", "Offender list", "Prediction", "Exports", "Help"]
    auditor = as_browser(Role.AUDITOR, force)
    assert "Offender list" not in opened(auditor, "/").text
    assert auditor.get(LIST).status_code == 403
