"""The network of an offender list: clusters, their people, and nobody whom the user may not see."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.network import of_list
from api.web.network import list_network
from rms.reports.harm_words import LEFT_OUT
from tests.api.case_records import address, key_of
from tests.api.web.browsers import post
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, page

NETWORK = "/harm/network"
NO_FILTER = f"none. Left out: {LEFT_OUT}"


def rows(document: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in document.first("tbody").all("tr")]


def names(document: Element) -> list[str]:
    return [row.first("th").first("a").text for row in document.first("tbody").all("tr")]


def looks(force: Flask, action: str) -> list[str]:
    """The people whom entries of this action are about, by their ID in the source."""
    store = force.extensions["rms"].store
    keys = {f"G{number}": key_of(store, f"G{number}") for number in range(1, 9)}
    with store.reading() as tx:
        return [
            id for id, key in keys.items() if action in {one.action for one in tx.audit.entries_about(key)}
        ]


def test_clusters_first(sergeant: FlaskClient) -> None:
    document = opened(sergeant, NETWORK)
    text = document.first("main").text
    assert (
        "6 people of 7 are connected with somebody else on the list: 7 connections, 6 of them inside "
        "the 2 clusters." in text
    )
    assert "1 person is connected with nobody else on the list, and in no cluster." in text
    first, second = rows(document)
    assert (first[0], first[1], first[4:]) == ("Cluster 1", "3", ["3", "1"])
    assert (second[0], second[1], second[4:]) == ("Cluster 2", "3", ["3", "1"])
    assert "One" not in text and "Four" not in text  # nobody is named here
    image = document.first("figure").first("img")
    assert image.attributes["alt"] == "Clusters by number: 3, 3 people. The table has the same."


def test_then_the_people_of_a_cluster(force: Flask, sergeant: FlaskClient) -> None:
    document = opened(sergeant, f"{NETWORK}?cluster=2")
    assert "3 people with 3 connections among them." in document.first("main").text
    assert names(document) == ["Dee Four", "Eli Five", "Fay Six"]  # the highest band and score first
    dee = rows(document)[0]
    assert (dee[0], dee[2], dee[4], dee[6:]) == ("1", "super-high", "2", ["1", "0%"])
    assert [row[5] for row in rows(document)] == ["3 (3), 2 (1)", "3 (2), 1 (1)", "1 (3), 2 (2)"]
    links = {one.text: one.attributes["href"] for one in document.first("main").all("a")}
    assert links["cluster 1"] == f"{NETWORK}?cluster=1"
    assert links["Dee Four"] == address(force, "G4", "/associations")
    assert links["All clusters"] == NETWORK


def test_nobody_whom_the_user_may_not_see(
    force: Flask, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    def shown(browser: FlaskClient) -> list[str]:
        pages = [opened(browser, f"{NETWORK}?cluster={number}") for number in (1, 2)]
        return [name for document in pages for name in names(document)]

    assert "Gus Seven" in shown(supervisor)
    assert "7 people of 8" in opened(supervisor, NETWORK).first("main").text
    assert "Gus Seven" not in shown(sergeant)
    one = next(row for row in rows(opened(sergeant, f"{NETWORK}?cluster=1")) if "Al One" in row[1])
    assert (one[4], one[6]) == ("2", "0")  # not even a count tells that there is somebody else


def test_looks_are_on_record(force: Flask, sergeant: FlaskClient) -> None:
    opened(sergeant, NETWORK)
    assert looks(force, "network.cluster_read") == []
    opened(sergeant, f"{NETWORK}?cluster=2")
    assert looks(force, "network.cluster_read") == ["G4", "G5", "G6"]
    with force.extensions["rms"].store.reading() as tx:
        entries = [one for one in tx.audit.entries() if one.action.startswith("network.")]
    assert [(one.action, one.detail["criteria"]) for one in entries] == [
        ("network.opened", NO_FILTER),
        ("network.cluster_read", NO_FILTER),
    ]


def test_the_filter_of_the_list_carries_over(sergeant: FlaskClient) -> None:
    on_list = opened(sergeant, "/harm?offence_code=046/00&show_hidden=true")
    (link,) = [one for one in on_list.all("a") if one.text == "Network of these people"]
    document = opened(sergeant, link.attributes["href"])
    assert "5 people of 6 are connected" in document.first("main").text
    tags = [one.text for one in document.all("a", **{"class": "moj-filter__tag"})]
    assert tags == ["Remove filter: Offence code: 046/00", "Remove filter: Hidden people too"]
    back = next(one for one in document.all("a") if one.text == "Back to the offender list")
    assert back.attributes["href"] == link.attributes["href"].replace("/harm/network", "/harm")
    cluster = document.first("tbody").first("a").attributes["href"]
    assert "offence_code=046" in cluster
    assert opened(sergeant, cluster)


def test_a_name_searched_for_is_in_no_address(sergeant: FlaskClient) -> None:
    document = post(sergeant, "/harm", "/harm/name", surname="Two", forename="")
    (link,) = [one for one in document.all("a") if one.text == "Network of these people"]
    assert "Two" not in link.attributes["href"] and "who=" in link.attributes["href"]
    text = opened(sergeant, link.attributes["href"]).first("main").text
    assert "None of the people on this list is connected with another of them" in text


@pytest.mark.parametrize(
    ("sort", "expected", "current"),
    [
        ("-score", ["Dee Four", "Eli Five", "Fay Six"], "descending"),
        ("links", ["Dee Four", "Eli Five", "Fay Six"], "ascending"),
        ("outside", ["Eli Five", "Fay Six", "Dee Four"], "ascending"),
    ],
)
def test_sorted_by_a_link(sergeant: FlaskClient, sort: str, expected: list[str], current: str) -> None:
    document = opened(sergeant, f"{NETWORK}?cluster=2&sort={sort}")
    assert names(document) == expected
    heads = [one.attributes.get("aria-sort") for one in document.first("thead").all("th")]
    assert heads.count(current) == 1 and heads.count("none") == 3
    numbers = {row[1].split(" Castle")[0]: row[0] for row in rows(document)}
    assert numbers == {"Dee Four": "1", "Eli Five": "2", "Fay Six": "3"}  # those of the circles stay


@pytest.mark.parametrize(
    "query", ["", "?cluster=1", "?cluster=2&sort=-between", "?bands=super-high", "?sort=x"]
)
def test_what_holds_on_every_page_holds_here(sergeant: FlaskClient, query: str) -> None:
    document = page(sergeant.get(f"{NETWORK}{query}").text)
    for check in CHECKS:
        check(document)


@pytest.mark.parametrize("cluster", ["0", "3", "x", "-1", "9" * 30])
def test_a_cluster_that_is_not_there(sergeant: FlaskClient, cluster: str) -> None:
    refused = sergeant.get(f"{NETWORK}?cluster={cluster}")
    assert refused.status_code == 404
    assert "There is no such cluster in the network of this list." in refused.text


def test_criteria_that_are_not_valid_are_shown_on_the_list(sergeant: FlaskClient) -> None:
    refused = sergeant.get(f"{NETWORK}?size=x")
    assert (refused.status_code, refused.headers["Location"]) == (302, "/harm?size=x")


def test_a_longer_list_says_so(sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_list, "MOST_PEOPLE", 6)
    assert "a longer list" in opened(sergeant, NETWORK).first("main").text
    assert "a longer list" not in opened(sergeant, f"{NETWORK}?size=6").first("main").text


def test_the_table_has_the_first_clusters_and_all_on_request(
    sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_network, "ROWS", 1)
    document = opened(sergeant, f"{NETWORK}?sort=people")
    assert len(rows(document)) == 1
    (link,) = [one for one in document.all("a") if one.text == "Show all clusters"]
    everything = opened(sergeant, link.attributes["href"])
    assert len(rows(everything)) == 2
    assert "Show all clusters" not in everything.text


def test_of_many_associations_the_strongest_are_in_the_network(
    sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_list, "MOST_LINKS", 7)
    assert "strongest are in this network" not in opened(sergeant, NETWORK).text
    monkeypatch.setattr(of_list, "MOST_LINKS", 2)
    text = opened(sergeant, NETWORK).first("main").text
    assert "4 people of 7 are connected with somebody else on the list: 2 connections" in text
    assert "strongest are in this network" in text
    assert "strongest are in this network" in opened(sergeant, f"{NETWORK}?cluster=1").text
    strongest = [
        *names(opened(sergeant, f"{NETWORK}?cluster=1")),
        *names(opened(sergeant, f"{NETWORK}?cluster=2")),
    ]
    assert sorted(strongest) == ["Al One", "Cal Three", "Dee Four", "Fay Six"]  # strength 3


def test_a_large_cluster_is_sampled_and_says_so(
    sergeant: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "estimated" not in opened(sergeant, f"{NETWORK}?cluster=2").text
    monkeypatch.setattr(of_list, "SAMPLE", 2)
    text = opened(sergeant, f"{NETWORK}?cluster=2").first("main").text
    assert (
        "These shares are estimated" in text and "With 95% confidence, no share is off by more than" in text
    )
