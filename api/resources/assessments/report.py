"""API route for the printed report."""

from typing import Any

from flask import Response

from api.auth.roles import CASEWORK
from api.context import request_context
from api.resources.routing import Routes, Success
from api.schemas.query_fields import ReportQuery
from api.services.assessments.assessments import find_submission
from api.services.assessments.judgements import with_findings
from api.services.assessments.printing import printed as printed_report
from rms.reports.pdf import report_pdf

PDF = "application/pdf"

routes = Routes("report", about="An assessment as a printed report.")


@routes.get(
    "/assessments/<string:id>/report.pdf", Success(media_type=PDF), query=ReportQuery, allow_roles=CASEWORK
)
def printed(query: dict[str, Any], id: str) -> Response:
    """The report as PDF. The same assessment and overrides always give the same bytes."""
    context, redacted = request_context(), query["redacted"]
    submission = with_findings(find_submission(context, id.upper(), as_report=True))
    report = printed_report(context, submission, redacted=redacted)
    response = Response(report_pdf(report), mimetype=PDF)
    name = "redacted" if redacted else submission.id
    response.headers["Content-Disposition"] = f'inline; filename="report-{name}.pdf"'
    return response
