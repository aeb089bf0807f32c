"""The view of domestic abuse: who is in it, its order, and every part of a person’s RFS figure."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.harm.refreshing import refresh_scores
from tests.api.case_records import AT, DAY, FILES, address, import_files, key_of, officer
from tests.api.conftest import Clock
from tests.api.contexts import context_for
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import Element, opened

PAGE = "/harm/domestic-abuse"
# Marked as domestic abuse: of Bo Park a grave offence, of Cy Dunn one he is only suspected of and one
# without a charge. Di Moss has a registration and no offence.
OFFENCES = FILES["offences"] + (
    "D1,P2,00101,2025-11-01,W1,,1,yes\nD2,P3,00101,2025-11-01,W2,suspected,,yes\n"
    "D3,P3,00101,2025-11-01,W2,,18,yes\n"
)
REGISTERED = FILES["registrations"] + (
    "R3,P4,domestic_abuse,,2025-01-01,\nR4,P3,domestic_abuse,,2020-01-01,2021-01-01\n"
)


@pytest.fixture
def abuse(force: Flask, clock: Clock) -> Flask:
    store, rules = force.extensions["rms"].store, force.extensions["rms"].harm
    import_files(store, {"offences": OFFENCES, "registrations": REGISTERED}, at=AT + timedelta(hours=1))
    refresh_scores(context_for(store, at=clock()), day=DAY, rules=rules)
    return force


def rows(document: Element) -> list[dict[str, str]]:
    bodies = list(document.first("main").all("tbody"))
    return [
        {"": row.first("th").first("a").text}
        | {one.attributes["data-label"]: one.text for one in row.all("td")}
        for row in (bodies[0].all("tr") if bodies else ())
    ]


def test_who_is_in_the_view_and_in_which_order(abuse: Flask, supervisor: FlaskClient) -> None:
    """Ann Lee has a theft and no suspicion counts; nobody is in it for what they are suspected of."""
    document = opened(supervisor, PAGE)
    for check in CHECKS:
        check(document)
    found = rows(document)
    assert [one[""] for one in found] == ["Bo Park", "Ann Lee", "Di Moss"]
    assert [one["Rank"] for one in found] == ["1", "2", "–"]
    assert found[2]["RFS figure"] == "none" and found[2]["Domestic abuse offences"].startswith("0")
    assert "Cy Dunn" not in document.text
    assert "The RFS figure is not the harm score." in document.text
    assert "Our own formula; the police formula is not public." in document.text
    assert "RFS figure = 0.25 recency + 0.25 frequency + 0.50 severity" in document.text


def test_the_list_leads_to_it(abuse: Flask, sergeant: FlaskClient) -> None:
    links = {one.attributes.get("href") for one in opened(sergeant, "/harm").first("main").all("a")}
    assert PAGE in links


def test_the_figure_is_the_sum_of_its_parts_and_that_of_the_list(
    abuse: Flask, supervisor: FlaskClient
) -> None:
    """Ann Lee: one shoplifting-group offence of 1 June 2024 counts; her other offences add nothing."""
    document = opened(supervisor, address(abuse, "P1", "/domestic-abuse"))
    for check in CHECKS:
        check(document)
    _, every_point = document.first("main").all("tbody")
    parts = list(every_point.all("tr"))
    assert len(parts) == 1 and "04600" in parts[0].text
    total = float(list(parts[0].all("td"))[-1].text)
    with abuse.extensions["rms"].store.reading() as tx:
        row = tx.domestic_abuse.of(key_of(abuse.extensions["rms"].store, "P1"))
    assert row is not None and row.figure == pytest.approx(total, abs=0.001)
    listed = next(one for one in rows(opened(supervisor, PAGE)) if one[""] == "Ann Lee")
    assert listed["RFS figure"] == f"{row.figure:.1f}"
    nothing = opened(supervisor, address(abuse, "P3", "/domestic-abuse"))
    assert "This person has no RFS figure" in nothing.text


def test_the_filter_and_the_scope(abuse: Flask, supervisor: FlaskClient, clock: Clock) -> None:
    assert rows(opened(supervisor, f"{PAGE}?area=W2")) == []
    assert len(rows(opened(supervisor, f"{PAGE}?area=F&hidden=yes"))) == 3
    assert supervisor.get(f"{PAGE}?area=nowhere").status_code == 404
    mill = officer(abuse, clock, area="Mill ward", name="o.mill")
    assert rows(opened(mill, PAGE)) == []
    assert mill.get(address(abuse, "P2", "/domestic-abuse")).status_code == 404


def test_each_look_is_on_record(abuse: Flask, supervisor: FlaskClient) -> None:
    opened(supervisor, PAGE)
    store = abuse.extensions["rms"].store
    with store.reading() as tx:
        looks = [one for one in tx.audit.entries_about(key_of(store, "P2")) if one.action == "harm.listed"]
    assert "domestic abuse, by RFS figure" in str(looks[-1].detail)


def test_pages_of_the_list(abuse: Flask, supervisor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.harm.domestic_abuse.ROWS", 1)
    found, path = [], PAGE
    while path:
        document = opened(supervisor, path)
        found += [one[""] for one in rows(document)]
        following = [one for one in document.all("a") if one.attributes.get("rel") == "next"]
        path = following[0].attributes["href"] if following else ""
    assert found == ["Bo Park", "Ann Lee", "Di Moss"]
