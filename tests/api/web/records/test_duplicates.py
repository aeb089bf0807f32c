"""The page of likely duplicates: two records side by side, and the decision on them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.users import Role
from api.storage import RecordShown
from api.web.form_messages import DECISION_ON_DUPLICATES
from api.web.records import duplicates
from api.web.records.duplicates import DONE, FIELDS
from tests.api.two_sources import import_both
from tests.api.web.browsers import answer, post
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, page

PAGE = "/people/duplicates"


@pytest.fixture
def chief(app: Flask, tmp_path: Path, enter: Callable[..., FlaskClient]) -> FlaskClient:
    import_both(app.extensions["rms"].store, tmp_path)
    return enter(Role.SUPERVISOR)


def cells(table: Element) -> dict[str, list[str]]:
    rows = table.first("tbody").all("tr")
    return {row.first("th").text: [cell.text for cell in row.all("td")] for row in rows}


def links(document: Element) -> dict[str, str]:
    """The first link to each decision."""
    found = [
        one.attributes["href"]
        for one in document.first("main").all("a")
        if f"{PAGE}/" in one.attributes["href"]
    ]
    return {path.rpartition("/")[2]: path for path in reversed(found)}


def test_two_records_side_by_side(chief: FlaskClient) -> None:
    document = opened(chief, PAGE)
    tables = list(document.first("main").all("table"))
    assert [table.first("caption").text for table in tables] == [
        "Ann Smith and ANN SMITH",
        "Zoe Brown and Zoë Brown",
        "Li Wei and Wei Li",
    ]
    assert cells(tables[0]) == {
        "Name": ["Ann Smith", "ANN SMITH", "Agrees"],
        "PNC number": ["1967/9893091D", "67/9893091D", "Agrees"],
        "Offender number": ["10001", "none", ""],
    }
    same, _ = [one.text for one in document.first("section", **{"class": "pair"}).all("p")]
    assert same == (
        "The same in both: date of birth 14 September 1990; sex female; home area East. "
        "Not known in either: CRO number."
    )
    whole = next(iter(opened(chief, links(document)["join"]).all("table")))
    assert cells(whole) == {
        "Name": ["Ann Smith", "ANN SMITH", "Agrees"],
        "Date of birth": ["14 September 1990", "14 September 1990", "Agrees"],
        "Sex": ["female", "female", "Agrees"],
        "PNC number": ["1967/9893091D", "67/9893091D", "Agrees"],
        "CRO number": ["not known", "not known", "Not compared"],
        "Home area": ["East", "East", ""],
        "Offender number": ["10001", "none", ""],
    }
    assert cells(tables[2])["Name"][2] == "Nearly agrees"
    assert "There are 3 pairs of records." in document.text
    for check in CHECKS:
        check(document)


def test_records_are_joined_and_separated(chief: FlaskClient) -> None:
    to_join = links(opened(chief, PAGE))["join"]
    for check in CHECKS:
        check(opened(chief, to_join))
    refused = post(chief, to_join, "/join", reason="")
    assert DECISION_ON_DUPLICATES["reason"] in refused.first("main").text
    assert "2 pairs" in post(chief, to_join, "/join", reason="The same <b>photograph</b>.").text
    listed = opened(chief, PAGE)
    joined = next(
        table for table in listed.all("table") if table.first("caption").attributes["id"] == "joined"
    )
    assert cells(joined)["Ann Smith"][1:3] == ["4 March 2026 by a.supervisor", "The same <b>photograph</b>."]

    to_separate = next(joined.all("a")).attributes["href"]
    assert "Separate these records?" in opened(chief, to_separate).text
    done = post(chief, to_separate, "/separate", reason="Two photographs.")
    assert DONE["apart"] in done.text and "2 pairs" in done.text
    assert not [one for one in done.all("caption") if one.attributes["id"] == "joined"]
    assert chief.get(to_join).status_code == chief.get(to_separate).status_code == 404


def test_records_are_kept_apart(chief: FlaskClient) -> None:
    to_separate = links(opened(chief, PAGE))["separate"]
    assert "Keep these records apart?" in opened(chief, to_separate).text
    answered = answer(chief, to_separate, "/separate", reason="Sisters.")
    assert answered.headers["Location"].endswith("done=apart")
    assert "2 pairs" in opened(chief, PAGE).text


def test_an_offender_manager_sees_pairs_and_decides_on_none(
    chief: FlaskClient, enter: Callable[..., FlaskClient]
) -> None:
    sergeant = enter(Role.OFFENDER_MANAGER, office="East")
    document = opened(sergeant, PAGE)
    assert "2 pairs" in document.text and "supervisors decide" in document.text
    assert links(document) == {}
    assert sergeant.get(links(opened(chief, PAGE))["join"]).status_code == 403
    assert PAGE in [one.attributes.get("href") for one in opened(sergeant, "/harm").all("a")]


def test_pages_follow_each_other(chief: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "AT_ONCE", 2)
    first = opened(chief, PAGE)
    following = next(one for one in first.all("a", rel="next")).attributes["href"]
    second = opened(chief, following)
    assert [table.first("caption").text for table in second.first("main").all("table")] == [
        "Li Wei and Wei Li"
    ]
    assert "3 to 3 of 3" in second.text


@pytest.mark.parametrize("keys", ["x/1", "1/x", "1/1", "998/999", "1/99999999999"])
def test_records_that_are_no_pair(chief: FlaskClient, keys: str) -> None:
    for decision in ("join", "separate"):
        refused = chief.get(f"{PAGE}/{keys}/{decision}")
        assert refused.status_code == 404
        page(refused.text)


def test_nothing_waits(enter: Callable[..., FlaskClient]) -> None:
    assert "No pairs of records wait for a decision." in opened(enter(Role.SUPERVISOR), PAGE).text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "not known"),
        ("85227/65G", "85227/65G (not valid, so not compared)"),
        ("815511/00Z", "815511/00Z"),
    ],
)
def test_a_police_number_that_is_not_valid_is_said_to_be(number: str | None, shown: str) -> None:
    record = RecordShown(1, 1, "crime records", "P1", *[None] * 8)
    text = next(text for field, _, text in FIELDS if field == "cro")
    assert text(replace(record, cro=number)) == shown
