"""A survey: opened for a period, answered once by each user, and its result without names."""

import csv
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_user
from api.services.support.surveys import answer_survey
from api.services.users import Role
from api.storage.tables import survey_answers
from rms.support.survey import SurveyAnswer
from tests.api.conftest import PASSWORD, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import answer, as_browser
from tests.api.web.every_page import CHECKS
from tests.api.web.pages import errors_at_fields, opened, page

SURVEY = "/support/survey"
ANSWER = {"trust": "4", "ease": "2", "usefulness": "5", "used": "3", "text": "Show the map first."}
PERIOD = {"last_day-day": "20", "last_day-month": "3", "last_day-year": "2026"}


def opened_survey(administrator: FlaskClient) -> None:
    assert answer(administrator, SURVEY, "/open", **PERIOD).status_code == 303


def others_answer(app: Flask, clock: Clock, count: int) -> None:
    store = app.extensions["rms"].store
    for number in range(count):
        context = context_for(store, at=clock(), by="test")
        user = create_user(context, f"user{number}", PASSWORD, role=Role.ANALYST)
        answer_survey(context_for(store, at=clock(), by=user), SurveyAnswer(5, 5, 3, 1))


def test_opened_answered_and_closed(
    app: Flask, clock: Clock, supervisor: FlaskClient, administrator: FlaskClient
) -> None:
    assert "No survey is open." in opened(supervisor, SURVEY).text
    opened_survey(administrator)
    assert answer(supervisor, SURVEY, "/survey", **ANSWER).status_code == 303
    again = opened(supervisor, SURVEY)
    assert "You have answered this survey." in again.text and "1 user has answered so far." in again.text
    others_answer(app, clock, 4)
    assert "Agree (95% interval)" not in opened(administrator, SURVEY).text  # while it is open
    assert answer(administrator, SURVEY, "/close").status_code == 303
    shown = opened(administrator, SURVEY)
    for check in CHECKS:
        check(shown)
    assert "5 of 5: 100% (57% to 100%)" in shown.text and "4 of 5: 80% (38% to 96%)" in shown.text
    assert "Show the map first." in shown.text and "b.supervisor" not in shown.first("main").text
    lines = list(csv.DictReader(StringIO(administrator.get(f"{SURVEY}/results.csv").text)))
    assert [(line["agree"], line["answers"]) for line in lines] == [
        ("5", "5"),
        ("4", "5"),
        ("1", "5"),
        ("", "5"),
    ]
    analyst = as_browser(Role.ANALYST, app)
    assert "Results" not in opened(analyst, SURVEY).first("main").text


def test_a_user_answers_once(supervisor: FlaskClient, administrator: FlaskClient) -> None:
    opened_survey(administrator)
    form = opened(supervisor, SURVEY).first("main").first("form")
    sent = {**ANSWER, "csrf_token": form.first("input", name="csrf_token").attributes["value"]}
    assert supervisor.post(SURVEY, data=sent).status_code == 303
    refused = supervisor.post(SURVEY, data=sent)
    assert refused.status_code == 409 and "already answered" in refused.text


def test_below_five_answers_there_is_no_result(app: Flask, clock: Clock, administrator: FlaskClient) -> None:
    opened_survey(administrator)
    others_answer(app, clock, 4)
    answer(administrator, SURVEY, "/close")
    text = opened(administrator, SURVEY).text
    assert "Fewer than 5 users answered" in text and "4 answers" not in text
    assert len(administrator.get(f"{SURVEY}/results.csv").text.splitlines()) == 1


def test_no_row_says_whose_answer_it_is(
    app: Flask, supervisor: FlaskClient, administrator: FlaskClient
) -> None:
    opened_survey(administrator)
    answer(supervisor, SURVEY, "/survey", **ANSWER)
    columns = {column.name for column in survey_answers.columns}
    assert columns == {"id", "survey", "trust", "ease", "usefulness", "used", "text"}
    with app.extensions["rms"].store.reading() as tx:
        (entry,) = [one for one in tx.audit.entries() if one.action == "survey.answered"]
    assert (entry.object_key, entry.detail) == ("1", {})


WRONG = [
    ("/survey", {"trust": ""}, {"trust"}),
    ("/survey", {"used": "6", "ease": "x"}, {"ease", "used"}),
    ("/survey", {"text": "x" * 2001}, {"text"}),
]


@pytest.mark.parametrize(("form", "typed", "wrong"), WRONG)
def test_what_is_refused(
    supervisor: FlaskClient, administrator: FlaskClient, form: str, typed: dict[str, str], wrong: set[str]
) -> None:
    opened_survey(administrator)
    sent = answer(supervisor, SURVEY, form, **{**ANSWER, **typed})
    assert sent.status_code == 422
    document = page(sent.text)
    for check in CHECKS:
        check(document)
    assert set(errors_at_fields(document)) == wrong


@pytest.mark.parametrize("day", [{"last_day-day": ""}, {"last_day-year": "2025"}, {"last_day-year": "2027"}])
def test_the_last_day_is_soon(administrator: FlaskClient, day: dict[str, str]) -> None:
    sent = answer(administrator, SURVEY, "/open", **{**PERIOD, **day})
    assert sent.status_code == 422 and set(errors_at_fields(page(sent.text))) == {"last_day"}


def test_after_its_last_day_it_has_ended(clock: Clock, app: Flask, administrator: FlaskClient) -> None:
    opened_survey(administrator)
    clock.advance(days=17)
    later = as_browser(Role.AUDITOR, app)
    assert "No survey is open." in opened(later, SURVEY).text
