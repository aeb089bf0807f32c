"""The results pages: rows, sorting, paging, and the chart of scores."""

import csv
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from api.config import Config
from api.services.users import Role
from api.web.search import results
from rms.engine.result import Status
from rms.reports import wording
from tests.api.conftest import Clock
from tests.api.web.caseload import submit, submit_four
from tests.api.web.pages import Element, drawn_in, opened, through

RESULTS = "/results?latest=false"
HEADS = [
    *("Assessment", "Score", "Score for", "95% interval", "Estimated release", "Submitted"),
    *("Effective size", "Typicality", "Born", "Sex"),
]


@pytest.fixture
def caseload(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> FlaskClient:
    submit_four(client, valid_body, clock)
    return browser_client


def rows(document: Element) -> list[list[str]]:
    """The rows of the results, or of the table below the chart."""
    table = next(one for one in document.all("table") if one.attributes["class"] != "tallies")
    return [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]


def results_table(document: Element) -> Element:
    return document.first("table", **{"class": "list results"})


def ids(document: Element) -> list[str]:
    return [row[0] for row in rows(document)]


def test_two_rows_for_each_assessment_by_offender_number(caseload: FlaskClient) -> None:
    document = opened(caseload, RESULTS)
    heads = [cell.text.split(",")[0].rstrip(" ▲") for cell in results_table(document).all("th", scope="col")]
    assert heads == HEADS
    assert ids(document) == ["10000", "10000", "10000-02", "10000-02", "20000", "20000"]
    assert [row[2].split(" :")[0] for row in rows(document)] == ["Recidivism", "Violence"] * 3
    first = rows(document)[0]
    assert first[1][0] in "12" and " to " in first[3] and float(first[6]) > 1
    assert first[4:6] == ["1 Dec 2026", "4 Mar 2026"]
    assert first[7].endswith(("typical", "sparse"))
    assert first[8:] == ["17 May 1985", "Male"]
    assert "Rows 1–6 of 6" in document.text
    links = [link.attributes["href"] for link in results_table(document).first("tbody").all("a")][:2]
    assert links == ["/assessments/10000", "/assessments/10000/comparable-people?process=recidivism"]


def test_corrected_assessments_are_marked(caseload: FlaskClient, client: FlaskClient) -> None:
    body = {"answers": {"drug": 1}, "reason": "Mistyped."}
    right = client.post("/api/v1/assessments/10000/corrections", json=body).json["id"]
    document = opened(caseload, caseload.get(f"{RESULTS}&offender_number=10000").location)
    assert ids(document)[::2] == ["10000 Corrected", "10000-02", right]
    listed = client.get("/api/v1/assessments?offender_number=10000").json["assessments"]
    assert {one["id"]: one["corrected"] for one in listed} == {"10000": True, "10000-02": False, right: False}
    columns = "all=true&fields=id&fields=corrected"
    file = client.get(f"/api/v1/assessments?{columns}", headers={"Accept": "text/csv"})
    assert {"10000,true", "10000-02,false", f"{right},false"} <= set(file.text.split())


def test_what_ifs_are_marked_and_only_shown_on_request(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{RESULTS}&include=what_if")
    assert ids(document)[2] == "10000-01 What-if"


def test_each_filter_is_named_and_can_be_removed(caseload: FlaskClient) -> None:
    query = "latest=true&release_to=2027-01-01&process=violence&need.drug.max=50"
    document = opened(caseload, f"/results?{query}")
    chips = document.first("div", **{"class": "moj-filter__selected chips"})
    assert [one.text.removeprefix("Remove filter: ") for one in chips.all("li")] == [
        "The latest assessment of each person",
        "Estimated release until 1 January 2027",
        "Drug use 50% or less",
        "Violence only",
    ]
    assert ids(document) == ["10000-02"]
    without = [one.first("a").attributes["href"] for one in chips.all("li")]
    assert without[0] == f"/results?{query.replace('latest=true', 'latest=false')}"
    assert without[1] == f"/results?{query.replace('release_to=2027-01-01&', '')}"
    assert ids(opened(caseload, without[2])) == ["10000-02"]
    everything = [one for one in chips.all("a") if one.text == "Clear filter"][0]
    assert ids(opened(caseload, everything.attributes["href"])) == ["10000-02"] * 2 + ["20000"] * 2


def test_columns_can_be_sorted_and_name_the_current_order(caseload: FlaskClient) -> None:
    document = opened(caseload, RESULTS)
    sorted_now = {
        cell.text.split(",")[0].strip(): cell.attributes.get("aria-sort")
        for cell in results_table(document).all("th")
    }
    assert sorted_now["Assessment"] == "ascending"
    assert sorted_now["Submitted"] == "none"
    assert "Score" in sorted_now and sorted_now["Score"] is None  # two processes
    document = opened(caseload, f"{RESULTS}&sort=-submitted_at")
    assert ids(document)[::2] == ["20000", "10000-02", "10000"]
    assert document.first("th", aria_sort="descending").text.startswith("Submitted")
    assert ids(opened(caseload, f"{RESULTS}&sort=-release_date"))[0] == "20000"


def test_one_process_can_be_sorted_by_score(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{RESULTS}&process=recidivism")
    link = document.first("a", href=f"{RESULTS}&process=recidivism&sort=score")
    scores = [float(row[1]) for row in rows(opened(caseload, link.attributes["href"]))]
    assert scores == sorted(scores) and len(scores) == 3
    assert not list(document.all("p", **{"class": "warning"}))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sort=score", results.NOT_SORTED),  # two processes
        ("sort=risk", results.NOT_SORTED),
        ("cursor=abc", results.NO_SUCH_PAGE),
    ],
)
def test_an_invalid_order_or_page_shows_the_default_list_with_a_warning(
    caseload: FlaskClient, query: str, message: str
) -> None:
    document = opened(caseload, f"{RESULTS}&{query}")
    [warning] = document.all("p", **{"class": "warning"})
    assert warning.text == message
    assert ids(document)[0] == "10000"


def test_a_changed_filter_drops_an_order_that_it_does_not_allow(shared_client: FlaskClient) -> None:
    both = "latest=true&process=&process=recidivism&process=violence&sort=score"
    assert shared_client.get(f"/results?{both}").location == "/results?latest=true"
    one = "latest=true&process=&process=recidivism&sort=score"
    assert (
        shared_client.get(f"/results?{one}").location == "/results?latest=true&process=recidivism&sort=score"
    )


def test_no_results(caseload: FlaskClient) -> None:
    document = opened(caseload, f"{RESULTS}&submitted_from=2027-01-01")
    assert document.first("div", **{"class": "govuk-inset-text"}).text
    assert not list(document.all("table"))


def test_pages_by_cursor(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    numbers = [str(number) for number in range(30000, 30027)]
    for number in numbers:
        submit(client, valid_body, clock, offender_number=number)
    first, second = through(browser_client, "/results?latest=true")
    assert [*ids(first), *ids(second)] == [number for number in numbers for _ in range(2)]
    assert "Rows 1–50 of 54" in first.text
    assert "Rows 51–54 of 54" in second.text
    begin = second.first("a", rel="prev").attributes["href"]
    assert begin == "/results?latest=true"
    # A cursor of another filter, or a made-up one, leads to the first page.
    cursor = first.first("a", rel="next").attributes["href"].partition("cursor=")[2]
    for address in (f"{RESULTS}&cursor={cursor}", "/results?latest=true&cursor=made-up"):
        assert "Rows 1–50 of 54" in opened(browser_client, address).text


def test_every_page_links_to_the_previous_page(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    for number in range(30000, 30008):
        submit(client, valid_body, clock, offender_number=str(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.web.search.results.ROWS", 4)
        patch.setattr("api.web.paging.REMEMBERED", 2)
        pages = list(through(browser_client, "/results?latest=true"))
        assert len(pages) == 4
        back = [opened(browser_client, one.first("a", rel="prev").attributes["href"]) for one in pages[1:]]
        assert [ids(one) for one in back] == [ids(one) for one in pages[:-1]]
        # Beyond the remembered pages, the link leads to the first page.
        back_again = back[-1].first("a", rel="prev").attributes["href"]
        before_that = opened(browser_client, back_again).first("a", rel="prev").attributes["href"]
        assert before_that == "/results?latest=true"


def test_analysts_see_pseudonyms(caseload: FlaskClient, as_user: Callable[..., FlaskClient]) -> None:
    document = opened(as_user(Role.ANALYST), RESULTS)
    assert len(rows(document)) == 6
    assert "10000" not in document.text and "20000" not in document.text
    assert {row[8] for row in rows(document)} == {"1985"}
    assert not list(results_table(document).first("tbody").all("a"))


class TestJudgedFirst:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, judgement_first=True)

    def test_scores_are_withheld_until_judged(
        self, browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any], clock: Clock
    ) -> None:
        submit(client, valid_body, clock)
        found = rows(opened(browser_client, RESULTS))
        withheld = wording.WITHHELD[Status.WITHHELD_UNTIL_JUDGED]
        assert [(row[1], row[3], *row[6:8]) for row in found] == [(withheld, "–", "–", "–")] * 2
        assert not list(opened(browser_client, "/results/scores?latest=false").all("table"))


# The chart --------------------------------------------------------------------


def test_the_chart_its_table_and_its_files_agree(caseload: FlaskClient) -> None:
    document = opened(caseload, "/results/scores?latest=false&need.drug.min=50")
    counts = rows(document)
    assert [row[0] for row in counts] == [
        *(f"1.{tenth}0–1.{tenth}9" for tenth in range(9)),
        *("1.90–2.00", "withheld"),
    ]
    assert [sum(int(row[column]) for row in counts) for column in (1, 2)] == [2, 2]
    image = document.first("img")
    assert "Recidivism: 2 with a score, 0 withheld" in image.attributes["alt"]
    chart = caseload.get("/results/scores.svg?latest=false&need.drug.min=50")
    assert chart.mimetype == "image/svg+xml" and chart.text == drawn_in(image)
    described = ElementTree.fromstring(chart.data).find("{http://www.w3.org/2000/svg}desc")
    assert described is not None and described.text == image.attributes["alt"]
    links = {link.text: link.attributes["href"] for link in document.first("main").all("a")}
    png = caseload.get(links["chart as PNG"])
    assert png.data.startswith(b"\x89PNG")
    table = list(csv.reader(StringIO(caseload.get(links["table as CSV"]).text)))
    counted = [[row[0].replace("–", "-"), *row[1:]] for row in counts]
    assert table == [["Score", "Recidivism", "Violence"], *counted]


def test_analysts_see_no_small_counts(caseload: FlaskClient, as_user: Callable[..., FlaskClient]) -> None:
    analyst = as_user(Role.ANALYST)
    document = opened(analyst, "/results/scores?latest=false")
    assert {cell for row in rows(document) for cell in row[1:]} == {"not shown"}
    # Ranges that the filter rules out are 0 and need not be hidden.
    low = {row[0]: row[1:] for row in rows(opened(analyst, "/results/scores?latest=false&score_max=1.49"))}
    assert low["1.50–1.59"] == low["withheld"] == ["0", "0"]
    assert low["1.00–1.09"] == ["not shown", "not shown"]


def test_invalid_criteria_have_no_chart(shared_client: FlaskClient) -> None:
    assert shared_client.get("/results/scores.svg?score_min=3").status_code == 404
