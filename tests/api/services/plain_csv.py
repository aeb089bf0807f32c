"""The plain way to a CSV, submission by submission and cell by cell: the oracle of the fast way."""

import csv
from collections.abc import Iterator
from io import StringIO

from api.services.search.search import page_of
from api.services.transfer.export_fields import DEFAULT, safe
from api.storage import ListedSimulation, ListedSubmission, Store
from rms.engine.filter import Filter, Sort
from rms.reports import wording
from tests.api.contexts import context_for


def plain_csv(filter: Filter, *, sort: Sort, store: Store) -> str:
    """The fields of a file that names none."""
    buffer = StringIO()
    sheet = csv.writer(buffer)
    sheet.writerow(DEFAULT)
    for submission in _all(filter, sort=sort, store=store):
        sheet.writerows(_row(submission, one) for one in submission.simulations)
    return buffer.getvalue()


def _all(filter: Filter, *, sort: Sort, store: Store) -> Iterator[ListedSubmission]:
    after = None
    while True:
        page = page_of(context_for(store), filter, sort=sort, limit=50, after=after)
        yield from page.submissions
        if page.next is None:
            return
        after = page.next


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
