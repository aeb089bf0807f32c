"""Exports: files of assessments, made in the background, and the options that users save for them."""

from flask import Response

from api.auth import requires_scope
from api.auth.roles import SEARCHING
from api.context import application, needs_accepted, needs_offered, request_context
from api.resources.routing import Routes, Success, json_answer
from api.resources.search.criteria import resolve_export
from api.resources.transfer.jobs import job_answer
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
from api.services.transfer.exports import read_this_of, request_export
from api.services.transfer.jobs import find_job

TEXT = "text/plain"

routes = Routes("exports", about="Files of assessments, their fields and purposes, and your saved options.")


@routes.post("/exports", Success(JobSchema, status=202), body=ExportSchema, allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def ask() -> Response:
    """Request a file of all assessments that meet the criteria. It is made in the background."""
    export = resolve_export(loaded(ExportSchema(), json_body()))
    job = request_export(request_context(), export, settings=application().jobs)
    return job_answer(job, accepted=True)


@routes.get("/exports/fields", Success(ExportFieldsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def fields() -> Response:
    """The columns that a file can have, and the purposes to choose from."""
    return json_answer(described_fields({need.code: need.label for need in needs_offered()}))


@routes.get(
    "/jobs/<string:id>/result/notice",
    Success(media_type=TEXT, description="Notice, purpose, criteria, figures and versions, one per line."),
    allow_roles=SEARCHING,
)
@requires_scope(Scope.EXPORTS_READ)
def read_this(id: str) -> Response:
    """The notice to read with the file of an export. A spreadsheet has it on its second sheet."""
    context = request_context()
    lines = read_this_of(context, find_job(context, id))
    return Response("".join(f"{label}: {text}\n" for label, text in lines), mimetype=TEXT)


@routes.get("/me/export-options", Success(ListOfSavedOptionsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def listing() -> Response:
    """Your saved options, by name."""
    listed = saved_items(request_context(), EXPORT_OPTIONS)
    return json_answer({"options": [saved_options(saved) for saved in listed]})


@routes.get("/me/export-options/<string:name>", Success(SavedOptionsSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def one(name: str) -> Response:
    """The options saved under this name, as in the body of an export."""
    return json_answer(saved_options(find_saved_item(request_context(), name, EXPORT_OPTIONS)))


@routes.put(
    "/me/export-options/<string:name>",
    Success(SavedOptionsSchema),
    body=ExportOptionsSchema,
    allow_roles=SEARCHING,
)
@requires_scope(Scope.EXPORTS_READ)
def save(name: str) -> Response:
    """Save fields, order and format under this name. This replaces options with the same name."""
    options = options_to_save(json_body(), needs=needs_accepted())
    saved = save_item(request_context(), filter_name(name), options, EXPORT_OPTIONS)
    return json_answer(saved_options(saved))


@routes.delete("/me/export-options/<string:name>", Success(RemovedSchema), allow_roles=SEARCHING)
@requires_scope(Scope.EXPORTS_READ)
def remove(name: str) -> Response:
    """Delete the options saved under this name."""
    delete_saved_item(request_context(), name, EXPORT_OPTIONS)
    return json_answer({"removed": True})
