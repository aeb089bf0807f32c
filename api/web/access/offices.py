"""Offices for administrators: add, rename and move."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION
from api.context import request_context
from api.schemas.access.accounts import NewOfficeSchema, RenamedOfficeSchema
from api.schemas.problems import loaded
from api.services.access.offices import add_office, as_tree, move_office, offices, rename_office
from api.storage import Office
from api.web.blueprint import blueprint
from api.web.confirmation import confirmation_page
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import OFFICE
from rms.errors import Conflict, InvalidInput, NotFound
from rms.people.offices import OfficeTree

DONE = {
    "added": (
        "The office is added. It gets people when one of its users assesses them, or when they are "
        "transferred to it."
    ),
    "renamed": "The office is renamed.",
    "moved": "The office and all offices below it are moved.",
}
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/administration/offices")
@allow_roles(ADMINISTRATION)
def admin_offices() -> str:
    return _list_page()


@blueprint.post("/administration/offices")
@allow_roles(ADMINISTRATION)
def add_new_office() -> ResponseReturnValue:
    try:
        new = loaded(NewOfficeSchema(), filled_fields())
        add_office(request_context(), new["name"], parent=new.get("parent"))
    except InvalidInput as refused:
        return _list_page(errors_of(refused, OFFICE)), REFUSED
    except Conflict as refused:
        return _list_page({"name": refused.detail}), REFUSED
    return _back("added")


@blueprint.get("/administration/offices/<id>")
@allow_roles(ADMINISTRATION)
def one_office(id: str) -> str:
    return _one_page(_known(id))


@blueprint.post("/administration/offices/<id>/name")
@allow_roles(ADMINISTRATION)
def renamed_office(id: str) -> ResponseReturnValue:
    office = _known(id)
    try:
        new = loaded(RenamedOfficeSchema(), filled_fields())["name"]
        rename_office(request_context(), office.name, new=new)
    except InvalidInput as refused:
        return _one_page(office, errors_of(refused, OFFICE)), REFUSED
    except Conflict as refused:
        return _one_page(office, {"name": refused.detail}), REFUSED
    return _back("renamed")


@blueprint.get("/administration/offices/<id>/move")
@allow_roles(ADMINISTRATION)
def ask_before_office_moves(id: str) -> ResponseReturnValue:
    office, parent = _known(id), request.args.get("parent", "")
    name = office.name
    if parent not in {one.name for one in offices(request_context())} - {name}:
        return _one_page(office, {"parent": "Choose another office."}), REFUSED
    return confirmation_page(
        f"Move {name} below {parent}?",
        f"Supervisors of {parent}, and of offices above it, will see everyone in {name}.",
        f"Supervisors of the offices that {name} belongs to now will no longer see its people, unless "
        f"their office is also above {parent}.",
        grave="This changes which supervisors can see these people.",
        label="Move office",
        action=url_for("web.moved_office", id=id),
        sent={"parent": parent},
        back=url_for("web.one_office", id=id),
    )


@blueprint.post("/administration/offices/<id>/move")
@allow_roles(ADMINISTRATION)
def moved_office(id: str) -> ResponseReturnValue:
    office = _known(id)
    try:
        move_office(request_context(), office.name, parent=request.form.get("parent", ""))
    except InvalidInput as refused:
        return _one_page(office, errors_of(refused, OFFICE)), REFUSED
    except Conflict as refused:
        return _one_page(office, {"parent": refused.detail}), REFUSED
    return _back("moved")


def _list_page(errors: Errors | None = None) -> str:
    every_office = offices(request_context())
    (top,) = (one for one in every_office if one.parent is None)
    return render_template(
        "access/offices.html",
        tree=[(office, depth) for depth, office in as_tree(every_office)],
        offices={one.name: one.name for one in (top, *(other for other in every_office if other is not top))},
        errors=errors or {},
        typed=typed(),
        done=done_message(DONE) if not errors else None,
    )


def _one_page(office: Office, errors: Errors | None = None) -> str:
    every_office = offices(request_context())
    names = {one.id: one.name for one in every_office}
    tree = OfficeTree({one.id: one.parent for one in every_office})
    return render_template(
        "access/office.html",
        office=office,
        above=None if office.parent is None else names[office.parent],
        offices={one.name: one.name for one in every_office if not tree.holds(office.id, one.id)},
        errors=errors or {},
        typed={"name": office.name, **typed()},
    )


def _known(id: str) -> Office:
    """The office with this key. Names may contain characters that an address cannot."""
    for office in offices(request_context()):
        if str(office.id) == id:
            return office
    raise NotFound("There is no such office.")


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for("web.admin_offices", done=done), HTTPStatus.SEE_OTHER)
