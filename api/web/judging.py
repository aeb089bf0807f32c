"""One's own judgement as a page, before anything that was found is shown."""

from http import HTTPStatus

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import to
from api.auth.roles import CASEWORK
from api.current import services
from api.services.assessments import find_submission
from api.services.judgements import Judgement, OwnJudgement, judge
from api.web.blueprint import blueprint
from rms.submission import Submission

JUDGEMENTS = {
    Judgement.LOWER: "Less likely",
    Judgement.ABOUT_THE_SAME: "About as likely",
    Judgement.HIGHER: "More likely",
}
CONFIDENCE = {1: "1, a guess", 2: "2", 3: "3", 4: "4", 5: "5, certain"}


def judging_page(submission: Submission, *, missing: tuple[str, ...] = ()) -> str:
    """The form for every process of the assessment; `missing` are the processes not judged yet."""
    asked = {one.process for one in submission.result.simulations}
    instrument = submission.assessment.instrument
    return render_template(
        "judge.html",
        submission=submission,
        processes=[one for one in instrument.processes if one.code in asked],
        judgements=JUDGEMENTS,
        confidence=CONFIDENCE,
        typed=request.form,
        missing=missing,
    )


@blueprint.post("/assessments/<id>/judgements")
@to(CASEWORK)
def record_judgement(id: str) -> ResponseReturnValue:
    works_with = services()
    submission = find_submission(id.upper(), store=works_with.store)
    processes = [one.process for one in submission.result.simulations]
    judged = {process: own for process in processes if (own := _own(process))}
    if missing := tuple(process for process in processes if process not in judged):
        return judging_page(submission, missing=missing), HTTPStatus.UNPROCESSABLE_ENTITY
    judge(submission.id, judged, by=g.user, store=works_with.store, at=works_with.clock())
    return redirect(url_for("web.result", id=submission.id), HTTPStatus.SEE_OTHER)


def _own(process: str) -> OwnJudgement | None:
    """What the form says of this process, if it says it whole."""
    judgement = request.form.get(f"judgement-{process}", "")
    confidence = request.form.get(f"confidence-{process}", "")
    if judgement not in tuple(Judgement) or confidence not in map(str, CONFIDENCE):
        return None
    return OwnJudgement(Judgement(judgement), int(confidence))
