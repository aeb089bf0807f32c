"""Two instruments in use side by side, each with its library: on the form, in the API, in imports."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.context import EXTENSION
from api.runtime.job_runner import run_one
from api.services.access.accounts import create_user
from api.services.libraries import end_use, use_library
from api.services.users import Role
from reference_library import build, read_past_cases, write
from rms.instrument import instrument
from tests.api.conftest import PASSWORD, Clock, created
from tests.api.contexts import context_for
from tests.api.web.browsers import browser, post
from tests.api.web.pages import errors_at_fields, opened, page, save, send, typed
from tests.reference_library import published
from tests.reference_library.published import file_of

POST = "/api/v1/assessments"
GEORGIA: dict[str, Any] = {
    **dict.fromkeys(("age_band", "education", "dependents", "prison_years"), 1),
    **{"gang": "no", "prison_offence": "drug", "supervision_level": "high"},
    **dict.fromkeys(("condition_mh_sa", "condition_cog_ed", "condition_other"), "yes"),
    **{
        item.code: 1
        for item in instrument("georgia").asked
        if item.code.startswith(("arrests_", "convictions_"))
    },
}


@pytest.fixture(scope="session")
def georgia_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("georgia")
    past = read_past_cases(file_of(folder, published.georgia(300)), instrument("georgia"))
    return write(
        build(past, policy="nearest", name="georgia", version="7", facts={"synthetic": True}), folder
    )


@pytest.fixture
def config(config: Config, library_folder: Path, georgia_folder: Path, tmp_path: Path) -> Config:
    libraries = tmp_path / "libraries"
    for folder in (library_folder, georgia_folder):
        shutil.copytree(folder, libraries / folder.name)
    return replace(config, library=libraries)


@pytest.fixture
def app(config: Config, clock: Clock) -> Iterator[Flask]:
    app = created(config, library=None, clock=clock)
    application = app.extensions[EXTENSION]
    context = context_for(application.store, at=clock(), by="ada")
    for name, version in (("small", "1"), ("georgia", "7")):
        use_library(context, config.library, name, version)
    application.libraries.look()
    yield app
    application.store.close()


@pytest.fixture
def georgia_body(valid_body: dict[str, Any]) -> dict[str, Any]:
    return {**valid_body, "instrument": "georgia", "answers": GEORGIA, "unknown": {}}


def test_the_instruments_and_libraries_say_which_are_in_use(client: FlaskClient) -> None:
    listed = client.get("/api/v1/instruments").get_json()["instruments"]
    assert {one["name"]: (one["in_use"], one["default"]) for one in listed} == {
        "broward": (False, False),
        "georgia": (True, False),
        "rms": (True, True),
    }
    libraries = client.get("/api/v1/libraries").get_json()["libraries"]
    assert [one["name"] for one in libraries] == ["small", "georgia"]
    assert client.get("/api/v1/libraries/7").get_json()["name"] == "georgia"
    assert client.get("/ready").get_json()["library"]["name"] == "small"


def test_an_assessment_is_made_with_the_library_of_the_instrument_it_names(
    client: FlaskClient, valid_body: dict[str, Any], georgia_body: dict[str, Any]
) -> None:
    of_rms = client.post(POST, json=valid_body).get_json()
    of_georgia = client.post(POST, json={**georgia_body, "offender_number": "20000"}).get_json()
    assert (of_rms["instrument"]["name"], of_rms["library"]["name"]) == ("rms", "small")
    assert (of_georgia["instrument"]["name"], of_georgia["library"]["name"]) == ("georgia", "georgia")
    assert [one["process"] for one in of_georgia["simulations"]] == ["recidivism"]
    del valid_body["instrument"]
    assert client.post(POST, json=valid_body).get_json()["instrument"]["name"] == "rms"
    refused = client.post(POST, json={**georgia_body, "instrument": "broward"})
    assert refused.status_code == 422
    assert "/instrument" in {one["pointer"] for one in refused.get_json()["errors"]}


def test_the_same_key_with_another_instrument_is_another_request(
    client: FlaskClient, valid_body: dict[str, Any], georgia_body: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "k"}
    assert client.post(POST, json=valid_body, headers=key).status_code == 201
    del valid_body["instrument"]
    assert client.post(POST, json=valid_body, headers=key).status_code == 201
    assert client.post(POST, json={**valid_body, "instrument": "georgia"}, headers=key).status_code != 201


def test_drafts_what_ifs_and_corrections_stay_with_their_instrument(
    client: FlaskClient, georgia_body: dict[str, Any]
) -> None:
    draft = client.post("/api/v1/drafts", json=georgia_body)
    assert draft.status_code == 201 and not draft.get_json()["problems"]
    at, seen = draft.headers["Location"], {"If-Match": draft.headers["ETag"]}
    changed = client.patch(at, json={"answers": {"gang": "yes"}}, headers=seen)
    assert changed.get_json()["body"]["answers"]["gang"] == "yes"
    seen = {"If-Match": changed.headers["ETag"]}
    made = client.post(f"{at}/submit", headers=seen).get_json()
    assert made["library"]["name"] == "georgia"
    id = made["id"]
    what_if = client.post(f"{POST}/{id}/what-if", json={"answers": {"gang": "no"}}).get_json()
    assert what_if["library"]["name"] == "georgia"
    again = client.post(f"{POST}/{id}/repopulate").get_json()
    assert again["body"]["instrument"] == "georgia" and again["body"]["answers"]["gang"] == "yes"
    correction = {"answers": {"gang": "no"}, "reason": "Typing error."}
    corrected = client.post(f"{POST}/{id}/corrections", json=correction).get_json()
    assert corrected["instrument"]["name"] == "georgia"
    assert client.get(f"{POST}/{id}/explanation").status_code == 200


def test_an_import_is_made_with_the_instrument_of_its_address(
    app: Flask, client: FlaskClient, georgia_body: dict[str, Any]
) -> None:
    listed = client.get("/api/v1/imports/columns?instrument=georgia").get_json()["columns"]
    assert "gang" in {column["name"] for column in listed}
    del georgia_body["instrument"]
    sent = client.post(
        "/api/v1/imports?instrument=georgia",
        data=json.dumps(georgia_body) + "\n",
        content_type="application/x-ndjson",
    )
    assert sent.status_code == 202, sent.get_json()
    assert run_one(app.extensions[EXTENSION])
    job = client.get(sent.headers["Location"]).get_json()
    assert job["outcome"]["created"] == 1
    assert client.get(f"{POST}/10000").get_json()["library"]["name"] == "georgia"
    unknown = client.post(
        "/api/v1/imports?instrument=broward", data="{}\n", content_type="application/x-ndjson"
    )
    assert unknown.status_code == 422


def test_the_form_is_chosen_first(browser_client: FlaskClient) -> None:
    first = opened(browser_client, "/assessments/new?number=555")
    assert first.first("h1").text == "Which form do you need?"
    choices = [one.attributes["value"] for one in first.all("input", name="instrument")]
    assert choices == ["rms", "georgia"]
    assert not list(first.all("input", checked=""))
    nothing = opened(browser_client, "/assessments/new?chosen=yes")
    assert errors_at_fields(nothing) == {"instrument": "Select which form you need."}
    form = opened(browser_client, "/assessments/new?instrument=georgia&number=555")
    assert form.first(id="offender_number").attributes["value"] == "555"
    assert "Form: Georgia: release to parole." in form.text
    assert list(form.all("input", name="answer-gang")) and not list(form.all("input", name="answer-drug"))


def test_a_form_that_was_chosen_is_submitted_saved_and_shown_with_its_instrument(
    browser_client: FlaskClient, georgia_body: dict[str, Any]
) -> None:
    at = "/assessments/new?instrument=georgia"
    fields = typed(georgia_body)
    kept = send(browser_client, at, {**fields, "then": "later"})
    assert kept.status_code == 303
    id = kept.headers["Location"].partition("kept=")[2]
    draft = opened(browser_client, f"/drafts/{id}")
    assert list(draft.all("input", name="answer-gang"))
    sent = save(browser_client, f"/drafts/{id}", fields)
    assert sent.headers["Location"].partition("?")[0].endswith("/assessments/10000")
    for address in (
        "/assessments/10000",
        "/assessments/10000/explained",
        "/assessments/10000/workbench",
        "/assessments/10000/correct",
        "/assessments/new?from=10000",
        "/people/10000",
        "/people/10000/trajectory.svg",
        "/drafts",
        "/help",
        "/help/method?instrument=georgia",
        "/help/scoring/georgia",
        "/results?latest=true",
    ):
        assert browser_client.get(address).status_code == 200, address
    again = opened(browser_client, "/assessments/new?from=10000")
    assert list(again.all("input", name="answer-gang"))


def test_both_assessments_of_one_person_are_on_their_page(
    client: FlaskClient, browser_client: FlaskClient, valid_body: dict[str, Any], georgia_body: dict[str, Any]
) -> None:
    for body in (valid_body, georgia_body):
        assert client.post(POST, json=body).status_code == 201
    for address in ("/people/10000", "/people/10000/trajectory.svg", "/people/10000/trajectory.csv"):
        assert browser_client.get(address).status_code == 200
    shown = page(browser_client.get("/people/10000").text)
    assert "10000-01" in shown.text


def test_when_an_instrument_is_no_longer_in_use_its_assessments_can_be_read(
    app: Flask, client: FlaskClient, browser_client: FlaskClient, georgia_body: dict[str, Any]
) -> None:
    assert client.post(POST, json=georgia_body).status_code == 201
    application = app.extensions[EXTENSION]
    end_use(context_for(application.store, by="ada"), "georgia")
    application.libraries.look()
    for address in (
        "/assessments/10000",
        "/assessments/10000/report.pdf",
        "/people/10000",
        "/assessments/new",
    ):
        assert browser_client.get(address).status_code == 200, address
    assert client.get(f"{POST}/10000").get_json()["instrument"]["name"] == "georgia"
    assert client.post(POST, json=georgia_body).status_code == 422


@pytest.fixture
def ended(app: Flask, client: FlaskClient, valid_body: dict[str, Any], georgia_body: dict[str, Any]) -> None:
    """10000 was assessed with the form georgia, whose use has ended since. So has a draft of 20000."""
    assert client.post(POST, json=georgia_body).status_code == 201
    assert client.post("/api/v1/drafts", json={**georgia_body, "offender_number": "20000"}).status_code == 201
    assert client.post(POST, json={**valid_body, "offender_number": "30000"}).status_code == 201
    application = app.extensions[EXTENSION]
    end_use(context_for(application.store, by="ada"), "georgia")
    application.libraries.look()


FORM_ENDED = "This form is no longer in use"


def test_no_page_puts_another_form_in_the_place_of_one_that_is_no_longer_in_use(
    client: FlaskClient, browser_client: FlaskClient, ended: None
) -> None:
    [draft] = client.get("/api/v1/drafts").get_json()["drafts"]
    for address in (
        "/assessments/new?from=10000",
        "/assessments/new?what_if=10000",
        "/assessments/new?instrument=georgia",
        "/assessments/10000/workbench",
        "/assessments/10000/workbench/outcome",
        "/assessments/10000/workbench/check",
        "/assessments/10000/correct",
        f"/drafts/{draft['id']}",
        f"/drafts/{draft['id']}/check",
    ):
        refused = browser_client.get(address)
        shown = page(refused.text).first("main")
        assert (refused.status_code, shown.first("h1").text) == (409, FORM_ENDED), address
        assert "/assessments/new" in {link.attributes["href"] for link in shown.all("a")}, address
        assert not list(shown.all("input")), address


def test_pages_say_that_a_form_is_no_longer_in_use_and_offer_what_is_possible(
    browser_client: FlaskClient, ended: None
) -> None:
    impossible = {
        "/assessments/new?from=10000",
        "/assessments/new?what_if=10000",
        "/assessments/10000/workbench",
        "/assessments/10000/correct",
    }
    for address in ("", "/comparable-people", "/explained", "/judgement-and-notes", "/answers", "/files"):
        shown = opened(browser_client, f"/assessments/10000{address}").first("main")
        links = {link.attributes.get("href") for link in shown.all("a")}
        assert not links & impossible and "/assessments/new?number=10000" in links, address
        assert "Georgia: release to parole, is no longer in use" in shown.text, address
    others = opened(browser_client, "/assessments/30000").first("main")
    assert "/assessments/30000/workbench" in {link.attributes.get("href") for link in others.all("a")}
    person = opened(browser_client, "/people/10000").first("main")
    links = {link.attributes.get("href") for link in person.all("a")}
    assert not links & impossible and "/assessments/new?number=10000" in links
    home = opened(browser_client, "/").first("main")
    assert not {link.attributes.get("href") for link in home.all("a")} & impossible
    drafts = opened(browser_client, "/drafts").first("tbody")
    assert "Its form is no longer in use" in drafts.text and "Continue" not in drafts.text
    found = post(browser_client, "/assessments/populate", "/assessments/populate", number="10000")
    assert "Its form is no longer in use" in found.first("tbody").text


def test_a_person_s_page_keeps_the_form_of_the_latest_assessment(
    browser_client: FlaskClient, ended: None
) -> None:
    """The form rms has needs and two scores, georgia has no needs and one."""
    head = browser_client.get("/people/10000/trajectory.csv").text.splitlines()[0]
    assert head.lstrip("\ufeff") == "assessment,made,library,recidivism"
    assert browser_client.get("/people/10000/needs.csv").status_code == 404


def test_the_api_refuses_what_needs_a_form_that_is_no_longer_in_use(client: FlaskClient, ended: None) -> None:
    correction = {"answers": {"gang": "no"}, "reason": "Typing error."}
    for address, body in (("what-if", {"answers": {"gang": "no"}}), ("corrections", correction)):
        refused = client.post(f"{POST}/10000/{address}", json=body)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "instrument_not_in_use")
        assert "in use: rms" in refused.get_json()["detail"]
    assert client.post(f"{POST}/10000/repopulate").get_json()["code"] == "instrument_not_in_use"
    assert client.get(f"{POST}/10000/explanation").get_json()["code"] == "instrument_not_in_use"
    [listed] = client.get("/api/v1/drafts").get_json()["drafts"]
    assert (listed["answered"], listed["missing"]) == (len(GEORGIA), [])
    at = f"/api/v1/drafts/{listed['id']}"
    read = client.get(at)
    assert read.get_json()["items"] == []
    assert [(one["pointer"], one["code"]) for one in read.get_json()["problems"]] == [
        ("/instrument", "instrument_not_in_use")
    ]
    refused = client.post(f"{at}/submit", headers={"If-Match": read.headers["ETag"]})
    assert refused.get_json()["code"] == "instrument_not_in_use"
    assert client.delete(at).status_code == 204


def test_an_import_with_a_form_that_is_no_longer_in_use_fails(
    app: Flask, client: FlaskClient, georgia_body: dict[str, Any]
) -> None:
    line = json.dumps(georgia_body) + "\n"
    address, kind = "/api/v1/imports?instrument=georgia", "application/x-ndjson"
    sent = client.post(address, data=line, content_type=kind)
    application = app.extensions[EXTENSION]
    end_use(context_for(application.store, by="ada"), "georgia")
    application.libraries.look()
    assert run_one(application)
    job = client.get(sent.headers["Location"]).get_json()
    assert (job["state"], job["failure"]) == ("failed", "instrument_not_in_use")


def test_a_form_whose_instrument_was_changed_meanwhile_is_shown_again(
    browser_client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    at, fields = "/assessments/new?instrument=rms", typed(valid_body)
    sent = send(browser_client, at, {**fields, "form_version": "0" * 12})
    refused = browser_client.get(sent.headers["Location"]) if sent.status_code == 303 else sent
    assert refused.status_code == 409
    assert "This form was changed after you opened it." in page(refused.text).first(id="errors").text
    assert page(refused.text).first("input", name="form_version").attributes["value"] != "0" * 12


def test_the_page_of_libraries_shows_those_in_use_the_others_and_every_decision(
    app: Flask, config: Config, clock: Clock
) -> None:
    application = app.extensions[EXTENSION]
    end_use(context_for(application.store, by="ada"), "georgia")
    application.libraries.look()
    create_user(context_for(application.store, at=clock()), "ada", PASSWORD, role=Role.ADMINISTRATOR)
    instruments = config.data / "instruments"
    instruments.mkdir()
    (instruments / "broken.toml").write_text("name = ", encoding="utf-8")
    shown = opened(browser(app, "ada", clock), "/administration/libraries")
    assert "small 1" in [heading.text for heading in shown.all("h2")]
    in_use = next(row for row in shown.all("div") if row.text.startswith("In use since"))
    assert "chosen by ada" in in_use.text
    others = [row.text for row in shown.find(".//section[@aria-labelledby='others']//tbody/tr")]
    assert len(others) == 1 and others[0].startswith("georgia 7 georgia")
    rows = [row.text for row in shown.find(".//section[@aria-labelledby='history']//tbody/tr")]
    assert [" none " in row for row in rows] == [True, False, False]
    assert "broken.toml: 1 problem" in shown.text
