"""The recommendations about a person: their history, a new one, and a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS, OFFICE_PEOPLE
from api.context import application, request_context
from api.errors import refusal_of
from api.services.access.encryption import OpaqueKeys
from api.services.meetings.recommendations import (
    NO_RECOMMENDATION,
    ToDecide,
    decide,
    may_decide,
    recommend,
    recommendation_to_decide,
    recommendations_of,
)
from api.services.records.person import person_overview
from api.storage import Recommendation
from api.web import formatting
from api.web.blueprint import blueprint
from api.web.form_data import Errors, done_message, typed
from api.web.harm.criteria import Criteria, criteria
from api.web.people.address import person_with
from api.web.people.identity import identity_of_person, title_of
from api.web.records.topics import topic_links, topic_page
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound
from rms.harm.score import shown_score
from rms.harm.settings import COMPONENTS
from rms.meetings.recommendations import LONGEST_REASON, Kind, Proposal, State
from rms.records.choices import COHORTS
from rms.reports import harm_words, meeting_words, record_words, wording

KINDS = {str(kind): kind for kind in Kind}
ENDS = {str(state) for state in State if state is not State.WAITING}
OWN_FIELDS = frozenset({"csrf_token", "kind", "cohort", "reason"})
DONE = {
    "recommended": "Recommendation recorded. It waits for a decision by a supervisor.",
    "accepted": "Recommendation accepted. RMS has changed nothing else.",
    "refused": "Recommendation refused.",
    "withdrawn": "Recommendation withdrawn.",
}
NO_REASON = f"Give a reason of up to {LONGEST_REASON:,} characters."
NO_KIND = "Choose whether the person is to be selected or deselected."
NO_DECISION = "Choose whether you accept or refuse the recommendation."
NO_SUCH_COHORT = "Choose a cohort from the list."
OF_DESELECTED = "Choose “No cohort”: a person who is to be deselected has none."
MESSAGES = {"invalid_value": NO_SUCH_COHORT, "cohort_of_deselected": OF_DESELECTED}


@dataclass(frozen=True)
class ShownRecommendation:
    """A recommendation as pages show it, with the score of its moment."""

    id: str
    made: Recommendation
    what: str
    state: str
    score: str
    band: str
    components: tuple[tuple[str, str], ...]
    rank: str
    rules: str


def shown(made: Recommendation) -> ShownRecommendation:
    score, rank = made.score, made.rank
    return ShownRecommendation(
        recommendation_ids().text(made.id),
        made,
        meeting_words.recommended(made.kind, made.cohort),
        meeting_words.STATES[made.state],
        "no score" if score is None else str(shown_score(score.score)),
        wording.NO_VALUE if score is None or score.band is None else score.band,
        ()
        if score is None
        else tuple(
            (harm_words.LABELS[name], wording.fixed(score.components[name], places=1)) for name in COMPONENTS
        ),
        meeting_words.rank(rank.rank, rank.criteria),
        "" if score is None else f"Scores as at {formatting.day(score.day)}: {score.rules}",
    )


def recommendation_ids() -> OpaqueKeys:
    """What makes the IDs of recommendations in addresses and in the API."""
    return OpaqueKeys(str(current_app.secret_key), purpose="recommendation")


@blueprint.get("/people/by-key/<id>/recommendations")
@allow_roles(OFFENDER_LISTS)
def person_recommendations(id: str) -> str:
    context, key = request_context(), person_with(id)
    made = recommendations_of(context, key)
    return topic_page(
        "meetings/history.html",
        person_overview(context, key),
        recommendations=[shown(one) for one in made],
        waits=any(one.state is State.WAITING for one in made),
        done=done_message(DONE),
    )


@blueprint.get("/people/by-key/<id>/recommend")
@allow_roles(OFFICE_PEOPLE)
def recommend_form(id: str) -> str:
    return _form(id, _criteria(request.args), values={})


@blueprint.post("/people/by-key/<id>/recommend")
@allow_roles(OFFICE_PEOPLE)
def recommend_person(id: str) -> ResponseReturnValue:
    chosen, values = _criteria(request.form), typed()
    errors = {} if values.get("kind") in KINDS else {"kind": NO_KIND}
    try:
        proposal = Proposal(
            KINDS.get(values.get("kind", ""), Kind.SELECT),
            values.get("cohort") or None,
            values.get("reason", ""),
        )
        if not errors:
            recommend(request_context(), person_with(id), proposal, chosen.filter, rules=application().harm)
            return redirect(
                url_for("web.person_recommendations", id=id, done="recommended"), HTTPStatus.SEE_OTHER
            )
    except InvalidInput as refused:
        errors |= {
            one.pointer.removeprefix("/"): MESSAGES.get(one.code, NO_REASON) for one in refused.problems
        }
    except Conflict as refused:
        return _form(id, chosen, values, errors={"kind": refused.detail}), HTTPStatus.CONFLICT
    return _form(id, chosen, values, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/recommendations/<id>")
@allow_roles(OFFENDER_LISTS)
def recommendation(id: str) -> str:
    return _decision_page(_to_decide(id))


@blueprint.post("/recommendations/<id>")
@allow_roles(OFFICE_PEOPLE)
def decide_on_recommendation(id: str) -> ResponseReturnValue:
    found, values = _to_decide(id), typed()
    state = values.get("decision", "")
    errors = {} if state in ENDS else {"decision": NO_DECISION}
    if not values.get("reason") or len(values["reason"]) > LONGEST_REASON:
        errors["reason"] = NO_REASON
    if errors:
        return _decision_page(found, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        decide(request_context(), found.made.id, State(state), reason=values["reason"])
    except (Conflict, Forbidden) as refused:
        page = _decision_page(_to_decide(id), errors={"decision": refused.detail})
        return page, refusal_of(refused).status
    return redirect(url_for("web.recommendation", id=id, done=state), HTTPStatus.SEE_OTHER)


def _criteria(given: MultiDict[str, str]) -> Criteria:
    """The filter of the list that the user came from."""
    chosen = criteria(MultiDict(pair for pair in given.items(multi=True) if pair[0] not in OWN_FIELDS))
    if chosen.errors:
        raise NotFound("This address is not of an offender list. Start again from the list.")
    return chosen


def _form(id: str, chosen: Criteria, values: Mapping[str, str], *, errors: Errors | None = None) -> str:
    person = person_overview(request_context(), person_with(id))
    return render_template(
        "meetings/recommend.html",
        person_id=id,
        title=title_of(person),
        identity=identity_of_person(person),
        topics=topic_links(person),
        criteria=chosen,
        errors=errors or {},
        typed={"cohort": "", **values},
        kinds=meeting_words.KINDS,
        cohorts={"": "No cohort", **{name: record_words.COHORTS[name].capitalize() for name in COHORTS}},
        longest=LONGEST_REASON,
    )


def _to_decide(id: str) -> ToDecide:
    key = recommendation_ids().key(id)
    if key is None:
        raise NotFound(NO_RECOMMENDATION)
    return recommendation_to_decide(request_context(), key)


def _decision_page(found: ToDecide, *, errors: Errors | None = None) -> str:
    waits = found.made.state is State.WAITING
    return render_template(
        "meetings/recommendation.html",
        one=shown(found.made),
        person=found.person,
        title=title_of(found.person),
        identity=identity_of_person(found.person),
        waits=waits,
        own=found.own,
        may_decide=may_decide(request_context(), found.made),
        may_withdraw=waits and found.own and g.user.role in OFFICE_PEOPLE,
        errors=errors or {},
        typed=typed(),
        decisions=meeting_words.DECISIONS,
        longest=LONGEST_REASON,
        done=done_message(DONE) if not errors else None,
    )
