"""The audit log, for auditors and administrators."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from api.attachments import attachment
from api.auth.roles import AUDITING, READING_AUDIT_LOG
from api.context import request_context, stream_context
from api.media_types import preferred
from api.resources.people.ids import person_named
from api.resources.routing import PREFIX, Routes, Success, json_answer
from api.schemas.governance.audit import (
    COLUMNS,
    AuditQuery,
    AuditSchema,
    HeadSchema,
    PersonSearchSchema,
    VerdictSchema,
    VerifyQuery,
    VisitsSchema,
    criteria_from,
    entry_cells,
    entry_document,
    head_document,
    verdict_document,
    visit_document,
)
from api.schemas.json_body import JSON, json_body
from api.schemas.problems import loaded
from api.services.governance.audit import all_of_audit, audit_head, page_of_audit, verify
from api.services.governance.visits import VisitsPage, visits_to
from api.services.long_reads import LongStream
from api.services.people.naming import PersonNamed
from api.services.transfer.export_fields import safe
from api.services.transfer.export_files import CSV
from api.storage import AuditCriteria, Entry
from rms.errors import InvalidInput, Problem

routes = Routes("audit", about="The audit log: who did what, and whether the log is complete.")


@routes.get(
    "/audit",
    Success(AuditSchema),
    Success(media_type=CSV, description="Every entry that matches, one on each line."),
    query=AuditQuery,
    allow_roles=READING_AUDIT_LOG,
)
def listing(query: dict[str, Any]) -> Response:
    """Entries that meet every criterion, newest first: one page as JSON, or all of them as CSV."""
    criteria = criteria_from(query)
    if preferred([JSON, CSV]) == CSV:
        return csv_of_audit(criteria)
    return _page(criteria, limit=query["limit"], cursor=query.get("cursor"))


@routes.post("/audit/search", Success(VisitsSchema), body=PersonSearchSchema, allow_roles=AUDITING)
def search() -> Response:
    """Who did or saw what about one person, in words, newest first. No URL holds the number.

    Looks at people who were joined to this person are included, and say at whom they were.
    """
    body = loaded(PersonSearchSchema(), json_body())
    named, criteria = person_named(body["person"]), criteria_from(body, at="")
    page = visits_page(named, criteria, limit=body["limit"], cursor=body.get("cursor"))
    next_cursor = None if page.next is None else cursor_of(named, criteria, page.next)
    return json_answer({"visits": [visit_document(visit) for visit in page.visits], "next": next_cursor})


@routes.get("/audit/verify", Success(VerdictSchema), query=VerifyQuery, allow_roles=AUDITING)
def verified(query: dict[str, Any]) -> Response:
    """Whether the chain of entries is complete and unaltered, from the first to the last."""
    verdict = verify(request_context(), known_head=query.get("head"))
    return json_answer(verdict_document(verdict))


@routes.get("/audit/head", Success(HeadSchema), allow_roles=AUDITING)
def end() -> Response:
    """The number and hash of the last entry, to be noted outside the database."""
    return json_answer(head_document(audit_head(request_context())))


def _page(criteria: AuditCriteria, *, limit: int, cursor: str | None) -> Response:
    page = page_of_audit(request_context(), criteria, limit=limit, before=_entry_before(criteria, cursor))
    next_cursor = None if page.next is None else str(_signer(criteria).dumps(page.next))
    response = json_answer(
        {"entries": [entry_document(entry) for entry in page.entries], "next": next_cursor}
    )
    if next_cursor:
        query = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
        link = urlencode([*query, ("cursor", next_cursor)])
        response.headers.add("Link", f'<{PREFIX}/audit?{link}>; rel="next"')
    return response


def csv_of_audit(criteria: AuditCriteria) -> Response:
    """A stream of every matching entry, one on each line."""
    context = stream_context()
    lines = LongStream(context.by, lambda: _csv_lines(all_of_audit(context, criteria)))
    return attachment(lines, CSV, "audit.csv")


def visits_page(
    named: PersonNamed | None, criteria: AuditCriteria, *, limit: int, cursor: str | None
) -> VisitsPage:
    """The page of visits to this person that starts at the cursor."""
    before = _entry_before((named, criteria), cursor, at="")
    return visits_to(request_context(), named, criteria, limit=limit, before=before)


def cursor_of(named: PersonNamed | None, criteria: AuditCriteria, next: int) -> str:
    """The cursor of the page of visits that follows the entry with the number `next`."""
    return str(_signer((named, criteria)).dumps(next))


def _csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    buffer = StringIO()
    sheet = csv.writer(buffer)
    sheet.writerow(COLUMNS)
    for entry in entries:
        sheet.writerow(map(safe, entry_cells(entry)))
        if buffer.tell() > 16_384:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _signer(search: object) -> URLSafeSerializer:
    """A cursor holds the number of an entry. Its signature binds it to the search."""
    return URLSafeSerializer(str(current_app.secret_key), salt=f"audit {search}")


def _entry_before(search: object, cursor: str | None, *, at: str = "/query") -> int | None:
    """The number of the entry that the page of this cursor follows; None for the first page."""
    if cursor is None:
        return None
    try:
        return int(_signer(search).loads(cursor))
    except (BadData, ValueError, TypeError) as error:
        detail = "This cursor is not valid, or belongs to another search."
        raise InvalidInput([Problem(f"{at}/cursor", "invalid_cursor", detail)]) from error
