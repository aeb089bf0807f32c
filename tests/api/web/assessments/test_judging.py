"""If the agency requires it, users record their own judgement before they see the results."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.config import Config
from rms.engine.result import Status
from rms.reports import wording
from tests.api.web.pages import opened, send

OWN = {
    "judgement-recidivism": "lower",
    "confidence-recidivism": "4",
    "judgement-violence": "about_the_same",
    "confidence-violence": "1",
}


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, judgement_first=True)


def test_results_are_withheld_until_the_user_has_judged(browser_client: FlaskClient, submitted: str) -> None:
    before = opened(browser_client, submitted)
    assert list(before.all("input", name="judgement-violence")) and not list(before.all("table"))
    for path in ("report.pdf", "needs.svg", "needs.csv", "result.csv", "workbench/outcome"):
        assert browser_client.get(f"{submitted}/{path}").status_code == 403
    for topic in ("comparable-people", "needs", "explained", "changes", "judgement-and-notes", "print"):
        document = opened(browser_client, f"{submitted}/{topic}")
        assert list(document.all("input", name="judgement-violence")) and not list(document.all("img"))
    listed = opened(browser_client, "/results?all=true").first("table", **{"class": "list results"}).text
    assert wording.WITHHELD[Status.WITHHELD_UNTIL_JUDGED] in listed
    half = send(browser_client, submitted, {**OWN, "confidence-violence": "6"})
    assert half.status_code == 422 and 'href="#confidence-violence"' in half.text
    assert "checked" in half.text  # what was typed is kept
    done = send(browser_client, submitted, OWN)
    assert (done.status_code, done.headers["Location"]) == (303, f"{submitted}?done=judged")
    assert len(list(opened(browser_client, submitted).first("main").all("img"))) == 2
    assert browser_client.get(f"{submitted}/report.pdf").status_code == 200
