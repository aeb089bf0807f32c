"""The page of the data in RMS: each source, its day, its counts, and what is missing."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from rms.records.layout import LAYOUT
from rms.reports.support.coverage_words import KINDS
from tests.api import case_records
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import opened

COVERAGE = "/support/coverage"


def test_sources_with_their_day_and_counts(force: Flask, sergeant: FlaskClient) -> None:
    more = {"people": "person,forename,surname,date_of_birth,sex,home_area\nX1,Ed,Ash,1990-01-01,male,W1\n"}
    case_records.import_files(force.extensions["rms"].store, more, source="custody")
    shown = opened(sergeant, COVERAGE)
    for check in CHECKS:
        check(shown)
    crimes, custody = shown.all("table")
    assert crimes.first("caption").text == "crime records: data as at 1 March 2026"
    counts = {row.first("th").text: row.first("td").text for row in crimes.first("tbody").all("tr")}
    assert (counts["People"], counts["Offences"], counts["Areas"]) == ("4", "7", "3")
    assert [row.first("td").text for row in custody.first("tbody").all("tr")] == ["1"]
    assert "Ann" not in shown.first("main").text


def test_without_any_source(browser_client: FlaskClient) -> None:
    text = opened(browser_client, COVERAGE).text
    assert "No source system has sent records yet." in text and "custody images" in text
    assert "No source system has sent these: Areas, people, offences" in text


@pytest.mark.parametrize("kind", LAYOUT)
def test_every_kind_of_record_has_a_name(kind: str) -> None:
    assert KINDS[kind]
