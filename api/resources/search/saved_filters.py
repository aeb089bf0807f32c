"""The filters that somebody saved: their own and nobody else's."""

from flask import Response, g

from api.auth.roles import SEARCHING
from api.context import services
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
from api.services.search.saved import FILTERS, remove_saved, save_under, saved_named, saved_of

routes = Routes("saved filters", about="Criteria that you keep under names of your own.")


@routes.get("/me/filters", Gives(SavedFiltersSchema), to=SEARCHING)
def listing() -> Response:
    """What you saved, by name."""
    return json_answer({"filters": [saved(one) for one in saved_of(g.user, FILTERS, store=services().store)]})


@routes.get("/me/filters/<string:name>", Gives(SavedFilterSchema), to=SEARCHING)
def one(name: str) -> Response:
    """The criteria saved under that name, as a search takes them in its body."""
    return json_answer(saved(saved_named(name, FILTERS, user=g.user, store=services().store)))


@routes.put("/me/filters/<string:name>", Gives(SavedFilterSchema), body=FilterSchema, to=SEARCHING)
def save(name: str) -> Response:
    """Save criteria under that name, in place of what stood there. An offender number is not saved."""
    works_with, called = services(), filter_name(name)
    found = save_under(
        called, to_save(json_body()), FILTERS, user=g.user, store=works_with.store, at=works_with.clock()
    )
    return json_answer(saved(found))


@routes.delete("/me/filters/<string:name>", Gives(RemovedSchema), to=SEARCHING)
def remove(name: str) -> Response:
    """Forget what was saved under that name."""
    works_with = services()
    remove_saved(name, FILTERS, user=g.user, store=works_with.store, at=works_with.clock())
    return json_answer({"removed": True})
