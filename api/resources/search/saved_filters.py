"""The filters that somebody saved: their own and nobody else's."""

from flask import Response

from api.auth.roles import SEARCHING
from api.context import request_context
from api.resources.routing import Gives, Routes, json_answer
from api.schemas.json_body import json_body
from api.schemas.search.saved_filters import (
    RemovedSchema,
    SavedFilterSchema,
    SavedFiltersSchema,
    filter_name,
    saved,
    to_save,
)
from api.schemas.search.search import FilterSchema
from api.services.search.saved import (
    SAVED_FILTERS,
    delete_saved_item,
    find_saved_item,
    save_item,
    saved_items,
)

routes = Routes("saved filters", about="Criteria that you keep under names of your own.")


@routes.get("/me/filters", Gives(SavedFiltersSchema), allow_roles=SEARCHING)
def listing() -> Response:
    """What you saved, by name."""
    return json_answer({"filters": [saved(one) for one in saved_items(request_context(), SAVED_FILTERS)]})


@routes.get("/me/filters/<string:name>", Gives(SavedFilterSchema), allow_roles=SEARCHING)
def one(name: str) -> Response:
    """The criteria saved under that name, as a search takes them in its body."""
    return json_answer(saved(find_saved_item(request_context(), name, SAVED_FILTERS)))


@routes.put("/me/filters/<string:name>", Gives(SavedFilterSchema), body=FilterSchema, allow_roles=SEARCHING)
def save(name: str) -> Response:
    """Save criteria under that name, in place of what stood there. An offender number is not saved."""
    called = filter_name(name)
    found = save_item(request_context(), called, to_save(json_body()), SAVED_FILTERS)
    return json_answer(saved(found))


@routes.delete("/me/filters/<string:name>", Gives(RemovedSchema), allow_roles=SEARCHING)
def remove(name: str) -> Response:
    """Forget what was saved under that name."""
    delete_saved_item(request_context(), name, SAVED_FILTERS)
    return json_answer({"removed": True})
