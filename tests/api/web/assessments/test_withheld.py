"""If no past case is comparable, no page shows a score."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.assessments.assessments import find_submission
from reference_library import build, load, read_past_cases, write
from reference_library.synthetic import FACTS
from rms.engine.library import Library
from rms.engine.result import Status
from rms.instrument import instrument
from rms.reports import wording
from tests.api.contexts import context_for
from tests.api.web.pages import opened, path_of, save

FORM = instrument("rms")
SCALE = wording.scale(2)  # names its ends
SCORE = re.compile(r"\b[12]\.\d\d\b")


@pytest.fixture
def library(library_folder: Path, tmp_path: Path) -> Library:
    """The cases of the other tests with an unweighted metric, so that extreme cases have no neighbours."""
    past = read_past_cases(library_folder.parent / "cases.csv", FORM)
    return load(write(build(past, policy="nearest", name="plain", version="1", facts=dict(FACTS)), tmp_path))


@pytest.fixture
def extreme_answers(filled: dict[str, str]) -> dict[str, str]:
    """Every answer at its maximum."""
    maxima = {
        f"answer-{item.code}": str(item.levels[-1].value if item.levels else item.maximum)
        for item in FORM.asked
    }
    return {**filled, **maxima}


def test_a_withheld_score_is_on_no_page(
    browser_client: FlaskClient, extreme_answers: dict[str, str], app: Flask
) -> None:
    where = path_of(save(browser_client, "/assessments/new", extreme_answers))
    result = find_submission(context_for(app.extensions["rms"].store), "10000").result
    assert {one.status for one in result.simulations} == {Status.NO_COMPARABLE_CASES}
    document = opened(browser_client, where)
    sections = list(document.all("section", **{"class": "process"}))
    assert len(sections) == 2
    for section in sections:
        assert section.first("p", **{"class": "figure withheld"}).text == "withheld"
        assert "neither good nor bad news about the person" in section.text
        assert not list(section.all("img"))
        assert not SCORE.search(section.text)
    for topic in ("comparable-people", "explained", "print"):
        findings = opened(browser_client, f"{where}/{topic}").first("main")
        assert not SCORE.search(findings.text.replace(SCALE, "")), topic
    needs = opened(browser_client, f"{where}/needs")
    figures = [[cell.text for cell in row.children] for row in needs.first("tbody").all("tr")]
    assert {tuple(row[-3:-1]) for row in figures} == {("withheld", "withheld")}
    assert "unknown" not in needs.first("section", id="needs").text
    for picture in needs.first("section", id="needs").all("img"):
        assert "simulated withheld" in picture.attributes["alt"]
    assert ">withheld<" in browser_client.get("/assessments/10000/needs.svg").text
    assert "unknown" not in browser_client.get("/assessments/10000/needs.csv").text
    row = opened(browser_client, "/people/10000").first("tbody").first("tr")
    assert [cell.text for cell in row.children][1:3] == ["withheld", "withheld"]
    assert "withheld" in browser_client.get("/people/10000/trajectory.svg").text
