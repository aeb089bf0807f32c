"""The record of who did what, for auditors."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from api.auth.roles import AUDITING, READING_THE_RECORD
from api.context import request_context, stream_context
from api.resources.routing import PREFIX, Gives, Routes, json_answer
from api.schemas.governance.audit import (
    COLUMNS,
    AuditQuery,
    AuditSchema,
    HeadSchema,
    PersonSearchSchema,
    VerdictSchema,
    VerifyQuery,
    VisitsSchema,
    entry,
    entry_cells,
    head,
    sought_from,
    verdict,
    visit,
)
from api.schemas.governance.erasures import number_of
from api.schemas.json_body import JSON, json_body
from api.schemas.problems import loaded
from api.services.governance.audit import all_of_audit, audit_head, page_of_audit, verify
from api.services.governance.visits import VisitsPage, visits_to
from api.services.transfer.export_fields import safe
from api.services.transfer.export_files import CSV
from api.storage import Entry, Sought
from rms.errors import InvalidInput, Problem

routes = Routes("audit", about="The record of who did what, and whether it is whole.")


@routes.get(
    "/audit",
    Gives(AuditSchema),
    Gives(media_type=CSV, description="Every entry that matches, a line each."),
    query=AuditQuery,
    allow_roles=READING_THE_RECORD,
)
def listing(query: dict[str, Any]) -> Response:
    """Entries that meet every criterion, newest first: a page as JSON, or all of them as CSV."""
    sought = sought_from(query)
    if request.accept_mimetypes.best_match([JSON, CSV]) == CSV:
        return csv_of_audit(sought)
    return _page(sought, limit=query["limit"], cursor=query.get("cursor"))


@routes.post("/audit/search", Gives(VisitsSchema), body=PersonSearchSchema, allow_roles=AUDITING)
def search() -> Response:
    """Who did or saw something of one person, in words, newest first: the number stands in no address."""
    given = loaded(PersonSearchSchema(), json_body())
    number, sought = number_of(given["person"]), sought_from(given, at="")
    page = visits_page(number, sought, limit=given["limit"], cursor=given.get("cursor"))
    following = None if page.next is None else cursor_of(number, sought, page.next)
    return json_answer({"visits": [visit(one) for one in page.visits], "next": following})


@routes.get("/audit/verify", Gives(VerdictSchema), query=VerifyQuery, allow_roles=AUDITING)
def verified(query: dict[str, Any]) -> Response:
    """Whether the chain is whole, from its first entry to its last."""
    found = verify(request_context(), known_head=query.get("head"))
    return json_answer(verdict(found))


@routes.get("/audit/head", Gives(HeadSchema), allow_roles=AUDITING)
def end() -> Response:
    """The number and hash of the last entry, to be kept where whoever has the database cannot reach."""
    return json_answer(head(audit_head(request_context())))


def _page(sought: Sought, *, limit: int, cursor: str | None) -> Response:
    page = page_of_audit(request_context(), sought, limit=limit, before=_number(sought, cursor))
    following = None if page.next is None else str(_signed(sought).dumps(page.next))
    response = json_answer({"entries": [entry(one) for one in page.entries], "next": following})
    if following:
        passed_on = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
        link = urlencode([*passed_on, ("cursor", following)])
        response.headers.add("Link", f'<{PREFIX}/audit?{link}>; rel="next"')
    return response


def csv_of_audit(sought: Sought) -> Response:
    """Every entry sought, a line each, as it comes."""
    found = all_of_audit(stream_context(), sought)
    response = Response(_lines(found), mimetype=CSV)
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def visits_page(number: str, sought: Sought, *, limit: int, cursor: str | None) -> VisitsPage:
    """A page of the visits to the person with this number, after the one that the cursor leads to."""
    before = _number((number, sought), cursor, at="")
    return visits_to(request_context(), number, sought, limit=limit, before=before)


def cursor_of(number: str, sought: Sought, next: int) -> str:
    """The cursor of the page of visits that follows the entry `next`."""
    return str(_signed((number, sought)).dumps(next))


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    buffer = StringIO()
    sheet = csv.writer(buffer)
    sheet.writerow(COLUMNS)
    for one in entries:
        sheet.writerow(map(safe, entry_cells(one)))
        if buffer.tell() > 16_384:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _signed(sought: object) -> URLSafeSerializer:
    """A cursor holds the number of an entry; its signature binds it to what is sought."""
    return URLSafeSerializer(str(current_app.secret_key), salt=f"audit {sought}")


def _number(sought: object, cursor: str | None, *, at: str = "/query") -> int | None:
    if cursor is None:
        return None
    try:
        return int(_signed(sought).loads(cursor))
    except (BadData, ValueError, TypeError) as error:
        detail = "This is no cursor of ours, or one of another search."
        raise InvalidInput([Problem(f"{at}/cursor", "invalid_cursor", detail)]) from error
