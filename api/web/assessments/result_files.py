"""The files of one assessment: the report, the needs as pictures and a table, and the scores as a table."""

from flask import Response, request

from api.attachments import attachment
from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import request_context
from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import with_findings
from api.services.assessments.printing import printed
from api.services.search.needs import labels_of
from api.services.transfer.export_fields import COMMON, DEFAULT, need_fields
from api.services.transfer.export_files import CSV, csv_parts
from api.services.transfer.exports import csv_of_one
from api.web.assessments.result import needs_drawing, needs_svg, requested_labels, requested_reading
from api.web.blueprint import blueprint
from rms.assessment import AssessmentKind
from rms.errors import InvalidInput, NotFound, Problem
from rms.reports.content import report
from rms.reports.drawing import as_png
from rms.reports.needs_charts import PLOTS
from rms.reports.pdf import report_pdf
from rms.submission import Submission

PDF, SVG, PNG = "application/pdf", "image/svg+xml", "image/png"
CSV_LABELS = {field.name: field.label for field in COMMON}
CSV_FIELDS = DEFAULT
NEEDS_GROUP = "needs"  # one checkbox for all readings of all needs


@blueprint.get("/assessments/<id>/report.pdf")
@allow_roles(CASEWORK)
def report_file(id: str) -> Response:
    """The report; any value of `?redacted` leaves out what identifies the person or staff."""
    submission, redacted = _findings_of(id, as_report=True), bool(request.args.get("redacted"))
    name = f"{_kind(submission)}-{'redacted' if redacted else submission.id}.pdf"
    return attachment(report_pdf(printed(request_context(), submission, redacted=redacted)), PDF, name)


@blueprint.get("/assessments/<id>/needs.svg")
@allow_roles(CASEWORK)
def needs_plot_file(id: str) -> Response:
    """The needs plot as a file."""
    submission, reading = _with_needs(id), requested_reading()
    plot = needs_svg(submission, reading, PLOTS[requested_labels()])
    return attachment(plot, SVG, f"needs-{submission.id}-{reading}.svg")


@blueprint.get("/assessments/<id>/needs.png")
@allow_roles(CASEWORK)
def needs_picture_file(id: str) -> Response:
    submission, reading, plot = _with_needs(id), requested_reading(), PLOTS[requested_labels()]
    drawn = needs_drawing(submission, reading, plot)
    return attachment(as_png(drawn, scale=3), PNG, f"needs-{submission.id}-{reading}.png")


@blueprint.get("/assessments/<id>/needs.csv")
@allow_roles(CASEWORK)
def needs_table_file(id: str) -> Response:
    submission = _with_needs(id)
    section = report(submission).needs
    rows = section.rows if section else ()
    head = [name.lower() for name in section.columns] if section else []
    text = "".join(csv_parts(head, [list(zip(*rows, strict=True))] if rows else []))
    return attachment(text.encode(), CSV, f"needs-{submission.id}.csv")


@blueprint.get("/assessments/<id>/result.csv")
@allow_roles(CASEWORK)
def result_table_file(id: str) -> Response:
    """The scores of this assessment, with the selected columns."""
    submission = _findings_of(id)
    text = csv_of_one(request_context(), submission, names=_columns(submission))
    response = attachment(text.encode(), CSV, f"{_kind(submission)}-{submission.id}.csv")
    response.headers["Link"] = '</api/v1/notice>; rel="terms-of-service"'
    return response


def _columns(submission: Submission) -> tuple[str, ...]:
    chosen = request.args.getlist("column")
    of_needs = [field.name for field in need_fields(labels_of(submission.assessment.instrument))]
    every = [*CSV_LABELS, *of_needs]
    unknown = [name for name in chosen if name not in every and name != NEEDS_GROUP]
    if unknown or not chosen:
        detail = "One of the selected columns does not exist." if unknown else "Select at least one column."
        raise InvalidInput([Problem("/column", "invalid_choice", detail)])
    names = {*chosen, *(of_needs if NEEDS_GROUP in chosen else ())}
    return tuple(name for name in every if name in names)


def _findings_of(id: str, *, as_report: bool = False) -> Submission:
    return with_findings(find_submission(request_context(), id.upper(), as_report=as_report))


def _with_needs(id: str) -> Submission:
    submission = _findings_of(id)
    instrument = submission.assessment.instrument
    if not instrument.needs:
        raise NotFound(f"The form {instrument.name} does not rate needs.")
    return submission


def _kind(submission: Submission) -> str:
    return "what-if" if submission.assessment.kind is AssessmentKind.WHAT_IF else "assessment"
