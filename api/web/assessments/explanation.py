"""The page that explains the scores of one assessment in more detail than the result page."""

from dataclasses import dataclass

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import library_of
from api.services.assessments.explanations import Explained, explained
from api.services.assessments.judgements import awaits_judgement
from api.web.assessments.fields import answer_field
from api.web.assessments.judging import judging_page
from api.web.assessments.result import identity, submission_of
from api.web.assessments.workbench import address_with
from api.web.blueprint import blueprint
from rms.assessment import AssessmentKind
from rms.engine.explaining.suggestions import Suggestion
from rms.instrument import Instrument
from rms.reports import explaining, wording
from rms.reports.content import ProcessSection, report
from rms.submission import Submission


@dataclass(frozen=True)
class Suggested:
    """People with lower needs, and the workbench address that shows the same change."""

    lower: tuple[str, ...]
    score: str
    summary: str
    bench: str | None


@dataclass(frozen=True)
class ExplainedProcess:
    """One process and everything that explains its score."""

    code: str
    section: ProcessSection
    moved: explaining.AttributionTable | None
    steps: tuple[str, ...]
    unknown: tuple[explaining.Row, ...]
    contrast: str
    between: tuple[explaining.Row, ...]
    suggested: tuple[Suggested, ...]
    why_none: str
    tried: str


@blueprint.get("/assessments/<id>/explained")
@allow_roles(CASEWORK)
def explained_result(id: str) -> str:
    submission = submission_of(id)
    if awaits_judgement(submission):
        return judging_page(submission)
    library = library_of(submission.assessment.instrument.name).whole()
    document = report(submission)
    explanations = explained(submission, library=library)
    return render_template(
        "assessments/explanation.html",
        submission=submission,
        report=document,
        identity=identity(submission),
        library_in_use=submission.result.library.sha256 == library.reference.sha256,
        processes=[
            _process(submission, one, section, library.instrument)
            for one, section in zip(explanations, document.processes, strict=True)
        ],
        moved_caveat=explaining.ATTRIBUTION_CAVEAT,
        suggestions_caveat=explaining.SUGGESTIONS_CAVEAT,
    )


def _process(
    submission: Submission, explanation: Explained, section: ProcessSection, instrument: Instrument
) -> ExplainedProcess:
    steps, why_none = explanation.sensitivity, explanation.suggestions.why_none
    return ExplainedProcess(
        code=explanation.process,
        section=section,
        moved=explaining.attribution_table(explanation.moved, instrument) if explanation.moved else None,
        steps=tuple(explaining.sensitivity_sentences(steps, instrument)) if steps else (),
        unknown=explaining.unknown_rows(steps, instrument) if steps else (),
        contrast=explaining.contrast_sentence(explanation.contrast) if explanation.contrast else "",
        between=explaining.contrast_rows(explanation.contrast, instrument) if explanation.contrast else (),
        suggested=tuple(
            Suggested(
                lower=explaining.lower_needs(suggestion, instrument),
                score=wording.two_decimals(suggestion.difference.after.score or 0.0),
                summary=explaining.difference_summary(suggestion.difference),
                bench=_bench(submission, suggestion, instrument),
            )
            for suggestion in explanation.suggestions.found
        ),
        why_none=explaining.WHY_NONE[why_none] if why_none else "",
        tried=explaining.tried_sentence(explanation.suggestions) if explanation.suggestions.tried else "",
    )


def _bench(submission: Submission, suggestion: Suggestion, instrument: Instrument) -> str | None:
    """The workbench address with these changes; None for a what-if, which has no workbench."""
    if submission.assessment.kind is AssessmentKind.WHAT_IF:
        return None
    changes = {answer_field(instrument.item(change.code)): str(change.now) for change in suggestion.changes}
    return address_with(submission.id, changes)
