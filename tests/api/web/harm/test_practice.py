"""Defaults of the force and overrides of its areas: who sets them, where they are listed, what they do."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services.harm.refreshing import refresh_scores
from api.services.users import Role
from tests.api.case_records import DAY
from tests.api.conftest import Clock
from tests.api.contexts import context_for
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, page

PAGE = "/harm/settings"
WHY = "The team has four officers."
Enter = Callable[..., FlaskClient]


@pytest.fixture
def head(force: Flask, enter: Enter) -> FlaskClient:
    """A supervisor of the whole force."""
    return enter(Role.SUPERVISOR, "head", "Westmarch")


@pytest.fixture
def ward(force: Flask, enter: Enter) -> FlaskClient:
    """A supervisor of Castle ward, where Ann Lee, Bo Park and Di Moss live."""
    return enter(Role.SUPERVISOR, "ward", "Castle ward")


def change(
    client: FlaskClient, name: str, area: str, *values: str, reason: str = WHY, **more: str
) -> TestResponse:
    """What the form of this setting sends."""
    path = f"{PAGE}/{name}"
    token = opened(client, path).first("input", name="csrf_token").attributes["value"]
    sent = {"csrf_token": token, "area": area, "value": list(values), "reason": reason, **more}
    return client.post(path, data=sent)


def listed(client: FlaskClient, name: str) -> list[list[str]]:
    part = opened(client, PAGE).first("section", aria_labelledby=name)
    rows = part.first("tbody").all("tr")
    return [[row.first("th").text, *(cell.text for cell in row.all("td"))] for row in rows]


def saved_lists(client: FlaskClient) -> list[tuple[str, str]]:
    details = opened(client, "/harm").first("details", **{"class": "govuk-details saved-filters"})
    links = [(one.text, one.attributes["href"]) for one in details.all("a")]
    return [(title, path) for title, path in links if path != "/harm/domestic-abuse"]  # it is no list


def test_every_override_is_beside_the_default(head: FlaskClient, ward: FlaskClient) -> None:
    assert listed(ward, "flex_suggestions") == [["Default of the force", "3", "came with RMS", "–", "–"]]
    assert change(head, "flex_suggestions", "force", "2", reason="As the board decided.").status_code == 303
    assert change(ward, "flex_suggestions", "W1", "1").status_code == 303
    document = opened(head, PAGE)
    for check in CHECKS:
        check(document)
    assert listed(head, "flex_suggestions") == [
        ["Default of the force", "2", "head", "4 March 2026, 09:30 UTC", "As the board decided."],
        ["Castle ward", "1", "ward", "4 March 2026, 09:30 UTC", WHY],
    ]
    assert change(ward, "flex_suggestions", "W1", end="yes", reason="As all others again.").status_code == 303
    assert [row[0] for row in listed(ward, "flex_suggestions")] == ["Default of the force"]


def test_every_decision_is_on_record(head: FlaskClient, force: Flask) -> None:
    change(head, "flex_suggestions", "force", "2")
    change(head, "flex_suggestions", "W2", "1")
    with force.extensions["rms"].store.reading() as tx:
        entries = [one for one in tx.audit.entries() if one.action == "practice.decided"]
    assert [(one.actor, one.detail["setting"]) for one in entries] == [("head", "flex_suggestions")] * 2
    assert WHY not in str([one.detail for one in entries])


def test_who_decides_for_whom(head: FlaskClient, ward: FlaskClient, sergeant: FlaskClient) -> None:
    options = opened(ward, f"{PAGE}/list_length").first("select", id="area").all("option")
    assert [one.attributes["value"] for one in options] == ["W1"]
    form = {"csrf_token": opened(ward, f"{PAGE}/list_length").first("input").attributes["value"]}
    sent = {**form, "value": "5", "reason": WHY}
    assert ward.post(f"{PAGE}/list_length", data={**sent, "area": "force"}).status_code == 403
    assert ward.post(f"{PAGE}/list_length", data={**sent, "area": "W2"}).status_code == 404
    assert head.get(f"{PAGE}/nothing").status_code == 404
    assert opened(sergeant, PAGE) and sergeant.get(f"{PAGE}/list_length").status_code == 403


# The setting, the area, the value, the reason, and the field with a message.
WRONG = [
    ("flex_suggestions", "force", "6", WHY, "value"),
    ("flex_suggestions", "force", "x", WHY, "value"),
    ("flex_suggestions", "force", "2", " ", "reason"),
    ("flex_suggestions", "", "2", WHY, "area"),
    ("list_length", "force", "0", WHY, "value"),
    ("lists_in_use", "force", "nothing", WHY, "value"),
]


@pytest.mark.parametrize(("name", "area", "value", "reason", "field"), WRONG)
def test_what_cannot_be_set(
    head: FlaskClient, name: str, area: str, value: str, reason: str, field: str
) -> None:
    sent = change(head, name, area, value, reason=reason)
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    links = document.first("div", id="errors").all("a")
    assert [one.attributes["href"] for one in links] == [f"#{field}"]


def test_the_length_and_choice_of_the_ready_made_lists(
    head: FlaskClient, ward: FlaskClient, sergeant: FlaskClient
) -> None:
    assert len(saved_lists(sergeant)) == 5
    assert not [path for title, path in saved_lists(sergeant) if "size=" in path and "Top 10" not in title]
    change(head, "lists_in_use", "force", "under-25-violence", "top-10-burglary")
    change(head, "list_length", "force", "7")
    change(ward, "list_length", "W1", "1")
    of_head, of_ward = dict(saved_lists(head)), dict(saved_lists(sergeant))
    assert list(of_head) == list(of_ward) == ["Top 10 non-managed burglary offenders", "Under 25, violence"]
    assert "size=7" in of_head["Under 25, violence"] and "size=1" in of_ward["Under 25, violence"]
    assert "size=10" in of_ward["Top 10 non-managed burglary offenders"]
    shown = opened(sergeant, of_ward["Under 25, violence"])
    assert "The first 1" in shown.text and len(list(shown.first("main").all("tbody"))) <= 1
    schedule = opened(head, "/administration/schedules").first("select", id="list").all("option")
    assert "ready moved-band" not in {one.attributes["value"] for one in schedule}


def test_the_number_of_flex_suggestions(ward: FlaskClient) -> None:
    def suggested() -> list[Element]:
        part = opened(ward, "/meetings?area=W1").first("section", aria_labelledby="flex")
        return list(part.all("th", role="rowheader"))

    assert len(suggested()) == 1
    change(ward, "flex_suggestions", "W1", "0")
    assert suggested() == []


def test_months_before_release(force: Flask, head: FlaskClient, ward: FlaskClient, clock: Clock) -> None:
    """Bo Park of Castle ward is released on 1 April, in a month: with none before, he is hidden till then."""

    def refreshed() -> str:
        store, rules = force.extensions["rms"].store, force.extensions["rms"].harm
        refresh_scores(context_for(store, at=clock()), day=DAY, rules=rules)
        return opened(ward, "/harm").first("main").text

    assert "Bo Park" in refreshed()
    change(head, "release_months", "W2", "0")
    assert "Bo Park" in refreshed()  # another area
    change(ward, "release_months", "W1", "0")
    assert "Bo Park" not in refreshed()  # the same day again: who is in custody is due
    change(ward, "release_months", "W1", "2")
    assert "Bo Park" in refreshed()
