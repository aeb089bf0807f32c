"""The first page: what RMS is and the way in, or what waits for whoever is signed in."""

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
from api.web.access.login_second_factor import halfway
from api.web.assessments.drafting import begun_from
from api.web.blueprint import blueprint
from rms.assessment import offender_number
from rms.errors import NotFound

# What somebody who works with no single person is here for.
ABOUT_ROLES = {
    Role.ANALYST: "You search and count assessments. No row that you see names anybody.",
    Role.ADMINISTRATOR: "You look after users, offices and connected systems. You see no assessment.",
    Role.AUDITOR: "You read the record: who looked at what, and who did what. You see no assessment.",
    Role.SERVICE_ACCOUNT: "This account is a system’s: it works over the API.",
}

NOT_FOUND = "You have nobody with this number. Enter up to 20 letters and digits, or an ID such as 10000-01."


@blueprint.get("/")
@allow_roles(EVERYBODY, strangers=True)
def home() -> ResponseReturnValue:
    if g.user is None and halfway() is not None:
        return redirect(url_for("web.login"))
    if g.user is None:
        return render_template("home_public.html", **sign_in_box(next=""))
    if g.user.role not in PROFESSIONALS:
        return render_template("home_places.html", about=ABOUT_ROLES[g.user.role])
    return worklist_page()


@blueprint.get("/people")
@allow_roles(CASEWORK)
def find_person() -> ResponseReturnValue:
    """To the person of a number, or straight to the assessment of a whole id (10000-01)."""
    typed = request.args.get("number", "").strip().upper()
    if not typed:
        return redirect(url_for("web.home"))
    if number := offender_number(typed):
        return redirect(url_for("web.person", number=number))
    try:
        found = find_submission(request_context(), typed)
    except NotFound:
        return worklist_page(typed=typed, refused=NOT_FOUND), HTTPStatus.NOT_FOUND
    return redirect(url_for("web.result", id=found.id))


def worklist_page(*, typed: str = "", refused: str = "") -> str:
    """Home of somebody who works with people; `refused` is why nobody of the number `typed` is shown."""
    found = worklist(request_context(), terms=application().terms)
    return render_template(
        "home.html",
        found=found,
        drafts=[(draft, _told(draft)) for draft in found.drafts],
        stale_months=application().terms.stale_months,
        whole_office=g.user.role is Role.SUPERVISOR,
        typed={"number": typed},
        errors={"number": refused} if refused else {},
    )


def _told(draft: Draft) -> str:
    """What a draft is about, as far as it says so itself."""
    if begun := begun_from(draft.body):
        return begun
    written = str(draft.body.get("offender_number") or draft.body.get("baseline_id") or "")
    number = offender_number(written.partition("-")[0])
    return f"Person {number}" if number else "A person without a number yet"
