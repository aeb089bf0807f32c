"""Exports: files of assessments, made in the background; what they can hold, what users keep for them."""

from flask import Response, g

from api.auth import requires_scope
from api.auth.roles import SEARCHING
from api.context import application, request_context
from api.resources.routing import Gives, Routes, json_answer
from api.resources.search.criteria import resolve_export
from api.resources.transfer.jobs import told
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.search.saved_filters import RemovedSchema, filter_name
from api.schemas.transfer.exports import (
    ExportFieldsSchema,
    ExportOptionsSchema,
    ExportSchema,
    ListOfSavedOptionsSchema,
    SavedOptionsSchema,
    described_fields,
    options_to_save,
    saved_options,
)
from api.schemas.transfer.jobs import JobSchema
from api.services.access.scopes import Scope
from api.services.search.saved import (
    EXPORT_OPTIONS,
    delete_saved_item,
    find_saved_item,
    save_item,
    saved_items,
)
from api.services.transfer.exports import ask_for_export, read_this_of
from api.services.transfer.jobs import find_job

TEXT = "text/plain"

routes = Routes("exports", about="Files of assessments: what for, which, and what of them.")


@routes.post("/exports", Gives(JobSchema, status=202), body=ExportSchema, allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def ask() -> Response:
    """Ask for a file of every assessment that meets the criteria; it is made in the background."""
    given = loaded(ExportSchema(), json_body())
    export = resolve_export(given)
    job = ask_for_export(request_context(), export, terms=application().jobs)
    return told(job, accepted=True)


@routes.get("/exports/fields", Gives(ExportFieldsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def fields() -> Response:
    """The columns that a file can have, and the purposes it can be for."""
    return json_answer(described_fields())


@routes.get(
    "/jobs/<string:id>/result/notice",
    Gives(media_type=TEXT, description="Notice, purpose, criteria, figures and versions, a line each."),
    allow_roles=SEARCHING,
)
@requires_scope(Scope.EXPORTS_READ)
def read_this(id: str) -> Response:
    """What the file of an export must be read with; a spreadsheet has it on its second sheet."""
    lines = read_this_of(find_job(request_context(), id), by=g.user)
    return Response("".join(f"{what}: {says}\n" for what, says in lines), mimetype=TEXT)


@routes.get("/me/export-options", Gives(ListOfSavedOptionsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def listing() -> Response:
    """What you saved, by name."""
    found = saved_items(request_context(), EXPORT_OPTIONS)
    return json_answer({"options": [saved_options(one) for one in found]})


@routes.get("/me/export-options/<string:name>", Gives(SavedOptionsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def one(name: str) -> Response:
    """The options saved under that name, as an export takes them in its body."""
    return json_answer(saved_options(find_saved_item(request_context(), name, EXPORT_OPTIONS)))


@routes.put(
    "/me/export-options/<string:name>",
    Gives(SavedOptionsSchema),
    body=ExportOptionsSchema,
    allow_roles=SEARCHING,
)
@requires_scope(Scope.EXPORTS_READ)
def save(name: str) -> Response:
    """Save fields, order and format under that name, in place of what stood there."""
    options = options_to_save(json_body())
    found = save_item(request_context(), filter_name(name), options, EXPORT_OPTIONS)
    return json_answer(saved_options(found))


@routes.delete("/me/export-options/<string:name>", Gives(RemovedSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def remove(name: str) -> Response:
    """Forget what was saved under that name."""
    delete_saved_item(request_context(), name, EXPORT_OPTIONS)
    return json_answer({"removed": True})
