"""The needs of an agency's own instrument are those to filter and to export by, alone or beside others."""

import csv
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from api.config import Config
from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.libraries import end_use, use_library
from api.services.search.needs import offered_needs
from api.services.users import Role
from rms.instrument import instrument
from tests.api.conftest import Clock, created
from tests.api.contexts import context_for
from tests.api.own_instrument import ANSWERS, COUNTY, write_library
from tests.api.web.pages import opened, page, press

POST = "/api/v1/assessments"
SEARCH, COUNTS, FILTERS = f"{POST}/search", f"{POST}/counts", "/api/v1/me/filters/mine"
FIELDS, EXPORTS = "/api/v1/exports/fields", "/api/v1/exports"


@pytest.fixture(scope="session")
def county_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_library(tmp_path_factory.mktemp("county"))


@pytest.fixture
def config(config: Config, library_folder: Path, county_folder: Path, tmp_path: Path) -> Config:
    libraries = tmp_path / "libraries"
    for folder in (library_folder, county_folder):
        shutil.copytree(folder, libraries / folder.name)
    return replace(config, library=libraries)


@pytest.fixture
def app(config: Config, clock: Clock) -> Iterator[Flask]:
    """Only the agency's own instrument is in use."""
    app = created(config, library=None, clock=clock)
    application = app.extensions[EXTENSION]
    use_library(context_for(application.store, at=clock(), by="ada"), config.library, "county", "1.0")
    application.libraries.look()
    yield app
    application.store.close()


@pytest.fixture
def beside_rms(app: Flask, config: Config, clock: Clock) -> None:
    """The instrument rms is in use too."""
    application = app.extensions[EXTENSION]
    use_library(context_for(application.store, at=clock(), by="ada"), config.library, "small", "1")
    application.libraries.look()


@pytest.fixture
def assessed(client: FlaskClient, valid_body: dict[str, Any]) -> list[str]:
    """10000 has the need HOME at 75 %, 20000 at 25 %."""
    body = {**valid_body, "instrument": "county", "unknown": {}}
    for number, housing in (("10000", 3), ("20000", 1)):
        answers = {**ANSWERS, "housing": housing}
        made = client.post(POST, json={**body, "offender_number": number, "answers": answers})
        assert made.status_code == 201, made.text
    return ["20000", "10000"]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["assessments"]]


# Criteria → which of the two are found.
CRITERIA: tuple[tuple[dict[str, int], list[str]], ...] = (
    ({"need.home.min": 0}, ["20000", "10000"]),
    ({"need.home.min": 50}, ["10000"]),
    ({"need.home.max": 50}, ["20000"]),
    ({"need.home.min": 75, "need.home.max": 75, "need.alco.min": 100}, ["10000"]),
    ({"need.home.min": 76}, []),
    ({"need.drug.min": 0}, []),  # a need of RMS itself can be named, as earlier assessments may have it
)


@pytest.mark.parametrize(("criteria", "found"), CRITERIA)
def test_assessments_are_found_by_the_needs_of_the_instrument(
    client: FlaskClient, assessed: list[str], criteria: dict[str, int], found: list[str]
) -> None:
    assert ids(client.get(POST, query_string=criteria)) == found
    assert ids(client.post(SEARCH, json=criteria)) == found
    assert client.post(COUNTS, json=criteria).json["assessments"] == len(found)


# Criteria that are refused → the field that is named, and the code.
REFUSED = (
    ({"need.rent.min": 0}, "need.rent.min", "unknown_field"),
    ({"need.home.mid": 0}, "need.home.mid", "unknown_field"),
    ({"need.home.min": 101}, "need.home.min", "invalid_value"),
    ({"need.home.min": 60, "need.home.max": 40}, "need.home.min", "range_reversed"),
)


@pytest.mark.parametrize(("criteria", "field", "code"), REFUSED)
def test_what_no_instrument_in_use_has_is_refused(
    client: FlaskClient, criteria: dict[str, int], field: str, code: str
) -> None:
    bodies = (
        (client.post, SEARCH, "", criteria),
        (client.post, COUNTS, "", criteria),
        (client.put, FILTERS, "", criteria),
    )
    export = {"criteria": criteria, "purpose": "statistics"}
    for send_to, address, at, body in (*bodies, (client.post, EXPORTS, "/criteria", export)):
        refused = send_to(address, json=body)
        errors = {one["pointer"]: one["code"] for one in refused.json["errors"]}
        assert (refused.status_code, errors.get(f"{at}/{field}")) == (422, code), (address, errors)
    refused = client.get(POST, query_string=criteria)
    assert f"/query/{field}" in {one["pointer"] for one in refused.json["errors"]}


def test_a_refusal_lists_the_needs(client: FlaskClient) -> None:
    [error] = client.post(SEARCH, json={"need.rent.min": 0}).json["errors"]
    assert error["detail"].startswith("No instrument in use has this need. The needs are alco, home, ")


def test_the_fields_of_exports_are_those_of_the_instrument(client: FlaskClient) -> None:
    listed = {one["name"]: one["label"] for one in client.get(FIELDS).json["fields"]}
    needs = [name for name in listed if name.startswith("need.")]
    assert needs == [
        f"need.{need}.{of}" for need in ("alco", "home") for of in ("actual", "simulated", "expected")
    ]
    assert listed["need.home.actual"] == "Housing: rated need, %"


def test_a_csv_has_the_needs_of_the_instrument(client: FlaskClient, assessed: list[str]) -> None:
    chosen = {"fields": ["id", "need.home.actual", "need.alco.actual", "need.drug.actual"], "all": True}
    answer = client.post(SEARCH, json=chosen, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert list(csv.reader(StringIO(answer.text.lstrip("\ufeff"))))[1:] == [
        ["20000", "25.0", "100.0", ""],
        ["10000", "75.0", "100.0", ""],
    ]
    refused = client.post(SEARCH, json={**chosen, "fields": ["id", "need.rent.actual"]})
    assert [one["pointer"] for one in refused.json["errors"]] == ["/fields/1"]


def test_an_export_keeps_the_words_it_was_requested_with(
    app: Flask, client: FlaskClient, assessed: list[str], beside_rms: None
) -> None:
    """The file is made after the instrument is no longer in use."""
    asked = client.post(
        EXPORTS,
        json={
            "criteria": {"need.home.min": 50},
            "purpose": "statistics",
            "format": "xlsx",
            "fields": ["id", "need.home.actual"],
        },
    )
    assert asked.status_code == 202, asked.text
    application = app.extensions[EXTENSION]
    end_use(context_for(application.store, by="ada"), "county")
    application.libraries.look()
    assert run_one(application)
    with closing(client.get(f"{asked.headers['Location']}/result")) as result:
        values = list(load_workbook(BytesIO(result.data)).worksheets[0].values)
    assert values == [("Assessment", "Housing: rated need, %"), ("10000", 75)]
    assert "Filters: Housing 50% or more" in client.get(f"{asked.headers['Location']}/result/notice").text


def test_the_pages_offer_the_needs_of_the_instrument(
    browser_client: FlaskClient, assessed: list[str]
) -> None:
    results = opened(browser_client, "/results?latest=true&need.home.min=50")
    section = results.first("section", **{"aria-labelledby": "needs-heading"})
    assert [one.attributes["name"] for one in section.all("input")] == [
        f"need.{need}.{end}" for need in ("alco", "home") for end in ("min", "max")
    ]
    assert section.first("input", name="need.home.min").attributes["value"] == "50"
    assert "Level 0 is 0%, 1 is 25%, 2 is 50%, 3 is 75%, 4 is 100%." in section.text
    assert "percent: level 0 is 0%, 1 is 50%, 2 is 100%, unless the need says otherwise." in section.text
    assert "Housing 50% or more" in results.text
    assert "10000" in results.first("table", **{"class": "list results"}).text
    exports = opened(browser_client, "/exports?latest=true")
    boxes = {box.attributes["value"] for box in exports.all("input", name="fields")}
    assert {name for name in boxes if name.startswith("need.")} == {
        f"need.{need}.{of}" for need in ("alco", "home") for of in ("actual", "simulated", "expected")
    }


def test_a_filter_by_an_own_need_is_saved_and_loaded(
    browser_client: FlaskClient, assessed: list[str]
) -> None:
    at = "/results?latest=true&need.home.min=50"
    saved = press(browser_client, opened(browser_client, at), "Save filter", {"name": "homes"})
    assert saved.status_code == 303, page(saved.text).text
    shown = opened(browser_client, "/results?latest=true")
    assert "Housing 50% or more" in shown.text


def test_the_table_of_one_assessment_has_its_own_needs(
    browser_client: FlaskClient, assessed: list[str]
) -> None:
    table = browser_client.get("/assessments/10000/result.csv?column=id&column=needs").text
    head, row = csv.reader(StringIO(table.lstrip("\ufeff")))
    assert dict(zip(head, row, strict=True))["need.home.actual"] == "75.0"
    assert head == [
        "id",
        *(f"need.{n}.{of}" for n in ("alco", "home") for of in ("actual", "simulated", "expected")),
    ]


def test_instruments_side_by_side_are_both_named(beside_rms: None, browser_client: FlaskClient) -> None:
    section = opened(browser_client, "/results?latest=true").first(
        "section", **{"aria-labelledby": "needs-heading"}
    )
    assert "Use of alcohol (county), Alcohol use (rms)" in section.text
    names = {one.attributes["name"].split(".")[1] for one in section.all("input")}
    assert names == {"alco", "home", *(need.code.lower() for need in instrument("rms").needs)}


def test_the_counts_of_an_office_name_the_needs_in_full_and_in_the_order_of_the_form(
    beside_rms: None,
    assessed: list[str],
    as_user: Callable[..., FlaskClient],
    valid_body: dict[str, Any],
    client: FlaskClient,
) -> None:
    assert client.post(POST, json={**valid_body, "offender_number": "30000"}).status_code == 201
    supervisor = as_user(Role.SUPERVISOR)
    shown = opened(supervisor, "/office/counts")
    section = shown.first("section", **{"aria-labelledby": "needs-heading"})
    names = [row.first("th").text for row in section.first("tbody").all("tr")]
    of_rms = [need.label for need in instrument("rms").needs if need.code != "ALCO"]
    assert names == ["Use of alcohol (county), Alcohol use (rms)", "Housing", *of_rms]
    picture = section.first("img").attributes
    assert [bar.rpartition(": ")[0] for bar in picture["alt"].rstrip(".").split("; ")] == names
    drawn = b64decode(picture["src"].partition(",")[2]).decode()
    assert all(f">{name}<" in drawn for name in (*names[:2], *of_rms)) and ">EMPL<" not in drawn


def test_a_need_with_the_same_label_is_named_once() -> None:
    [alcohol, home] = offered_needs([COUNTY, replace(COUNTY, name="city")])
    assert (alcohol.label, home.label) == ("Use of alcohol", "Housing")
    assert home.scales == (((0, 0), (1, 25), (2, 50), (3, 75), (4, 100)),)
    alcohol = next(need for need in offered_needs([COUNTY, instrument("rms")]) if need.code == "ALCO")
    assert alcohol.scales == (((0, 0), (1, 50), (2, 100)), ((0, 0), (1, 33), (2, 67), (3, 100)))
