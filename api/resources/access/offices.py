"""Offices: a tree with the agency at the top."""

from flask import Response

from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.access.accounts import (
    NewOfficeSchema,
    OfficeSchema,
    OfficesSchema,
    ParentSchema,
    RenamedOfficeSchema,
    office_document,
)
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.services.access.offices import add_office, move_office, office_names, offices, rename_office
from api.storage import Office

routes = Routes("offices", about="Offices. Supervisors see the people of their office and of those below it.")


@routes.get("/offices", Success(OfficesSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """List offices by name."""
    known = offices(request_context())
    names = {office.id: office.name for office in known}
    return json_answer({"offices": [office_document(office, names) for office in known]})


@routes.post("/offices", Success(OfficeSchema, status=201), body=NewOfficeSchema, allow_roles=ADMINISTRATION)
def add() -> Response:
    """Add an office below another."""
    body = loaded(NewOfficeSchema(), json_body())
    added = add_office(request_context(), body["name"], parent=body.get("parent"))
    return _answer(added, status=201)


@routes.patch(
    "/offices/<string:name>", Success(OfficeSchema), body=RenamedOfficeSchema, allow_roles=ADMINISTRATION
)
def rename(name: str) -> Response:
    """Rename an office."""
    body = loaded(RenamedOfficeSchema(), json_body())
    renamed = rename_office(request_context(), name, new=body["name"])
    return _answer(renamed)


@routes.put(
    "/offices/<string:name>/parent", Success(OfficeSchema), body=ParentSchema, allow_roles=ADMINISTRATION
)
def move(name: str) -> Response:
    """Move an office, with all below it, below another. Supervisors of that one see its people."""
    body = loaded(ParentSchema(), json_body())
    moved = move_office(request_context(), name, parent=body["parent"])
    return _answer(moved)


def _answer(office: Office, *, status: int = 200) -> Response:
    return json_answer(office_document(office, office_names(request_context())), status=status)
