"""A supervisor's office: who works there with whom, who is to be released, who waits for an assessment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import SUPERVISION
from api.context import request_context
from api.schemas.access.accounts import number_from
from api.schemas.governance.erasures import HoldBodySchema
from api.schemas.problems import loaded
from api.services.access.offices import offices
from api.services.governance.holds import hold_of, lift_hold, place_hold
from api.services.people.caseloads import assign, held, move, release
from api.services.people.supervision import (
    People,
    case_workers_of,
    full_caseload,
    office_tree,
    other_holders,
    people_of_nobody,
)
from api.services.search.search import Page, page_of
from api.services.users import Role
from api.storage import Hold, ListedSubmission
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, errors_of, given, typed
from api.web.form_messages import HOLD
from api.web.navigation import address_of
from api.web.paging import PageStart, page_links, requested_page
from rms.assessment import offender_number
from rms.calendar import months_before
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.errors import InvalidInput, NotFound

DAYS = (30, 60, 90)
MONTHS = (3, 6, 12, 24)
AT_ONCE = 100
NUMBER = "Enter an offender number: up to 20 letters and digits."
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY
ROLES = {role: str(role).replace("_", " ") for role in Role}
DONE = {
    "assigned": "They now work with this person.",
    "released": "They no longer work with this person.",
    "moved": "The person now belongs to the other office, whose supervisors see them.",
    "held": "The records of this person are held: nothing of them is erased.",
    "lifted": "The records of this person are no longer held.",
}


@dataclass(frozen=True)
class Week:
    """The releases of one week, which begins on a Monday."""

    begins: date
    people: tuple[ListedSubmission, ...]


@blueprint.get("/office")
@allow_roles(SUPERVISION)
def office() -> str:
    return _office_page()


def _office_page(errors: Errors | None = None) -> str:
    context = request_context()
    return render_template(
        "people/office.html",
        tree=office_tree(context),
        others=other_holders(context),
        roles=ROLES,
        done=done_message(DONE),
        errors=errors or {},
        typed={"number": request.args.get("number", "").strip()},
    )


@blueprint.get("/office/caseloads/<username>")
@allow_roles(SUPERVISION)
def caseload_page(username: str) -> str:
    of = ("caseload", username)
    place = requested_page(of=of)
    found = full_caseload(request_context(), username, limit=AT_ONCE, after=place.after)
    return render_template(
        "people/caseload.html",
        caseload=found,
        roles=ROLES,
        **_of_people(found.people, place, of, username=username),
    )


@blueprint.get("/office/unassigned")
@allow_roles(SUPERVISION)
def unassigned() -> str:
    place = requested_page(of="unassigned")
    found = people_of_nobody(request_context(), limit=AT_ONCE, after=place.after)
    return render_template("people/unassigned.html", **_of_people(found, place, "unassigned"))


@blueprint.get("/office/people")
@allow_roles(SUPERVISION)
def office_person_found() -> ResponseReturnValue:
    """To the person whose number was typed."""
    number = offender_number(request.args.get("number", "").strip())
    if number is None:
        return _office_page({"number": NUMBER}), HTTPStatus.NOT_FOUND
    try:
        held(request_context(), number)
    except NotFound as refused:
        return _office_page({"number": refused.detail}), HTTPStatus.NOT_FOUND
    return redirect(url_for("web.office_person", number=number))


@blueprint.get("/office/people/<number>")
@allow_roles(SUPERVISION)
def office_person(number: str) -> str:
    return _person_page(number_from(number))


@blueprint.post("/office/people/<number>/holders")
@allow_roles(SUPERVISION)
def assigned(number: str) -> ResponseReturnValue:
    known = number_from(number)
    context = request_context()
    held(context, known)
    username = given().get("username")
    if username is None:
        return _person_page(known, errors={"username": "Choose a case worker."}), REFUSED
    assign(context, known, to=username)
    return _back(known, "assigned")


@blueprint.post("/office/people/<number>/release")
@allow_roles(SUPERVISION)
def released(number: str) -> ResponseReturnValue:
    known = number_from(number)
    username = request.form.get("username", "")
    release(request_context(), known, from_=username)
    return _back(known, "released")


@blueprint.get("/office/people/<number>/move")
@allow_roles(SUPERVISION)
def asked_to_move(number: str) -> ResponseReturnValue:
    """What a move does, before it is done."""
    known = number_from(number)
    context = request_context()
    at = held(context, known)
    wanted = request.args.get("office", "")
    if wanted == at.office:  # it has been done: somebody came back
        return redirect(url_for("web.office_person", number=known))
    if wanted not in {one.name for one in offices(context)}:
        return _person_page(known, errors={"office": "Choose another office."}), REFUSED
    return render_template(
        "confirm.html",
        heading=f"Transfer person {known} to {wanted}?",
        sentences=(
            f"The person belongs to {wanted} and no longer to {at.office}.",
            f"Supervisors of {wanted} will see them. You will only if it is one of your offices.",
            f"They are removed from every caseload, and are unallocated until {wanted} gives them a "
            "case worker.",
            "Your name is logged.",
        ),
        label="Transfer",
        action=url_for("web.moved", number=known),
        sent={"office": wanted},
        back=url_for("web.office_person", number=known),
    )


@blueprint.post("/office/people/<number>/move")
@allow_roles(SUPERVISION)
def moved(number: str) -> ResponseReturnValue:
    known = number_from(number)
    move(request_context(), known, office=request.form.get("office", ""))
    return redirect(url_for("web.office", done="moved"), HTTPStatus.SEE_OTHER)


@blueprint.post("/office/people/<number>/hold")
@allow_roles(SUPERVISION)
def held_from_now(number: str) -> ResponseReturnValue:
    known = number_from(number)
    context = request_context()
    held(context, known)
    try:
        reason = loaded(HoldBodySchema(), given())["reason"]
    except InvalidInput as refused:
        return _person_page(known, errors=errors_of(refused, HOLD)), REFUSED
    place_hold(context, known, reason)
    return _back(known, "held")


@blueprint.get("/office/people/<number>/hold/lift")
@allow_roles(SUPERVISION)
def asked_to_lift(number: str) -> str:
    known = number_from(number)
    found = hold_of(request_context(), known)
    return render_template(
        "confirm.html",
        heading=f"Lift the hold on the records of {known}?",
        sentences=(
            f"They are held because: {found.reason}",
            "From then on they may be erased, once two administrators agree or their time is over.",
            "Your name is logged.",
        ),
        label="Lift the hold",
        action=url_for("web.lifted", number=known),
        back=url_for("web.office_person", number=known),
    )


@blueprint.post("/office/people/<number>/hold/lift")
@allow_roles(SUPERVISION)
def lifted(number: str) -> ResponseReturnValue:
    known = number_from(number)
    lift_hold(request_context(), known)
    return _back(known, "lifted")


@blueprint.get("/office/releases")
@allow_roles(SUPERVISION)
def releases() -> str:
    """The latest assessment of everybody who is to be released soon, week by week."""
    today, days, chosen = request_context().at.date(), _among(DAYS, "days", 30), office_asked()
    until = today + timedelta(days=days)
    filter = Filter(latest=True, release=Bounds(today, until), office=chosen)
    place = requested_page(of=filter)
    page = _page(filter, Sort(Key.RELEASE_DATE, descending=False), place)
    return render_template(
        "people/releases.html",
        days=days,
        choices=DAYS,
        today=today,
        until=until,
        weeks=list(_weeks(page.submissions)),
        csv=_in_results(release_from=today, release_to=until, latest="true", office=chosen),
        **_around(page, filter, place, days=days),
    )


@blueprint.get("/office/due")
@allow_roles(SUPERVISION)
def due_for_assessment() -> str:
    """Whose latest assessment is older than so many months, the oldest first."""
    months, chosen = _among(MONTHS, "months", 6), office_asked()
    before = months_before(request_context().at.date(), months)
    filter = Filter(latest=True, submitted=Bounds(None, before), office=chosen)
    place = requested_page(of=filter)
    page = _page(filter, Sort(Key.SUBMITTED_AT, descending=False), place)
    return render_template(
        "people/due.html",
        months=months,
        choices=MONTHS,
        before=before,
        people=page.submissions,
        csv=_in_results(submitted_to=before, latest="true", office=chosen),
        **_around(page, filter, place, months=months),
    )


def _page(filter: Filter, sort: Sort, place: PageStart) -> Page:
    return page_of(request_context(), filter, sort=sort, limit=AT_ONCE, after=place.after, counted=True)


def _around(page: Page, filter: Filter, place: PageStart, **asked: Any) -> dict[str, object]:
    """What a filter's list stands among; `asked` is what its address asks for besides the office."""
    asked = {**asked, "office": filter.office}
    shown = len(page.submissions)
    ways = _ways(place, page.next, shown=shown, total=page.total or 0, of=filter, **asked)
    return {**ways, "office": filter.office, "offices": names_below()}


def _of_people(page: People, place: PageStart, of: Any, **asked: Any) -> dict[str, object]:
    ways = _ways(place, page.next, shown=len(page.latest), total=page.total, of=of, **asked)
    return {**ways, "people": page.latest}


def _ways(
    place: PageStart, next: int | None, *, shown: int, total: int, of: Any, **asked: Any
) -> dict[str, object]:
    """Which of `total` people a page shows, and the ways from it."""

    def address(text: str | None) -> str:
        return url_for(str(request.endpoint), **asked, after=text)

    ways = page_links(place, place.next(next, shown=shown), of=of, address=address)
    return {"total": total, "first": place.before + 1, "last": place.before + shown, "ways": ways}


def names_below() -> list[str]:
    """The names of the supervisor's offices, their own first."""
    return [one.office.name for one in office_tree(request_context())]


def office_asked() -> str | None:
    """
    Raises
    ------
    NotFound
        If it is none of the supervisor's offices.
    """
    asked = request.args.get("office") or None
    if asked is not None and asked not in names_below():
        raise NotFound("There is no office of this name among yours.")
    return asked


def _weeks(people: tuple[ListedSubmission, ...]) -> Iterator[Week]:
    def monday(one: ListedSubmission) -> date:
        assert one.release_date is not None  # the filter asked for one
        return one.release_date - timedelta(days=one.release_date.weekday())

    for begins, theirs in groupby(people, monday):
        yield Week(begins, tuple(theirs))


def _in_results(**criteria: object) -> str | None:
    """The same in the place of results, where there are a CSV and every other criterion."""
    asked = {name: str(value) for name, value in criteria.items() if value is not None}
    return address_of("web.results", **asked)


def _among(allowed: tuple[int, ...], name: str, usual: int) -> int:
    """The number the address asks for, if it is one of those offered."""
    asked = request.args.get(name, "")
    return int(asked) if asked in map(str, allowed) else usual


def _person_page(number: str, *, errors: Errors | None = None) -> str:
    context = request_context()
    found = held(context, number)
    holders = {one.username for one in found.holders}
    workers = case_workers_of(context)
    named = [one.name for one in offices(context)]
    return render_template(
        "people/person_with.html",
        number=number,
        held=found,
        roles=ROLES,
        workers=_options("a case worker", (name for name in workers if name not in holders)),
        offices=_options("an office", (name for name in named if name != found.office)),
        hold=_hold(number),
        done=done_message(DONE) if not errors else None,
        errors=errors or {},
        typed=typed(),
    )


def _options(what: str, names: Iterable[str]) -> dict[str, str]:
    """What to choose from; empty where there is nothing."""
    found = {name: name for name in names}
    return {"": f"Choose {what}", **found} if found else {}


def _hold(number: str) -> Hold | None:
    try:
        return hold_of(request_context(), number)
    except NotFound:
        return None


def _back(number: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.office_person", number=number, done=done), HTTPStatus.SEE_OTHER)
