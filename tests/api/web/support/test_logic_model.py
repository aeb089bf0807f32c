"""The page of the logic model, and the file of an agency in its place."""

from importlib.resources import files
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.services.support.logic_model import FILE, logic_model_in
from rms.errors import InvalidInput
from rms.support.logic_model import shipped_logic_model
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import opened

AIMS = "/support/aims"
SHIPPED = files("rms.support").joinpath(FILE).read_text(encoding="utf-8")


def test_the_page_has_every_stage_and_the_plan(browser_client: FlaskClient) -> None:
    shown = opened(browser_client, AIMS)
    for check in CHECKS:
        check(shown)
    captions = [table.first("caption").text for table in shown.all("table")]
    assert captions[:5] == ["1. Inputs", "2. Activities", "3. Outputs", "4. Outcomes", "5. Impact"]
    assert all(one.question in shown.text for one in shipped_logic_model().plan)


def test_an_agency_has_its_own(tmp_path: Path) -> None:
    assert logic_model_in(tmp_path) is shipped_logic_model()
    (tmp_path / FILE).write_text(SHIPPED.replace('owner = "RMS"', 'owner = "County"'), encoding="utf-8")
    assert logic_model_in(tmp_path).owner == "County"
    (tmp_path / FILE).write_text("title =", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        logic_model_in(tmp_path)
    assert refused.value.problems[0].pointer == f"/{FILE}/1"
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(InvalidInput) as refused:
        logic_model_in(tmp_path)
    assert refused.value.problems[0].code == "not_utf8"
