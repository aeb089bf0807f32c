"""API routes of the prediction. Criteria are in bodies, because a name must not be in a URL."""

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
from api.schemas.json_body import JSON, json_body
from api.schemas.prediction.predictions import (
    PersonPredictionSchema,
    PredictionListPageSchema,
    PredictionListSearchSchema,
    prediction_filter,
    shown_prediction,
    shown_predictions,
)
from api.schemas.problems import loaded
from api.services.access.encryption import Cipher, for_address, from_address
from api.services.access.scopes import Scope
from api.services.prediction.explaining import explain_prediction
from api.services.prediction.list_files import csv_of_predictions, spreadsheet_of_predictions
from api.services.prediction.listing import PredictionEnd, PredictionFilter, prediction_list
from api.services.prediction.models import why_predictions_are_off
from api.services.transfer.export_files import CSV, XLSX
from api.storage import PredictedPlace
from rms.errors import InvalidInput, NotFound, Problem

WHOLE = "A page as JSON; the whole list as CSV, or as a spreadsheet. Every row has the health warning."

routes = Routes(
    "prediction",
    about="The statistical prediction of becoming high harm within two years. It is no harm score. It is off "
    "(404) while no model is current. Show its health warning wherever you show a prediction.",
)


@routes.post(
    "/prediction/list/search",
    Success(PredictionListPageSchema),
    Success(media_type=CSV, description=WHOLE),
    Success(media_type=XLSX, description=WHOLE),
    body=PredictionListSearchSchema,
    allow_roles=OFFENDER_LISTS,
)
@requires_scope(Scope.HARM_READ)
def search() -> Response:
    """People not yet high harm who meet all criteria, by probability: a page as JSON, or all as a file."""
    criteria = loaded(PredictionListSearchSchema(), json_body())
    filter = prediction_filter(criteria, application().harm.table, today=request_context().today)
    media_type = preferred([JSON, CSV, XLSX])
    return _page(filter, criteria) if media_type == JSON else _file(filter, media_type)


@routes.get("/prediction/people/<string:id>", Success(PersonPredictionSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def one(id: str) -> Response:
    """The prediction of a person, in plain words, with what raised and lowered it.

    `id` is `person` in a list. A person whom you may not see gets the same answer as one who does not exist.
    """
    found = explain_prediction(request_context(), person_key(id), rules=application().harm)
    if found is None:
        raise NotFound(why_predictions_are_off(request_context()))
    return json_answer(shown_prediction(found, id=id))


def _page(filter: PredictionFilter, criteria: Mapping[str, Any]) -> Response:
    page = prediction_list(
        request_context(),
        filter,
        rules=application().harm,
        limit=criteria["limit"],
        after=_end(criteria.get("cursor"), filter),
    )
    following = None if page.next is None else _cursor(page.next, filter)
    return json_answer(shown_predictions(page, next=following, person_id=person_id))


def _file(filter: PredictionFilter, media_type: str | None) -> Response:
    if media_type == CSV:
        # IDs are made while the answer is read: the request has ended by then.
        id_of = ids().text
        parts = csv_of_predictions(stream_context(), filter, rules=application().harm, person_id=id_of)
        response = attachment(parts, CSV, "predictions.csv")
    else:
        content = spreadsheet_of_predictions(
            request_context(), filter, rules=application().harm, person_id=ids().text
        )
        response = attachment(content, XLSX, "predictions.xlsx")
    response.headers["Link"] = '</api/v1/notice>; rel="terms-of-service"'
    return response


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="prediction list")


def _cursor(end: PredictionEnd, filter: PredictionFilter) -> str:
    """The end of the page, encrypted for this filter: it contains a probability and a key."""
    place = json.dumps([end.place.probability, end.place.person, end.place.type, end.rank]).encode()
    return for_address(_cipher().encrypt(place, whose=str(filter)))


def _end(cursor: str | None, filter: PredictionFilter) -> PredictionEnd | None:
    if cursor is None:
        return None
    with suppress(ValueError):
        place = _cipher().decrypt(from_address(cursor), whose=str(filter))
        if place is not None:
            probability, person, type, rank = json.loads(place)
            return PredictionEnd(PredictedPlace(probability, person, type), rank)
    detail = "This cursor is not valid for this filter. Start again from the first page."
    raise InvalidInput([Problem("/cursor", "invalid_cursor", detail)])
