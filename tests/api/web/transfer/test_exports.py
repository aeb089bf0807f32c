"""Exports: the form, its errors, and the list of files."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from api.runtime.import_job import LINES_NOT_LISTED, NOTES
from api.runtime.job_runner import run_one
from api.services.access.accounts import change_user, find_user
from api.services.search import saved
from api.services.transfer import exports, imports, jobs
from api.services.transfer.export_fields import BY_NAME
from api.services.users import Role
from api.storage import State
from api.web.transfer import exports as web_exports
from rms.reports import wording
from tests.api.conftest import USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.caseload import submit_four
from tests.api.web.pages import Element, fields, opened, page
from tests.api.web.transfer.exporting import EXPORTS, downloaded, send


@pytest.fixture
def caseload(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> FlaskClient:
    submit_four(client, valid_body, clock)
    return browser_client


def files(document: Element) -> list[list[str]]:
    table = document.first("table", **{"class": "jobs stacked"})
    return [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]


def test_no_file_without_a_criterion(shared_client: FlaskClient) -> None:
    document = opened(shared_client, EXPORTS)
    assert document.first("main").first(id="criteria").attributes["href"] == "/results"
    button = document.first("button", disabled="")
    assert document.first(id=button.attributes["aria-describedby"])
    refused = send(shared_client, "", purpose="statistics")
    assert refused.status_code == 422
    assert web_exports.FIELD_ERRORS["criteria"] in page(refused.text).first(id="errors").text


def test_every_field_can_be_chosen(shared_client: FlaskClient) -> None:
    boxes = opened(shared_client, EXPORTS).all("input", name="fields")
    assert {box.attributes["value"] for box in boxes} == set(BY_NAME)


def test_a_small_file_is_made_at_once(caseload: FlaskClient) -> None:
    answer = send(
        caseload,
        "latest=false&need.drug.min=50",
        purpose="programme_planning",
        sort="offender_number",
        fields=["score", "id"],
        format="csv",
    )
    assert answer.status_code == 303
    document = opened(caseload, answer.location)
    (row,) = files(document)
    assert row[3] == f"CSV: {exports.PURPOSES['programme_planning']} Drug use 50% or more"
    assert row[1].startswith(f"{web_exports.STATES[State.DONE]} 4 rows")
    download = document.first("a", download="").attributes["href"]
    table = list(csv.reader(StringIO(downloaded(caseload, download).decode())))
    assert [line[1] for line in table] == ["id", "10000", "10000", "20000", "20000"]
    assert table[0] == ["score", "id"]


def test_c20_a_spreadsheet_is_preselected_and_the_csv_choice_warns_of_ids(shared_client: FlaskClient) -> None:
    form = opened(shared_client, EXPORTS).first("form", **{"class": "export"})
    formats = list(form.all("input", name="format"))
    assert [choice.attributes["value"] for choice in formats] == ["xlsx", "csv"]
    assert [choice.attributes["value"] for choice in formats if "checked" in choice.attributes] == ["xlsx"]
    about = form.first(id=formats[1].attributes["aria-describedby"]).text
    assert all(text in about for text in ("spreadsheet", "00123", "12E5"))


def test_c20_a_spreadsheet_keeps_ids_as_text(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    numbers = ["00123", "12E5", "1234567890123456"]
    for number in numbers:
        client.post("/api/v1/assessments", json={**valid_body, "offender_number": number})
    answer = send(browser_client, "all=true", purpose="statistics", fields=["id", "offender_number"])
    download = opened(browser_client, answer.location).first("a", download="").attributes["href"]
    sheet = load_workbook(BytesIO(downloaded(browser_client, download)))["Assessments"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {(cell.value, cell.number_format) for cell in cells} == {(number, "@") for number in numbers}


def test_the_notice_of_a_file(caseload: FlaskClient) -> None:
    answer = send(caseload, "all=true", purpose="other", purpose_note="For the yearly talk.", format="xlsx")
    document = opened(caseload, answer.location)
    download = document.first("a", download="").attributes["href"]
    book = load_workbook(BytesIO(downloaded(caseload, download)))
    assert book.sheetnames == ["Assessments", "Read this", "Columns"]
    assert book["Assessments"].max_row == 7
    notice = opened(caseload, download.replace("/file", "/notice")).first("dl").text
    for line in (wording.NOTICE, "For the yearly talk.", exports.EVERYTHING):
        assert line in notice


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "purpose"),
        ({"purpose": "other"}, "purpose_note"),
        ({"purpose": "statistics", "fields": []}, "fields"),
    ],
)
def test_an_error_is_shown_at_its_field(
    shared_client: FlaskClient, changes: dict[str, Any], field: str
) -> None:
    answer = send(shared_client, "latest=true", **{"purpose_note": "", **changes})
    assert answer.status_code == 422
    document = page(answer.text)
    link = document.first("div", id="errors").first("a")
    assert link.attributes["href"] == f"#{field}"
    assert link.text == web_exports.FIELD_ERRORS[field]
    assert document.first(id=field)
    chips = document.first("div", **{"class": "moj-filter__selected chips"})
    assert "latest assessment of each person" in chips.text.lower()


def test_a_file_without_rows(shared_client: FlaskClient) -> None:
    query = "latest=false&submitted_from=2030-01-01"
    assert (
        opened(shared_client, f"{EXPORTS}?{query}")
        .first("main")
        .first("strong", **{"class": "govuk-warning-text__text"})
    )
    answer = send(shared_client, query, purpose="statistics")
    assert exports.NOTHING_FOUND in opened(shared_client, answer.location).text


def test_a_large_file_is_made_in_the_background(
    caseload: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    answer = send(caseload, "latest=true", purpose="statistics")
    document = opened(caseload, answer.location)
    assert "Your file is being created." in document.first("div", role="alert").text
    assert files(document)[0][1] == web_exports.STATES[State.QUEUED]
    assert "data-working" in document.first("section", **{"class": "files"}).attributes
    assert document.first("section", **{"class": "files"}).first("a").text == "Refresh"
    assert run_one(app.extensions["rms"])
    document = opened(caseload, answer.location)
    assert "Your file is ready: download" in document.first("div", role="alert").text
    assert "being created" not in document.text
    listed, form = (document.text.index(heading) for heading in ("Your files", "Create a file"))
    assert listed < form
    assert files(document)[0][1].startswith(f"{web_exports.STATES[State.DONE]} 4 rows")
    form = document.first("table", **{"class": "jobs stacked"}).first("form")
    deleted = caseload.post(form.attributes["action"], data=fields(form))
    assert not list(opened(caseload, deleted.location).all("table", **{"class": "jobs stacked"}))


def test_options_are_saved_loaded_and_deleted(caseload: FlaskClient) -> None:
    answer = send(
        caseload,
        "latest=true",
        action=f"{EXPORTS}/options",
        fields=["id", "need.drug.actual"],
        format="xlsx",
        sort="-release_date",
        name="For the board",
    )
    assert answer.status_code == 303
    document = opened(caseload, answer.location)
    assert "Options saved." in document.text
    form = document.first("form", **{"class": "export"})
    chosen = [box.attributes["value"] for box in form.all("input", name="fields", checked="")]
    assert chosen == ["id", "need.drug.actual"]
    assert form.first("input", value="xlsx", checked="")
    assert form.first("option", selected="").attributes["value"] == "-release_date"
    saved = document.first("section", **{"class": "saved-options"})
    assert saved.first("a").attributes["href"] == f"{EXPORTS}?latest=true&options=For+the+board"
    again = send(caseload, "", action=f"{EXPORTS}/options", name="For the board", fields=["id"])
    assert "Options replaced." in opened(caseload, again.location).text
    remove = saved.first("form")
    gone = caseload.post(remove.attributes["action"], data=fields(remove))
    assert not list(opened(caseload, gone.location).all("section", **{"class": "saved-options"}))
    assert send(caseload, "", action=f"{EXPORTS}/options", name="").status_code == 422


def test_the_address_of_a_file_has_no_offender_number(caseload: FlaskClient) -> None:
    answer = send(caseload, "latest=false&offender_number=10000", purpose="case_review")
    assert "10000" not in answer.location
    assert "4 rows" in files(opened(caseload, answer.location))[0][1]


def test_imports_are_listed(caseload: FlaskClient, client: FlaskClient) -> None:
    sent = client.post("/api/v1/imports", data=b"{}\n", content_type="application/x-ndjson")
    assert sent.status_code == 202
    document = opened(caseload, EXPORTS)
    assert document.first(id="imports-caption")
    row = files(document)[0]
    assert (row[1], row[3]) == (web_exports.STATES[State.QUEUED], "Import")


def test_an_import_shows_its_figures_and_its_message(
    caseload: FlaskClient, client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_REFUSED_LISTED", 1)
    client.post("/api/v1/imports", data=b"a\na\n", content_type="application/x-ndjson")
    assert run_one(app.extensions["rms"])
    [row] = files(opened(caseload, EXPORTS))
    assert "refused 2" in row[1] and NOTES[LINES_NOT_LISTED] in row[1]


def test_a_stopped_import_shows_why(
    caseload: FlaskClient, client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "LARGEST_GROUP", 1)
    monkeypatch.setattr(imports, "STOP_AFTER", 1)
    sent = client.post("/api/v1/imports", data=b"a\na\n", content_type="application/x-ndjson")
    assert run_one(app.extensions["rms"])
    [row] = files(opened(caseload, EXPORTS))
    assert row[1].startswith(web_exports.STATES[State.FAILED])
    assert client.get(sent.headers["Location"]).json["message"] in row[1]


def test_users_see_only_their_own_files(caseload: FlaskClient, as_user: Callable[..., FlaskClient]) -> None:
    answer = send(caseload, "all=true", purpose="statistics")
    download = opened(caseload, answer.location).first("a", download="").attributes["href"]
    other = as_user(Role.SUPERVISOR)
    for path in (download, download.replace("/file", "/notice")):
        assert other.get(path).status_code == 404
    assert other.post(download.replace("/file", "/delete")).status_code == 404
    assert not list(opened(other, EXPORTS).all("table", **{"class": "jobs stacked"}))


def test_too_many_files_at_a_time(caseload: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    monkeypatch.setattr(jobs, "MOST_OPEN", 2)
    for _ in range(2):
        assert send(caseload, "all=yes", purpose="statistics").status_code == 303
    refused = send(caseload, "all=yes", purpose="workload", purpose_note="For May.")
    assert refused.status_code == 429
    document = page(refused.text)
    assert document.first(id="errors").first("a").text == web_exports.TOO_MANY.format(2)
    assert document.first("textarea", name="purpose_note").text == "For May."
    assert [row[1] for row in files(document)] == [web_exports.STATES[State.QUEUED]] * 2


def test_too_many_saved_options(caseload: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_SAVED", 1)
    path = "/exports/options"
    assert send(caseload, "all=yes", path, name="one").status_code == 303
    refused = send(caseload, "all=yes", path, name="two")
    assert refused.status_code == 409
    assert page(refused.text).first(id="errors").first("a").attributes["href"].endswith("name")


def test_a_file_made_in_another_role(
    caseload: FlaskClient, app: Flask, as_user: Callable[..., FlaskClient], clock: Clock
) -> None:
    send(caseload, "all=yes", purpose="statistics")
    store = app.extensions["rms"].store
    as_user(Role.ADMINISTRATOR, username="an.admin")
    admin = find_user(context_for(store), "an.admin")
    change_user(context_for(store, at=clock(), by=admin), USERNAME, role=Role.ANALYST)
    [row] = files(opened(caseload, EXPORTS))
    assert row[3] == "Export"
    assert not list(opened(caseload, EXPORTS).first("table", **{"class": "jobs stacked"}).all("a"))
    assert jobs.MADE_AS_ANOTHER in row[1]
