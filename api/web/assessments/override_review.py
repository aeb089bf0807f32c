"""Pages to review overrides: those waiting for a decision, and how overrides are used."""

from http import HTTPStatus

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import libraries, request_context
from api.errors import refusal_of
from api.schemas.assessments.overrides import new_decision
from api.services.assessments.corrections import corrected_by
from api.services.assessments.overrides import (
    OfficerSummary,
    ProcessSummary,
    decide,
    override_numbered,
    override_summaries,
    overrides_to_review,
)
from api.storage import Override
from api.web.assessments.overrides_and_notes import AGREEMENTS, DIRECTIONS, REASONS, score_facts
from api.web.assessments.result import identity, submission_of
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import DECISION
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound
from rms.reports import wording
from rms.rounding import half_up
from rms.suppression import LEAST_SHOWN

DONE = {"decided": "Your decision has been recorded. The score does not change."}


@blueprint.get("/office/overrides")
@allow_roles(SUPERVISION)
def override_review() -> str:
    context = request_context()
    return render_template(
        "assessments/override_practice.html",
        review=overrides_to_review(context),
        summary=override_summaries(context),
        least_shown=LEAST_SHOWN,
        done=done_message(DONE),
        labels=_processes(),
        directions=DIRECTIONS,
        reasons=REASONS,
        decisions=wording.OVERRIDE_DECISIONS,
        rate_of=_rate,
    )


@blueprint.get("/office/overrides/<id>/<number>")
@allow_roles(SUPERVISION)
def override_decision_form(id: str, number: str) -> str:
    return _page(id.upper(), _found(id, number))


@blueprint.post("/office/overrides/<id>/<number>")
@allow_roles(SUPERVISION)
def decide_on_override(id: str, number: str) -> ResponseReturnValue:
    made = _found(id, number)
    try:
        decision, text = new_decision(filled_fields())
        decide(request_context(), id.upper(), made.number, decision, text=text)
    except InvalidInput as refused:
        page = _page(id.upper(), made, errors=errors_of(refused, DECISION))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    except (Conflict, Forbidden) as refused:
        return _page(id.upper(), made, errors={"decision": refused.detail}), refusal_of(refused).status
    return redirect(url_for("web.override_review", done="decided"), HTTPStatus.SEE_OTHER)


def _found(id: str, number: str) -> Override:
    if not (number.isdecimal() and len(number) < 10):
        raise NotFound("This assessment has no override with that number.")
    return override_numbered(request_context(), id.upper(), int(number))


def _page(id: str, made: Override, *, errors: Errors | None = None) -> str:
    submission = submission_of(id)
    return render_template(
        "assessments/override_review.html",
        id=id,
        identity=identity(submission),
        score=score_facts(submission, made.process),
        corrected_by=corrected_by(request_context(), id),
        override=made,
        own=made.author == g.user.id,
        errors=errors or {},
        typed=typed(),
        labels=_outcomes(),
        directions=DIRECTIONS,
        reasons=REASONS,
        decisions=AGREEMENTS,
        decided=wording.OVERRIDE_DECISIONS,
    )


def _rate(summary: ProcessSummary | OfficerSummary) -> str | None:
    """The share of the assessments that were overridden; None without any, or if their number is hidden."""
    if summary.overridden is None or not summary.assessments:
        return None
    return f"{half_up(100 * summary.overridden / summary.assessments):.0f}%"


def _processes() -> dict[str, str]:
    return libraries().process_labels


def _outcomes() -> dict[str, str]:
    """The processes and what each of their scores is about."""
    return {
        process.code: f"{process.label} ({wording.outcome_name(process)})"
        for process in libraries().processes
    }
