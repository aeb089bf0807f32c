"""The result page: scores, the past cases behind them, needs, overrides and notes."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import library_of, request_context
from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import awaits_judgement, with_findings
from api.services.assessments.notes import notes_of
from api.services.assessments.overrides import overrides_of
from api.storage import ListedSubmission
from api.web import formatting
from api.web.assessments.comparing import changed_answers, need_differences, score_differences
from api.web.assessments.judging import judging_page
from api.web.assessments.overrides_and_notes import OVERRIDE_WORDS
from api.web.assessments.result_files import CSV_FIELDS, CSV_LABELS
from api.web.blueprint import blueprint
from rms.assessment import Assessment, AssessmentKind
from rms.engine.explaining.comparability import Compared, Explanation, explain
from rms.engine.result import Comparable
from rms.instrument import Instrument
from rms.reports import wording
from rms.reports.content import Fact, ProcessSection, Report, answer_text, origin_of, report
from rms.submission import Submission

READINGS: dict[wording.Reading, str] = {
    "simulated": "the simulated rating",
    "expected": "the rating expected from other answers",
}
LETTERS = {
    "V": "Violence",
    "P": "Property",
    "D": "Drug",
    "W": "Weapon",
    "E": "Escape",
    "O": "Other",
}
DONE = {
    "override": "Override recorded. The score does not change. A supervisor will decide on it.",
    "decision": "Decision recorded.",
    "note": "Note saved.",
    "withdrawn": "Note withdrawn. It stays readable, with the reason.",
    "judged": "Judgement recorded. You can now see the results.",
    "kept": "What-if saved.",
}


@dataclass(frozen=True)
class ComparedItem:
    """One item of the person and of a case, in words; `share` of the distance in whole percent."""

    label: str
    person: str
    case: str
    share: str


@dataclass(frozen=True)
class CaseExplanation:
    """CaseExplanation one case is comparable."""

    case: Comparable
    alike: tuple[ComparedItem, ...]
    differ: tuple[ComparedItem, ...]
    together: str
    rest: str


@dataclass(frozen=True)
class ProcessRow:
    """One row: a process with its part of the report."""

    code: str
    section: ProcessSection
    chosen: bool


@blueprint.get("/assessments/<id>")
@allow_roles(CASEWORK)
def result(id: str) -> str:
    submission = submission_of(id)
    return judging_page(submission) if awaits_judgement(submission) else _result_page(submission)


@blueprint.get("/assessments/<id>/changes")
@allow_roles(CASEWORK)
def changes(id: str) -> str:
    """Compare this assessment with the one it started from."""
    submission = with_findings(submission_of(id))
    origin = _origin(submission)
    compared = origin if origin and not awaits_judgement(origin) else None
    instrument = submission.assessment.instrument
    return render_template(
        "assessments/changes.html",
        submission=submission,
        origin=origin,
        what_if=submission.assessment.kind is AssessmentKind.WHAT_IF,
        answers=changed_answers(submission),
        scores=list(score_differences(compared.result, submission.result, instrument)) if compared else [],
        needs=need_differences(compared.result, submission.result, instrument) if compared else (),
    )


@blueprint.get("/assessments/<id>/needs")
@allow_roles(CASEWORK)
def needs(id: str) -> str:
    """The needs plot on its own page, large, with its table."""
    submission = with_findings(submission_of(id))
    reading = requested_reading()
    return render_template(
        "assessments/needs.html",
        submission=submission,
        report=report(submission),
        reading=reading,
        readings=READINGS,
        plot_description=plot_description(submission, reading),
    )


def submission_of(id: str) -> Submission:
    """The submission with this ID, in upper or lower case."""
    return find_submission(request_context(), id.upper())


def identity(submission: Submission) -> tuple[Fact, ...]:
    """The facts in the bar at the top: the person, when, by whom and with which library."""
    assessment, library = submission.assessment, submission.result.library
    return (
        *identity_of_person(assessment, age=assessment.age),
        Fact("Submitted", formatting.moment(submission.submitted_at)),
        Fact("By", submission.submitted_by),
        Fact("Library", f"{library.name} {library.version}"),
    )


def identity_of_person(
    recorded: Assessment | ListedSubmission, *, age: int | None = None
) -> tuple[Fact, ...]:
    """The person as recorded in an assessment; with the age at that time, if given."""
    born, release = formatting.day(recorded.date_of_birth), recorded.release_date
    return (
        Fact("Sex", recorded.sex),
        Fact("Date of birth", born if age is None else f"{born} ({age} years)"),
        Fact("Estimated release", formatting.day(release) if release else wording.NOT_KNOWN),
    )


def requested_reading() -> wording.Reading:
    reading = request.args.get("reading", "simulated")
    return reading if reading in READINGS else "simulated"


def plot_description(submission: Submission, reading: wording.Reading) -> str:
    return wording.needs_description(
        submission.result.needs, submission.assessment.instrument, reading=reading
    )


def process_rows(submission: Submission, document: Report, *, chosen: str) -> tuple[ProcessRow, ...]:
    """Every process of the assessment, in the order of the result."""
    return tuple(
        ProcessRow(simulation.process, section, simulation.process == chosen)
        for simulation, section in zip(submission.result.simulations, document.processes, strict=True)
    )


def _result_page(submission: Submission) -> str:
    in_use = library_of(submission.assessment.instrument.name)
    library = in_use.if_whole()
    document = report(submission, library=library)
    requested = request.args.get("process")
    processes = [simulation.process for simulation in submission.result.simulations]
    chosen = requested if requested in processes else processes[0]
    origin, reading = _origin(submission), requested_reading()
    explained = explain(submission.result, chosen, library) if library else ()
    shown = next(
        simulation.comparables for simulation in submission.result.simulations if simulation.process == chosen
    )
    compared = origin if origin and document.what_if and not awaits_judgement(origin) else None
    context = request_context()
    return render_template(
        "assessments/result.html",
        submission=submission,
        report=document,
        identity=identity(submission),
        rows=process_rows(submission, document, chosen=chosen),
        chosen=chosen,
        by_default=requested != chosen,
        why=[_why(*pair, in_use.instrument) for pair in zip(explained, shown, strict=False)],
        library_altered=library is None,
        origin=origin,
        answers=changed_answers(submission),
        scores=list(score_differences(compared.result, submission.result, submission.assessment.instrument))
        if compared
        else [],
        letters=LETTERS,
        reading=reading,
        readings=READINGS,
        plot_description=plot_description(submission, reading),
        overrides=overrides_of(context, submission.id),
        notes=notes_of(context, submission.id),
        words=OVERRIDE_WORDS,
        columns=CSV_LABELS,
        csv_fields=CSV_FIELDS,
        done=DONE.get(request.args.get("done", "")),
    )


def _origin(submission: Submission) -> Submission | None:
    id = origin_of(submission)
    return submission_of(id) if id else None


def _why(explanation: Explanation, case: Comparable, instrument: Instrument) -> CaseExplanation:
    return CaseExplanation(
        case=case,
        alike=tuple(_items(explanation.alike, instrument)),
        differ=tuple(_items(explanation.differ, instrument)),
        together=wording.percent(100 * explanation.together),
        rest=wording.percent(100 * explanation.rest),
    )


def _items(compared: tuple[Compared, ...], instrument: Instrument) -> Iterator[ComparedItem]:
    for comparison in compared:
        item = instrument.item(comparison.code)
        person, case = (
            wording.NOT_KNOWN if answer is None else answer_text(answer, item)
            for answer in (comparison.person, comparison.case)
        )
        yield ComparedItem(item.label, person, case, wording.percent(100 * comparison.share))
