"""Assessments searched for: by address, or by body, which keeps offender numbers out of every log."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, g, request

from api.auth import requires_scope
from api.auth.roles import SEARCHING
from api.context import request_context
from api.resources.routing import PREFIX, Gives, Routes, json_answer
from api.resources.search.criteria import resolve_criteria
from api.resources.search.csv_list import csv_answer
from api.schemas.assessments.answer import listed
from api.schemas.json_body import JSON, json_body
from api.schemas.problems import loaded
from api.schemas.search.search import (
    Asked,
    CountsSchema,
    FilterSchema,
    FoundSchema,
    SearchQuery,
    SearchSchema,
    asked,
    counts,
    filter_from,
    total_of,
)
from api.schemas.transfer.exports import NO_CRITERION
from api.services.access.encryption import Cipher, for_address, from_address
from api.services.access.scopes import Scope
from api.services.people.pseudonyms import as_shown_to
from api.services.search.search import count, page_of
from api.services.transfer.export_files import CSV
from api.storage import ListedSubmission
from rms.errors import InvalidInput, Problem

routes = Routes("search", about="Assessments that meet every criterion given, and how many they are.")


@routes.get(
    "/assessments",
    Gives(FoundSchema),
    Gives(media_type=CSV, description="Every assessment that matches, a line for each modelled row."),
    query=SearchQuery,
    allow_roles=SEARCHING,
)
def listing(query: dict[str, Any]) -> Response:
    """Assessments that meet every criterion: a page as JSON, or all of them as CSV."""
    wanted = asked(resolve_criteria(query, at="/query"), at="/query")
    return _answered(wanted, at="/query")


@routes.post(
    "/assessments/search",
    Gives(FoundSchema),
    Gives(media_type=CSV, description="Every assessment that matches, a line for each modelled row."),
    body=SearchSchema,
    allow_roles=SEARCHING,
)
@requires_scope(Scope.ASSESSMENTS_READ)
def search() -> Response:
    """The same as `GET /assessments`, asked in the body: no offender number stands in an address."""
    return _answered(asked(resolve_criteria(loaded(SearchSchema(), json_body()))))


@routes.post("/assessments/counts", Gives(CountsSchema), body=FilterSchema, allow_roles=SEARCHING)
@requires_scope(Scope.ASSESSMENTS_READ)
def counted() -> Response:
    """How many people and assessments match, by need and by quarter of the scores."""
    filter = filter_from(resolve_criteria(loaded(FilterSchema(), json_body())))
    return json_answer(counts(count(request_context(), filter)))


def _shown(found: Iterable[ListedSubmission]) -> Iterator[ListedSubmission]:
    return as_shown_to(g.user, found)


def _answered(wanted: Asked, *, at: str = "") -> Response:
    """In the form that is asked for. What only the other form has is no mistake: clients send defaults."""
    csv = request.accept_mimetypes.best_match([JSON, CSV]) == CSV
    return _csv(wanted) if csv else _page(wanted, at=at)


def _csv(wanted: Asked) -> Response:
    if wanted.filter.is_empty:
        raise InvalidInput([Problem("", "no_criterion", NO_CRITERION)])
    return csv_answer(wanted.filter, sort=wanted.sort, names=wanted.fields)


def _page(wanted: Asked, *, at: str = "") -> Response:
    page = page_of(
        request_context(),
        wanted.filter,
        sort=wanted.sort,
        limit=wanted.limit,
        after=_key(wanted, at=at),
        counted=wanted.counted,
    )
    following = None if page.next is None else _cursor(page.next, wanted)
    response = json_answer(
        {
            "assessments": [listed(one) for one in _shown(page.submissions)],
            "next": following,
            **total_of(page),
        }
    )
    if following and request.method == "GET":
        passed_on = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
        link = urlencode([*passed_on, ("cursor", following)])
        response.headers.add("Link", f'<{PREFIX}/assessments?{link}>; rel="next"')
    return response


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="cursor")


def _cursor(key: int, wanted: Asked) -> str:
    """The key, sealed for this filter and sort: who could read it could count what others submit."""
    sealed = _cipher().encrypt(key.to_bytes(8), whose=f"{wanted.filter} {wanted.sort}")
    return for_address(sealed)


def _key(wanted: Asked, *, at: str) -> int | None:
    if wanted.cursor is None:
        return None
    with suppress(ValueError):
        key = _cipher().decrypt(from_address(wanted.cursor), whose=f"{wanted.filter} {wanted.sort}")
        if key is not None:
            return int.from_bytes(key)
    detail = "This is no cursor of ours, or one of another filter or sort."
    raise InvalidInput([Problem(f"{at}/cursor", "invalid_cursor", detail)])
