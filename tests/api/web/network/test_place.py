"""The place of a person in the network, on the page and in the API: who is told of whom."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.network import associations as associations_service
from api.services.network import place as place_service
from api.services.network.refreshing import refresh_network
from api.services.users import Role
from tests.api.case_records import DAY, address, load
from tests.api.conftest import AsUser
from tests.api.contexts import context_for
from tests.api.web.browsers import as_browser
from tests.api.web.network.gangs import HUB
from tests.api.web.pages import opened


@pytest.fixture
def calculated(force: Flask) -> Flask:
    """The network of the whole agency is calculated."""
    refresh_network(context_for(force.extensions["rms"].store), day=DAY)
    return force


def facts(browser: FlaskClient, force: Flask, person: str) -> dict[str, list[str]]:
    document = opened(browser, address(force, person, "/associations"))
    (section,) = document.find(".//section[@aria-labelledby='place-heading']")
    return {
        row.first("th").text: [cell.text for cell in row.all("td")]
        for row in section.first("tbody").all("tr")
    }


def test_a_user_of_the_whole_agency_sees_its_figures(calculated: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, calculated)
    found = facts(supervisor, calculated, "G1")
    assert found["Direct connections"] == [
        "Directly connected with 3 people; nobody has more.",
        "3",
        "1",
    ]
    assert (
        found["Group"][0]
        == "This person is in a group of 7 people who are connected directly or through others."
    )
    text = opened(supervisor, address(calculated, "G1", "/associations")).first("main").text
    assert "As at 1 March 2026, among all 7 people of the agency who have a connection in force." in text
    assert "estimated" not in text


def test_another_user_sees_figures_of_whom_they_see(calculated: Flask, sergeant: FlaskClient) -> None:
    found = facts(sergeant, calculated, "G1")
    assert found["Direct connections"] == [
        "Directly connected with 2 people; 2 of 6 people have more.",
        "2",
        "3",
    ]
    assert found["Between others"] == [
        "This person is on no shortest route between two other people.",
        "0.000000",
        "3",
    ]
    assert found["Reach"][0] == "The others are 2.0 connections away on average."
    text = opened(sergeant, address(calculated, "G1", "/associations")).first("main").text
    assert "connections in force today: 6 people, Al One included." in text
    assert "agency" not in text and "Seven" not in text


def test_without_a_calculation_everybody_sees_figures_at_once(force: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, force)
    assert facts(supervisor, force, "G1")["Direct connections"][1] == "3"


def test_a_person_with_ended_connections_has_no_place(calculated: Flask) -> None:
    supervisor = as_browser(Role.SUPERVISOR, calculated)
    text = opened(supervisor, address(calculated, "G8", "/associations")).first("main").text
    assert (
        "There are no figures, because this person has no current connection with anyone you may see." in text
    )


def test_people_further_away_are_left_out_if_there_are_too_many(
    calculated: Flask, sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest are always there, and then only whole steps."""
    monkeypatch.setattr(place_service, "MOST_AROUND", 3)
    assert facts(sergeant, calculated, "G1")["Group"][1] == "3"
    text = opened(sergeant, address(calculated, "G1", "/associations")).first("main").text
    assert "More people are connected with these: the figures leave out those further away." in text
    assert facts(sergeant, calculated, "G3")["Group"][1] == "4"
    monkeypatch.setattr(place_service, "MOST_AROUND", 500)
    monkeypatch.setattr(place_service, "MOST_STEPS", 2)
    assert facts(sergeant, calculated, "G1")["Group"][1] == "4"


def test_a_look_says_whose_figures_it_was(calculated: Flask, sergeant: FlaskClient) -> None:
    opened(sergeant, address(calculated, "G1", "/associations"))
    opened(as_browser(Role.SUPERVISOR, calculated), address(calculated, "G1", "/associations"))
    with calculated.extensions["rms"].store.reading() as tx:
        found = [one for one in tx.audit.entries() if one.action == "person.associations_read"]
    assert [(one.actor, one.detail["whole_agency"]) for one in found] == [
        ("o.manager", False),
        ("b.supervisor", True),
    ]


def asked(client: FlaskClient, force: Flask, person: str) -> Any:
    path = address(force, person).replace("/people/by-key/", "/api/v1/harm/people/") + "/network"
    return client.get(path)


def test_the_api_has_the_same(calculated: Flask, as_user: AsUser) -> None:
    head = as_user(Role.SUPERVISOR, username="head")
    found = asked(head, calculated, "G1").json
    assert found["place"]["whole_agency"] is True
    assert found["place"]["neighbours"] == {"value": 3, "rank": 1}
    assert (found["place"]["sample"], found["place"]["error"], found["place"]["closeness"]) == (None, 0, None)
    near = [one for one in found["people"] if one["steps"] == 1]
    assert len(near) == 4  # with G8, whose connection has ended
    assert [one["in_force"] for person in near for one in person["associations"]].count(False) == 1
    (far,) = [one for one in found["people"] if one["steps"] == 2]
    assert far["associations"] == [] and len(far["through"]) == 1


def test_the_api_knows_only_whom_the_caller_may_see(calculated: Flask, as_user: AsUser) -> None:
    castle = as_user(Role.OFFENDER_MANAGER, office="Castle ward")
    found = asked(castle, calculated, "G1").json
    assert found["place"]["whole_agency"] is False
    assert (found["place"]["people"], found["place"]["neighbours"]["value"]) == (6, 2)
    assert len(found["people"]) == 4
    assert asked(castle, calculated, "G7").status_code == 404


def test_of_many_associates_the_strongest_are_shown(force: Flask, sergeant: FlaskClient) -> None:
    """What a page shows and calculates has a bound, however many people are connected with the person."""
    load(force.extensions["rms"].store, HUB)
    page = opened(sergeant, address(force, "H", "/associations"))
    text = page.first("main").text
    assert "600 people are directly connected with Hub" in text
    assert "Showing the 200 with the strongest connection." in text
    rows = list(page.first("table").first("tbody").all("tr"))
    assert [row.first("th").text for row in rows[:2]] == ["N 599", "N 598"] and len(rows) == 200
    assert "More than 500 people are directly connected: too many to calculate figures" in text


def test_links_that_are_too_many_are_not_followed(
    calculated: Flask, sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G1's own links are two, and those among G1, G2 and G3 are three."""
    monkeypatch.setattr(place_service, "MOST_LINKS", 3)
    assert facts(sergeant, calculated, "G1")["Group"][1] == "3"
    text = opened(sergeant, address(calculated, "G1", "/associations")).first("main").text
    assert "the figures leave out those further away" in text
    monkeypatch.setattr(place_service, "MOST_LINKS", 2)
    text = opened(sergeant, address(calculated, "G1", "/associations")).first("main").text
    assert "too many connections with each other to calculate figures" in text


def test_people_two_steps_away_come_from_the_strongest_associations(
    calculated: Flask, sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = address(calculated, "G1", "/associations")
    assert "Dee Four" in opened(sergeant, path).text
    monkeypatch.setattr(associations_service, "MOST_READ", 1)
    assert "Dee Four" not in opened(sergeant, path).text
