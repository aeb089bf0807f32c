"""The offender list in the API: rows, order, pages, files, reasons, saved lists, and who sees whom."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from api.services.harm.list_files import NAMES
from api.services.harm.ready_made import READY_MADE
from api.services.transfer.export_files import XLSX
from api.services.users import Role
from rms.reports.harm_words import LEFT_OUT
from tests.api.conftest import AsUser, Clock
from tests.api.contexts import START
from tests.api.resources.systems.service_accounts import administrator, system
from tests.api.small_force import DAY, FORMULA, load_small_force, person_row

LIST, REASONS, SAVED = "/api/v1/harm/list/search", "/api/v1/harm/list/reasons", "/api/v1/me/harm-lists"


OWN_FORMULA = (
    "RMS calculates the harm score with its own formula. It is not the formula of West Midlands Police "
    "(RFSDi), which is not public."
)
IN_CUSTODY = "The person is in custody. The list shows them from 1 October 2026, before their release."


@pytest.fixture(autouse=True)
def people(app: Flask) -> dict[str, int]:
    return load_small_force(app.extensions["rms"].store)


@pytest.fixture
def head(as_user: AsUser) -> FlaskClient:
    """The supervisor of the force."""
    return as_user(Role.SUPERVISOR, username="head", office="Force")


@pytest.fixture
def sergeant(as_user: AsUser) -> FlaskClient:
    """An offender manager of the ward Mill."""
    return as_user(Role.OFFENDER_MANAGER, username="sergeant", office="Mill")


def listed(client: FlaskClient, **criteria: Any) -> list[str]:
    answer = client.post(LIST, json=criteria)
    assert answer.status_code == 200, answer.text
    return [one["forename"] for one in answer.json["people"]]


def refused(answer: TestResponse) -> list[tuple[str, str]]:
    assert answer.status_code == 422 and answer.json, answer.text
    return [(problem["pointer"], problem["code"]) for problem in answer.json["errors"]]


def test_a_row(head: FlaskClient, people: dict[str, int], app: Flask) -> None:
    answer = head.post(LIST, json={"surname": "okoro", "count": True}).json
    assert answer is not None
    assert (answer["total"], answer["next"]) == (2, None)
    assert answer["formula"] == OWN_FORMULA
    assert answer["as_at"] == {
        "scores": DAY.isoformat(),
        "sources": [{"source": "crime records", "as_at": DAY.isoformat()}],
    }
    row = answer["people"][0]
    with app.extensions["rms"].store.reading() as tx:
        stored = tx.harm.of(people["ann"])
    assert row["score_exact"] == stored.score
    assert row["score"] == pytest.approx(stored.score, abs=0.05) and round(row["score"], 1) == row["score"]
    assert row["components"] == {name: getattr(stored, name) for name in row["components"]}
    assert set(row["components"]) == {"recency", "frequency", "severity", "drugs", "intelligence"}
    for name, value in {
        "rank": 1,
        "offender_number": "A1",
        "forename": "Ann",
        "surname": "Okoro",
        "date_of_birth": "1990-05-05",
        "home_area": {"code": "W1", "name": "Castle"},
        "band_before": None,
        "counted_offences": 2,
        "unknown_codes": 0,
        "last_offence": "2025-12-01",
        "stage": None,
        "cohort": "flex",
        "managed": "yes",
        "managed_by": "Integrated offender team",
        "in_custody": None,
        "release_date": None,
        "hidden": [],
        "example_based": {},
        "ogrs": None,
    }.items():
        assert row[name] == value, name
    assert str(people["ann"]) != row["person"] and len(row["person"]) == 22


def test_the_highest_score_comes_first(head: FlaskClient) -> None:
    rows = head.post(LIST, json={"show_hidden": True}).json["people"]
    scores = [row["score_exact"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0]["forename"] == "Bo"
    assert {row["forename"]: row["hidden"] for row in rows if row["hidden"]} == {
        "Di": ["in_custody"],
        "Ed": ["deceased"],
    }


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({}, {"Ann", "Bea", "Bo", "Flo"}),
        ({"show_hidden": True}, {"Ann", "Bea", "Bo", "Flo", "Di", "Ed"}),
        ({"offence_category": "Robbery"}, {"Ann", "Bo"}),
        ({"offence_category": "Burglary", "managed": ["no", "not_known"]}, {"Bea"}),
        ({"offence_group": "Shoplifting"}, {"Flo"}),
        ({"offence_code": "28/1"}, {"Ann", "Bea"}),
        ({"offence_code": "28/1", "offence_last_days": 365}, {"Bea"}),
        ({"offence_code": "28/1", "offence_since": "2020-01-01"}, {"Ann", "Bea"}),
        ({"home_area": "W1"}, {"Ann", "Bea", "Flo"}),
        ({"home_area": "F"}, {"Ann", "Bea", "Bo", "Flo"}),
        ({"offence_area": "W2"}, {"Ann", "Bo", "Flo"}),
        ({"home_area": "W1", "elsewhere": True}, {"Ann", "Flo"}),
        ({"under_25": True}, {"Flo"}),
        ({"age_group": "juvenile"}, {"Flo"}),
        ({"age_group": "adult"}, {"Ann"}),
        ({"cohorts": ["flex", "mixed"]}, {"Ann"}),
        ({"stages": ["charged"]}, {"Bea"}),
        ({"forename": "b"}, {"Bea", "Bo"}),
        ({"surname": "OKORO-L"}, {"Flo"}),
        ({"moved_last_days": 30}, set()),
        ({"disagreements": True}, set()),
    ],
)
def test_criteria(head: FlaskClient, criteria: dict[str, Any], found: set[str]) -> None:
    assert set(listed(head, **criteria)) == found


@pytest.mark.parametrize(
    ("criteria", "problems"),
    [
        ({"offence_category": "Piracy"}, [("/offence_category", "invalid_value")]),
        (
            {"offence_category": "Robbery", "offence_code": "34/1"},
            [("/offence_category", "one_offence"), ("/offence_code", "one_offence")],
        ),
        ({"offence_since": "2026-01-01", "offence_last_days": 3}, [("/offence_last_days", "days_and_dates")]),
        ({"home_area": "W9"}, [("/home_area", "unknown_area")]),
        ({"elsewhere": True}, [("/elsewhere", "home_area_needed")]),
        ({"bands": ["medium"]}, [("/bands/0", "invalid_value")]),
        ({"stages": ["suspected"]}, [("/stages/0", "invalid_value")]),
        ({"surname": "---"}, [("/surname", "invalid_value")]),
        ({"size": 0}, [("/size", "invalid_value")]),
        ({"cursor": "x"}, [("/cursor", "invalid_cursor")]),
        ({"name": "x"}, [("/name", "unknown_field")]),
    ],
)
def test_wrong_criteria(head: FlaskClient, criteria: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    assert refused(head.post(LIST, json=criteria)) == problems


def test_an_unknown_code_is_told_with_those_near_it(head: FlaskClient) -> None:
    answer = head.post(LIST, json={"offence_code": "28/9"}).json
    assert answer["people"] == [] and "code 02809. Near it: 0280" in answer["hints"][0]
    assert head.post(LIST, json={"offence_code": "28/1"}).json["hints"] == []


def test_pages_go_on_with_the_rank_until_the_size(head: FlaskClient) -> None:
    criteria = {"show_hidden": True, "size": 5}
    whole = listed(head, **criteria)
    found, ranks, cursor = [], [], None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = head.post(LIST, json={**criteria, **more, "limit": 2, "count": True}).json
        assert page["total"] == 5
        found += [one["forename"] for one in page["people"]]
        ranks += [one["rank"] for one in page["people"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert (found, ranks) == (whole, [1, 2, 3, 4, 5])


def test_a_cursor_belongs_to_its_filter(head: FlaskClient) -> None:
    cursor = head.post(LIST, json={"limit": 1}).json["next"]
    assert refused(head.post(LIST, json={"home_area": "F", "cursor": cursor})) == [
        ("/cursor", "invalid_cursor")
    ]


# Who sees whom ---------------------------------------------------------------


def test_a_sergeant_sees_the_people_of_their_ward_alone(
    app: Flask, head: FlaskClient, sergeant: FlaskClient
) -> None:
    assert listed(sergeant, show_hidden=True) == ["Bo"]
    page = sergeant.post(LIST, json={"show_hidden": True, "count": True}).json
    assert (page["total"], page["people"][0]["rank"]) == (1, 1)
    for criteria in (
        {"surname": "Okoro"},
        {"forename": "Ann"},
        {"home_area": "W1"},
        {"offence_code": "28/1"},
    ):
        body = {**criteria, "count": True, "show_hidden": True}
        page = sergeant.post(LIST, json=body).json
        assert (page["people"], page["total"]) == ([], 0), criteria
    lines = sergeant.post(LIST, json={"show_hidden": True}, headers={"Accept": "text/csv"}).text
    assert "Bo" in lines and "Okoro" not in lines


def test_who_may_not_see_a_person_learns_nothing_of_them(head: FlaskClient, sergeant: FlaskClient) -> None:
    [ann] = head.post(LIST, json={"forename": "Ann"}).json["people"]
    headers = {"X-Request-ID": "same"}
    answers = [
        sergeant.post(REASONS, json=who, headers=headers)
        for who in (
            {"person": ann["person"]},
            {"offender_number": "A1"},
            {"offender_number": "A99"},
            {"person": "x" * 22},
        )
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}


def test_a_case_worker_sees_their_caseload(as_user: AsUser, head: FlaskClient) -> None:
    worker = as_user(Role.CASE_WORKER, username="worker", office="Mill")
    assert listed(worker) == []
    everyone = as_user(Role.SUPERVISOR, username="top")
    assert everyone.put("/api/v1/offenders/A3/holders/worker").status_code == 200
    assert listed(worker) == ["Bo"]


def test_a_system_needs_the_scope(app: Flask, head: FlaskClient) -> None:
    admin = administrator(app)
    other = system(app, admin, name="courts", scopes=["assessments:read", "assessments:write"])
    for path in (LIST, REASONS, "/api/v1/harm/lists", "/api/v1/harm/offences", SAVED):
        method = "POST" if path in (LIST, REASONS) else "GET"
        answer = other.open(path, method=method, json={} if method == "POST" else None)
        assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope"), path
    reader = system(app, admin, name="reader", scopes=["harm:read"])
    assert len(listed(reader)) == 4
    assert reader.get("/api/v1/assessments").status_code == 403


def test_every_look_is_on_record(app: Flask, head: FlaskClient, people: dict[str, int]) -> None:
    store = app.extensions["rms"].store

    def about(who: str) -> list[tuple[str, str]]:
        with store.reading() as tx:
            return [
                (one.action, one.actor) for one in tx.audit.entries_about(people[who]) if one.actor == "head"
            ]

    listed(head, surname="Li")
    assert (about("bo"), about("ann")) == ([("harm.listed", "head")], [])
    head.post(LIST, json={"home_area": "W2"}, headers={"Accept": "text/csv"})
    head.post(REASONS, json={"offender_number": "A3"})
    assert about("bo") == [("harm.listed", "head"), ("harm.exported", "head"), ("harm.reasons_read", "head")]
    with store.reading() as tx:
        [look] = [one for one in tx.audit.entries() if one.action == "harm.listed"]
        everything = " ".join(str(vars(one)) for one in tx.audit.entries())
    assert look.detail["criteria"] == f"name. Left out: {LEFT_OUT}"
    assert "Okoro" not in everything and "'Li'" not in everything and "A3" not in everything


# Reasons ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "criteria", "reasons"),
    [
        ("A4", {}, ["No offence of the person counts, so there is no harm score."]),
        (
            "A5",
            {},
            [IN_CUSTODY],
        ),
        ("A3", {"home_area": "W1"}, ["The person’s home area is outside the home area of the filter."]),
        (
            "A3",
            {"offence_category": "Burglary"},
            ["No counted offence of the person is of the kind “Burglary”."],
        ),
        (
            "A1",
            {"offence_category": "Burglary", "offence_since": "2025-01-01"},
            ["The person has committed no such offence since 1 January 2025."],
        ),
        (
            "A3",
            {"offence_area": "W1"},
            ["No such offence was committed in the area of offending of the filter."],
        ),
        (
            "A3",
            {"home_area": "W2", "elsewhere": True},
            ["No such offence was committed in a known area outside the home area."],
        ),
        ("A3", {"under_25": True}, ["No date of birth is on record."]),
        (
            "A1",
            {"under_25": True, "age_group": "juvenile"},
            ["The person is 25 or older.", "The person is 18 or older."],
        ),
        ("A7", {"age_group": "adult"}, ["The person is under 18."]),
        ("A3", {"bands": ["low"]}, ["The person’s band is super-high."]),
        ("A3", {"moved_last_days": 1}, ["The person had no band on 3 March 2026."]),
        ("A3", {"moved_since": "2026-03-04"}, ["The person’s band is the same as on 4 March 2026."]),
        ("A3", {"stages": ["charged"]}, ["No case of the person is at a stage that the filter asks for."]),
        ("A3", {"cohorts": ["fixed"]}, ["The person is in no cohort."]),
        ("A1", {"cohorts": ["fixed"]}, ["The person’s cohort is flex."]),
        ("A1", {"managed": ["no"]}, ["The person is managed."]),
        ("A3", {"managed": ["yes"]}, ["The person is not managed."]),
        ("A7", {"managed": ["yes"]}, ["It is not known whether the person is managed."]),
        ("A1", {"surname": "Li"}, ["No record of the person has a name that begins like this."]),
        (
            "A1",
            {"disagreements": True},
            ["The band and the example-based score do not disagree, or one of them is not there."],
        ),
        ("A7", {"size": 1}, ["The list has 1 person. This person is number 4 of those who match."]),
        ("A3", {"size": 1}, []),
    ],
)
def test_reasons(head: FlaskClient, number: str, criteria: dict[str, Any], reasons: list[str]) -> None:
    answer = head.post(REASONS, json={"offender_number": number, "criteria": criteria}).json
    assert [one["detail"] for one in answer["reasons"]] == reasons
    assert answer["listed"] is (reasons == [])
    forename = {"A1": "Ann", "A3": "Bo", "A7": "Flo"}.get(number)
    assert (forename in listed(head, **criteria)) is answer["listed"]


def test_a_person_without_a_number_is_asked_about_by_their_id(head: FlaskClient) -> None:
    [row] = head.post(LIST, json={"forename": "Bea"}).json["people"]
    answer = head.post(REASONS, json={"person": row["person"], "criteria": {"home_area": "W1"}}).json
    assert answer == {"listed": True, "rank": 2, "reasons": []}
    for body in ({}, {"person": row["person"], "offender_number": "A1"}):
        assert refused(head.post(REASONS, json=body)) == [("/person", "one_person")]


def test_a_person_whose_records_are_new_has_no_score_yet(app: Flask, head: FlaskClient) -> None:
    store = app.extensions["rms"].store
    with store.transaction() as tx:
        loading = tx.records.loading(
            tx.records.source("crime records", as_at=DAY, at=START), by="test", at=START
        )
        details = {"forename": "New", "surname": "Comer", "home_area": "W1", "offender_number": "A8"}
        assert loading.people([person_row("new", details)]).added == 1
    answer = head.post(REASONS, json={"offender_number": "A8"}).json
    assert [one["code"] for one in answer["reasons"]] == ["not_calculated"]


# Files -----------------------------------------------------------------------


def test_the_whole_list_as_csv(head: FlaskClient) -> None:
    answer = head.post(LIST, json={"limit": 1}, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))
    assert (answer.mimetype, tuple(rows[0])) == ("text/csv", NAMES)
    assert [row["forename"] for row in rows] == listed(head)
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    by_name = {row["forename"]: row for row in rows}
    assert by_name["Bea"]["surname"] == f"'{FORMULA}"
    assert (by_name["Ann"]["managed"], by_name["Bea"]["managed"]) == ("yes", "not_known")
    assert by_name["Bo"]["ogrs"] == ""
    assert all("Do not use it as a reason for arrest" in one["notice"] for one in by_name.values())
    few = head.post(LIST, json={"size": 2}, headers={"Accept": "text/csv"}).text
    assert len(few.splitlines()) == 3


def test_the_list_as_a_spreadsheet(head: FlaskClient) -> None:
    answer = head.post(LIST, json={"show_hidden": True}, headers={"Accept": XLSX})
    assert answer.mimetype == XLSX
    book = load_workbook(BytesIO(answer.get_data()))
    assert book.sheetnames == ["Offender list", "Read this", "Columns"]
    rows = list(book["Offender list"].iter_rows(values_only=False))
    head = [cell.value for cell in rows[0]]
    assert head[:3] == ["Forename", "Surname", "Rank in this list"] and head[-1] == "Person ID in the API"
    place = head.index("Surname")
    [formula] = [row[place] for row in rows if row[place].value == FORMULA]
    assert formula.data_type == "s"
    assert [row[2].value for row in rows[1:]] == [1, 2, 3, 4, 5, 6]
    by_name = {row[0].value: dict(zip(head, (cell.value for cell in row), strict=True)) for row in rows[1:]}
    assert (by_name["Ann"]["Managed"], by_name["Bea"]["Managed"]) == ("yes", "not known")
    assert {row["In custody"] for row in by_name.values()} <= {"yes", "no", "not known"}
    assert not any("_" in str(row["Stage of case"]) for row in by_name.values())
    sheet = book["Offender list"]
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", None)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    notice = {row[0]: row[1] for row in book["Read this"].iter_rows(values_only=True)}
    assert OWN_FORMULA in notice["Harm score"] and "what is on record" in notice["Harm score"]
    assert "Do not use it as a reason for arrest" in notice["What it is for"]
    assert notice["Data as at"] == "crime records: 4 March 2026"
    assert (notice["Filters"], notice["People"]) == ("with people in custody and people who have died", "6")


def test_a_file_without_people(head: FlaskClient) -> None:
    nobody = {"surname": "Nobody"}
    lines = head.post(LIST, json=nobody, headers={"Accept": "text/csv"}).text.splitlines()
    assert lines == [",".join(NAMES)]
    answer = head.post(LIST, json=nobody, headers={"Accept": XLSX})
    assert load_workbook(BytesIO(answer.get_data()))["Offender list"].max_row == 1


def test_a_spreadsheet_has_a_limit(head: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.services.harm.list_files.MOST_IN_SPREADSHEET", 3)
    assert refused(head.post(LIST, json={}, headers={"Accept": XLSX})) == [("/size", "too_many_people")]
    assert head.post(LIST, json={"size": 3}, headers={"Accept": XLSX}).status_code == 200


def test_many_people_are_read_in_batches(head: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.services.harm.list_files.BATCH", 2)
    for criteria, number in (({"show_hidden": True}, 6), ({"show_hidden": True, "size": 5}, 5)):
        text = head.post(LIST, json=criteria, headers={"Accept": "text/csv"}).text
        rows = list(csv.DictReader(StringIO(text, newline="")))
        assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, number + 1)]


# Lists -----------------------------------------------------------------------


def test_a_list_is_saved_with_its_number_of_days(
    head: FlaskClient, sergeant: FlaskClient, clock: Clock
) -> None:
    criteria = {"offence_category": "Robbery", "offence_last_days": 40, "size": 10}
    saved = head.put(f"{SAVED}/Robbery", json=criteria)
    assert saved.json == {"name": "Robbery", "criteria": criteria, "saved_at": clock().isoformat()}
    assert head.get(SAVED).json == {"lists": [saved.json]}
    assert head.get(f"{SAVED}/Robbery").json == saved.json
    assert sergeant.get(SAVED).json == {"lists": []}
    assert sergeant.get(f"{SAVED}/Robbery").status_code == 404
    assert listed(head, **saved.json["criteria"]) == ["Bo"]
    clock.advance(days=12)
    assert listed(head, **saved.json["criteria"]) == []
    assert head.delete(f"{SAVED}/Robbery").json == {"removed": True}
    assert head.delete(f"{SAVED}/Robbery").status_code == 404


@pytest.mark.parametrize(
    ("criteria", "problems"),
    [
        ({"surname": "Okoro"}, [("/surname", "not_saved")]),
        ({"home_area": "W9"}, [("/home_area", "unknown_area")]),
        ({"offence_category": "Piracy"}, [("/offence_category", "invalid_value")]),
        ({"limit": 3}, [("/limit", "unknown_field")]),
    ],
)
def test_what_cannot_be_saved(
    head: FlaskClient, criteria: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert refused(head.put(f"{SAVED}/mine", json=criteria)) == problems


def test_ready_made_lists_work(head: FlaskClient) -> None:
    lists = head.get("/api/v1/harm/lists").json["lists"]
    assert [one["name"] for one in lists] == [made.name for made in READY_MADE]
    found = {one["name"]: listed(head, **one["criteria"]) for one in lists}
    assert found == {
        "high-and-unmanaged": ["Bo"],
        "top-10-burglary": ["Bea"],
        "under-25-violence": [],
        "moved-band": [],
        "disagreements": [],
    }


def test_offences_by_category_and_group(head: FlaskClient) -> None:
    offences = head.get("/api/v1/harm/offences").json
    assert offences["table"] == "cchi-2026"
    assert "03401" in offences["categories"]["Robbery"]["Robbery, of business or personal property"]
