"""The result page says what the engine found."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from api.app import create_app
from api.config import Config
from api.services.assessments import find_submission
from reference_library.synthetic import FACTS
from rms.engine.library import Library
from rms.reports import wording
from tests.api.conftest import PASSWORD, USERNAME, Clock, newer
from tests.api.web.pages import opened, sign_in


def test_both_processes_apart_and_in_order(browser_client: FlaskClient, submitted: str, app: Flask) -> None:
    document = opened(browser_client, submitted)
    sections = list(document.all("section", **{"class": "process"}))
    assert [section.first("h2").text for section in sections] == ["Recidivism", "Violence"]
    result = find_submission("10000", store=app.extensions["rms"].store).result
    for section, simulation in zip(sections, result.simulations, strict=True):
        assert simulation.score is not None and simulation.interval is not None
        assert section.first("p", **{"class": "figure"}).text == wording.two_decimals(simulation.score)
        assert wording.interval_sentence(simulation.interval) in section.text
        assert wording.typicality_sentence(simulation.typicality or 0) in section.text
        assert "people who resemble this person" in section.text
        assert "Actual 1" in section.text and "Actual 2" in section.text


def test_the_comparables_give_the_score_by_hand(browser_client: FlaskClient, submitted: str) -> None:
    for section in opened(browser_client, submitted).all("section", **{"class": "process"}):
        table = section.first("table")
        columns = [cell.text for cell in table.first("thead").all("th")]
        assert columns[:5] == ["Case", "Sex", "Born", "Actual", "Percent"]
        assert columns[5:] == ["V", "P", "D", "W", "E", "O", "Years served", "Stands for"]
        rows = [[cell.text for cell in row.children] for row in table.first("tbody").all("tr")]
        assert len(rows) == 10
        by_hand = sum(Decimal(row[4]) * int(row[3]) for row in rows) / 100
        assert sum(Decimal(row[4]) for row in rows) == 100
        assert abs(by_hand - Decimal(section.first("p", **{"class": "figure"}).text)) <= Decimal("0.01")
        assert table.first("caption").text.startswith("Ten cases that represent the")


def test_the_synthetic_library_is_called_so(browser_client: FlaskClient, submitted: str) -> None:
    assert wording.SYNTHETIC_WARNING in opened(browser_client, submitted).text


def test_an_old_result_is_shown_and_printed_as_it_was_after_a_change_of_the_library(
    browser_client: FlaskClient, submitted: str, config: Config, library: Library, clock: Clock
) -> None:
    shown = opened(browser_client, submitted).text
    app = create_app(config, library=newer(library), clock=clock)
    client = app.test_client()
    sign_in(client, USERNAME, PASSWORD)
    later = opened(client, submitted).text
    assert later == shown
    printed = " ".join(
        " ".join(page.extract_text().split())
        for page in PdfReader(BytesIO(client.get(f"{submitted}/report.pdf").data)).pages
    )
    for told in (later, printed):
        assert "small 1" in told and "elsewhere" not in told
        assert wording.SYNTHETIC_WARNING in told
        assert "cases that represent the" in told and "nearest cases" not in told
        assert FACTS["period"] in told
    app.extensions["rms"].store.close()


@pytest.mark.parametrize(("reading", "other"), [("simulated", "expected"), ("expected", "simulated")])
def test_the_needs_plot_has_a_table_and_another_reading(
    browser_client: FlaskClient, submitted: str, reading: str, other: str
) -> None:
    needs = opened(browser_client, f"{submitted}?reading={reading}").first("section", id="needs")
    image = needs.first("img")
    assert image.attributes["src"] == f"/assessments/10000/needs.svg?reading={reading}"
    assert f"{reading} " in image.attributes["alt"]
    assert needs.first("a").attributes["href"] == f"/assessments/10000?reading={other}#needs"
    assert len(list(needs.first("tbody").all("tr"))) == 11
    plot = browser_client.get(image.attributes["src"])
    assert plot.mimetype == "image/svg+xml"
    assert f"{reading.capitalize()}: from the comparables" in plot.text


def test_the_report_is_a_pdf(browser_client: FlaskClient, submitted: str) -> None:
    link = opened(browser_client, submitted).first("a", href="/assessments/10000/report.pdf")
    response = browser_client.get(link.attributes["href"])
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-")
    assert "assessment-10000.pdf" in response.headers["Content-Disposition"]


def test_all_answers_are_shown(browser_client: FlaskClient, submitted: str) -> None:
    ratings = opened(browser_client, submitted).first("details")
    assert "Show all 24 answers" in ratings.text
    assert "Sexual behaviour not known: Nothing is on record." in ratings.text


@pytest.mark.parametrize("rest", ["", "/report.pdf", "/needs.svg"])
def test_what_is_not_there_is_a_page_that_says_so(browser_client: FlaskClient, rest: str) -> None:
    response = browser_client.get(f"/assessments/99999{rest}")
    assert response.status_code == 404
    assert "<h1>Not found</h1>" in response.text


def test_a_sex_that_could_not_be_used_is_told_everywhere(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    answer = dict(client.post("/api/v1/assessments", json={**valid_body, "sex": "other"}).json)
    told = wording.unusable_sex_sentence("other")
    assert all(told in one["explanation"] for one in answer["simulations"])
    assert told in browser_client.get(f"/assessments/{answer['id']}").text
    printed = PdfReader(BytesIO(browser_client.get(f"/assessments/{answer['id']}/report.pdf").data))
    assert told in " ".join(" ".join(page.extract_text() for page in printed.pages).split())


def test_a_correction_and_what_it_corrects_point_at_each_other(
    browser_client: FlaskClient, client: FlaskClient, submitted: str
) -> None:
    hostile = "<b>Mistyped</b>"
    body = {"answers": {"drug": 0}, "reason": hostile}
    assert client.post("/api/v1/assessments/10000/corrections", json=body).status_code == 201
    [note] = [
        note
        for note in opened(browser_client, submitted).all("div", **{"class": "warning"})
        if "has been corrected" in note.text
    ]
    assert note.first("a").attributes["href"] == "/assessments/10000-01"
    lead = opened(browser_client, "/assessments/10000-01").first("p", **{"class": "lead"})
    assert lead.first("a").attributes["href"] == submitted
    assert hostile in lead.text
