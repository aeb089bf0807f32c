"""The meetings of a neighbourhood of the fictional force: one that is closed, and what waits for the next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.services.context import Context, context_of
from api.services.harm.listing import offender_list
from api.services.harm.rules import HarmRules
from api.services.meetings.agenda import close_meeting, meeting_area
from api.services.meetings.recommendations import decide, recommend, recommendations_of
from api.services.users import User, viewer_of
from rms.harm.listing import NO, NOT_KNOWN, YES, HarmFilter
from rms.meetings.recommendations import Kind, Proposal, State

# Kind, cohort, reason, decision and its reason.
LAST = (
    (Kind.SELECT, "fixed", "Three burglaries in two months. No plan.", State.ACCEPTED, "The team has room."),
    (Kind.SELECT, "flex", "Was arrested twice near the market.", State.REFUSED, "Moves away next week."),
    (Kind.DESELECT, None, "No offence for a year, and works now.", State.ACCEPTED, "The plan is met."),
)
NEXT = (
    (Kind.SELECT, "fixed", "The score has gone up since the last meeting."),
    (Kind.SELECT, "flex", "Was seen with two people of the fixed cohort."),
    (Kind.DESELECT, None, "Keeps every appointment. The drug marker has ended."),
)
BEFORE_MEETING = timedelta(days=1)


def hold_last_meeting(
    context: Context, manager: User, supervisor: User, *, rules: HarmRules, at: datetime
) -> None:
    """Recommend people, decide on them, and close the meeting of the offender manager's area at that time."""
    of_manager = _as(manager, context, at - BEFORE_MEETING)
    area = meeting_area(of_manager, None)
    if area is None:
        return
    people = _people(of_manager, [kind for kind, *_ in LAST], rules=rules)
    for person, (kind, cohort, reason, state, why) in zip(people, LAST, strict=False):
        key = recommend(
            of_manager, person, Proposal(kind, cohort, reason), HarmFilter(home_area=area.code), rules=rules
        )
        decide(_as(supervisor, context, at - timedelta(minutes=5)), key, state, reason=why)
    close_meeting(_as(manager, context, at), area, rules=rules, after=0)


def prepare_next_meeting(context: Context, manager: User, *, rules: HarmRules) -> None:
    """Recommend people. Nobody has decided on them yet."""
    of_manager = _as(manager, context, context.at - BEFORE_MEETING)
    area = meeting_area(of_manager, None)
    if area is None:
        return
    people = _people(of_manager, [kind for kind, *_ in NEXT], rules=rules)
    for person, (kind, cohort, reason) in zip(people, NEXT, strict=False):
        recommend(
            of_manager, person, Proposal(kind, cohort, reason), HarmFilter(home_area=area.code), rules=rules
        )


def _people(context: Context, proposed: Sequence[Kind], *, rules: HarmRules) -> Sequence[int]:
    """A person of the user's area for each kind, the highest score first: managed people to deselect.

    Nobody is proposed again.
    """
    area = meeting_area(context, None)
    assert area is not None
    managed = {Kind.SELECT: (NO, NOT_KNOWN), Kind.DESELECT: (YES,)}
    filters = {kind: HarmFilter(home_area=area.code, managed=words) for kind, words in managed.items()}
    listed = {
        kind: iter(offender_list(context, filter, rules=rules, limit=50).people)
        for kind, filter in filters.items()
    }
    found = []
    for kind in proposed:
        for one in listed[kind]:
            if not recommendations_of(context, one.person.person):
                found.append(one.person.person)
                break
    return found


def _as(user: User, context: Context, at: datetime) -> Context:
    """The user as the caller at that time."""
    store = context.store.within(viewer_of(user, at=at, zone=context.zone))
    return context_of(user, store=store, at=at, zone=context.zone)
