"""The survey of users: its form, its period, and the results of surveys that have ended."""

from http import HTTPStatus

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION, AGENCY_POLICY, EVERYBODY
from api.context import request_context
from api.schemas.support.forms import survey_answer
from api.services.support.surveys import (
    LONGEST_DAYS,
    answer_survey,
    close_survey,
    csv_of_surveys,
    ended_surveys,
    open_survey,
    survey_state,
)
from api.services.transfer.export_files import CSV
from api.web.blueprint import blueprint
from api.web.form_data import Errors, day_in, done_message, errors_of, filled_fields, typed
from rms.errors import Conflict, InvalidInput
from rms.parsing import date_in
from rms.support.survey import FEWEST, LONGEST, OFTEN, POINTS, SCALE, STATEMENTS, USED

DONE = {
    "answered": "Thank you. Your answer is kept without your name.",
    "opened": "Survey opened.",
    "closed": "Survey closed. Its result is below.",
}
ANSWER = {
    **{name: f"Say how far you agree: {statement}" for name, statement in STATEMENTS.items()},
    "used": "Say how often you have used RMS.",
    "text": f"Use up to {LONGEST:,} characters.",
}
NO_DAY = f"Enter today or a day in the next {LONGEST_DAYS} days."


@blueprint.get("/support/survey")
@allow_roles(EVERYBODY)
def survey() -> str:
    return _page()


@blueprint.post("/support/survey")
@allow_roles(EVERYBODY)
def answer_the_survey() -> ResponseReturnValue:
    try:
        answer_survey(request_context(), survey_answer(filled_fields()))
    except InvalidInput as refused:
        return _page(errors_of(refused, ANSWER)), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page({"trust": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.survey", done="answered"), HTTPStatus.SEE_OTHER)


@blueprint.post("/support/survey/open")
@allow_roles(ADMINISTRATION)
def open_the_survey() -> ResponseReturnValue:
    day = date_in(day_in(typed(), "last_day"))
    try:
        if day is None:
            return _page({"last_day": NO_DAY}), HTTPStatus.UNPROCESSABLE_ENTITY
        open_survey(request_context(), day)
    except InvalidInput:
        return _page({"last_day": NO_DAY}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Conflict as refused:
        return _page({"last_day": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.survey", done="opened"), HTTPStatus.SEE_OTHER)


@blueprint.post("/support/survey/close")
@allow_roles(ADMINISTRATION)
def close_the_survey() -> ResponseReturnValue:
    close_survey(request_context())
    return redirect(url_for("web.survey", done="closed"), HTTPStatus.SEE_OTHER)


@blueprint.get("/support/survey/results.csv")
@allow_roles(AGENCY_POLICY)
def survey_csv() -> ResponseReturnValue:
    return attachment(csv_of_surveys(request_context()), CSV, "survey-results.csv")


def _page(errors: Errors | None = None) -> str:
    context = request_context()
    reads = g.user.role in AGENCY_POLICY
    return render_template(
        "support/survey.html",
        state=survey_state(context),
        ended=ended_surveys(context) if reads else (),
        reads=reads,
        administers=g.user.role in ADMINISTRATION,
        statements=STATEMENTS,
        scale={str(point): words for point, words in SCALE.items()},
        used=USED,
        often={str(point): words for point, words in OFTEN.items()},
        points=POINTS,
        fewest=FEWEST,
        longest=LONGEST,
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )
