"""Offices: a tree with the agency itself at its top."""

from flask import Response

from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import request_context
from api.resources.routing import Gives, Routes, json_answer
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
from api.services.access.offices import add_office, move_office, offices, rename_office
from api.storage import Office

routes = Routes("offices", about="Offices: whoever supervises one sees the people of it and of those below.")


@routes.get("/offices", Gives(OfficesSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """Every office, by name."""
    known = offices(request_context())
    return json_answer({"offices": [office_document(one, known) for one in known]})


@routes.post("/offices", Gives(OfficeSchema, status=201), body=NewOfficeSchema, allow_roles=ADMINISTRATION)
def add() -> Response:
    """Add an office below another."""
    given = loaded(NewOfficeSchema(), json_body())
    added = add_office(request_context(), given["name"], parent=given.get("parent"))
    return _told(added, status=201)


@routes.patch(
    "/offices/<string:name>", Gives(OfficeSchema), body=RenamedOfficeSchema, allow_roles=ADMINISTRATION
)
def rename(name: str) -> Response:
    """Give an office another name."""
    given = loaded(RenamedOfficeSchema(), json_body())
    renamed = rename_office(request_context(), name, new=given["name"])
    return _told(renamed)


@routes.put(
    "/offices/<string:name>/parent", Gives(OfficeSchema), body=ParentSchema, allow_roles=ADMINISTRATION
)
def move(name: str) -> Response:
    """Put an office, with all below it, below another; whoever supervises that one sees its people."""
    given = loaded(ParentSchema(), json_body())
    moved = move_office(request_context(), name, parent=given["parent"])
    return _told(moved)


def _told(office: Office, *, status: int = 200) -> Response:
    return json_answer(office_document(office, offices(request_context())), status=status)
