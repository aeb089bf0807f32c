"""Pages for overrides, decisions on overrides, and notes."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from api.auth import allow_roles
from api.auth.roles import CASEWORK, PROFESSIONALS, SUPERVISION
from api.context import request_context
from api.errors import refusal_of
from api.schemas.assessments.notes import new_note
from api.schemas.assessments.overrides import new_decision, new_override
from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import with_findings
from api.services.assessments.notes import notes_of, write_note
from api.services.assessments.overrides import Agreement, Direction, Reason, decide, override, overrides_of
from api.storage import Note, Override
from api.web.assessments.result import JUDGEMENT, identity
from api.web.blueprint import blueprint
from api.web.form_messages import DECISION
from rms.assessment import AssessmentKind
from rms.engine.result import Status
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound
from rms.reports import wording
from rms.submission import Submission

DIRECTIONS = {direction: wording.OVERRIDE_DIRECTIONS[direction] for direction in Direction}
REASONS = {reason: wording.OVERRIDE_REASONS[reason] for reason in Reason}
AGREEMENTS = {Agreement.AGREED: "I agree", Agreement.NOT_AGREED: "I disagree"}
OVERRIDE_WORDS: Mapping[str, str] = {
    **{direction: text.partition(":")[0] for direction, text in wording.OVERRIDE_DIRECTIONS.items()},
    **wording.OVERRIDE_REASONS,
    **wording.OVERRIDE_DECISIONS,
}
MESSAGES = {  # error messages by field
    "process": "Select which score you disagree with.",
    "direction": "Select whether your judgement is higher or lower.",
    "reason_code": "Select what your judgement is based on.",
    "decision": DECISION["decision"],
}
OVERRIDE_TEXT = "Explain your reasons in 20 to 2,000 characters."
NOTE_TEXT = "Enter a note of up to 4,000 characters."


@blueprint.get("/assessments/<id>/override")
@allow_roles(PROFESSIONALS)
def override_form(id: str) -> str:
    return _override_page(_overridable(id))


@blueprint.post("/assessments/<id>/override")
@allow_roles(PROFESSIONALS)
def make_override(id: str) -> ResponseReturnValue:
    submission = _overridable(id)
    try:
        new = new_override(_typed("process", "direction", "reason_code", "text"))
        override(request_context(), submission.id, new)
    except InvalidInput as refused:
        errors = _errors(refused, text=OVERRIDE_TEXT)
        return _override_page(submission, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    return _back(submission.id, "override")


@blueprint.get("/assessments/<id>/overrides/<number>/decision")
@allow_roles(SUPERVISION)
def decision_form(id: str, number: str) -> str:
    return _decision_page(*_override_of(id, number))


@blueprint.post("/assessments/<id>/overrides/<number>/decision")
@allow_roles(SUPERVISION)
def make_decision(id: str, number: str) -> ResponseReturnValue:
    submission, made = _override_of(id, number)
    try:
        decision, text = new_decision(_typed("decision", "text"))
        decide(request_context(), submission.id, made.number, decision, text=text)
    except InvalidInput as refused:
        errors = _errors(refused, text=DECISION["text"])
        return _decision_page(submission, made, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Conflict, Forbidden) as refused:
        page = _decision_page(submission, made, {"decision": refused.detail})
        return page, refusal_of(refused).status
    return _back(submission.id, "decision")


@blueprint.get("/assessments/<id>/notes")
@allow_roles(CASEWORK)
def note_form(id: str) -> str:
    """The form for a note; with `?withdraws=N`, for a note that withdraws note N."""
    submission = _submission(id)
    return _note_page(submission, _withdrawn(submission, request.args.get("withdraws", "")))


@blueprint.post("/assessments/<id>/notes")
@allow_roles(CASEWORK)
def make_note(id: str) -> ResponseReturnValue:
    submission = _submission(id)
    withdrawn = _withdrawn(submission, request.form.get("withdraws", ""))
    try:
        new = new_note(_typed("text"))
        write_note(
            request_context(), submission.id, new.text, withdraws=withdrawn.number if withdrawn else None
        )
    except InvalidInput as refused:
        errors = _errors(refused, text=NOTE_TEXT)
        return _note_page(submission, withdrawn, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Conflict, Forbidden) as refused:
        page = _note_page(submission, withdrawn, {"text": refused.detail})
        return page, refusal_of(refused).status
    return _back(submission.id, "withdrawn" if withdrawn else "note")


def _override_page(submission: Submission, errors: Mapping[str, str] | None = None) -> str:
    scored = {one.process for one in submission.result.simulations if one.status is Status.SIMULATED}
    instrument = submission.assessment.instrument
    return render_template(
        "assessments/override.html",
        submission=submission,
        identity=identity(submission),
        scores={one.process: one for one in submission.result.simulations},
        processes={one.code: one.label for one in instrument.processes if one.code in scored},
        directions=DIRECTIONS,
        reasons=REASONS,
        outcomes={one.code: wording.outcome_name(one) for one in instrument.processes},
        typed=request.form,
        errors=errors or {},
    )


def _decision_page(submission: Submission, made: Override, errors: Mapping[str, str] | None = None) -> str:
    labels = {one.code: one.label for one in submission.assessment.instrument.processes}
    return render_template(
        "assessments/override_decision.html",
        submission=submission,
        identity=identity(submission),
        made=made,
        label=labels[made.process],
        score=score_facts(submission, made.process),
        words=OVERRIDE_WORDS,
        agreements=AGREEMENTS,
        typed=request.form,
        errors=errors or {},
    )


def score_facts(submission: Submission, process: str) -> list[tuple[str, str]]:
    """The score that an override is about, with its interval, or why the user cannot see it: label, value."""
    simulation = next(one for one in submission.result.simulations if one.process == process)
    if simulation.status is not Status.SIMULATED or simulation.score is None:
        return [("Score", wording.WITHHELD.get(simulation.status, wording.NO_VALUE))]
    interval = wording.interval_range(simulation.interval) if simulation.interval else wording.NO_VALUE
    return [("Score", wording.two_decimals(simulation.score)), ("95% interval", interval)]


def _note_page(
    submission: Submission, withdrawn: Note | None, errors: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "assessments/note.html",
        submission=submission,
        identity=identity(submission),
        withdrawn=withdrawn,
        typed=request.form,
        errors=errors or {},
    )


def _submission(id: str) -> Submission:
    return find_submission(request_context(), id.upper())


def _overridable(id: str) -> Submission:
    submission = with_findings(_submission(id))
    if submission.assessment.kind is AssessmentKind.WHAT_IF:
        raise Conflict("You cannot override a what-if, because it is not an assessment of the person.")
    return submission


def _override_of(id: str, number: str) -> tuple[Submission, Override]:
    submission = with_findings(_submission(id))
    for made in overrides_of(request_context(), submission.id):
        if str(made.number) == number:
            return submission, made
    raise NotFound("This assessment has no override with that number.")


def _withdrawn(submission: Submission, number: str) -> Note | None:
    """The note with the typed number; None if no number is given."""
    if not number:
        return None
    for note in notes_of(request_context(), submission.id):
        if str(note.number) == number:
            return note
    raise NotFound("This assessment has no note with that number.")


def _typed(*names: str) -> dict[str, str]:
    """What was typed, without empty fields and with line feeds instead of the browser's CRLF."""
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in names}
    return {name: text for name, text in typed.items() if text}


def _errors(refused: InvalidInput, *, text: str) -> Mapping[str, str]:
    messages = {**MESSAGES, "text": text}
    problems = {problem.pointer.removeprefix("/"): problem for problem in refused.problems}
    return {
        name: problems[name].detail if problems[name].code == "no_score" else message
        for name, message in messages.items()
        if name in problems
    }


def _back(id: str, done: str) -> Response:
    return redirect(url_for(JUDGEMENT.endpoint, id=id, done=done), HTTPStatus.SEE_OTHER)
