"""The home page: what RMS is and the sign-in form, or the signed-in user's work."""

from http import HTTPStatus

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import CASEWORK, EVERYBODY, PROFESSIONALS
from api.context import application, request_context
from api.services.assessments.assessments import find_submission
from api.services.assessments.worklist import worklist
from api.services.users import Role
from api.storage import Draft
from api.web.access.login import sign_in_box
from api.web.access.login_second_factor import pending_user
from api.web.assessments.drafting import draft_type
from api.web.blueprint import blueprint
from rms.assessment import offender_number
from rms.errors import NotFound

# What roles without a caseload do in RMS.
ABOUT_ROLES = {
    Role.ANALYST: "You search and count assessments. You see pseudonyms instead of offender numbers.",
    Role.ADMINISTRATOR: "You manage users, offices and service accounts. You cannot see assessments.",
    Role.AUDITOR: "You read the audit log: who viewed what, and who did what. You cannot see assessments.",
    Role.SERVICE_ACCOUNT: "This is a service account for a system that uses the API.",
}

NOT_FOUND = (
    "You have no person with this number. Enter up to 20 letters and numbers, or an assessment number like "
    "10000-01."
)


@blueprint.get("/")
@allow_roles(EVERYBODY, strangers=True)
def home() -> ResponseReturnValue:
    if g.user is None and pending_user() is not None:
        return redirect(url_for("web.login"))
    if g.user is None:
        return render_template("home_public.html", **sign_in_box(next=""))
    if g.user.role not in PROFESSIONALS:
        return render_template("home_places.html", about=ABOUT_ROLES[g.user.role])
    return worklist_page()


@blueprint.get("/people")
@allow_roles(CASEWORK)
def find_person() -> ResponseReturnValue:
    """Go to a person by number, or to an assessment by its full ID (10000-01)."""
    typed = request.args.get("number", "").strip().upper()
    if not typed:
        return redirect(url_for("web.home"))
    if number := offender_number(typed):
        return redirect(url_for("web.person", number=number))
    try:
        submission = find_submission(request_context(), typed)
    except NotFound:
        return worklist_page(typed=typed, refused=NOT_FOUND), HTTPStatus.NOT_FOUND
    return redirect(url_for("web.result", id=submission.id))


def worklist_page(*, typed: str = "", refused: str = "") -> str:
    """Home page for case workers and supervisors; `refused` is why the search for `typed` failed."""
    work = worklist(request_context(), terms=application().terms)
    return render_template(
        "home.html",
        worklist=work,
        drafts=[(draft, _label(draft)) for draft in work.drafts],
        stale_months=application().terms.stale_months,
        whole_office=g.user.role is Role.SUPERVISOR,
        typed={"number": typed},
        errors={"number": refused} if refused else {},
    )


def _label(draft: Draft) -> str:
    """What a draft is about, as far as it says so."""
    if type := draft_type(draft.body):
        return type
    id = str(draft.body.get("offender_number") or draft.body.get("baseline_id") or "")
    number = offender_number(id.partition("-")[0])
    return f"Person {number}" if number else "No offender number yet"
