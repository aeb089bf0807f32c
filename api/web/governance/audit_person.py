"""Who looked at one person, when and at what, for auditors.

Every page of the list is requested by a form, so that no URL holds the offender number.
"""

from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AUDITING
from api.resources.governance.audit import cursor_of, visits_page
from api.schemas.governance.audit import PersonSearchSchema, criteria_from
from api.schemas.governance.erasures import number_of
from api.schemas.problems import loaded
from api.web.blueprint import blueprint
from api.web.form_data import errors_of, filled_fields, typed
from api.web.form_messages import AUDIT_OF_PERSON
from rms.errors import InvalidInput, NotFound

TEMPLATE = "governance/audit_person.html"


@blueprint.get("/record/person")
@allow_roles(AUDITING)
def audit_of_person() -> str:
    return render_template(TEMPLATE, errors={}, typed={})


@blueprint.post("/record/person")
@allow_roles(AUDITING)
def search_audit_of_person() -> ResponseReturnValue:
    """The form can be sent again: a search changes nothing but the audit log, which notes it."""
    try:
        search = loaded(PersonSearchSchema(), filled_fields())
        number, criteria = number_of(search["person"]), criteria_from(search, at="")
        page = visits_page(number, criteria, limit=search["limit"], cursor=search.get("cursor"))
    except InvalidInput as error:
        errors = errors_of(error, AUDIT_OF_PERSON)
        return render_template(TEMPLATE, errors=errors, typed=typed()), HTTPStatus.UNPROCESSABLE_ENTITY
    except NotFound as error:
        errors = {"person": error.detail}
        return render_template(TEMPLATE, errors=errors, typed=typed()), HTTPStatus.NOT_FOUND
    return render_template(
        TEMPLATE,
        errors={},
        typed=typed(),
        number=number,
        page=page,
        next=None if page.next is None else cursor_of(number, criteria, page.next),
    )
