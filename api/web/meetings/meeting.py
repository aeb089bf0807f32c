"""The meeting of an area: what waits for a decision, then the agenda; and closing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from api.auth import allow_roles
from api.auth.roles import OFFICE_PEOPLE
from api.context import application, request_context
from api.services.meetings.agenda import (
    MOST_KEPT,
    Agenda,
    agenda,
    close_meeting,
    closed_meetings,
    meeting_area,
)
from api.services.meetings.recommendations import Called, may_decide
from api.services.prediction.listing import PredictedPerson
from api.storage import ListedPerson, Office, Recommendation
from api.web.blueprint import blueprint
from api.web.form_data import day_in, day_typed, whole_typed
from api.web.harm.criteria import address, area_choices, pairs_of
from api.web.harm.shown_person import ShownPerson, shown_person
from api.web.meetings.recommending import ShownRecommendation, shown
from api.web.people.address import id_of
from api.web.people.identity import NamedPerson, named_person
from rms.errors import ChangedMeanwhile, InvalidInput
from rms.harm.listing import HIGH_BANDS
from rms.parsing import date_in
from rms.prediction.model import CUT_OFF
from rms.prediction.warning import HEALTH_WARNING
from rms.reports import harm_words, meeting_words, prediction_words

SHOWN = 20  # people of a section
KNOWN = frozenset({"area", "since", "since-day", "since-month", "since-year"})
NO_DAY = "Enter a day that is not in the future, such as 7 3 2026."


@dataclass(frozen=True, kw_only=True)
class PersonLine(ShownPerson):
    """A person of the agenda, as shown. `moved`: the band they moved from, in words, or empty."""

    moved: str


@dataclass(frozen=True, kw_only=True)
class PredictedLine(ShownPerson):
    """A person who is suggested by the prediction, as shown."""

    probability: str
    type: str


@dataclass(frozen=True, kw_only=True)
class RecommendedLine(NamedPerson):
    """A recommendation with the name of its person. `to_decide`: this user may accept or refuse it."""

    shown: ShownRecommendation
    to_decide: bool


@blueprint.get("/meetings")
@allow_roles(OFFICE_PEOPLE)
def meeting() -> ResponseReturnValue:
    """The agenda of an area, by default of the user's own, since the last meeting or a chosen day."""
    context, typed = request_context(), day_typed(request.args, "since")
    area = meeting_area(context, request.args.get("area") or None)
    if area is None:
        return render_template("meetings/no_areas.html")
    given = day_in(typed, "since")
    since = date_in(given)
    try:
        if given and since is None:
            raise InvalidInput([])
        found = agenda(context, area, rules=application().harm, since=since, most=SHOWN)
    except InvalidInput:
        found = agenda(context, area, rules=application().harm, most=SHOWN)
        return _page(area, found, typed=typed, errors={"since": NO_DAY}), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(area, found, typed=typed, chosen=since)


@blueprint.post("/meetings")
@allow_roles(OFFICE_PEOPLE)
def close() -> ResponseReturnValue:
    """Close the meeting that the page shows, and keep its minutes."""
    context = request_context()
    area = meeting_area(context, request.form.get("area", ""))
    assert area is not None
    after, since = whole_typed(request.form.get("after", "")), date_in(request.form.get("since", ""))
    try:
        key = close_meeting(
            context,
            area,
            rules=application().harm,
            after=after if isinstance(after, int) else -1,
            since=since,
        )
    except ChangedMeanwhile as refused:
        found = agenda(context, area, rules=application().harm, most=SHOWN)
        return _page(area, found, typed={}, errors={"close": refused.detail}), HTTPStatus.CONFLICT
    return redirect(url_for("web.meeting_minutes", number=key, done="closed"), HTTPStatus.SEE_OTHER)


def _page(
    area: Office,
    found: Agenda,
    *,
    typed: Mapping[str, str],
    chosen: date | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    context = request_context()
    unmanaged = {"home_area": area.code, "bands": [*HIGH_BANDS], "managed": ["no", "not_known"]}
    moved = {"home_area": area.code, "moved_since": found.since.isoformat()}
    return render_template(
        "meetings/meeting.html",
        area=area,
        agenda=found,
        chosen=chosen,
        areas=area_choices(chosen=area.code or ""),
        waiting=_recommended(found.waiting.first, found.called),
        recommended={id_of(person) for person in found.recommended},
        unmanaged=[person_line(one) for one in found.unmanaged.people],
        moved=[person_line(one) for one in found.moved.people],
        flex=[person_line(one) for one in found.flex],
        predicted=[_predicted(one) for one in found.predicted.people] if found.predicted else [],
        ended=_recommended(found.ended.first, found.called),
        deselected=_recommended(found.deselected.first, found.called),
        list_of_unmanaged=address("web.offenders", pairs_of(unmanaged)),
        list_of_moved=address("web.offenders", pairs_of(moved)),
        closed=closed_meetings(context, area),
        sections=meeting_words.SECTIONS,
        most_kept=MOST_KEPT,
        changes_nothing=meeting_words.CHANGES_NOTHING,
        own_formula=harm_words.OWN_FORMULA,
        health_warning=HEALTH_WARNING,
        limit=prediction_words.percent(CUT_OFF),
        prediction_words=prediction_words,
        typed=typed if any(typed.values()) else day_typed({"since": found.since.isoformat()}, "since"),
        errors=errors or {},
    )


def person_line(one: ListedPerson) -> PersonLine:
    person = shown_person(one, today=request_context().today)
    return PersonLine(**person.cells(), moved=meeting_words.moved(one.band_before, one.band))


def _predicted(one: PredictedPerson) -> PredictedLine:
    return PredictedLine(
        **shown_person(one.person, today=request_context().today).cells(),
        probability=prediction_words.percent(one.probability),
        type=one.type,
    )


def _recommended(made: Sequence[Recommendation], people: Mapping[int, Called]) -> list[RecommendedLine]:
    lines = []
    for one in made:
        if (person := people.get(one.person)) is not None:
            named = named_person(one.person, person.name, number=person.number, area=person.home_area)
            to_decide = may_decide(request_context(), one)
            lines.append(RecommendedLine(**named.cells(), shown=shown(one), to_decide=to_decide))
    return lines
