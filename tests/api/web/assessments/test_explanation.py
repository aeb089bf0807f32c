"""The page that takes a score apart: figures that add up as printed, in the words of this field."""

import re
from typing import Any

from flask.testing import FlaskClient

from rms.reports import wording
from tests.api.web.pages import opened


def test_the_parts_add_up_as_printed(browser_client: FlaskClient, submitted: str) -> None:
    page = opened(browser_client, f"{submitted}/explained")
    tables = [one for one in page.all("table") if "moved-parts" in (one.attributes.get("class") or "")]
    assert len(tables) == 2
    for table in tables:
        base, *parts, score = (
            float(figure.replace("−", "-")) for figure in re.findall(r"[+−]?\d\.\d\d", table.text)
        )
        assert round(base + sum(parts), 2) == score
    headings = [heading.text for heading in page.all("h3")]
    assert "If one rating were one level different" in headings
    assert "The nearest case with each outcome" in headings
    assert "never a plan by itself" in page.text
    assert page.text.count("Actual 2") >= 2 and "from 1.28 standard errors" in page.text
    assert not re.search(r"medium|will reoffend|high risk|low risk", page.text, re.IGNORECASE)


def test_it_is_a_link_away_from_the_result(browser_client: FlaskClient, submitted: str) -> None:
    assert f'href="{submitted}/explained"' in browser_client.get(submitted).text


def test_a_suggestion_links_to_the_workbench(
    browser_client: FlaskClient, client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    """Of some people with every need rated high, at least one has something clear."""
    highest = {
        code: 3 for code in ("drug", "alco", "empl", "comp", "attitude") if code in valid_body["answers"]
    }
    body = {**valid_body, "answers": {**valid_body["answers"], **highest}}
    id = client.post("/api/v1/assessments", json=body).json["id"]
    told = client.get(f"/api/v1/assessments/{id}/explanation").json
    found = [one for process in told["processes"] for one in process["suggestions"]["found"]]
    assert found
    page = browser_client.get(f"/assessments/{id}/explained").text
    assert page.count("Try it on the workbench") == len(found)
    for one in found:
        assert wording.two_decimals(one["score"]) in page
        for change in one["changes"]:
            assert f"answer-{change['item']}={change['now']}" in page
