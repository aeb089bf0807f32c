"""The report for print."""

from typing import Any

from flask import Response

from api.auth.roles import CASEWORK
from api.resources.assessments import submission_of
from api.resources.routing import Gives, Routes
from api.schemas.queries import ReportQuery
from rms.reports.content import report
from rms.reports.pdf import report_pdf

PDF = "application/pdf"

routes = Routes("report", about="An assessment as a printed report.")


@routes.get("/assessments/<string:id>/report.pdf", Gives(media_type=PDF), query=ReportQuery, to=CASEWORK)
def printed(query: dict[str, Any], id: str) -> Response:
    """The report as PDF; the same assessment always gives the same bytes."""
    submission, redacted = submission_of(id), query["redacted"]
    response = Response(report_pdf(report(submission, redacted=redacted)), mimetype=PDF)
    name = "redacted" if redacted else submission.id
    response.headers["Content-Disposition"] = f'inline; filename="report-{name}.pdf"'
    return response
