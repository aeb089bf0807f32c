"""API routes that search assessments: with criteria in the URL, or in a body to keep them out of logs."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, g, request

from api.auth import requires_scope
from api.auth.roles import SEARCHING
from api.context import request_context
from api.media_types import preferred
from api.resources.routing import PREFIX, Routes, Success, json_answer
from api.resources.search.criteria import resolve_criteria
from api.resources.search.csv_list import csv_answer
from api.schemas.assessments.answer import listed
from api.schemas.json_body import JSON, json_body
from api.schemas.problems import loaded
from api.schemas.search.search import (
    CountsSchema,
    FilterSchema,
    FoundSchema,
    SearchQuery,
    SearchRequest,
    SearchSchema,
    filter_from,
    search_request,
    shown_counts,
    total_of,
)
from api.schemas.transfer.exports import NO_CRITERION
from api.services.access.encryption import Cipher, for_address, from_address
from api.services.access.scopes import Scope
from api.services.people.pseudonyms import as_shown_to
from api.services.search.search import count, page_of
from api.services.transfer.export_files import CSV
from rms.errors import InvalidInput, Problem

routes = Routes("search", about="Search assessments, and count them.")


@routes.get(
    "/assessments",
    Success(FoundSchema),
    Success(media_type=CSV, description="Every matching assessment, with a line for each modelled row."),
    query=SearchQuery,
    allow_roles=SEARCHING,
)
def listing(query: dict[str, Any]) -> Response:
    """Assessments that meet all criteria: a page as JSON, or all of them as CSV."""
    return _found(search_request(resolve_criteria(query, at="/query"), at="/query"), at="/query")


@routes.post(
    "/assessments/search",
    Success(FoundSchema),
    Success(media_type=CSV, description="Every matching assessment, with a line for each modelled row."),
    body=SearchSchema,
    allow_roles=SEARCHING,
)
@requires_scope(Scope.ASSESSMENTS_READ)
def search() -> Response:
    """As `GET /assessments`, with the criteria in the body, so that no offender number is in a URL."""
    return _found(search_request(resolve_criteria(loaded(SearchSchema(), json_body()))))


@routes.post("/assessments/counts", Success(CountsSchema), body=FilterSchema, allow_roles=SEARCHING)
@requires_scope(Scope.ASSESSMENTS_READ)
def counted() -> Response:
    """How many people and assessments match, by need and by quarter of the scores."""
    filter = filter_from(resolve_criteria(loaded(FilterSchema(), json_body())))
    return json_answer(shown_counts(count(request_context(), filter)))


def _found(search: SearchRequest, *, at: str = "") -> Response:
    """The matches as JSON or CSV. Arguments that only apply to the other format are ignored."""
    return _csv(search) if preferred([JSON, CSV]) == CSV else _page(search, at=at)


def _csv(search: SearchRequest) -> Response:
    if search.filter.is_empty:
        raise InvalidInput([Problem("", "no_criterion", NO_CRITERION)])
    return csv_answer(search.filter, sort=search.sort, names=search.fields)


def _page(search: SearchRequest, *, at: str = "") -> Response:
    page = page_of(
        request_context(),
        search.filter,
        sort=search.sort,
        limit=search.limit,
        after=_key(search, at=at),
        counted=search.counted,
    )
    following = None if page.next is None else _cursor(page.next, search)
    response = json_answer(
        {
            "assessments": [listed(submission) for submission in as_shown_to(g.user, page.submissions)],
            "next": following,
            **total_of(page),
        }
    )
    if following and request.method == "GET":
        criteria = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
        link = urlencode([*criteria, ("cursor", following)])
        response.headers.add("Link", f'<{PREFIX}/assessments?{link}>; rel="next"')
    return response


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="cursor")


def _cursor(key: int, search: SearchRequest) -> str:
    """The key, encrypted for this filter and sort: a readable key would reveal how much others submit."""
    encrypted = _cipher().encrypt(key.to_bytes(8), whose=f"{search.filter} {search.sort}")
    return for_address(encrypted)


def _key(search: SearchRequest, *, at: str) -> int | None:
    if search.cursor is None:
        return None
    with suppress(ValueError):
        key = _cipher().decrypt(from_address(search.cursor), whose=f"{search.filter} {search.sort}")
        if key is not None:
            return int.from_bytes(key)
    detail = "This cursor is not valid for this filter and sort. Start again from the first page."
    raise InvalidInput([Problem(f"{at}/cursor", "invalid_cursor", detail)])
