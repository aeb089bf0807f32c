"""Re-populate: choose an earlier assessment of a person to start a new one from."""

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK
from api.context import application, request_context
from api.services.assessments.assessments import history
from api.storage import ListedSubmission
from api.web.assessments.form import SEXES
from api.web.blueprint import blueprint
from api.web.formatting import local
from api.web.people.identity import identity_of
from rms.assessment import AssessmentKind, offender_number
from rms.calendar import months_between


@dataclass(frozen=True)
class Earlier:
    """`months`: whole months since; `usable`: whether a form can start from it."""

    listed: ListedSubmission
    months: int
    old: bool
    usable: bool


@blueprint.get("/assessments/populate")
@allow_roles(CASEWORK)
def populate() -> ResponseReturnValue:
    typed = request.args.get("number", "").strip()
    # Accept an ID such as 10000-01 for its person: it is what printed reports show.
    number = offender_number(typed.partition("-")[0]) if typed else None
    errors = {}
    if "number" in request.args and number is None:
        errors["number"] = "Enter an offender number of up to 20 letters and numbers."
    context = request_context()
    submitted = history(context, number) if number else ()
    today, after = context.at.date(), application().terms.stale_months
    return render_template(
        "assessments/populate.html",
        identity=identity_of(number, submitted[0]) if number and submitted else None,
        typed={"number": typed},
        errors=errors,
        number=number,
        earlier=[
            _earlier(one, months_between(local(one.submitted_at).date(), today), after) for one in submitted
        ],
        sexes=SEXES,
        stale_months=after,
        draft=request.args.get("draft"),
    )


def _earlier(listed: ListedSubmission, months: int, after: int) -> Earlier:
    return Earlier(listed, months, old=months > after, usable=listed.kind is AssessmentKind.ASSESSMENT)
