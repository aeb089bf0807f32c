"""Flex suggestions by prediction on the page of a meeting, apart from those by harm score."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from rms.prediction.states import State
from rms.prediction.warning import HEALTH_WARNING
from tests.api.trained_force import become
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, press


def section(document: Element, name: str) -> Element:
    return document.first("section", aria_labelledby=name)


def people(part: Element) -> list[str]:
    return [one.first("a").text for one in part.all("th", role="rowheader")]


def meetings(client: FlaskClient) -> list[str]:
    options = opened(client, "/meetings").first("select", id="area").all("option")
    return [f"/meetings?area={one.attributes['value']}" for one in options]


@pytest.fixture
def with_suggestions(supervisor: FlaskClient) -> str:
    """The address of the first meeting that has somebody to suggest by prediction."""
    return next(
        path for path in meetings(supervisor) if people(section(opened(supervisor, path), "predicted"))
    )


def test_the_highest_predictions_with_the_health_warning(
    supervisor: FlaskClient, with_suggestions: str
) -> None:
    document = opened(supervisor, with_suggestions)
    for check in CHECKS:
        check(document)
    part = section(document, "predicted")
    assert HEALTH_WARNING in part.text and HEALTH_WARNING not in section(document, "flex").text
    rows = list(part.first("tbody").all("tr"))
    assert 1 <= len(rows) <= 3
    cells = [{cell.attributes.get("data-label", ""): cell.text for cell in row.children} for row in rows]
    assert all(one["Cohort"] in ("none", "–") for one in cells)
    assert all(int(one["Probability"].strip("over %")) >= 60 for one in cells)
    area = with_suggestions.partition("=")[2]
    listed = opened(supervisor, f"/prediction?home_area={area}&managed=no&managed=not_known&cohorts=none")
    first = [one.first("a").text for one in listed.first("tbody").all("th", role="rowheader")]
    assert people(part) == first[:3]


def test_nobody_is_suggested_twice(supervisor: FlaskClient, with_suggestions: str) -> None:
    first = people(section(opened(supervisor, with_suggestions), "predicted"))[0]
    document = opened(supervisor, with_suggestions)
    links = section(document, "predicted").all("a")
    path = next(one for one in links if one.text == f"Recommend {first}, by prediction").attributes["href"]
    made = press(
        supervisor, opened(supervisor, path), "Recommend", {"kind": "select", "cohort": "flex", "reason": "x"}
    )
    assert made.status_code == 303
    assert first not in people(section(opened(supervisor, with_suggestions), "predicted"))


def test_the_look_is_on_record_and_the_minutes_have_no_prediction(
    app: Flask, supervisor: FlaskClient, with_suggestions: str
) -> None:
    document = opened(supervisor, with_suggestions)
    sent = press(supervisor, document, "Close the meeting")
    minutes = opened(supervisor, sent.headers["Location"])
    assert "probability" not in minutes.first("main").text.lower()
    with app.extensions["rms"].store.reading() as tx:
        looks = [one for one in tx.audit.entries() if one.action == "prediction.listed"]
    assert any("flex suggestions of a meeting" in str(one.detail) for one in looks)


def test_a_line_where_no_prediction_is_current(app: Flask, supervisor: FlaskClient) -> None:
    become(app.extensions["rms"].store, State.ROLLED_BACK)
    part = section(opened(supervisor, meetings(supervisor)[0]), "predicted")
    assert "because no prediction is current" in part.text
    assert HEALTH_WARNING not in part.text and not people(part)
