"""Recommending that a person is selected for management, or no longer, and deciding on it.

A recommendation changes nothing by itself: no plan and no registration. It keeps the harm score of its
moment. Another user decides on it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from api.services.access.offices import areas_in_scope
from api.services.context import Context
from api.services.harm.explaining import UNKNOWN
from api.services.harm.listing import MOST_COUNTED, audited_criteria, query_of, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.services.records.person import Person, full_name, person_in
from api.services.users import Role
from api.storage import (
    NOBODY,
    ListPlace,
    RankThen,
    Recommendation,
    RecommendationPlace,
    ScoreThen,
    Transaction,
)
from rms.calendar import months_before
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound
from rms.harm.listing import HarmFilter, HarmQuery, reasons_not_listed
from rms.harm.settings import BANDS, COMPONENTS
from rms.meetings.recommendations import Proposal, State, reason_problems
from rms.records.current import first_known

NO_AREA = "You have no area with this code."
NO_RECOMMENDATION = "You have no recommendation at this address."
WAITS = "A recommendation about this person waits for a decision. Decide on it, or withdraw it, first."
OWN = "You made this recommendation, so somebody else must decide on it."
NOT_DECIDER = "Only a supervisor of the person’s area, or of an area above it, can decide."
NOT_AUTHOR = "Only the person who made a recommendation can withdraw it."


@dataclass(frozen=True)
class Called:
    """Who a person is, for a list. None: not known."""

    name: str | None
    number: str | None
    home_area: str | None


@dataclass(frozen=True)
class ToDecide:
    """A recommendation with the person it is about. `own`: the caller made it."""

    made: Recommendation
    person: Person
    own: bool


@dataclass(frozen=True)
class AreaRecommendations:
    """A page of the recommendations of an area. `next`: where the next page begins; None: it is the last."""

    made: tuple[Recommendation, ...]
    next: RecommendationPlace | None


def score_then(tx: Transaction, person: int) -> ScoreThen | None:
    """The score of a person as the last calculation found it, to be kept."""
    row, refresh = tx.harm.of(person), tx.harm.last_refresh()
    if row is None or refresh is None:
        return None
    components = {name: row._mapping[name] for name in COMPONENTS}
    band = None if row.band is None else BANDS[row.band]
    return ScoreThen(row.day, row.score, band, components, refresh.settings)


def recommend(
    context: Context, person: int, proposal: Proposal, filter: HarmFilter, *, rules: HarmRules
) -> int:
    """Recommend a person. Their score, and their rank in the list of this filter, are kept. Returns its key.

    The same recommendation sent twice is made once.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    Conflict
        If another recommendation about the person waits for a decision.
    InvalidInput
        If there is no such area.
    """
    with context.store.transaction() as tx:
        refuse_unknown_areas(filter, tx)
        if not tx.people.keep(person):
            raise NotFound(UNKNOWN)
        record = person_in(tx, person, on=context.today).records[0]
        for earlier in tx.recommendations.of(person):
            if earlier.state is State.WAITING:
                if _is_same(earlier, proposal, author=context.user.id):
                    return earlier.id
                raise Conflict(WAITS)
        return tx.recommendations.add(
            person,
            record.id,
            proposal,
            score=score_then(tx, person),
            rank=_rank(tx, person, query_of(context, filter, rules)),
            author=context.user.id,
            by=context.by,
            at=context.at,
        )


def recommendations_of(context: Context, person: int) -> tuple[Recommendation, ...]:
    """Every recommendation about a person, newest first.

    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        person_in(tx, person, on=context.today)
        tx.audit.looked("recommendations.read", person=person)
        return tx.recommendations.of(person)


def recommendations_of_area(
    context: Context,
    code: str,
    *,
    limit: int,
    since: date | None = None,
    after: RecommendationPlace | None = None,
) -> AreaRecommendations:
    """Those about people of an area that wait, and those made or decided since a day, newest first.

    By default, the day is a month ago. Up to `limit` after a place.

    Raises
    ------
    NotFound
        If the user has no area with this code.
    """
    areas = {area.code: area.id for area in areas_in_scope(context)}
    if code not in areas:
        raise NotFound(NO_AREA)
    day = since or months_before(context.today, 1)
    with context.store.reading() as tx:
        start = datetime.combine(day, time(), context.zone)
        found = tx.recommendations.page(areas[code], start, most=limit + 1, after=after)
        shown = found[:limit]
        people = sorted({one.person for one in shown})
        tx.audit.looked("recommendations.listed", person=NOBODY, people=people, area=code)
    is_last = len(found) <= limit
    return AreaRecommendations(shown, None if is_last else RecommendationPlace(shown[-1].at, shown[-1].id))


def recommendation_to_decide(context: Context, key: int) -> ToDecide:
    """
    Raises
    ------
    NotFound
        If there is none with this key, or the caller may not see the person.
    """
    with context.store.reading() as tx:
        made = _found(tx, key)
        tx.audit.looked("recommendations.read", person=made.person)
        person = person_in(tx, made.person, on=context.today)
    return ToDecide(made, person, made.author == context.user.id)


def decide(context: Context, key: int, state: State, *, reason: str) -> None:
    """Accept or refuse a recommendation of somebody else, or withdraw one's own. It is final.

    Raises
    ------
    NotFound
        If there is none with this key, or the caller may not see the person.
    Forbidden
        If the caller made it and does not withdraw it, did not make it and withdraws it, or is no supervisor.
    Conflict
        If it has already been decided.
    InvalidInput
        If the reason is missing or too long.
    """
    if problems := list(reason_problems(reason)):
        raise InvalidInput(problems)
    with context.store.transaction() as tx:
        made = _found(tx, key)
        if reason_not_to_decide := _refusal(context, made, state):
            raise Forbidden(reason_not_to_decide)
        tx.recommendations.decide(
            made, state, reason=reason.strip(), user=context.user.id, by=context.by, at=context.at
        )


def may_decide(context: Context, made: Recommendation) -> bool:
    """Whether the caller, who may see the person, may accept or refuse it."""
    return made.state is State.WAITING and not _refusal(context, made, State.ACCEPTED)


def called(tx: Transaction, keys: Collection[int]) -> Mapping[int, Called]:
    """Who these people are, by key. Those without case records are left out."""
    if not keys:
        return {}
    numbers = tx.people.numbers(keys)
    return {
        key: Called(
            full_name(first_known(records, "forename"), first_known(records, "surname")),
            numbers.get(key),
            first_known(records, "home_area"),
        )
        for key, records in tx.details.records_of(keys).items()
    }


def _refusal(context: Context, made: Recommendation, state: State) -> str:
    """Why this user may not do that; empty if they may."""
    own = made.author == context.user.id
    if state is State.WITHDRAWN:
        return "" if own else NOT_AUTHOR
    if own:
        return OWN
    return "" if context.user.role is Role.SUPERVISOR else NOT_DECIDER


def _is_same(earlier: Recommendation, proposal: Proposal, *, author: int) -> bool:
    same = Proposal(earlier.kind, earlier.cohort, earlier.reason) == proposal
    return same and earlier.author == author


def _rank(tx: Transaction, person: int, query: HarmQuery) -> RankThen:
    """Where the person is in the list. A list of a limited size does not have those beyond its end."""
    area_names = {office.code: office.name for office in tx.offices.all() if office.code}
    criteria = audited_criteria(query.filter, area_names=area_names)
    candidate = tx.listed_people.candidate(person)
    if candidate.score is None or any(reasons_not_listed(candidate, query)):
        return RankThen(None, criteria)
    rank = tx.offender_list.rank(query, ListPlace(candidate.score, person), most=MOST_COUNTED)
    is_beyond = query.filter.size is not None and rank > query.filter.size
    return RankThen(None if is_beyond else rank, criteria)


def _found(tx: Transaction, key: int) -> Recommendation:
    made = tx.recommendations.get(key)
    if made is None:
        raise NotFound(NO_RECOMMENDATION)
    return made
