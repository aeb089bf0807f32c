"""Who looked at one person, when, and at what: for auditors.

The number comes in the body of the form, page by page: it stands in no address.
"""

from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AUDITING
from api.resources.governance.audit import cursor_of, visits_page
from api.schemas.governance.audit import PersonSearchSchema, sought_from
from api.schemas.governance.erasures import number_of
from api.schemas.problems import loaded
from api.web.blueprint import blueprint
from api.web.form_data import errors_of, given, typed
from api.web.form_messages import AUDIT_OF_PERSON
from rms.errors import InvalidInput, NotFound

TEMPLATE = "governance/audit_person.html"


@blueprint.get("/record/person")
@allow_roles(AUDITING)
def record_of_person() -> str:
    return render_template(TEMPLATE, errors={}, typed={})


@blueprint.post("/record/person")
@allow_roles(AUDITING)
def found_of_person() -> ResponseReturnValue:
    """Changes nothing, except that the search is on record: it may be sent again."""
    try:
        asked = loaded(PersonSearchSchema(), given())
        number, sought = number_of(asked["person"]), sought_from(asked, at="")
        page = visits_page(number, sought, limit=asked["limit"], cursor=asked.get("cursor"))
    except InvalidInput as refused:
        errors = errors_of(refused, AUDIT_OF_PERSON)
        return render_template(TEMPLATE, errors=errors, typed=typed()), HTTPStatus.UNPROCESSABLE_ENTITY
    except NotFound as unknown:
        errors = {"person": unknown.detail}
        return render_template(TEMPLATE, errors=errors, typed=typed()), HTTPStatus.NOT_FOUND
    return render_template(
        TEMPLATE,
        errors={},
        typed=typed(),
        number=number,
        page=page,
        next=None if page.next is None else cursor_of(number, sought, page.next),
    )
