"""API routes for recommendations about people, and the decisions on them."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Response, current_app

from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS, OFFICE_PEOPLE
from api.context import application, request_context
from api.resources.people.ids import person_id, person_key
from api.resources.routing import Routes, Success, json_answer
from api.schemas.harm.offender_list import filter_from
from api.schemas.json_body import Json, json_body
from api.schemas.meetings.recommendations import (
    AreaRecommendationsQuery,
    AreaRecommendationsSchema,
    RecommendationBodySchema,
    RecommendationDecisionBodySchema,
    RecommendationSchema,
    RecommendationsSchema,
    new_end,
    new_proposal,
    shown_recommendation,
)
from api.services.access.encryption import Cipher, OpaqueKeys, for_address, from_address
from api.services.access.scopes import Scope
from api.services.meetings.recommendations import (
    NO_RECOMMENDATION,
    decide,
    recommend,
    recommendation_to_decide,
    recommendations_of,
    recommendations_of_area,
)
from api.storage import Recommendation, RecommendationPlace
from rms.errors import InvalidInput, NotFound, Problem

routes = Routes(
    "recommendations",
    about="Recommendations to select people for management or to deselect them. They change nothing else.",
)


@routes.get(
    "/harm/areas/<string:code>/recommendations",
    Success(AreaRecommendationsSchema),
    query=AreaRecommendationsQuery,
    allow_roles=OFFENDER_LISTS,
)
@requires_scope(Scope.HARM_READ)
def of_area(query: dict[str, Any], code: str) -> Response:
    """A page of the recommendations about people of an area, newest first.

    They are those that wait for a decision, and those made or decided on the day `since` or later, by default
    in the last month. `code` is the code of the area.
    """
    since = query.get("since")
    whose = f"{code} {since}"
    found = recommendations_of_area(
        request_context(),
        code,
        limit=query["limit"],
        since=since,
        after=_place(query.get("cursor"), whose),
    )
    following = None if found.next is None else _cursor(found.next, whose)
    return json_answer({"recommendations": [_shown(one) for one in found.made], "next": following})


@routes.get(
    "/harm/people/<string:id>/recommendations",
    Success(RecommendationsSchema),
    allow_roles=OFFENDER_LISTS,
)
@requires_scope(Scope.HARM_READ)
def of_person(id: str) -> Response:
    """All recommendations about a person, newest first, with the scores of each day."""
    made = recommendations_of(request_context(), person_key(id))
    return json_answer({"recommendations": [_shown(one) for one in made]})


@routes.post(
    "/harm/people/<string:id>/recommendations",
    Success(RecommendationSchema, status=201),
    body=RecommendationBodySchema,
    allow_roles=OFFICE_PEOPLE,
)
def add(id: str) -> Response:
    """Recommend that a person is selected for management, or deselected. It changes nothing else.

    RMS keeps the harm score of this moment and the rank in the list of `criteria`. The recommendation waits
    until a supervisor of the person's area who did not make it decides on it.
    """
    proposal, criteria = new_proposal(json_body())
    context = request_context()
    rules = application().harm
    filter = filter_from(criteria, rules.table, today=context.today, at="/criteria")
    key = recommend(context, person_key(id), proposal, filter, rules=rules)
    document = _shown(recommendation_to_decide(context, key).made)
    return json_answer(document, status=201)


@routes.post(
    "/harm/recommendations/<string:id>/decision",
    Success(RecommendationSchema),
    body=RecommendationDecisionBodySchema,
    allow_roles=OFFICE_PEOPLE,
)
def decided(id: str) -> Response:
    """Accept or refuse a recommendation of another user, or withdraw your own. It is final."""
    key = _ids().key(id)
    if key is None:
        raise NotFound(NO_RECOMMENDATION)
    state, reason = new_end(json_body())
    decide(request_context(), key, state, reason=reason)
    return json_answer(_shown(recommendation_to_decide(request_context(), key).made))


def _shown(made: Recommendation) -> Json:
    return shown_recommendation(made, id=_ids().text(made.id), person=person_id(made.person))


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="recommendations of an area")


def _cursor(place: RecommendationPlace, whose: str) -> str:
    """The end of the page, encrypted for this area and day: it contains a key."""
    content = json.dumps([place.at.isoformat(), place.id]).encode()
    return for_address(_cipher().encrypt(content, whose=whose))


def _place(cursor: str | None, whose: str) -> RecommendationPlace | None:
    if cursor is None:
        return None
    with suppress(ValueError):
        content = _cipher().decrypt(from_address(cursor), whose=whose)
        if content is not None:
            at, key = json.loads(content)
            return RecommendationPlace(datetime.fromisoformat(at), key)
    detail = "This cursor is not valid for this area and day. Start again from the first page."
    raise InvalidInput([Problem("/query/cursor", "invalid_cursor", detail)])


def _ids() -> OpaqueKeys:
    return OpaqueKeys(str(current_app.secret_key), purpose="recommendation")
