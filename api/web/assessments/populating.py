"""Re-populate: choose an earlier assessment of a person to start a new one from."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, libraries, request_context
from api.services.assessments.assessments import history
from api.services.people.finding import MOST_FOUND, Found
from api.storage import ListedSubmission
from api.web.assessments.form import SEXES
from api.web.blueprint import blueprint
from api.web.form_data import Errors
from api.web.formatting import local
from api.web.people.finding import NOT_A_NUMBER, Sought, sought
from api.web.people.identity import identity_of
from rms.assessment import AssessmentKind
from rms.calendar import months_between


@dataclass(frozen=True)
class Earlier:
    """`months`: whole months since; `usable`: whether a form can start from it; `why_not`: if not, why."""

    listed: ListedSubmission
    months: int
    old: bool
    usable: bool
    why_not: str


@blueprint.get("/assessments/populate")
@allow_roles(CASEWORK)
def populate() -> str:
    return _page(Sought("", None), draft=request.args.get("draft"))


@blueprint.post("/assessments/populate")
@allow_roles(CASEWORK)
def find_to_populate() -> ResponseReturnValue:
    """The assessments of the person with the typed number, or the people whose number begins so."""
    search, draft = sought(), request.form.get("draft")
    if search.number is None:
        return _page(search, draft=draft, errors={"number": NOT_A_NUMBER}), HTTPStatus.NOT_FOUND
    found = search.found()
    if found.only:
        return _page(Sought(found.only.number, found.only.number), draft=draft)
    return _page(search, draft=draft, found=found)


def _page(
    search: Sought, *, draft: str | None, errors: Errors | None = None, found: Found | None = None
) -> str:
    """The form, with the assessments of the person, or with the people to choose from."""
    context = request_context()
    choices = found.people if found else ()
    number = None if choices else search.number
    submitted = history(context, number) if number else ()
    today, after = context.today, application().terms.stale_months
    return render_template(
        "assessments/populate.html",
        identity=identity_of(number, submitted[0]) if number and submitted else None,
        typed={"number": search.typed},
        errors=errors or {},
        number=number,
        found=found if choices else None,
        most=MOST_FOUND,
        earlier=[
            _earlier(one, months_between(local(one.submitted_at).date(), today), after) for one in submitted
        ],
        sexes=SEXES,
        stale_months=after,
        draft=draft,
    )


def _earlier(listed: ListedSubmission, months: int, after: int) -> Earlier:
    why_not = "" if libraries().has(listed.instrument_name) else "Its form is no longer in use"
    if listed.kind is AssessmentKind.WHAT_IF:
        why_not = "Not available for a what-if"
    return Earlier(listed, months, old=months > after, usable=not why_not, why_not=why_not)
