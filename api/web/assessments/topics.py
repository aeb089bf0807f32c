"""The pages of a result, one topic each, and the report to print."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import libraries, library_named, request_context
from api.services.assessments.judgements import awaits_judgement
from api.services.assessments.notes import notes_of
from api.services.assessments.overrides import overrides_of
from api.services.assessments.printing import printed
from api.services.library_in_use import LibraryInUse
from api.web.assessments.comparing import changed_answers, need_differences, score_differences
from api.web.assessments.explanation import explained_processes
from api.web.assessments.judging import judging_page
from api.web.assessments.overrides_and_notes import OVERRIDE_WORDS
from api.web.assessments.result import (
    ANSWERS,
    CHANGES,
    COMPARABLES,
    FILES,
    JUDGEMENT,
    NEEDS,
    SUMMARY,
    WHY,
    Topic,
    identity,
    needs_pictures,
    plot_description,
    requested_labels,
    requested_reading,
    result_page,
    submission_of,
)
from api.web.assessments.result_files import CSV_FIELDS, CSV_LABELS
from api.web.blueprint import blueprint
from api.web.formatting import inline
from rms.engine.explaining.comparability import Compared, Explanation, explain
from rms.engine.library import Library
from rms.engine.result import Comparable, Simulation
from rms.instrument import Instrument
from rms.reports import explaining, wording
from rms.reports.charts import score_plot
from rms.reports.content import ProcessSection, Report, answer_text, origin_of, report
from rms.reports.drawing import as_svg
from rms.reports.needs_charts import HEIGHT, NARROW, rows_height
from rms.submission import Submission

LETTERS = {
    "V": "Violence",
    "P": "Property",
    "D": "Drug",
    "W": "Weapon",
    "E": "Escape",
    "O": "Other",
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
    """Why one case is comparable."""

    case: Comparable
    alike: tuple[ComparedItem, ...]
    differ: tuple[ComparedItem, ...]
    together: str
    rest: str


@dataclass(frozen=True)
class Picture:
    """A drawing that is part of a page: its address holds all of it."""

    address: str
    words: str


@dataclass(frozen=True)
class ProcessRow:
    """One process with its part of the report; `picture` is its score, if there is one."""

    code: str
    section: ProcessSection
    picture: Picture | None


@blueprint.get("/assessments/<id>")
@allow_roles(CASEWORK)
def result(id: str) -> ResponseReturnValue:
    """The summary. An old link may name another topic in its query."""
    if process := request.args.get("process"):
        return redirect(url_for(COMPARABLES.endpoint, id=id, process=process))
    if reading := request.args.get("reading"):
        return redirect(url_for(NEEDS.endpoint, id=id, reading=reading))
    return _page(id, SUMMARY)


@blueprint.get("/assessments/<id>/comparable-people")
@allow_roles(CASEWORK)
def comparable_people(id: str) -> str:
    return _page(id, COMPARABLES)


@blueprint.get("/assessments/<id>/needs")
@allow_roles(CASEWORK)
def needs(id: str) -> str:
    return _page(id, NEEDS)


@blueprint.get("/assessments/<id>/explained")
@allow_roles(CASEWORK)
def explained_result(id: str) -> str:
    return _page(id, WHY)


@blueprint.get("/assessments/<id>/changes")
@allow_roles(CASEWORK)
def changes(id: str) -> str:
    """Compare this assessment with the one it started from."""
    return _page(id, CHANGES)


@blueprint.get("/assessments/<id>/judgement-and-notes")
@allow_roles(CASEWORK)
def judgement_and_notes(id: str) -> str:
    return _page(id, JUDGEMENT)


@blueprint.get("/assessments/<id>/answers")
@allow_roles(CASEWORK)
def answers(id: str) -> str:
    return _page(id, ANSWERS)


@blueprint.get("/assessments/<id>/files")
@allow_roles(CASEWORK)
def files(id: str) -> str:
    return _page(id, FILES)


@blueprint.get("/assessments/<id>/print")
@allow_roles(CASEWORK)
def report_to_print(id: str) -> str:
    """The same report as the PDF."""
    submission = submission_of(id)
    if awaits_judgement(submission):
        return judging_page(submission)
    return render_template(
        "assessments/report.html",
        submission=submission,
        report=printed(request_context(), submission),
        identity=identity(submission),
        plot=needs_pictures(submission, "simulated", "codes"),
        plot_description=plot_description(submission, "simulated"),
        plot_height=HEIGHT,
        narrow_height=rows_height(2, len(submission.assessment.instrument.needs), rows=NARROW),
        wording=wording,
    )


def _page(id: str, topic: Topic) -> str:
    submission = submission_of(id)
    if awaits_judgement(submission):
        return judging_page(submission)
    library = _library_of(submission)
    document = report(submission, library=library.if_whole() if library else None)
    return result_page(submission, document, topic, **_VALUES[topic](submission, document))


def _library_of(submission: Submission) -> LibraryInUse | None:
    """The library in use for the form of the assessment; None if the form is no longer in use."""
    form = submission.assessment.instrument.name
    return library_named(form) if libraries().has(form) else None


def _summary(submission: Submission, document: Report) -> dict[str, Any]:
    return {"rows": _rows(submission, document), "unconfirmed": _unconfirmed()}


def _unconfirmed() -> str:
    """How many answers were carried over when it was saved, as the address says."""
    unconfirmed = request.args.get("unconfirmed", type=int)
    return wording.answers(unconfirmed) if unconfirmed else ""


def _rows(submission: Submission, document: Report) -> tuple[ProcessRow, ...]:
    """Every process of the assessment, in the order of the result."""
    return tuple(
        ProcessRow(simulation.process, section, _picture(simulation, section))
        for simulation, section in zip(submission.result.simulations, document.processes, strict=True)
    )


def _picture(simulation: Simulation, section: ProcessSection) -> Picture | None:
    """The score on its scale."""
    if section.score is None or simulation.score is None or simulation.interval is None:
        return None
    words = wording.score_description(simulation.score, simulation.interval)
    drawn = as_svg(score_plot(simulation.score, simulation.interval), title=section.label, description=words)
    return Picture(inline(drawn), words)


def _comparables(submission: Submission, document: Report) -> dict[str, Any]:
    in_use = _library_of(submission)
    library = in_use.if_whole() if in_use else None
    requested = request.args.get("process")
    processes = [simulation.process for simulation in submission.result.simulations]
    chosen = requested if requested in processes else processes[0]
    return {
        "rows": _rows(submission, document),
        "chosen": chosen,
        "by_default": requested != chosen,
        "cases": list(_cases(submission, chosen, library)),
        "library_altered": in_use is not None and library is None,
        "letters": LETTERS,
    }


def _cases(submission: Submission, process: str, library: Library | None) -> Iterator[CaseExplanation]:
    """Why each case is comparable; nothing if the library of this result is not in use."""
    if library is None:
        return
    shown = next(one.comparables for one in submission.result.simulations if one.process == process)
    for explanation, case in zip(explain(submission.result, process, library), shown, strict=False):
        yield _case(explanation, case, library.instrument)


def _needs(submission: Submission, _: Report) -> dict[str, Any]:
    reading, labels = requested_reading(), requested_labels()
    count = len(submission.assessment.instrument.needs)
    return {
        "reading": reading,
        "labels": labels,
        "plot_height": HEIGHT if labels == "codes" else rows_height(2, count),
        "narrow_height": rows_height(2, count, rows=NARROW),
        "plot": needs_pictures(submission, reading, labels),
        "plot_description": plot_description(submission, reading),
    }


def _why(submission: Submission, document: Report) -> dict[str, Any]:
    in_use = _library_of(submission)
    if in_use is None:
        return {"library_in_use": False, "explained": ()}
    library = in_use.whole()
    return {
        "library_in_use": submission.result.library.sha256 == library.reference.sha256,
        "explained": explained_processes(submission, document, library),
        "moved_caveat": explaining.ATTRIBUTION_CAVEAT,
        "suggestions_caveat": explaining.SUGGESTIONS_CAVEAT,
    }


def _changes(submission: Submission, _: Report) -> dict[str, Any]:
    id, instrument = origin_of(submission), submission.assessment.instrument
    started_from = submission_of(id) if id else None
    compared = started_from if started_from and not awaits_judgement(started_from) else None
    return {
        "started_from": started_from,
        "changed": changed_answers(submission),
        "scores": list(score_differences(compared.result, submission.result, instrument)) if compared else [],
        "need_changes": need_differences(compared.result, submission.result, instrument) if compared else (),
    }


def _judgement(submission: Submission, document: Report) -> dict[str, Any]:
    context = request_context()
    return {
        "rows": _rows(submission, document),
        "overrides": overrides_of(context, submission.id),
        "notes": notes_of(context, submission.id),
        "words": OVERRIDE_WORDS,
    }


def _answers(_submission: Submission, _document: Report) -> dict[str, Any]:
    return {}  # the report has them


def _files(_submission: Submission, _document: Report) -> dict[str, Any]:
    return {"columns": CSV_LABELS, "csv_fields": CSV_FIELDS}


_VALUES: Mapping[Topic, Callable[[Submission, Report], dict[str, Any]]] = {
    SUMMARY: _summary,
    COMPARABLES: _comparables,
    NEEDS: _needs,
    WHY: _why,
    CHANGES: _changes,
    JUDGEMENT: _judgement,
    ANSWERS: _answers,
    FILES: _files,
}


def _case(explanation: Explanation, case: Comparable, instrument: Instrument) -> CaseExplanation:
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
        yield ComparedItem(
            explaining.compared_label(item.code, instrument),
            person,
            case,
            wording.percent(100 * comparison.share),
        )
