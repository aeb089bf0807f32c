"""The workbench: differences are shown, and nothing is stored until the what-if is kept."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services.assessments.assessments import find_submission, history
from api.services.assessments.notes import notes_of
from api.services.assessments.what_ifs import try_out
from rms.engine.library import Library
from tests.api.conftest import Clock
from tests.api.contexts import context_for
from tests.api.web.pages import Element, opened, page, press

BENCH = "/assessments/10000/workbench"
KEEP = "Save what-if"


@pytest.fixture
def bench(client: FlaskClient, valid_body: dict[str, Any]) -> str:
    assert client.post("/api/v1/assessments", json=valid_body).status_code == 201
    return BENCH


def stored(app: Flask) -> list[str]:
    return [one.id for one in history(context_for(app.extensions["rms"].store), "10000")]


def words(document: Element) -> list[str]:
    return [one.text for one in document.all("p", **{"class": "moved-word"})]


def kept_by(client: FlaskClient, sent: TestResponse) -> TestResponse:
    """The answer to the button of the page where the changed answers are checked."""
    assert sent.status_code == 303
    return press(client, opened(client, sent.headers["Location"]), KEEP)


def test_the_address_holds_only_the_changed_answers(browser_client: FlaskClient, bench: str) -> None:
    document = opened(browser_client, bench)
    assert words(document) == ["Same score as 10000"] * 2
    whole = browser_client.get(bench, query_string={"answer-drug": "0", "answer-empl": "2"})
    assert (whole.status_code, whole.headers["Location"]) == (302, f"{bench}?answer-drug=0")
    assert browser_client.get(f"{bench}?answer-empl=2&other=1").headers["Location"] == bench


def test_differences_are_shown_and_nothing_is_stored(
    browser_client: FlaskClient, bench: str, app: Flask
) -> None:
    for path in (f"{bench}?answer-drug=0", f"{bench}/outcome?answer-drug=0&answer-empl=2"):
        document = opened(browser_client, path)
        assert all(
            re.fullmatch(r"No (clear )?difference|(Higher|Lower) by \d\.\d{2}", word)
            for word in words(document)
        )
        assert len(list(document.all("p", **{"class": "figure"}))) == 2
        assert "95% interval" in document.text and "Effective size" in document.text
        assert "Drug use 2: Clear need 0: No need" in document.text
    assert stored(app) == ["10000"]
    with app.extensions["rms"].store.reading() as tx:
        looks = [one for one in tx.audit.entries() if one.action == "assessment.read"]
    assert len(looks) == 2


def test_dynamic_items_first_and_history_behind_details(browser_client: FlaskClient, bench: str) -> None:
    form = opened(browser_client, bench).first("form", id="bench-form")
    behind = form.first("details")
    history = {one.attributes["name"] for one in behind.all("input")}
    assert {"answer-conv_violence", "answer-years_served"} <= history
    assert "answer-months_employed" not in history and not list(behind.all("select"))


def test_an_invalid_answer_is_shown_at_its_field(browser_client: FlaskClient, bench: str) -> None:
    document = opened(browser_client, f"{bench}?answer-months_employed=99")
    assert list(document.all("a", href="#answer-months_employed"))
    assert document.first("input", id="answer-months_employed").attributes["value"] == "99"
    assert not words(document)


def test_a_what_if_is_kept_once_with_its_name(browser_client: FlaskClient, bench: str, app: Flask) -> None:
    typed = {"name": "After the course"}
    for _ in range(2):  # also with Back and the button again
        tried = opened(browser_client, f"{bench}?answer-drug=0")
        kept = kept_by(browser_client, press(browser_client, tried, KEEP, typed))
        assert (kept.status_code, kept.headers["Location"]) == (303, "/assessments/10000-01?done=kept")
    assert stored(app) == ["10000-01", "10000"]
    assert [one.text for one in notes_of(context_for(app.extensions["rms"].store), "10000-01")] == [
        "After the course"
    ]
    assert "After the course" in opened(browser_client, "/people/10000").text
    unchanged = press(browser_client, tried, KEEP, {"answer-drug": "2"})
    assert unchanged.status_code == 422
    assert page(unchanged.text).first("div", id="errors").text


def test_typed_text_is_kept_with_either_button(browser_client: FlaskClient, bench: str, app: Flask) -> None:
    document = opened(browser_client, f"{bench}?answer-drug=0")
    name = {"name": "After"}  # typed once
    # The name is kept when an invalid answer is tried, and then a valid one.
    for answer, query in (("99", "answer-months_employed=99&name=After"), ("5", "=5&name=After")):
        typed = {"answer-months_employed": answer, **name}
        tried, name = press(browser_client, document, "Recalculate", typed), {}
        assert tried.status_code == 302 and tried.location.endswith(query)
        document = opened(browser_client, tried.location)
        assert document.first("input", name="name").attributes["value"] == "After"
    # Keeping also uses answers that were not tried first.
    kept_by(browser_client, press(browser_client, document, KEEP, {"answer-empl": "0"}))
    kept = find_submission(context_for(app.extensions["rms"].store), "10000-01").assessment.answers
    assert (kept["drug"], kept["months_employed"], kept["empl"]) == (0, 5, 0)
    assert [one.text for one in notes_of(context_for(app.extensions["rms"].store), "10000-01")] == ["After"]


def test_a_what_if_cannot_be_a_baseline(browser_client: FlaskClient, client: FlaskClient, bench: str) -> None:
    client.post("/api/v1/assessments/10000/what-if", json={"answers": {"drug": 0}})
    assert browser_client.get("/assessments/10000-01/workbench").status_code == 409


def test_the_baseline_is_simulated_again_when_library_or_age_changed(
    bench: str, app: Flask, library: Library, clock: Clock
) -> None:
    baseline = find_submission(context_for(app.extensions["rms"].store), "10000")
    today = clock().date()
    same = try_out(baseline, answers={}, unknown={}, library=library, on=today)
    assert not same.resimulated and same.before is baseline.result and same.changes == ()
    older = try_out(baseline, answers={}, unknown={}, library=library, on=today.replace(year=today.year + 3))
    assert older.resimulated
    assert [one.score for one in older.before.simulations] == [one.score for one in older.after.simulations]
