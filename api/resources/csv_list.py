"""The list of assessments as CSV: two rows each, safe to open in a spreadsheet, streamed."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from flask import Response

from api.storage import ListedSimulation, ListedSubmission
from rms.reports import wording

CSV = "text/csv"
# A cell that begins so is a formula to a spreadsheet (CWE-1236).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "id",
    "kind",
    "sex",
    "date_of_birth",
    "score",
    "process",
    "release_date",
    "assessed_at",
    "status",
    "interval_low",
    "interval_high",
    "typicality",
    "effective_size",
    "library_version",
    "engine_version",
)


def csv_answer(submissions: Iterable[ListedSubmission]) -> Response:
    """Every submission as it comes; the notice goes along as a link."""
    response = Response(lines(submissions), mimetype=CSV)
    response.headers["Content-Disposition"] = 'attachment; filename="assessments.csv"'
    response.headers["Link"] = '</api/v1/notice>; rel="terms-of-service"'
    return response


def lines(submissions: Iterable[ListedSubmission]) -> Iterator[str]:
    """RFC 4180, the header first, one simulation a line, in the order given."""
    buffer = StringIO()
    sheet = csv.writer(buffer)
    sheet.writerow(COLUMNS)
    for submission in submissions:
        sheet.writerows(_row(submission, one) for one in submission.simulations)
        if buffer.tell() > 16_384:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def safe(text: str) -> str:
    """
    >>> safe("=1+1"), safe("10000-01")
    ("'=1+1", '10000-01')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def _row(submission: ListedSubmission, one: ListedSimulation) -> tuple[str, ...]:
    low, high = one.interval or (None, None)
    return (
        safe(submission.id),
        safe(submission.kind),
        safe(submission.sex),
        submission.date_of_birth.isoformat(),
        _figure(one.score, places=2),
        safe(one.process),
        submission.release_date.isoformat() if submission.release_date else "",
        submission.submitted_at.isoformat(timespec="seconds"),
        safe(one.status),
        _figure(low, places=2),
        _figure(high, places=2),
        _figure(one.typicality, places=3),
        _figure(one.effective_size, places=1),
        safe(submission.library.version),
        safe(submission.engine_version),
    )


def _figure(value: float | None, *, places: int) -> str:
    return "" if value is None else wording.fixed(value, places=places)
