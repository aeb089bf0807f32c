"""A supervisor's offices: case workers and caseloads, releases, people due for assessment."""

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
from api.services.assessments.assessments import history
from api.services.governance.holds import hold_of, lift_hold, place_hold
from api.services.people.caseloads import assign, held, move, release
from api.services.people.finding import FoundPerson
from api.services.people.supervision import (
    People,
    case_workers_of,
    full_caseload,
    office_tree,
    other_holders,
    unallocated_people,
)
from api.services.search.search import Page, page_of
from api.services.users import Role
from api.storage import Hold, ListedSubmission
from api.web.blueprint import blueprint
from api.web.confirmation import confirmation_page
from api.web.form_data import Errors, done_message, errors_of, filled_fields, typed
from api.web.form_messages import HOLD
from api.web.navigation import address_of
from api.web.paging import PageStart, page_links, requested_page
from api.web.people.finding import NOT_A_NUMBER, found_page, sought
from api.web.people.identity import identity_of
from rms.calendar import months_before
from rms.engine.filter import Bounds, Filter, Key, Sort
from rms.errors import InvalidInput, NotFound

DAYS = (30, 60, 90)
MONTHS = (3, 6, 12, 24)
AT_ONCE = 100
NO_PERSON = "No one in your offices has this number, or a number that begins with it."
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY
ROLES = {role: str(role).replace("_", " ") for role in Role}
DONE = {
    "assigned": "The person is on this caseload.",
    "released": "The person is no longer on this caseload.",
    "moved": "The person has been transferred. Supervisors of the new office see them.",
    "held": "The records of this person are on legal hold and cannot be erased.",
    "lifted": "The records of this person are no longer on legal hold.",
}


@dataclass(frozen=True)
class Week:
    """The releases of one week, which begins on a Monday."""

    begins: date
    people: tuple[FoundPerson, ...]


@blueprint.get("/office")
@allow_roles(SUPERVISION)
def office() -> str:
    return _office_page()


def _office_page(errors: Errors | None = None, *, typed: str = "") -> str:
    context = request_context()
    return render_template(
        "people/office.html",
        tree=office_tree(context),
        others=other_holders(context),
        roles=ROLES,
        done=done_message(DONE),
        errors=errors or {},
        typed={"number": typed},
    )


@blueprint.get("/office/caseloads/<username>")
@allow_roles(SUPERVISION)
def caseload_page(username: str) -> str:
    of = ("caseload", username)
    place = requested_page(of=of)
    caseload = full_caseload(request_context(), username, limit=AT_ONCE, after=place.after)
    return render_template(
        "people/caseload.html",
        caseload=caseload,
        roles=ROLES,
        **_of_people(caseload.people, place, of, username=username),
    )


@blueprint.get("/office/unassigned")
@allow_roles(SUPERVISION)
def unassigned() -> str:
    place = requested_page(of="unassigned")
    context = request_context()
    people = unallocated_people(context, limit=AT_ONCE, after=place.after)
    return render_template(
        "people/unassigned.html",
        has_areas=any(office.code for office in offices(context)),
        **_of_people(people, place, "unassigned"),
    )


@blueprint.get("/office/people")
@allow_roles(SUPERVISION)
def office_people() -> ResponseReturnValue:
    """Where a search for a person is answered; without a search there is nothing to show."""
    return redirect(url_for("web.office"))


@blueprint.post("/office/people")
@allow_roles(SUPERVISION)
def find_office_person() -> ResponseReturnValue:
    """Redirect to the person with the typed number, or list those whose number begins so."""
    search = sought()
    found = search.found()
    if found.only:
        return redirect(url_for("web.office_person", number=found.only.number), HTTPStatus.SEE_OTHER)
    if search.number and found.people:
        return found_page(found, search.number, endpoint="web.office_person", back="web.office")
    refused = NO_PERSON if search.number else NOT_A_NUMBER
    return _office_page({"number": refused}, typed=search.typed), HTTPStatus.NOT_FOUND


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
    username = filled_fields().get("username")
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
    """Ask before a transfer."""
    known = number_from(number)
    context = request_context()
    old, new = held(context, known).office, request.args.get("office", "")
    if new == old:  # the transfer is done: the user came back
        return redirect(url_for("web.office_person", number=known))
    if new not in {office.name for office in offices(context)}:
        return _person_page(known, errors={"office": "Choose another office."}), REFUSED
    return transfer_page(
        f"person {known}",
        old=old,
        new=new,
        action=url_for("web.moved", number=known),
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
        reason = loaded(HoldBodySchema(), filled_fields())["reason"]
    except InvalidInput as refused:
        return _person_page(known, errors=errors_of(refused, HOLD)), REFUSED
    place_hold(context, known, reason)
    return _back(known, "held")


@blueprint.get("/office/people/<number>/hold/lift")
@allow_roles(SUPERVISION)
def asked_to_lift(number: str) -> str:
    known = number_from(number)
    hold, back = hold_of(request_context(), known), url_for("web.office_person", number=known)
    return lift_page(known, hold, action=url_for("web.lifted", number=known), back=back)


@blueprint.post("/office/people/<number>/hold/lift")
@allow_roles(SUPERVISION)
def lifted(number: str) -> ResponseReturnValue:
    known = number_from(number)
    lift_hold(request_context(), known)
    return _back(known, "lifted")


@blueprint.get("/office/releases")
@allow_roles(SUPERVISION)
def releases() -> str:
    """The latest assessment of each person who is to be released soon, week by week."""
    today, days, chosen = request_context().today, _among(DAYS, "days", 30), requested_office()
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
    """People whose latest assessment is older than so many months, oldest first."""
    months, chosen = _among(MONTHS, "months", 6), requested_office()
    before = months_before(request_context().today, months)
    filter = Filter(latest=True, submitted=Bounds(None, before), office=chosen)
    place = requested_page(of=filter)
    page = _page(filter, Sort(Key.SUBMITTED_AT, descending=False), place)
    return render_template(
        "people/due.html",
        months=months,
        choices=MONTHS,
        before=before,
        people=_people(page.submissions),
        csv=_in_results(submitted_to=before, latest="true", office=chosen),
        **_around(page, filter, place, months=months),
    )


def _page(filter: Filter, sort: Sort, place: PageStart) -> Page:
    return page_of(request_context(), filter, sort=sort, limit=AT_ONCE, after=place.after, counted=True)


def _around(page: Page, filter: Filter, place: PageStart, **query: Any) -> dict[str, object]:
    """Paging and offices for a filter's list; `asked` is the query of its address besides the office."""
    query = {**query, "office": filter.office}
    shown = len(page.submissions)
    ways = _ways(place, page.next, shown=shown, total=page.total or 0, of=filter, **query)
    return {**ways, "office": filter.office, "offices": names_below()}


def _of_people(page: People, place: PageStart, of: Any, **query: Any) -> dict[str, object]:
    ways = _ways(place, page.next, shown=len(page.listed), total=page.total, of=of, **query)
    return {**ways, "people": page.listed}


def _ways(
    place: PageStart, next: int | None, *, shown: int, total: int, of: Any, **query: Any
) -> dict[str, object]:
    """Which of `total` people a page shows, and the links to the other pages."""

    def address(text: str | None) -> str:
        return url_for(str(request.endpoint), **query, after=text)

    ways = page_links(place, place.next(next, shown=shown), of=of, address=address)
    return {"total": total, "first": place.before + 1, "last": place.before + shown, "ways": ways}


def names_below() -> list[str]:
    """The names of the supervisor's offices, their own first."""
    return [one.office.name for one in office_tree(request_context())]


def requested_office() -> str | None:
    """
    Raises
    ------
    NotFound
        If it is none of the supervisor's offices.
    """
    requested = request.args.get("office") or None
    if requested is not None and requested not in names_below():
        raise NotFound("None of your offices has this name.")
    return requested


def _weeks(people: tuple[ListedSubmission, ...]) -> Iterator[Week]:
    def monday(released: ListedSubmission) -> date:
        assert released.release_date is not None  # by the filter
        return released.release_date - timedelta(days=released.release_date.weekday())

    for begins, theirs in groupby(people, monday):
        yield Week(begins, _people(theirs))


def _people(latest: Iterable[ListedSubmission]) -> tuple[FoundPerson, ...]:
    return tuple(FoundPerson(one.offender_number, one) for one in latest)


def _in_results(**criteria: object) -> str | None:
    """The address of the same list among the results, which have a CSV and all other criteria."""
    query = {name: str(value) for name, value in criteria.items() if value is not None}
    return address_of("web.results", **query)


def _among(allowed: tuple[int, ...], name: str, usual: int) -> int:
    """The number in the query of the address, if it is one of those offered; otherwise `usual`."""
    requested = request.args.get(name, "")
    return int(requested) if requested in map(str, allowed) else usual


def lift_page(person: str, hold: Hold, *, action: str, back: str) -> str:
    """Ask before a legal hold is lifted."""
    return confirmation_page(
        f"Lift the legal hold on the records of {person}?",
        f"They are held because: {hold.reason}",
        "They can then be erased when two administrators agree, or when their retention period ends.",
        label="Lift legal hold",
        action=action,
        back=back,
    )


def transfer_page(person: str, *, old: str, new: str, action: str, back: str) -> str:
    """Ask before a person is transferred from one office to another."""
    return confirmation_page(
        f"Transfer {person} to {new}?",
        f"The person will belong to {new} and no longer to {old}.",
        f"Supervisors of {new} will see this person. You will no longer see them, unless {new} or the area "
        "where they live is one of your offices.",
        f"They are removed from every caseload, and are unallocated until {new} gives them a case worker.",
        f"They stay with {new} if an import of case records gives them another home area.",
        label="Transfer person",
        action=action,
        sent={"office": new},
        back=back,
    )


def _person_page(number: str, *, errors: Errors | None = None) -> str:
    context = request_context()
    holding = held(context, number)
    holders = {one.username for one in holding.holders}
    workers = case_workers_of(context)
    named = [one.name for one in offices(context)]
    return render_template(
        "people/person_with.html",
        identity=identity_of(number, next(iter(history(context, number)), None)),
        number=number,
        held=holding,
        roles=ROLES,
        workers=choice_of_names("a case worker", (name for name in workers if name not in holders)),
        offices=choice_of_names("an office", (name for name in named if name != holding.office)),
        hold=_hold(number),
        done=done_message(DONE) if not errors else None,
        errors=errors or {},
        typed=typed(),
    )


def choice_of_names(what: str, names: Iterable[str]) -> dict[str, str]:
    """The options of a select; empty if there are none."""
    options = {name: name for name in names}
    return {"": f"Choose {what}", **options} if options else {}


def _hold(number: str) -> Hold | None:
    try:
        return hold_of(request_context(), number)
    except NotFound:
        return None


def _back(number: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("web.office_person", number=number, done=done), HTTPStatus.SEE_OTHER)
