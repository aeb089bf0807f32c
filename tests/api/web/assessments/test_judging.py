"""With own judgement first, the page asks for it in the place of what was found."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.config import Config
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


def test_asked_before_anything_is_shown(browser_client: FlaskClient, submitted: str) -> None:
    before = opened(browser_client, submitted)
    assert "Your own judgement of 10000" in before.text and not list(before.all("table"))
    for path in ("report.pdf", "needs.svg", "needs.csv", "result.csv", "changes", "workbench/outcome"):
        assert browser_client.get(f"{submitted}/{path}").status_code == 403
    listed = opened(browser_client, "/results?all=true").first("tbody").text
    assert "shown once you have judged" in listed
    half = send(browser_client, submitted, {**OWN, "confidence-violence": "6"})
    assert half.status_code == 422 and 'href="#confidence-violence"' in half.text
    assert "checked" in half.text  # nothing typed is lost
    done = send(browser_client, submitted, OWN)
    assert (done.status_code, done.headers["Location"]) == (303, f"{submitted}?done=judged")
    assert list(opened(browser_client, submitted).all("table"))
    assert browser_client.get(f"{submitted}/report.pdf").status_code == 200
