"""What explains the scores of one assessment, as its page says it."""

from dataclasses import dataclass

from api.services.assessments.explanations import Explained, explained
from api.web.assessments.fields import answer_field
from api.web.assessments.workbench import address_with
from rms.assessment import AssessmentKind
from rms.engine.explaining.suggestions import Suggestion
from rms.engine.library import Library
from rms.instrument import Instrument
from rms.reports import explaining, wording
from rms.reports.content import ProcessSection, Report
from rms.submission import Submission


@dataclass(frozen=True)
class Suggested:
    """People with lower needs, `details` of the difference, and the workbench address of the change."""

    lower: tuple[str, ...]
    score: str
    word: str
    details: tuple[str, ...]
    bench: str | None


@dataclass(frozen=True)
class ExplainedProcess:
    """One process and everything that explains its score. `stayed` says what people with actual 1 did."""

    code: str
    section: ProcessSection
    moved: explaining.AttributionTable | None
    steps: tuple[str, ...]
    score_unknown: str
    unknown: tuple[explaining.Row, ...]
    nothing_to_ask: str
    contrast: str
    contrast_details: tuple[str, ...]
    returned: str
    between: tuple[explaining.Row, ...]
    suggested: tuple[Suggested, ...]
    why_none: str
    tried: str


def explained_processes(
    submission: Submission, document: Report, library: Library
) -> tuple[ExplainedProcess, ...]:
    """Every process, in the order of the result. It takes long: every answer is tried one step different."""
    explanations = explained(submission, library=library)
    return tuple(
        _process(submission, one, section, library.instrument)
        for one, section in zip(explanations, document.processes, strict=True)
    )


def _process(
    submission: Submission, explanation: Explained, section: ProcessSection, instrument: Instrument
) -> ExplainedProcess:
    steps = explanation.sensitivity
    rows = explaining.unknown_rows(steps, instrument) if steps else ()
    process = next(one for one in instrument.processes if one.code == explanation.process)
    return ExplainedProcess(
        code=explanation.process,
        section=section,
        moved=explaining.attribution_table(explanation.moved, instrument) if explanation.moved else None,
        steps=tuple(explaining.sensitivity_sentences(steps, instrument)) if steps else (),
        score_unknown=explaining.unknown_sentence(steps, instrument) if steps else "",
        unknown=rows,
        nothing_to_ask=explaining.nothing_to_ask(steps, instrument) if steps and not rows else "",
        contrast=explaining.contrast_sentence(explanation.contrast) if explanation.contrast else "",
        contrast_details=explaining.contrast_details(explanation.contrast) if explanation.contrast else (),
        returned=wording.outcomes_in_brief(process)[1],
        between=explaining.contrast_rows(explanation.contrast, instrument) if explanation.contrast else (),
        suggested=tuple(
            Suggested(
                lower=explaining.lower_needs(suggestion, instrument),
                score=wording.two_decimals(suggestion.difference.after.score or 0.0),
                word=wording.difference_word(suggestion.difference),
                details=wording.difference_details(suggestion.difference),
                bench=_bench(submission, suggestion, instrument),
            )
            for suggestion in explanation.suggestions.found
        ),
        why_none=explaining.why_none_sentence(explanation.suggestions),
        tried=explaining.tried_sentence(explanation.suggestions),
    )


def _bench(submission: Submission, suggestion: Suggestion, instrument: Instrument) -> str | None:
    """The workbench address with these changes; None for a what-if, which has no workbench."""
    if submission.assessment.kind is AssessmentKind.WHAT_IF:
        return None
    changes = {answer_field(instrument.item(change.code)): str(change.now) for change in suggestion.changes}
    return address_with(submission.id, changes)
