"""The map of a person's offences: what it draws, and the table beside it."""

import json

from flask import Flask
from flask.testing import FlaskClient

from tests.api.case_records import address, officer
from tests.api.conftest import Clock
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import opened

ROBBERY = "Robbery, of business or personal property"


def test_the_places_of_a_person(force: Flask, supervisor: FlaskClient) -> None:
    document = opened(supervisor, address(force, "P1", "/map"))
    assert "3 offences on record. 2 of them have no point on the map." in document.text
    rows = [tuple(cell.text for cell in row.children) for row in document.first("tbody").all("tr")]
    assert rows == [
        ("1 December 2025", f"{ROBBERY}, 03401", "Castle ward", "52.4800, −1.8900"),
        ("1 June 2024", "Shoplifting, 04600", "Mill ward", "no location"),
        ("10 January 2024", "Residential burglary, 02801", "Castle ward", "no location"),
    ]
    (drawn,) = [one for one in document.all("div") if "data-map" in one.attributes]
    assert json.loads(drawn.attributes["data-places"]) == [[52.48, -1.89, 1, 0, [[0, 1]]]]
    assert json.loads(drawn.attributes["data-names"]) == ["Castle ward"]
    for check in CHECKS:
        check(document)


def test_many_offences_on_one_point(force: Flask, supervisor: FlaskClient) -> None:
    document = opened(supervisor, address(force, "P3", "/map"))
    (drawn,) = [one for one in document.all("div") if "data-map" in one.attributes]
    [[_, _, offences, approximate, _]] = json.loads(drawn.attributes["data-places"])
    assert (offences, approximate) == (41, 1)


def test_a_person_without_offences(force: Flask, supervisor: FlaskClient) -> None:
    document = opened(supervisor, address(force, "P4", "/map"))
    assert "No offences on record." in document.text
    assert not [one for one in document.all("div") if "data-map" in one.attributes]


def test_only_of_people_whom_the_user_may_see(force: Flask, clock: Clock) -> None:
    sergeant = officer(force, clock)
    assert sergeant.get(address(force, "P1", "/map")).status_code == 200
    assert sergeant.get(address(force, "P3", "/map")).status_code == 404


def test_the_map_is_a_topic_of_the_person(force: Flask, supervisor: FlaskClient) -> None:
    topics = opened(supervisor, address(force, "P1")).first("nav", aria_label="Pages about this person")
    assert [one.attributes["href"] for one in topics.all("a") if one.text == "Map"] == [
        address(force, "P1", "/map")
    ]
