"""One assessment's result as a page, its report and its needs plot."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, render_template, request

from api.auth import to
from api.auth.roles import CASEWORK
from api.current import services
from api.services.assessments import find_submission
from api.web import showing
from api.web.blueprint import blueprint
from rms.engine.result import Simulation
from rms.errors import NotFound
from rms.reports import wording
from rms.reports.charts import as_svg, needs_plot
from rms.reports.content import ratings, report
from rms.reports.pdf import report_pdf
from rms.submission import Submission

READINGS: dict[wording.Reading, str] = {
    "simulated": "what was simulated",
    "expected": "what is expected from everything else",
}
LETTERS = {
    "V": "Violence",
    "P": "Property",
    "D": "Drug",
    "W": "Weapon",
    "E": "Escape",
    "O": "Other",
}


@dataclass(frozen=True)
class Change:
    """An answer that differs from the one in the assessment a form started from, as text."""

    label: str
    before: str
    after: str


@blueprint.get("/assessments/<id>")
@to(CASEWORK)
def result(id: str) -> str:
    submission = _submission(id)
    origin, reading = _origin(submission), _reading()
    return render_template(
        "result.html",
        submission=submission,
        report=report(submission),
        origin=origin,
        answers=list(_changed_answers(origin, submission)) if origin else [],
        scores=list(_changed_scores(origin, submission)) if origin else [],
        letters=LETTERS,
        reading=reading,
        readings=READINGS,
        plot_told=_plot_told(submission, reading),
    )


@blueprint.get("/assessments/<id>/report.pdf")
@to(CASEWORK)
def report_file(id: str) -> Response:
    submission = _submission(id)
    response = Response(report_pdf(report(submission)), mimetype="application/pdf")
    kind = "what-if" if submission.assessment.baseline_id else "assessment"
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}-{submission.id}.pdf"'
    return response


@blueprint.get("/assessments/<id>/needs.svg")
@to(CASEWORK)
def needs_plot_file(id: str) -> Response:
    submission, reading = _submission(id), _reading()
    instrument = submission.assessment.instrument
    if not instrument.needs:
        raise NotFound(f"The instrument {instrument.name} rates no needs.")
    drawing = needs_plot(submission.result.needs, instrument, reading=reading)
    told = _plot_told(submission, reading)
    return Response(
        as_svg(drawing, title=wording.needs_title(reading), description=told), mimetype="image/svg+xml"
    )


def _submission(id: str) -> Submission:
    return find_submission(id.upper(), store=services().store)


def _origin(submission: Submission) -> Submission | None:
    id = submission.assessment.baseline_id or submission.assessment.based_on
    return _submission(id) if id else None


def _changed_answers(before: Submission, after: Submission) -> Iterator[Change]:
    """The answers that are told differently."""
    told = {fact.label: fact.value for group in ratings(before.assessment) for fact in group.ratings}
    for group in ratings(after.assessment):
        for fact in group.ratings:
            earlier = told.get(fact.label, wording.NO_VALUE)
            if earlier != fact.value:
                yield Change(fact.label, earlier, fact.value)


def _changed_scores(before: Submission, after: Submission) -> Iterator[Change]:
    """Each process's score in the baseline and in the what-if, changed or not."""
    earlier = {one.process: one for one in before.result.simulations}
    labels = {process.code: process.label for process in after.assessment.instrument.processes}
    for one in after.result.simulations:
        yield Change(labels[one.process], _score(earlier.get(one.process)), showing.score_of(one))


def _score(simulation: Simulation | None) -> str:
    return wording.NO_VALUE if simulation is None else showing.score_of(simulation)


def _reading() -> wording.Reading:
    asked = request.args.get("reading", "simulated")
    return asked if asked in READINGS else "simulated"


def _plot_told(submission: Submission, reading: wording.Reading) -> str:
    return wording.needs_description(
        submission.result.needs, submission.assessment.instrument, reading=reading
    )
