"""Comparisons of people listed and not listed: what is frozen, the files, and who sets them up."""

import csv
import io
import tomllib
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services.long_reads import long_read
from api.services.meetings import comparisons
from api.services.users import Role
from tests.api.case_records import AT, FILES, address, key_of, load
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened, page, press

PAGE = "/comparisons"


def twin(kind: str, letter: str) -> str:
    """The rows of a file, and those of P1 again as rows of P5."""
    own = [line for line in FILES[kind].splitlines() if ",P1," in line]
    return FILES[kind] + "".join(line.replace(letter, "Y", 1).replace("P1", "P5") + "\n" for line in own)


@pytest.fixture
def analyst(force: Flask, enter: Callable[..., FlaskClient]) -> FlaskClient:
    """A force in which Xa Bell is as Ann Lee in every respect, and Ann Lee's selection was accepted."""
    store = force.extensions["rms"].store
    people = FILES["people"] + "P5,Xa,Bell,2004-06-07,female,W1,,no,,\n"
    files = {
        "people": people,
        "offences": twin("offences", "O"),
        "drug_markers": twin("drug_markers", "D"),
        "intelligence": twin("intelligence", "I"),
    }
    load(store, files, at=AT.replace(hour=8))
    return enter(Role.ANALYST)


def accept(force: Flask, sergeant: FlaskClient, supervisor: FlaskClient) -> None:
    document = opened(sergeant, address(force, "P1", "/recommend"))
    proposal = {"kind": "select", "cohort": "flex", "reason": "Was seen at the market again."}
    assert press(sergeant, document, "Recommend", proposal).status_code == 303
    links = opened(supervisor, "/meetings?area=W1").all("a")
    path = next(one.attributes["href"] for one in links if one.text.startswith("Decide"))
    decision = {"decision": "accepted", "reason": "There is room."}
    assert press(supervisor, opened(supervisor, path), "Record decision", decision).status_code == 303


def set_up(client: FlaskClient, chosen: str = "accepted", title: str = "Spring 2026") -> TestResponse:
    return press(client, opened(client, PAGE), "Set up the comparison", {"title": title, "list": chosen})


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    sent = client.get(f"{path}/people.csv")
    assert sent.status_code == 200
    return list(csv.DictReader(io.StringIO(sent.text)))


def test_the_listed_and_their_matches_are_frozen_without_names(
    force: Flask, analyst: FlaskClient, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    accept(force, sergeant, supervisor)
    before = opened(sergeant, "/harm").first("main").text
    sent = set_up(analyst)
    assert sent.status_code == 303
    path = sent.headers["Location"].partition("?")[0]
    document = opened(analyst, sent.headers["Location"])
    for check in CHECKS:
        check(document)
    assert "“No clear evidence” is not “no effect”." in document.text
    found = rows(analyst, path)
    assert [(one["group"], one["pair"]) for one in found] == [("listed", "1"), ("not listed", "1")]
    assert {one["sex"] for one in found} == {"female"} and {one["area_kind"] for one in found} == {"ward"}
    assert found[0]["age"] == "21" and len({one["id"] for one in found}) == 2
    text = analyst.get(f"{path}/people.csv").text
    assert not [name for name in ("Ann", "Lee", "Xa", "Bell", "A100", "P1") if name in text]

    store = force.extensions["rms"].store
    more = FILES["offences"] + "N1,P1,00101,2026-02-11,W1,,1,\n"
    load(store, {"offences": more}, at=AT.replace(hour=9))
    assert rows(analyst, path) == found  # later facts change nothing
    assert before != opened(sergeant, "/harm").first("main").text
    with store.reading() as tx:
        actions = {
            one.action for one in tx.audit.entries_about(key_of(store, "P1")) if one.actor == "a.analyst"
        }
    assert actions == {"comparison.made", "comparison.exported"}


def test_the_study(
    force: Flask, analyst: FlaskClient, sergeant: FlaskClient, supervisor: FlaskClient
) -> None:
    accept(force, sergeant, supervisor)
    path = set_up(analyst, "accepted", "“A”\\B").headers["Location"].partition("?")[0]
    study = tomllib.loads(analyst.get(f"{path}/study.toml").text)
    assert study["study"]["title"] == "“A”\\B" and study["study"]["data"] == "comparison-1.csv"
    assert study["treatment"]["who"].startswith("People whose selection was accepted")
    assert study["period"] == {"index_day": "2026-03-01", "follow_up_months": 24}
    columns = {*study["covariates"]["columns"], study["treatment"]["column"], study["matching"]["pair"]}
    assert columns <= set(rows(analyst, path)[0])
    assert study["outcomes"]["planned"]


def test_nothing_changes_on_a_list(force: Flask, analyst: FlaskClient, sergeant: FlaskClient) -> None:
    before = opened(sergeant, "/harm").first("main").text
    assert set_up(analyst, "top-10-burglary").status_code == 422  # nobody is on it
    assert set_up(analyst, "high-and-unmanaged").status_code == 303
    assert opened(sergeant, "/harm").first("main").text == before


@pytest.mark.parametrize(
    ("chosen", "title", "field"), [("accepted", "x", "list"), ("", "x", "list"), ("accepted", " ", "title")]
)
def test_what_cannot_be_set_up(analyst: FlaskClient, chosen: str, title: str, field: str) -> None:
    sent = set_up(analyst, chosen, title)
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    links = document.first("div", id="errors").all("a")
    assert [one.attributes["href"] for one in links] == [f"#{field}"]


def test_who_sets_them_up(
    force: Flask, sergeant: FlaskClient, administrator: FlaskClient, enter: Callable[..., FlaskClient]
) -> None:
    assert sergeant.get(PAGE).status_code == 403
    assert set_up(administrator, "high-and-unmanaged").status_code == 422
    assert "Comparisons of people listed" in opened(administrator, "/").text
    part = enter(Role.ANALYST, "part", "Castle ward")
    assert part.get(PAGE).status_code == 403 and part.get(f"{PAGE}/1").status_code == 403
    assert administrator.get(f"{PAGE}/99").status_code == 404


def test_one_is_deleted_by_who_set_it_up_or_an_administrator(
    force: Flask, analyst: FlaskClient, administrator: FlaskClient, enter: Callable[..., FlaskClient]
) -> None:
    other = enter(Role.ANALYST, "other")
    for client in (analyst, administrator):
        path = set_up(analyst, "high-and-unmanaged").headers["Location"].partition("?")[0]
        assert "Delete this comparison" not in opened(other, path).text
        assert other.get(f"{path}/delete").status_code == 403
        link = next(one for one in opened(client, path).all("a") if one.text == "Delete this comparison")
        document = opened(client, link.attributes["href"])
        for check in CHECKS:
            check(document)
        # The form of the page is of another user: the service refuses it too.
        token = opened(other, PAGE).first("input", name="csrf_token").attributes["value"]
        assert other.post(f"{path}/delete", data={"csrf_token": token}).status_code == 403
        sent = press(client, document, "Delete the comparison", {})
        assert sent.status_code == 303
        document = opened(client, sent.headers["Location"])
        assert "Comparison deleted." in document.text and "There are none." in document.text
        assert client.get(path).status_code == 404
    with force.extensions["rms"].store.reading() as tx:
        deleted = [one.actor for one in tx.audit.entries() if one.action == "comparison.deleted"]
        assert deleted == ["a.analyst", "b.administrator"] and tx.comparisons.people(1) == ()


def test_the_list_has_pages(analyst: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "SHOWN", 2)
    for title in ("First", "Second", "Third"):
        assert set_up(analyst, "high-and-unmanaged", title).status_code == 303
    document = opened(analyst, PAGE)
    for check in CHECKS:
        check(document)
    assert "Third" in document.text and "Second" in document.text and "First" not in titles(document)
    older = opened(analyst, document.first("a", rel="next").attributes["href"])
    assert titles(older) == ["First"]


def titles(document: Element) -> list[str]:
    return [one.text for one in document.all("th", scope="row")]


def test_one_at_a_time(analyst: FlaskClient) -> None:
    with long_read("a.analyst"):
        sent = set_up(analyst, "high-and-unmanaged")
    assert sent.status_code == 429 and int(sent.headers["Retry-After"]) > 0
    assert "Your previous request is still running." in page(sent.text).text
    assert set_up(analyst, "high-and-unmanaged").status_code == 303
