"""The page of usage: what the audit log has, by office and month of the agency's time zone."""

import csv
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import find_user
from api.services.context import context_of
from api.services.governance.audit_wording import SENTENCES
from api.services.support.usage import usage
from api.services.users import Role
from rms.support.usage import COUNTED
from tests.api.conftest import START
from tests.api.contexts import context_for
from tests.api.web.browsers import as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened

USAGE = "/support/usage"


def lines(document: Element) -> list[dict[str, str]]:
    rows = document.first("main").first("tbody").all("tr")
    return [
        {"Month": row.first("th").text, **{one.attributes["data-label"]: one.text for one in row.all("td")}}
        for row in rows
    ]


def note(app: Flask, actor: str, action: str, at: datetime) -> None:
    with app.extensions["rms"].store.transaction() as tx:
        tx.audit.append(action, actor=actor, at=at, object_kind="person", object_key="")


def test_counts_of_users_sessions_and_looks(
    force: Flask, sergeant: FlaskClient, administrator: FlaskClient
) -> None:
    for address in ("/harm", "/harm", "/harm/map"):
        opened(sergeant, address)
    for day in (1, 2, 27):
        note(force, "o.manager", "session.started", datetime(2026, 2, day, 9, tzinfo=UTC))
    note(force, "nobody now", "session.started", datetime(2026, 2, 3, 9, tzinfo=UTC))
    shown = opened(administrator, USAGE)
    for check in CHECKS:
        check(shown)
    march, february, *_, april = lines(shown)
    assert (march["Month"], february["Month"], april["Month"]) == (
        "March 2026 so far",
        "February 2026",
        "April 2025",
    )
    assert (march["Offender list"], march["Map of the list"], march["Prediction"]) == ("1", "1", "0")
    assert (february["Users signed in"], february["Sessions"]) == ("1", "3")
    assert set(april.values()) == {"April 2025", "0"}


def test_a_month_begins_at_midnight_where_the_agency_is(force: Flask, administrator: FlaskClient) -> None:
    store = force.extensions["rms"].store
    note(force, "b.administrator", "harm.listed", datetime(2025, 7, 31, 23, 30, tzinfo=UTC))
    user = find_user(context_for(store), "b.administrator")
    for zone, month in ((UTC, 7), (ZoneInfo("Europe/London"), 8)):
        months = usage(context_of(user, store=store, at=START, zone=zone)).use.months
        assert [one.first.month for one in months if one.of["list"].times] == [month]


def test_a_supervisor_sees_their_own_offices(force: Flask, sergeant: FlaskClient) -> None:
    opened(sergeant, "/harm")
    elsewhere = as_browser(Role.SUPERVISOR, force, office="Mill ward")
    assert lines(opened(elsewhere, USAGE))[0]["Offender list"] == "0"
    (name,) = {line["office"] for line in csv.DictReader(StringIO(elsewhere.get(f"{USAGE}.csv").text))}
    assert name == "Mill ward"
    with force.extensions["rms"].store.reading() as tx:
        castle = tx.offices.named("Castle ward")
    assert castle is not None and elsewhere.get(f"{USAGE}?office={castle.id}").status_code == 404
    assert elsewhere.get(f"{USAGE}?office=x").status_code == 404
    whole = as_browser(Role.SUPERVISOR, force)
    assert lines(opened(whole, f"{USAGE}?office={castle.id}"))[0]["Offender list"] == "1"
    table = list(csv.DictReader(StringIO(whole.get(f"{USAGE}.csv").text)))
    march = {line["office"]: line["users_list"] for line in table if line["month"] == "2026-03"}
    assert (march["Castle ward"], march["Mill ward"], march["Westmarch"]) == ("1", "0", "1")


def test_every_action_that_is_counted_is_written_by_rms() -> None:
    assert set(COUNTED) <= set(SENTENCES)
