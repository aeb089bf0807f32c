"""What all pages about one assessment share: the assessment, its person, and the topics of its result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from api.context import request_context
from api.services.assessments.assessments import find_submission
from api.web.formatting import Pictured, inline
from api.web.people.identity import Identity, identity_of
from rms.assessment import AssessmentKind
from rms.reports import wording
from rms.reports.content import Report, origin_of
from rms.reports.drawing import as_svg
from rms.reports.needs_charts import NARROW_PLOTS, PLOTS, Labels
from rms.submission import Submission

READINGS: dict[wording.Reading, str] = {
    "simulated": "comparable people (simulated)",
    "expected": "what the other answers suggest (expected)",
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
class Topic:
    """A page of a result. Its template is `assessments/result/<name>.html`."""

    name: str
    label: str
    endpoint: str


SUMMARY = Topic("summary", "Summary", "web.result")
COMPARABLES = Topic("comparables", "Comparable people", "web.comparable_people")
NEEDS = Topic("needs", "Needs", "web.needs")
WHY = Topic("why", "Why", "web.explained_result")
CHANGES = Topic("changes", "Changes", "web.changes")
JUDGEMENT = Topic("judgement", "Judgement and notes", "web.judgement_and_notes")
ANSWERS = Topic("answers", "Answers", "web.answers")
FILES = Topic("files", "Files", "web.files")
TOPICS = (SUMMARY, COMPARABLES, NEEDS, WHY, CHANGES, JUDGEMENT, ANSWERS, FILES)


def result_page(submission: Submission, document: Report, shown: Topic, **values: Any) -> str:
    """A page with this topic of a result. `values` are what it shows."""
    return render_template(
        "assessments/result.html",
        submission=submission,
        report=document,
        identity=identity(submission),
        origin=origin_of(submission),
        topics=[topic for topic in TOPICS if topic is shown or _has(topic, submission)],
        shown=shown,
        readings=READINGS,
        done=_done(submission),
        **values,
    )


def _done(submission: Submission) -> str | None:
    """What the user has just done, as the address says."""
    done = request.args.get("done", "")
    return _submitted(submission) if done == "submitted" else DONE.get(done)


def _submitted(submission: Submission) -> str:
    """In one line, so that the scores stay in sight. The summary has the changes below them."""
    if submission.assessment.kind is AssessmentKind.WHAT_IF:
        return f"What-if {submission.id} saved."
    if submission.correction is not None:
        return f"Correction {submission.id} submitted. It replaces {submission.correction.corrects}."
    return f"Assessment {submission.id} submitted."


def _has(topic: Topic, submission: Submission) -> bool:
    """Whether there is anything to read about this topic."""
    if topic is NEEDS:
        return bool(submission.assessment.instrument.needs)
    return topic is not CHANGES or origin_of(submission) is not None


def submission_of(id: str) -> Submission:
    """The submission with this ID, in upper or lower case."""
    return find_submission(request_context(), id.upper())


def identity(submission: Submission) -> Identity:
    """The person, as recorded in this assessment."""
    return identity_of(submission.assessment.offender_number, submission.assessment)


def requested_reading() -> wording.Reading:
    reading = request.args.get("reading", "simulated")
    return reading if reading in READINGS else "simulated"


def requested_labels() -> Labels:
    """What the plot of needs calls them: names, or the codes of the manual."""
    return "codes" if request.args.get("labels") == "codes" else "names"


def needs_pictures(submission: Submission, reading: wording.Reading, labels: Labels) -> Pictured | None:
    """The needs plot, if the form rates needs."""
    if not submission.assessment.instrument.needs:
        return None
    return Pictured(
        *(inline(needs_svg(submission, reading, plots[labels])) for plots in (PLOTS, NARROW_PLOTS))
    )


def needs_svg(submission: Submission, reading: wording.Reading, plot: Callable[..., Any]) -> bytes:
    return as_svg(
        needs_drawing(submission, reading, plot),
        title=wording.needs_title(reading),
        description=plot_description(submission, reading),
    )


def needs_drawing(submission: Submission, reading: wording.Reading, plot: Callable[..., Any]) -> Any:
    return plot(
        submission.result.needs,
        submission.assessment.instrument,
        reading=reading,
        blank=wording.needs_blank(submission.result),
    )


def plot_description(submission: Submission, reading: wording.Reading) -> str:
    return wording.needs_description(
        submission.result.needs,
        submission.assessment.instrument,
        reading=reading,
        blank=wording.needs_blank(submission.result),
    )
