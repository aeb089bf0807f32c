"""Instruments, libraries, the notice and the API's own page."""

import re

import pytest
from flask.testing import FlaskClient

from rms.engine.library import Library
from rms.instrument import instrument, names
from rms.reports import wording


def test_instruments(client: FlaskClient) -> None:
    told = client.get("/api/v1/instruments").json["instruments"]
    assert tuple(one["name"] for one in told) == names()


@pytest.mark.parametrize("name", names())
def test_instrument(client: FlaskClient, name: str) -> None:
    told = client.get(f"/api/v1/instruments/{name}").json
    form = instrument(name)
    assert [item["code"] for item in told["items"]] == [item.code for item in form.items]
    assert [process["code"] for process in told["processes"]] == [one.code for one in form.processes]
    for process in told["processes"]:
        assert process["actual_1"] and process["actual_2"]


def test_item(client: FlaskClient) -> None:
    answer = client.get("/api/v1/instruments/rms")
    items = {item["code"]: item for item in answer.json["items"]}
    assert items["drug"]["kind"] == "ordinal"
    assert [level["value"] for level in items["drug"]["levels"]] == [0, 1, 2, 3]
    assert all(level["anchor"] for level in items["drug"]["levels"])
    assert items["drug"]["need"] == "DRUG"
    assert (items["conv_violence"]["minimum"], items["conv_violence"]["maximum"]) == (0, 200)
    assert items["age"]["kind"] == "date"
    again = client.get("/api/v1/instruments/rms", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_library(client: FlaskClient, library: Library) -> None:
    (line,) = client.get("/api/v1/libraries").json["libraries"]
    assert (line["version"], line["synthetic"], line["policy"]) == ("1", True, "pool")
    for version in ("1", library.reference.sha256, library.reference.sha256[:12]):
        told = client.get(f"/api/v1/libraries/{version}").json
        assert told["manifest"]["source"] == library.manifest["source"]
        tables = told["manifest"]["processes"]["recidivism"]["metric"]["tables"]
        assert len(tables) == len(library.instrument.items)


@pytest.mark.parametrize("version", ["2", "8", "small"])
def test_no_such_library(client: FlaskClient, version: str) -> None:
    assert client.get(f"/api/v1/libraries/{version}").status_code == 404


def test_notice(anonymous: FlaskClient) -> None:
    assert anonymous.get("/api/v1/notice").json == {
        "version": wording.NOTICE_VERSION,
        "notice": wording.NOTICE,
    }


def test_page_of_the_api_loads_nothing_from_elsewhere(browser_client: FlaskClient) -> None:
    page = browser_client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href|data-openapi)="([^"]+)"', page.text)
    assert len(loaded) == 5
    for path in loaded:
        if not path.startswith("data:"):
            assert path.startswith("/api/v1/")
            assert browser_client.get(path).status_code == 200
    assert not re.search(r"<script>|\son\w+=|<style|style=", page.text)
