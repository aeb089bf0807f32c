"""The page that explains scores: its figures add up as shown."""

import re
from typing import Any

from flask.testing import FlaskClient

from rms.reports import explaining, wording
from tests.api.web.pages import opened


def test_the_parts_add_up_to_the_score(browser_client: FlaskClient, submitted: str) -> None:
    page = opened(browser_client, f"{submitted}/explained")
    tables = [one for one in page.all("table") if "moved-parts" in (one.attributes.get("class") or "")]
    assert len(tables) == 2
    for table in tables:
        base, *parts, score = (
            float(figure.replace("−", "-")) for figure in re.findall(r"[+−]?\d\.\d\d", table.text)
        )
        assert round(base + sum(parts), 2) == score
    headings = [heading.text for heading in page.all("h4")]
    assert "If one answer were one step different" in headings
    assert "The nearest case with each outcome" in headings
    assert page.text.count("Actual 2") >= 2
    assert not re.search(r"medium|will reoffend|high risk|low risk", page.text, re.IGNORECASE)


def test_the_result_links_to_it(browser_client: FlaskClient, submitted: str) -> None:
    assert f'href="{submitted}/explained"' in browser_client.get(submitted).text


def test_a_suggestion_links_to_the_workbench(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    """With every need rated high, there is at least one suggestion."""
    highest = {
        code: 3 for code in ("drug", "alco", "empl", "comp", "attitude") if code in valid_body["answers"]
    }
    body = {**valid_body, "answers": {**valid_body["answers"], **highest}}
    id = client.post("/api/v1/assessments", json=body).json["id"]
    document = client.get(f"/api/v1/assessments/{id}/explanation").json
    found = [one for process in document["processes"] for one in process["suggestions"]["found"]]
    assert found
    page = browser_client.get(f"/assessments/{id}/explained").text
    assert explaining.SUGGESTIONS_CAVEAT in page
    assert page.count("Try it as a what-if") == len(found)
    for one in found:
        assert wording.two_decimals(one["score"]) in page
        for change in one["changes"]:
            assert f"answer-{change['item']}={change['now']}" in page


FIGURES = re.compile(r"effective size|distance|typicality \d|standard error", re.IGNORECASE)


def test_the_figures_behind_the_sentences_are_under_details(
    browser_client: FlaskClient, submitted: str
) -> None:
    section = opened(browser_client, f"{submitted}/explained").first("section", id="why")
    folded = list(section.all("details"))
    inside = " ".join(one.text for one in folded)
    assert "Effective size" in inside and "Distance of case" in inside
    for one in folded:
        one.node.clear()
    assert not FIGURES.search(section.text), FIGURES.findall(section.text)
    assert (
        "Of the people most like this person, " in section.text
        and "The nearest person with actual 1 is case" in section.text
    )
