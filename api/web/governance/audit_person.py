"""Who looked at one person, when and at what, for auditors, who may know only the beginning of a number.

Every page of the list is requested by a form, so that no URL holds the offender number.
"""

from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import AUDITING
from api.context import request_context
from api.resources.governance.audit import cursor_of, visits_page
from api.schemas.governance.audit import PersonSearchSchema, criteria_from
from api.schemas.problems import loaded
from api.services.governance.visits import SHORTEST_BEGINNING, people_beginning_with
from api.services.people.finding import MOST_FOUND
from api.web.blueprint import blueprint
from api.web.form_data import Errors, errors_of, filled_fields, typed
from api.web.form_messages import AUDIT_OF_PERSON
from api.web.people.address import person_named
from rms.errors import InvalidInput, NotFound

TOO_SHORT = f"Enter at least the first {SHORTEST_BEGINNING} characters."


@blueprint.get("/record/person")
@allow_roles(AUDITING)
def audit_of_person() -> str:
    return _page()


@blueprint.post("/record/person")
@allow_roles(AUDITING)
def search_audit_of_person() -> ResponseReturnValue:
    """The form can be sent again: a search changes nothing but the audit log, which notes it."""
    try:
        search = loaded(PersonSearchSchema(), filled_fields())
        named, criteria = person_named(search["person"]), criteria_from(search, at="")
        page = visits_page(named, criteria, limit=search["limit"], cursor=search.get("cursor"))
    except InvalidInput as error:
        return _page(errors=errors_of(error, AUDIT_OF_PERSON)), HTTPStatus.UNPROCESSABLE_ENTITY
    except NotFound as error:
        found = people_beginning_with(request_context(), named if isinstance(named, str) else "")
        if found.people:
            return _page(found=found)
        is_short = isinstance(named, str) and len(named) < SHORTEST_BEGINNING
        return _page(errors={"person": TOO_SHORT if is_short else error.detail}), HTTPStatus.NOT_FOUND
    next = None if page.next is None else cursor_of(named, criteria, page.next)
    return _page(person=search["person"], page=page, next=next)


def _page(*, errors: Errors | None = None, **shown: object) -> str:
    """The form, with the visits or the people that were found."""
    return render_template(
        "governance/audit_person.html",
        errors=errors or {},
        typed=typed(),
        shortest=SHORTEST_BEGINNING,
        most=MOST_FOUND,
        **shown,
    )
