"""API routes for saved lists. Users see only their own."""

from flask import Response

from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.harm.offender_list import HarmListSchema, filter_from
from api.schemas.harm.saved_lists import (
    ReadyMadeListsSchema,
    SavedListSchema,
    SavedListsSchema,
    list_to_save,
    shown_ready_made,
    shown_saved_list,
)
from api.schemas.json_body import json_body
from api.schemas.search.saved_filters import RemovedSchema, filter_name
from api.services.access.scopes import Scope
from api.services.harm.listing import SAVED_LISTS, check_areas
from api.services.harm.ready_made import READY_MADE
from api.services.search.saved import delete_saved_item, find_saved_item, save_item, saved_items

routes = Routes("saved lists", about="Offender lists that are ready to use, and those that you save.")


@routes.get("/harm/lists", Success(ReadyMadeListsSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def ready_made() -> Response:
    """Lists that are ready to use. Change their size, offence or area like any other criterion."""
    return json_answer({"lists": [shown_ready_made(made) for made in READY_MADE]})


@routes.get("/me/harm-lists", Success(SavedListsSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def listing() -> Response:
    """Your saved lists, by name."""
    items = saved_items(request_context(), SAVED_LISTS)
    return json_answer({"lists": [shown_saved_list(item) for item in items]})


@routes.get("/me/harm-lists/<string:name>", Success(SavedListSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def one(name: str) -> Response:
    """The criteria saved under this name, in the form of the body of a search."""
    return json_answer(shown_saved_list(find_saved_item(request_context(), name, SAVED_LISTS)))


@routes.put(
    "/me/harm-lists/<string:name>", Success(SavedListSchema), body=HarmListSchema, allow_roles=OFFENDER_LISTS
)
@requires_scope(Scope.HARM_READ)
def save(name: str) -> Response:
    """Save criteria under this name. If it is in use, the new criteria replace the old ones.

    Names of people cannot be saved.
    """
    body, context = json_body(), request_context()
    check_areas(context, filter_from(list_to_save(body), application().harm.table, today=context.today))
    assert isinstance(body, dict)
    return json_answer(shown_saved_list(save_item(context, filter_name(name), body, SAVED_LISTS)))


@routes.delete("/me/harm-lists/<string:name>", Success(RemovedSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.HARM_READ)
def remove(name: str) -> Response:
    """Delete the list with this name."""
    delete_saved_item(request_context(), name, SAVED_LISTS)
    return json_answer({"removed": True})
