"""The page *Shares of each band*: the counts that each calculation keeps, the finding, and who may see it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.harm.refreshing import refresh_scores, set_cuts
from api.services.harm.rules import HarmRules
from api.services.users import Role
from api.storage import Store
from rms.harm.catalogue import crime_harm_index, harm_settings
from tests.api.case_records import AT, FILES, import_files
from tests.api.contexts import context_for
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened

PAGE = "/harm/shares"
RULES = HarmRules(harm_settings(), crime_harm_index())
DAYS = {place: date(2026, 3, place) for place in (1, 2, 3, 4)}
HEAD = FILES["people"].splitlines()[0]
ENOUGH = 250  # people


def scored(store: Store, day: date, *, with_murder: int = 0) -> None:
    """A force of `ENOUGH` people with a theft each, of whom so many have killed, with scores of this day."""
    lines = [f"Q{n},N{n},X,1990-01-01,male,W1,,,,\n" for n in range(ENOUGH)]
    thefts = [f"T{n},Q{n},04600,{date(2023, 3, 1) + timedelta(4 * n)},W1,,1,\n" for n in range(ENOUGH)]
    kills = [f"K{n},Q{n},00101,2025-12-01,W1,,1,\n" for n in range(with_murder)]
    head = FILES["offences"].splitlines()[0] + "\n"
    files = {
        "areas": FILES["areas"],
        "people": f"{HEAD}\n" + "".join(lines),
        "offences": head + "".join(thefts + kills),
    }
    import_files(store, files, day=day, at=AT.replace(day=day.day))
    context = context_for(store, at=AT.replace(day=4))
    refresh_scores(context, day=day, rules=RULES)


def table(document: Element, caption: str) -> list[dict[str, str]]:
    tables = document.first("main").all("table")
    found = next(one for one in tables if one.first("caption").attributes.get("id") == caption)
    return [
        {"": row.first("th").text} | {one.attributes["data-label"]: one.text for one in row.all("td")}
        for row in found.first("tbody").all("tr")
    ]


@pytest.fixture
def store(app: Flask) -> Store:
    found: Store = app.extensions["rms"].store
    return found


@pytest.fixture
def head(enter: Callable[..., FlaskClient]) -> FlaskClient:
    return enter(Role.SUPERVISOR)


def test_before_the_first_calculation(head: FlaskClient) -> None:
    assert "have not been calculated yet" in opened(head, PAGE).text


def test_the_counts_of_each_day_and_no_alarm(store: Store, head: FlaskClient) -> None:
    for day in (DAYS[1], DAYS[2]):
        scored(store, day)
    document = opened(head, PAGE)
    for check in CHECKS:
        check(document)
    assert "No alarm." in document.text
    days = table(document, "days-caption")
    assert [one[""] for one in days] == ["2 March 2026", "1 March 2026"]
    assert days[1]["People with a score"] == "250"
    with store.reading() as tx:
        bands = [
            tx.harm.of(person).band for person in tx.harm.inputs.people(after=0, most=999, only_due=False)
        ]
    assert days[0]["low"].endswith(str(bands.count(0)))
    shown = {row[""]: row["Now"] for row in table(document, "compared-caption")}
    assert shown["low"].endswith(f"({bands.count(0)})")
    assert document.first("main").first("img").attributes["alt"].startswith("low: ")


def test_a_share_that_has_grown_raises_an_alarm_until_the_thresholds_are_set_again(
    store: Store, head: FlaskClient
) -> None:
    scored(store, DAYS[1])
    scored(store, DAYS[3], with_murder=60)
    document = opened(head, PAGE)
    assert "Alarm: the shares have changed a lot." in document.text
    assert "Find out why before you rely on the bands." in document.text
    found = {row[""]: row["Finding"] for row in table(document, "compared-caption")}
    assert found["super-high"] == "alarm"
    set_cuts(context_for(store, at=AT.replace(day=4)), rules=RULES, reason="the board decided")
    after = opened(head, PAGE)
    assert "No alarm." in after.text and "RMS has counted on one day so far." in after.text


def test_few_people_are_not_judged(force: Flask, head: FlaskClient) -> None:
    assert "Too few people to judge" in opened(head, PAGE).text


def test_who_sees_it(force: Flask, enter: Callable[..., FlaskClient]) -> None:
    """Supervisors of the whole force and analysts. The link is where the page is."""
    analyst, whole = enter(Role.ANALYST), enter(Role.SUPERVISOR, "whole", "Westmarch")
    ward = enter(Role.SUPERVISOR, "ward", "Castle ward")
    assert "Then and now" in opened(analyst, PAGE).text
    assert "Shares of each band" in opened(analyst, "/").text
    assert "Shares of each band" in opened(whole, "/harm").text
    assert opened(whole, PAGE)
    refused = ward.get(PAGE)
    assert refused.status_code == 403 and "Your areas are a part of it." in refused.text
    assert "Shares of each band" not in opened(ward, "/harm").text
