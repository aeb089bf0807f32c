"""The home page: what RMS is and the sign-in form, or what waits for the signed-in user and their work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import ADMINISTRATION, CASEWORK, EVERYBODY, PROFESSIONALS, SUPERVISION
from api.context import application, request_context
from api.services.assessments.assessments import find_submission
from api.services.assessments.worklist import RELEASE_DAYS, Worklist, waiting, worklist
from api.services.governance.erasures import number_to_approve
from api.services.meetings.agenda import number_to_decide
from api.services.support.help_requests import number_unanswered
from api.services.users import Role
from api.storage import Draft
from api.web.access.login import sign_in_box
from api.web.access.login_second_factor import pending_user
from api.web.assessments.drafting import draft_type
from api.web.blueprint import blueprint
from api.web.harm.criteria import has_areas, works_in_area
from api.web.harm.listing import top_of_list
from api.web.harm.summary import waiting_on_list
from api.web.navigation import overrides_waiting
from api.web.people.finding import NOT_A_NUMBER, Sought, found_page, sought
from rms.assessment import id_sought, number_sought
from rms.errors import NotFound
from rms.reports.harm_words import OWN_FORMULA

# What roles without a caseload do in RMS.
ABOUT_ROLES = {
    Role.ANALYST: "You search and count assessments. You see pseudonyms instead of offender numbers.",
    Role.ADMINISTRATOR: "You manage users, offices and service accounts. You cannot see assessments.",
    Role.AUDITOR: "You read the audit log: who viewed what, and who did what. You cannot see assessments.",
    Role.SERVICE_ACCOUNT: "This is a service account for a system that uses the API.",
}
TOP = 5  # people of the offender list on the home page
NO_ASSESSMENT = "There is no assessment with this number among those you may see."


@dataclass(frozen=True)
class Words:
    """The sentences about something that waits: one of it, several, none."""

    one: str
    several: str
    none: str

    def of(self, count: int) -> str:
        if count == 0:
            return self.none
        return self.one if count == 1 else self.several.format(count)


@dataclass(frozen=True)
class Line:
    """A sentence about what waits, with its count, and the address of the list that it counts."""

    sentence: str
    count: int
    address: str


# The list that each line leads to, and its sentences.
WAITS: Mapping[str, Words] = {
    "web.override_review": Words(
        "1 override waits for your decision",
        "{:,} overrides wait for your decision",
        "No overrides wait for your decision",
    ),
    "web.meeting": Words(
        "1 recommendation waits for your decision",
        "{:,} recommendations wait for your decision",
        "No recommendations wait for your decision",
    ),
    "web.judgements_to_record": Words(
        "1 result waits for your own judgement",
        "{:,} results wait for your own judgement",
        "No results wait for your own judgement",
    ),
    "web.releases_without_current_assessment": Words(
        f"1 person is due for release in the next {RELEASE_DAYS} days without a current assessment",
        f"{{:,}} people are due for release in the next {RELEASE_DAYS} days without a current assessment",
        f"No one is due for release in the next {RELEASE_DAYS} days without a current assessment",
    ),
    "web.unassigned": Words(
        "1 person with an offender number in your probation offices has no active case worker",
        "{:,} people with an offender number in your probation offices have no active case worker",
        "Nobody in your probation offices is waiting for a case worker",
    ),
    "web.drafts": Words(
        "You have 1 draft to finish", "You have {:,} drafts to finish", "You have no drafts to finish"
    ),
    "web.erasures_page": Words(
        "1 erasure waits for your approval",
        "{:,} erasures wait for your approval",
        "No erasures wait for your approval",
    ),
    "web.help_requests": Words(
        "1 request for help waits for an answer",
        "{:,} requests for help wait for an answer",
        "No requests for help wait for an answer",
    ),
}


@blueprint.get("/")
@allow_roles(EVERYBODY, strangers=True)
def home() -> ResponseReturnValue:
    if g.user is None and pending_user() is not None:
        return redirect(url_for("web.login"))
    if g.user is None:
        return render_template("home_public.html", own_formula=OWN_FORMULA, **sign_in_box(next=""))
    if g.user.role is Role.OFFENDER_MANAGER:
        return render_template(
            "home_manager.html",
            waiting=list(_lines_of_list()),
            rows=top_of_list(TOP),
            own_formula=OWN_FORMULA,
        )
    if g.user.role not in PROFESSIONALS:
        counts = _counts_of_administrator() if g.user.role in ADMINISTRATION else {}
        return render_template(
            "home_places.html", about=ABOUT_ROLES[g.user.role], waiting=list(_lines(counts))
        )
    return worklist_page()


@blueprint.get("/people")
@allow_roles(CASEWORK)
def people() -> ResponseReturnValue:
    """Where a search for a person is answered; without a search there is nothing to show."""
    return redirect(url_for("web.home"))


@blueprint.post("/people")
@allow_roles(CASEWORK)
def find_person() -> ResponseReturnValue:
    """Go to a person by number or its beginning, or to an assessment by its full ID (10000-01)."""
    search = sought()
    if id := id_sought(search.typed):
        return _assessment(id, search)
    if search.number is None:
        if not search.typed:
            return redirect(url_for("web.home"), HTTPStatus.SEE_OTHER)
        return worklist_page(search, refused=NOT_A_NUMBER), HTTPStatus.NOT_FOUND
    found = search.found()
    if len(found.people) > 1:
        return found_page(found, search.number, endpoint="web.person", back="web.home")
    # The page of an unknown number offers to assess this person.
    number = found.only.number if found.only else search.number
    return redirect(url_for("web.person", number=number), HTTPStatus.SEE_OTHER)


def _assessment(id: str, search: Sought) -> ResponseReturnValue:
    try:
        submission = find_submission(request_context(), id)
    except NotFound:
        return worklist_page(search, refused=NO_ASSESSMENT), HTTPStatus.NOT_FOUND
    return redirect(url_for("web.result", id=submission.id), HTTPStatus.SEE_OTHER)


def worklist_page(search: Sought | None = None, *, refused: str = "") -> str:
    """Home page for case workers and supervisors; `refused` is why the search failed."""
    work = worklist(request_context(), terms=application().terms)
    in_area = g.user.role is Role.SUPERVISOR and works_in_area()
    return render_template(
        "home.html",
        worklist=work,
        waiting=[*(_lines_of_list() if in_area else ()), *_lines(_counts_of_professional(work))],
        in_area=in_area,
        rows=top_of_list(TOP) if in_area else [],
        own_formula=OWN_FORMULA,
        drafts=[(draft, _label(draft)) for draft in work.drafts],
        stale_months=application().terms.stale_months,
        whole_office=g.user.role is Role.SUPERVISOR,
        typed={"number": search.typed if search else ""},
        errors={"number": refused} if refused else {},
    )


def _counts_of_professional(work: Worklist) -> dict[str, int | None]:
    """The list → how much waits there; None if nothing ever does for this user."""
    service, supervises = application(), g.user.role in SUPERVISION
    counted = waiting(request_context(), terms=service.terms, judgement_first=service.judgement_first)
    return {
        "web.override_review": overrides_waiting() if supervises else None,
        "web.meeting": number_to_decide(request_context()) if supervises and has_areas() else None,
        "web.judgements_to_record": counted.judgements,
        "web.releases_without_current_assessment": counted.releases,
        "web.unassigned": counted.unallocated,
        "web.drafts": len(work.drafts),
        "web.help_requests": number_unanswered(request_context()),
    }


def _lines_of_list() -> Iterator[Line]:
    """What waits on the offender list."""
    return (Line(*line) for line in waiting_on_list())


def _counts_of_administrator() -> dict[str, int | None]:
    return {
        "web.erasures_page": number_to_approve(request_context()),
        "web.help_requests": number_unanswered(request_context()),
    }


def _lines(counts: Mapping[str, int | None]) -> Iterator[Line]:
    for endpoint, count in counts.items():
        if count is not None:
            yield Line(WAITS[endpoint].of(count), count, url_for(endpoint))


def _label(draft: Draft) -> str:
    """What a draft is about, as far as it says so."""
    if type := draft_type(draft.body):
        return type
    number = number_sought(str(draft.body.get("offender_number") or draft.body.get("baseline_id") or ""))
    return f"Person {number}" if number else "No offender number yet"
