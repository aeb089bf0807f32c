"""The list of assessments as streamed CSV with a line for each modelled row, safe for spreadsheets."""

from collections.abc import Sequence

from flask import Response

from api.attachments import attachment
from api.context import needs_accepted, stream_context
from api.services.transfer.export_fields import DEFAULT
from api.services.transfer.export_files import CSV
from api.services.transfer.exports import csv_of
from rms.engine.filter import Filter, Sort


def csv_answer(filter: Filter, *, sort: Sort, names: Sequence[str] = DEFAULT) -> Response:
    """Every matching assessment as a stream, with a link to the notice."""
    parts = csv_of(stream_context(), filter, sort=sort, names=names, needs=needs_accepted())
    response = attachment(parts, CSV, "assessments.csv")
    response.headers["Link"] = '</api/v1/notice>; rel="terms-of-service"'
    return response
