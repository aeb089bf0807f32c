"""API routes for saved filters. Users see only their own."""

from flask import Response

from api.auth.roles import SEARCHING
from api.context import needs_accepted, request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.json_body import json_body
from api.schemas.search.saved_filters import (
    RemovedSchema,
    SavedFilterSchema,
    SavedFiltersSchema,
    filter_name,
    filter_to_save,
    shown_saved_filter,
)
from api.schemas.search.search import FilterSchema
from api.services.search.saved import (
    SAVED_FILTERS,
    delete_saved_item,
    find_saved_item,
    save_item,
    saved_items,
)

routes = Routes("saved filters", about="Criteria that you save under a name.")


@routes.get("/me/filters", Success(SavedFiltersSchema), allow_roles=SEARCHING)
def listing() -> Response:
    """List your saved filters, by name."""
    items = saved_items(request_context(), SAVED_FILTERS)
    return json_answer({"filters": [shown_saved_filter(item) for item in items]})


@routes.get("/me/filters/<string:name>", Success(SavedFilterSchema), allow_roles=SEARCHING)
def one(name: str) -> Response:
    """The criteria saved under this name, in the form of the body of a search."""
    return json_answer(shown_saved_filter(find_saved_item(request_context(), name, SAVED_FILTERS)))


@routes.put("/me/filters/<string:name>", Success(SavedFilterSchema), body=FilterSchema, allow_roles=SEARCHING)
def save(name: str) -> Response:
    """Save criteria under this name. If it is in use, the new criteria replace the old ones.

    Offender numbers cannot be saved.
    """
    criteria = filter_to_save(json_body(), needs=needs_accepted())
    item = save_item(request_context(), filter_name(name), criteria, SAVED_FILTERS)
    return json_answer(shown_saved_filter(item))


@routes.delete("/me/filters/<string:name>", Success(RemovedSchema), allow_roles=SEARCHING)
def remove(name: str) -> Response:
    """Delete the filter with this name."""
    delete_saved_item(request_context(), name, SAVED_FILTERS)
    return json_answer({"removed": True})
