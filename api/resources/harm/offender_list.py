"""API routes of the offender list. Criteria are in bodies, because a name must not be in a URL."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Response, current_app

from api.attachments import attachment
from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context, stream_context
from api.media_types import preferred
from api.resources.people.ids import ids, person_id, person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.harm.offender_list import (
    HarmListPageSchema,
    HarmListSearchSchema,
    HarmReasonsSchema,
    OffencesSchema,
    WhyNotListedSchema,
    filter_from,
    shown_page,
)
from api.schemas.json_body import JSON, json_body
from api.schemas.problems import loaded
from api.services.access.encryption import Cipher, for_address, from_address
from api.services.access.scopes import Scope
from api.services.harm.list_files import csv_of_list, spreadsheet_of_list
from api.services.harm.listing import PageEnd, offender_list
from api.services.harm.reasons import WhyNot, why_not_listed
from api.services.transfer.export_files import CSV, XLSX
from api.storage import ListPlace
from rms.assessment import offender_number
from rms.errors import InvalidInput, Problem
from rms.harm.listing import HarmFilter, unknown_code

WHOLE = "A page as JSON; the whole list as CSV, or as a spreadsheet with a notice."

routes = Routes("harm", about="People by harm score: the offender list, and why somebody is not on it.")


@routes.post(
    "/harm/list/search",
    Success(HarmListPageSchema),
    Success(media_type=CSV, description=WHOLE),
    Success(media_type=XLSX, description=WHOLE),
    body=HarmListSearchSchema,
    allow_roles=OFFENDER_LISTS,
)
@requires_scope(Scope.HARM_READ)
def search() -> Response:
    """People who meet all criteria, by harm score: a page as JSON, or all of them as CSV or a spreadsheet."""
    criteria = loaded(HarmListSearchSchema(), json_body())
    filter, media_type = _filter(criteria), preferred([JSON, CSV, XLSX])
    return _page(filter, criteria) if media_type == JSON else _file(filter, media_type)


@routes.post(
    "/harm/list/reasons", Success(WhyNotListedSchema), body=HarmReasonsSchema, allow_roles=OFFENDER_LISTS
)
@requires_scope(Scope.HARM_READ)
def reasons() -> Response:
    """Why a person is not on the list of these criteria: a sentence for each criterion they do not meet."""
    body = loaded(HarmReasonsSchema(), json_body())
    filter = _filter(body["criteria"], at="/criteria")
    return json_answer(
        _why_not(why_not_listed(request_context(), _who(body), filter, rules=application().harm))
    )


@routes.get("/harm/offences", Success(OffencesSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def offences() -> Response:
    """The categories and groups of offences, with their codes, by which a list can be filtered."""
    table = application().harm.table
    return json_answer({"table": table.name, "categories": table.tree()})


def _filter(criteria: Mapping[str, Any], *, at: str = "") -> HarmFilter:
    return filter_from(criteria, application().harm.table, today=request_context().today, at=at)


def _page(filter: HarmFilter, criteria: Mapping[str, Any]) -> Response:
    page = offender_list(
        request_context(),
        filter,
        rules=application().harm,
        limit=criteria["limit"],
        after=_end(criteria.get("cursor"), filter),
        counted=criteria["count"],
    )
    following = None if page.next is None else _cursor(page.next, filter)
    hint = unknown_code(filter.offence, application().harm.table)
    return json_answer(shown_page(page, next=following, person_id=person_id, hints=[hint] if hint else []))


def _file(filter: HarmFilter, media_type: str | None) -> Response:
    if media_type == CSV:
        id_of = ids().text  # of this request, which has ended when the last part is made
        parts = csv_of_list(stream_context(), filter, rules=application().harm, person_id=id_of)
        response = attachment(parts, CSV, "offender-list.csv")
    else:
        content = spreadsheet_of_list(
            request_context(), filter, rules=application().harm, person_id=ids().text
        )
        response = attachment(content, XLSX, "offender-list.xlsx")
    response.headers["Link"] = '</api/v1/notice>; rel="terms-of-service"'
    return response


def _who(body: Mapping[str, Any]) -> int | str:
    """The key or the offender number of a person."""
    given = [name for name in ("person", "offender_number") if name in body]
    if len(given) != 1:
        detail = "Give either person or offender_number."
        raise InvalidInput([Problem("/person", "one_person", detail)])
    if "offender_number" in body:
        return offender_number(body["offender_number"]) or str(body["offender_number"])
    return person_key(body["person"])


def _why_not(why: WhyNot) -> dict[str, Any]:
    return {
        "listed": why.is_listed,
        "rank": why.rank,
        "reasons": [{"code": code, "detail": sentence} for code, sentence in why.reasons],
    }


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="offender list")


def _cursor(end: PageEnd, filter: HarmFilter) -> str:
    """The end of the page, encrypted for this filter: it contains a score and a key."""
    place = json.dumps([end.place.score, end.place.person, end.rank]).encode()
    return for_address(_cipher().encrypt(place, whose=str(filter)))


def _end(cursor: str | None, filter: HarmFilter) -> PageEnd | None:
    if cursor is None:
        return None
    with suppress(ValueError):
        place = _cipher().decrypt(from_address(cursor), whose=str(filter))
        if place is not None:
            score, person, rank = json.loads(place)
            return PageEnd(ListPlace(score, person), rank)
    detail = "This cursor is not valid for this filter. Start again from the first page."
    raise InvalidInput([Problem("/cursor", "invalid_cursor", detail)])
