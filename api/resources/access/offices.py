"""Offices: a tree with the agency itself at its top."""

from flask import Response, g

from api.auth.roles import ADMINISTRATION, EVERYBODY
from api.context import services
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


@routes.get("/offices", Gives(OfficesSchema), to=EVERYBODY)
def listing() -> Response:
    """Every office, by name."""
    known = offices(store=services().store)
    return json_answer({"offices": [office_document(one, known) for one in known]})


@routes.post("/offices", Gives(OfficeSchema, status=201), body=NewOfficeSchema, to=ADMINISTRATION)
def add() -> Response:
    """Add an office below another."""
    works_with, given = services(), loaded(NewOfficeSchema(), json_body())
    added = add_office(
        given["name"],
        parent=given.get("parent"),
        by=g.user.username,
        store=works_with.store,
        at=works_with.clock(),
    )
    return _told(added, status=201)


@routes.patch("/offices/<string:name>", Gives(OfficeSchema), body=RenamedOfficeSchema, to=ADMINISTRATION)
def rename(name: str) -> Response:
    """Give an office another name."""
    works_with, given = services(), loaded(RenamedOfficeSchema(), json_body())
    renamed = rename_office(
        name, new=given["name"], by=g.user.username, store=works_with.store, at=works_with.clock()
    )
    return _told(renamed)


@routes.put("/offices/<string:name>/parent", Gives(OfficeSchema), body=ParentSchema, to=ADMINISTRATION)
def move(name: str) -> Response:
    """Put an office, with all below it, below another; whoever supervises that one sees its people."""
    works_with, given = services(), loaded(ParentSchema(), json_body())
    moved = move_office(
        name, parent=given["parent"], by=g.user.username, store=works_with.store, at=works_with.clock()
    )
    return _told(moved)


def _told(office: Office, *, status: int = 200) -> Response:
    return json_answer(office_document(office, offices(store=services().store)), status=status)
