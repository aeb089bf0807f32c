"""The page of schedules, and the files that users get."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.runtime.job_runner import run_one
from api.services.meetings.schedules import run_due
from api.services.users import Role
from tests.api.web.browsers import answer, as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import opened, page, press

SCHEDULES = "/administration/schedules"
TYPED = {"list": "ready high-and-unmanaged", "monthday": "4", "users": "o.manager"}


def test_a_list_each_month_is_fetched_on_exports(
    force: Flask, sergeant: FlaskClient, administrator: FlaskClient
) -> None:
    before = opened(sergeant, "/exports")
    assert "Files that a schedule makes for you will be here." in before.text
    assert "Create a file" not in before.text
    assert answer(administrator, SCHEDULES, "/lists", **TYPED).status_code == 303
    shown = opened(administrator, SCHEDULES)
    for check in CHECKS:
        check(shown)
    row = shown.first("main").first("tbody").first("tr")
    cells = {cell.attributes.get("data-label", ""): cell.text for cell in row.children}
    assert (cells["When"], cells["For"], cells["Next"]) == (
        "Day 4 of each month",
        "o.manager",
        "4 March 2026",
    )
    run_due(force.extensions["rms"].background())
    while run_one(force.extensions["rms"]):
        pass
    files = opened(sergeant, "/exports")
    for check in CHECKS:
        check(files)
    assert "XLSX: High and unmanaged" in files.text and "Made on a schedule" in files.text
    link = next(one for one in files.all("a") if one.text.startswith("Download"))
    sent = sergeant.get(link.attributes["href"])
    assert sent.status_code == 200 and "offender-list-2026-03-04.xlsx" in sent.headers["Content-Disposition"]
    sent.close()
    ended = press(
        administrator, opened(administrator, SCHEDULES), f"End the schedule “{row.first('th').text}”"
    )
    assert ended.status_code == 303
    assert "There are no schedules." in opened(administrator, SCHEDULES).text


def test_the_day_of_the_scores(force: Flask, administrator: FlaskClient) -> None:
    for weekday in ("0", "3"):
        assert answer(administrator, SCHEDULES, "/refresh", weekday=weekday).status_code == 303
    rows = list(opened(administrator, SCHEDULES).first("main").first("tbody").all("tr"))
    assert len(rows) == 1 and "Each Thursday" in rows[0].text


# The form, what is typed, and the fields with a message.
WRONG = [
    ("/lists", {"monthday": "29"}, {"monthday"}),
    ("/lists", {"monthday": "x"}, {"monthday"}),
    ("/lists", {"list": ""}, {"list"}),
    ("/lists", {"users": ""}, {"users"}),
    ("/refresh", {"weekday": ""}, {"weekday"}),
    ("/refresh", {"weekday": "7"}, {"weekday"}),
]


@pytest.mark.parametrize(("form", "typed", "fields"), WRONG)
def test_what_cannot_be_set(
    sergeant: FlaskClient, administrator: FlaskClient, form: str, typed: dict[str, str], fields: set[str]
) -> None:
    sent = answer(administrator, SCHEDULES, form, **({**TYPED, **typed} if form == "/lists" else typed))
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    links = document.first("div", id="errors").all("a")
    assert {one.attributes["href"].removeprefix("#") for one in links} == fields


def test_who_sets_schedules(force: Flask, sergeant: FlaskClient) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    assert supervisor.get(SCHEDULES).status_code == 200
    assert "Schedules: lists each month" in opened(supervisor, "/meetings?area=W1").text
    assert sergeant.get(SCHEDULES).status_code == 403
