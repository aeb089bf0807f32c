"""The agency's time zone: its days, its ages and the times that pages and reports show (C18)."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from api.config import Config, setting
from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.users import Role
from rms.errors import ConfigurationInvalid
from tests.api.conftest import Clock
from tests.api.web.browsers import post

ASSESSMENTS, POPULATE = "/api/v1/assessments", "/assessments/populate"
# Half past midnight on 10 June in London, where the clocks are an hour ahead of UTC in summer.
AFTER_MIDNIGHT = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)


@pytest.fixture(params=["Europe/London"])
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(config: Config, zone: str) -> Config:
    return replace(config, time_zone=ZoneInfo(zone))


@pytest.fixture
def clock() -> Clock:
    return Clock(AFTER_MIDNIGHT)


@pytest.mark.parametrize(
    ("zone", "born", "accepted"),
    [
        ("UTC", "2016-06-10", False),
        ("Europe/London", "2016-06-10", True),
        ("Europe/London", "2016-06-11", False),
        ("Pacific/Auckland", "2016-06-10", True),
        ("America/Denver", "2016-06-10", False),
        ("America/Denver", "2016-06-09", True),
    ],
    indirect=["zone"],
)
def test_a_tenth_birthday_begins_at_midnight_where_the_agency_is(
    client: FlaskClient, valid_body: dict[str, Any], born: str, accepted: bool
) -> None:
    """Nobody younger than ten is assessed."""
    answers = valid_body["answers"] | {"age_first_conviction": 10, "years_served": 0, "months_employed": 0}
    body = valid_body | {"date_of_birth": born, "answers": answers}
    answer = client.post(f"{ASSESSMENTS}?validate_only=true", json=body)
    assert (answer.status_code == 200) is accepted, answer.text
    assert accepted or answer.json["errors"][0]["pointer"] == "/date_of_birth"


def test_searches_go_by_the_days_of_the_agency(
    client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    """Each is submitted on the edge of 10 June in London."""
    for number, minutes in ((1, -31), (2, -30), (3, 23 * 60 + 29), (4, 23 * 60 + 30)):
        clock.at = AFTER_MIDNIGHT + timedelta(minutes=minutes)
        assert client.post(ASSESSMENTS, json=valid_body | {"offender_number": str(number)}).status_code == 201
    day = {"submitted_from": "2026-06-10", "submitted_to": "2026-06-10"}
    for sort in ("submitted_at", "-submitted_at", "offender_number"):
        found = client.get(ASSESSMENTS, query_string={**day, "sort": sort}).json["assessments"]
        assert {one["offender_number"] for one in found} == {"2", "3"}


@pytest.mark.parametrize(("zone", "found"), [("UTC", []), ("Europe/London", ["1"])], indirect=["zone"])
def test_the_next_days_are_counted_from_the_day_of_the_agency(
    client: FlaskClient, valid_body: dict[str, Any], found: list[str]
) -> None:
    """11 June is one day from today in London, and two in UTC."""
    body = valid_body | {"offender_number": "1", "release_date": "2026-06-11"}
    assert client.post(ASSESSMENTS, json=body).status_code == 201
    answer = client.post(f"{ASSESSMENTS}/search", json={"release_next_days": 1})
    assert [one["id"] for one in answer.json["assessments"]] == found


def test_what_was_just_submitted_is_of_the_last_days_in_every_zone(
    client: FlaskClient, as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]
) -> None:
    """For an analyst too, whose day is still the 9th."""
    assert client.post(ASSESSMENTS, json=valid_body).status_code == 201
    for caller in (client, as_user(Role.ANALYST)):
        answer = caller.post(f"{ASSESSMENTS}/counts", json={"submitted_last_days": 1})
        assert answer.json["assessments"] == 1


@pytest.mark.parametrize("zone", ["America/Denver", "Pacific/Auckland"], indirect=True)
def test_analysts_see_the_same_day_on_the_page_as_in_the_api(
    client: FlaskClient, as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]
) -> None:
    assert client.post(ASSESSMENTS, json=valid_body).status_code == 201
    analyst = as_user(Role.ANALYST)
    (listed,) = analyst.get(ASSESSMENTS).json["assessments"]
    assert listed["submitted_at"] == "2026-06-09T00:00:00+00:00"
    assert "<td>9 Jun 2026</td>" in analyst.get("/results?latest=true").text


@pytest.mark.parametrize("end", ["submitted_from", "submitted_to"])
@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Denver"], indirect=True)
def test_the_first_and_the_last_day_there_is_can_be_asked_for(
    client: FlaskClient, end: str, day: str
) -> None:
    assert client.get(ASSESSMENTS, query_string={end: day}).status_code == 200


def test_pages_and_reports_show_the_time_of_the_agency(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    assert client.post(ASSESSMENTS, json=valid_body).status_code == 201
    shown = "10 June 2026, 00:30 BST"
    assert shown in post(browser_client, POPULATE, POPULATE, number="10000").text
    report = client.get(f"{ASSESSMENTS}/10000/report.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(report.data)).pages)
    assert shown in " ".join(text.split())
    assert client.get(f"{ASSESSMENTS}/10000").json["submitted_at"] == "2026-06-09T23:30:00+00:00"


# Who exports, as what → the times of the file, and the zone that it names.
FILES = [
    (Role.CASE_WORKER, "xlsx", "2026-06-10 00:30:00", "Europe/London"),
    (Role.CASE_WORKER, "csv", "2026-06-09T23:30:00+00:00", "UTC"),
    (Role.ANALYST, "xlsx", "2026-06-09 00:00:00", "UTC"),  # they see days of UTC
]


@pytest.mark.parametrize(("role", "format", "shown", "zone_named"), FILES)
def test_a_spreadsheet_has_the_time_of_the_agency_and_a_file_for_systems_utc(
    app: Flask,
    client: FlaskClient,
    as_user: Callable[..., FlaskClient],
    valid_body: dict[str, Any],
    role: Role,
    format: str,
    shown: str,
    zone_named: str,
) -> None:
    assert client.post(ASSESSMENTS, json=valid_body).status_code == 201
    exporter = client if role is Role.CASE_WORKER else as_user(role)
    wanted = {
        "criteria": {"latest": True},
        "purpose": "statistics",
        "format": format,
        "fields": ["assessed_at"],
    }
    job = exporter.post("/api/v1/exports", json=wanted)
    assert run_one(app.extensions[EXTENSION])
    with closing(exporter.get(f"{job.headers['Location']}/result")) as result:
        content = result.data
    assert "assessments-2026-06-10." in result.headers["Content-Disposition"]
    notice = exporter.get(f"{job.headers['Location']}/result/notice").text
    assert f"Time zone: {zone_named}" in notice
    if format == "csv":
        assert content.decode("utf-8-sig").split() == ["assessed_at", *[shown] * 2]
        return
    head, *rows = load_workbook(BytesIO(content)).worksheets[0].values
    assert head == (f"Submitted at ({zone_named})",)
    assert {str(at) for (at,) in rows} == {shown}


def test_the_audit_log_is_searched_by_the_days_of_the_agency(
    as_user: Callable[..., FlaskClient], clock: Clock
) -> None:
    auditor = as_user(Role.AUDITOR)
    for minutes in (-31, -30, 23 * 60 + 29, 23 * 60 + 30):
        clock.at = AFTER_MIDNIGHT + timedelta(minutes=minutes)
        assert auditor.get("/api/v1/audit/head").status_code == 200
    days = {"from": "2026-06-10", "to": "2026-06-10", "action": "audit.head_read"}
    entries = auditor.get("/api/v1/audit", query_string=days).json["entries"]
    assert [entry["at"] for entry in entries] == ["2026-06-10T22:59:00+00:00", "2026-06-09T23:00:00+00:00"]


@pytest.mark.parametrize("end", ["from", "to"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Denver"], indirect=True)
def test_the_audit_log_takes_the_first_and_the_last_day_there_is(
    as_user: Callable[..., FlaskClient], end: str, day: str
) -> None:
    answer = as_user(Role.AUDITOR).get("/api/v1/audit", query_string={end: day})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["Europe", "Nowhere/Town", "BST!", "", "../etc/passwd"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="RMS_TIME_ZONE"):
        setting({"RMS_TIME_ZONE": name}, "time_zone")


def test_analysts_search_by_the_days_they_see(
    client: FlaskClient, as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]
) -> None:
    """In UTC, in lists and counts alike: it is the 9th, though the 10th has begun at the agency."""
    assert client.post(ASSESSMENTS, json=valid_body).status_code == 201
    analyst = as_user(Role.ANALYST)
    for day, expected in (("2026-06-09", 1), ("2026-06-10", 0)):
        days = {"submitted_from": day, "submitted_to": day}
        page = analyst.get(ASSESSMENTS, query_string={**days, "count": "true"}).json
        assert (len(page["assessments"]), page["total"]) == (expected, expected)
        assert analyst.post(f"{ASSESSMENTS}/counts", json=days).json["assessments"] == expected


def test_the_api_answers_in_utc_the_first_time_and_again(
    client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    once = {"Idempotency-Key": "k"}
    first, again = (client.post(ASSESSMENTS, json=valid_body, headers=once) for _ in range(2))
    assert first.data == again.data
    answers = [
        first,
        client.post(f"{ASSESSMENTS}/10000/what-if", json={"answers": {"drug": 0}}),
        client.post("/api/v1/drafts", json={}),
        client.post("/api/v1/exports", json={"criteria": {"latest": True}, "purpose": "case_review"}),
    ]
    for answer in answers:
        assert answer.status_code < 300, answer.text
        assert "+01:00" not in answer.text and "+00:00" in answer.text
