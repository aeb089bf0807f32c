"""The page on which users record their own judgement before they see the results."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import request_context
from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import Judgement, OwnJudgement, judge
from api.web.blueprint import blueprint
from api.web.people.identity import identity_of
from rms.submission import Submission

JUDGEMENTS = {
    Judgement.LOWER: "Less likely",
    Judgement.ABOUT_THE_SAME: "About as likely",
    Judgement.HIGHER: "More likely",
}
CONFIDENCE = {"1": "1 (a guess)", "2": "2", "3": "3", "4": "4", "5": "5 (certain)"}


def judging_page(submission: Submission, errors: Mapping[str, str] | None = None) -> str:
    """The form for every process of the assessment; `errors` is field → message."""
    scored = {one.process for one in submission.result.simulations}
    instrument = submission.assessment.instrument
    return render_template(
        "assessments/judge.html",
        submission=submission,
        identity=identity_of(submission.assessment.offender_number, submission.assessment),
        processes=[one for one in instrument.processes if one.code in scored],
        judgements=JUDGEMENTS,
        confidence=CONFIDENCE,
        typed=request.form,
        errors=errors or {},
    )


@blueprint.post("/assessments/<id>/judgements")
@allow_roles(CASEWORK)
def record_judgement(id: str) -> ResponseReturnValue:
    context = request_context()
    submission = find_submission(context, id.upper())
    processes = [one.process for one in submission.result.simulations]
    judged = {process: own for process in processes if (own := _own(process))}
    if len(judged) < len(processes):
        return judging_page(submission, dict(_errors(submission))), HTTPStatus.UNPROCESSABLE_ENTITY
    judge(context, submission.id, judged)
    return redirect(url_for("web.result", id=submission.id, done="judged"), HTTPStatus.SEE_OTHER)


def _errors(submission: Submission) -> Iterator[tuple[str, str]]:
    """Error messages for missing answers, by field."""
    labels = {one.code: one.label for one in submission.assessment.instrument.processes}
    for process in (one.process for one in submission.result.simulations):
        if request.form.get(f"judgement-{process}", "") not in tuple(Judgement):
            yield f"judgement-{process}", f"{labels[process]}: select your judgement."
        if request.form.get(f"confidence-{process}", "") not in CONFIDENCE:
            yield f"confidence-{process}", f"{labels[process]}: select how sure you are."


def _own(process: str) -> OwnJudgement | None:
    """The judgement of this process, if the form gives it completely."""
    judgement = request.form.get(f"judgement-{process}", "")
    confidence = request.form.get(f"confidence-{process}", "")
    if judgement not in tuple(Judgement) or confidence not in CONFIDENCE:
        return None
    return OwnJudgement(Judgement(judgement), int(confidence))
