"""The person page: current assessments over time, what-ifs, overrides, notes and drafts."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api.conftest import Clock
from tests.api.web.pages import Element, drawn_in, opened

API = "/api/v1/assessments"
REASON = "A course was finished after the answers were given."


@pytest.fixture
def person(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> str:
    """10000, its correction 10000-01, what-if 10000-02, and reassessment 10000-03 with override and note."""

    def post(path: str, body: dict[str, Any]) -> None:
        assert client.post(path, json=body).status_code == 201, path
        clock.advance(days=30)

    post(API, valid_body)
    post(f"{API}/10000/corrections", {"answers": {"drug": 0}, "reason": "Mistyped."})
    post(f"{API}/10000-01/what-if", {"answers": {"empl": 0}})
    post(API, {**valid_body, "answers": {**valid_body["answers"], "empl": 3}, "based_on": "10000-01"})
    post(
        f"{API}/10000-03/overrides",
        {"process": "violence", "direction": "lower", "reason_code": "changed_since", "text": REASON},
    )
    post(f"{API}/10000-03/notes", {"text": "<b>Seen</b> at home."})
    client.post("/api/v1/drafts", json={"offender_number": "10000"})
    client.post("/api/v1/drafts", json={"offender_number": "20000"})
    return "/people/10000"


def test_current_assessments_newest_first_and_what_ifs_listed_separately(
    person: str, browser_client: FlaskClient, clock: Clock
) -> None:
    document = opened(browser_client, person)
    assert "2 assessments and 1 what-if." in document.text
    assessments, _, what_ifs = document.all("tbody")
    rows = [[cell.text for cell in row.children] for row in assessments.all("tr")]
    assert [row[0] for row in rows] == ["10000-03", "10000-01"]
    assert rows[1][3].startswith("4 March 2026")  # the date of the assessment it corrects
    assert "replaces 10000" in rows[1][3]
    assert [row.first("a").text for row in what_ifs.all("tr")] == ["10000-02"]
    again = document.first("main").first("a", **{"class": "govuk-button"})
    assert again.attributes["href"] == "/assessments/new?from=10000-03"  # never from a what-if


def test_overrides_notes_and_drafts_are_shown(person: str, browser_client: FlaskClient) -> None:
    document = opened(browser_client, person)
    judgement = document.first("section", **{"aria-labelledby": "judgement-heading"})
    newest_first = ["Note 1 on 10000-03", "Lower, Violence of 10000-03"]
    assert [one.text.replace(" ,", ",") for one in judgement.all("h3")] == newest_first
    assert REASON in judgement.text and "<b>Seen</b> at home." in judgement.text
    drafts = document.first("section", **{"aria-labelledby": "drafts"})
    assert len(list(drafts.all("li"))) == 1


def test_the_person_is_identified_at_the_top(person: str, browser_client: FlaskClient) -> None:
    bar = opened(browser_client, person).first("section", aria_label="Person").text
    assert "10000" in bar and "17 May 1985" in bar
    assert not list(opened(browser_client, "/people/20000").all("section", aria_label="Person"))


@pytest.mark.parametrize(("name", "lines"), [("trajectory", 3), ("needs", 12)])
def test_charts_have_tables(person: str, browser_client: FlaskClient, name: str, lines: int) -> None:
    document = opened(browser_client, person)
    shown = list(document.all("img"))[("trajectory", "needs").index(name)]
    assert shown.attributes["alt"] in drawn_in(shown)
    svg = browser_client.get(f"{person}/{name}.svg")
    assert svg.mimetype == "image/svg+xml" and svg.text == drawn_in(shown)
    assert browser_client.get(f"{person}/{name}.png").mimetype == "image/png"
    table = browser_client.get(f"{person}/{name}.csv")
    assert (table.mimetype, len(table.text.splitlines())) == ("text/csv", lines)
    for wrong in (f"{person}/{name}.gif", f"/people/404/{name}.svg"):
        assert browser_client.get(wrong).status_code == 404


def test_many_assessments_are_on_several_charts(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    for _ in range(12):
        client.post(API, json=valid_body)
        clock.advance(minutes=1)

    def charted(path: str) -> tuple[list[str], Element]:
        document = opened(browser_client, path)
        chart = document.first("img")
        assert chart.attributes["alt"] in drawn_in(chart)
        return re.findall(r"10000(?:-\d+)? of", chart.attributes["alt"]), document

    latest, document = charted("/people/10000")
    earlier, other = charted(document.first("a", rel="prev").attributes["href"].partition("#")[0])
    assert (len(latest), latest[0], earlier) == (10, "10000-02 of", ["10000 of", "10000-01 of"])
    assert "3 to 12 of 12" in document.text and "1 to 2 of 12" in other.text
    assert other.first("a", rel="next").attributes["href"] == "/people/10000#over-time"
    assert charted("/people/10000?picture=3")[0] == latest  # there is no such chart, so the latest is shown


def test_needs_then_and_now(person: str, browser_client: FlaskClient) -> None:
    rows = browser_client.get(f"{person}/needs.csv").text.splitlines()
    assert rows[0] == "need,first,latest"
    assert "Employment,67%,100%" in rows and "Drug use,0%,67%" in rows
    table = opened(browser_client, person).first("table", **{"class": "needs-table stacked"})
    shown = [[cell.text for cell in row.children] for row in table.all("tr")]
    assert shown[0] == ["Need", "Latest", "First"]  # a small screen shows the first columns
    assert ["Employment", "100%", "67%"] in shown and ["Drug use", "67%", "0%"] in shown


def test_an_assessment_can_be_started_for_an_unknown_person(browser_client: FlaskClient) -> None:
    start = opened(browser_client, "/people/30000").first("a", href="/assessments/new?number=30000")
    form = opened(browser_client, start.attributes["href"])
    assert form.first("input", id="offender_number").attributes["value"] == "30000"
