"""The agenda of a meeting of an area, and the minutes that are kept when it is closed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from api.services.access.offices import areas_in_scope
from api.services.context import Context
from api.services.harm.listing import MOST_COUNTED, AsAt, as_at, query_of
from api.services.harm.practice import FLEX_SUGGESTIONS, whole_number
from api.services.harm.ready_made import NOT_MANAGED
from api.services.harm.rules import HarmRules
from api.services.meetings.recommendations import NO_AREA, Called, called
from api.services.prediction.listing import Basis, PredictedPerson, highest_predicted
from api.storage import (
    NOBODY,
    ClosedMeeting,
    ListedPerson,
    MinutesLine,
    Office,
    Recommendation,
    RecommendationsPart,
    Transaction,
)
from rms.calendar import months_before
from rms.errors import ChangedMeanwhile, InvalidInput, NotFound, Problem
from rms.harm.listing import HIGH_BANDS, NO_COHORT, HarmFilter
from rms.reports import meeting_words

NO_MEETING = "You have no minutes at this address."
FLEX_CRITERIA = "flex suggestions of a meeting"
MOST_KEPT = 100  # people of a section in the minutes; recommendations of a section on the page
MOST_LISTED = 12  # earlier meetings
SETTLED_MONTHS = 3  # whose recommendation was accepted since is not suggested again
WAITING, UNMANAGED, MOVED = "waiting", "unmanaged", "moved"
FLEX, DECIDED, DESELECTED = "flex", "decided", "deselected"
OF_LISTED = ("score", "band", "band_before", "cohort", "managed")  # in the minutes
SECTIONS = (WAITING, UNMANAGED, MOVED, FLEX, DECIDED, DESELECTED)


@dataclass(frozen=True)
class Part:
    """The first people of a list of this filter, of `total` in all."""

    filter: HarmFilter
    people: tuple[ListedPerson, ...]
    total: int


@dataclass(frozen=True)
class FlexByPrediction:
    """Suggestions for the flex cohort by the prediction, the highest probability first."""

    basis: Basis
    people: tuple[PredictedPerson, ...]


@dataclass(frozen=True)
class Agenda:
    """What a meeting of an area looks at. `since`: what has happened from this day on.

    `flex` is by harm score. `predicted` is by the prediction; None while no prediction is current. `called`
    are the people of the recommendations, by key. `recommended`: people of the other lists about whom a
    recommendation waits. `last`: the last closed meeting of the area.
    """

    area: Office
    since: date
    last: ClosedMeeting | None
    waiting: RecommendationsPart
    unmanaged: Part
    moved: Part
    flex: tuple[ListedPerson, ...]
    predicted: FlexByPrediction | None
    ended: RecommendationsPart
    deselected: RecommendationsPart
    called: Mapping[int, Called]
    recommended: frozenset[int]
    as_at: AsAt

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """Those of all parts. One can be in two of them."""
        return (*self.waiting.first, *self.ended.first, *self.deselected.first)

    @property
    def people(self) -> frozenset[int]:
        """The keys of everybody on it."""
        predicted = () if self.predicted is None else self.predicted.people
        listed = (*self.unmanaged.people, *self.moved.people, *self.flex, *(one.person for one in predicted))
        made = self.recommendations
        return frozenset((*(one.person for one in listed), *(one.person for one in made)))


@dataclass(frozen=True)
class ShownLine:
    """A line of the minutes, with the person as they are called now. `recommendation`: what it is about."""

    line: MinutesLine
    called: Called
    recommendation: Recommendation | None


@dataclass(frozen=True)
class ShownMinutes:
    meeting: ClosedMeeting
    lines: tuple[ShownLine, ...]

    @property
    def cut(self) -> Mapping[str, str]:
        """Section → how many people it had, in words, if the minutes do not have all of them."""
        return {
            section: meeting_words.kept(MOST_KEPT, total, or_more=total == MOST_COUNTED)
            for section, total in self.meeting.totals.items()
        }

    def of(self, section: str) -> tuple[ShownLine, ...]:
        return tuple(one for one in self.lines if one.line.section == section)


def meeting_area(context: Context, code: str | None) -> Office | None:
    """The area with this code; by default the user's own, or else the first of the largest. None: no areas.

    Raises
    ------
    NotFound
        If the user has no area with this code.
    """
    areas = {area.id: area for area in areas_in_scope(context)}
    if code is not None:
        for area in areas.values():
            if area.code == code:
                return area
        raise NotFound(NO_AREA)
    largest = (area for area in areas.values() if area.parent not in areas)
    return areas.get(context.user.office) or next(largest, None)


def number_to_decide(context: Context) -> int:
    """How many recommendations wait for the caller in the area with which the page of the meeting begins."""
    area = meeting_area(context, None)
    if area is None:
        return 0
    with context.store.reading() as tx:
        return tx.recommendations.number_to_decide(area.id, user=context.user.id)


def agenda(
    context: Context, area: Office, *, rules: HarmRules, since: date | None = None, most: int = MOST_KEPT
) -> Agenda:
    """The agenda today, by default since the last closed meeting of the area, or for a month.

    Raises
    ------
    InvalidInput
        If `since` is in the future.
    """
    _check_since(context, since)
    with context.store.reading() as tx:
        found = _agenda(context, tx, area, rules=rules, since=since, most=most)
        tx.audit.looked("meeting.read", person=NOBODY, people=sorted(found.people), area=area.code)
        if found.predicted is not None:
            keys = [one.person.person for one in found.predicted.people]
            tx.audit.looked("prediction.listed", person=NOBODY, people=keys, criteria=FLEX_CRITERIA)
    return found


def _check_since(context: Context, since: date | None) -> None:
    if since is not None and since > context.today:
        raise InvalidInput([Problem("/since", "future_day", "This day is in the future.")])


def close_meeting(
    context: Context, area: Office, *, rules: HarmRules, after: int, since: date | None = None
) -> int:
    """Close the meeting and keep its minutes. `after`: the key of the last meeting; 0: there was none.

    Returns its key.

    Raises
    ------
    ChangedMeanwhile
        If another meeting of the area has been closed meanwhile.
    InvalidInput
        If `since` is in the future.
    """
    _check_since(context, since)
    with context.store.transaction() as tx:
        tx.minutes.hold(area.id)
        last = next(iter(tx.minutes.of_area(area.id, most=1)), None)
        if (last.id if last else 0) != after:
            raise ChangedMeanwhile("A meeting of this area has been closed meanwhile. Open the page again.")
        now = _agenda(context, tx, area, rules=rules, since=since, most=MOST_KEPT)
        return tx.minutes.close(
            list(_lines(tx, now, on=context.today)),
            totals=_totals(now),
            area=area.id,
            since=now.since,
            scores_on=now.as_at.scores,
            user=context.user.id,
            by=context.by,
            at=context.at,
        )


def closed_meetings(context: Context, area: Office) -> tuple[ClosedMeeting, ...]:
    """The last closed meetings of an area, newest first."""
    with context.store.reading() as tx:
        return tx.minutes.of_area(area.id, most=MOST_LISTED)


def minutes_of(context: Context, key: int, *, action: str = "meeting.minutes_read") -> ShownMinutes:
    """The minutes of a meeting, with the people whom the user may see now.

    Raises
    ------
    NotFound
        If there is no such meeting of an area of this user.
    """
    areas = {area.id for area in areas_in_scope(context)}
    with context.store.reading() as tx:
        meeting = tx.minutes.get(key)
        if meeting is None or meeting.area not in areas:
            raise NotFound(NO_MEETING)
        lines = tx.minutes.lines(key)
        names = called(tx, {line.person for line in lines})
        made = tx.recommendations.about({line.recommendation for line in lines if line.recommendation})
        shown = [line for line in lines if line.person in names]
        tx.audit.looked(action, person=NOBODY, people=sorted({line.person for line in shown}), meeting=key)
    return ShownMinutes(
        meeting,
        tuple(ShownLine(line, names[line.person], made.get(line.recommendation or 0)) for line in shown),
    )


def _agenda(
    context: Context, tx: Transaction, area: Office, *, rules: HarmRules, since: date | None, most: int
) -> Agenda:
    last = next(iter(tx.minutes.of_area(area.id, most=1)), None)
    day = since or (_day(last, context) if last else months_before(context.today, 1))
    begin = datetime.combine(day, time(), context.zone)
    reported = _reported(tx, last if since is None else None)
    made = tx.recommendations
    waiting = made.waiting(area.id, most=MOST_KEPT)
    ended = made.ended(area.id, begin, left_out=reported, most=MOST_KEPT)
    deselected = made.ended(area.id, begin, left_out=reported, most=MOST_KEPT, only_deselected=True)
    lately = datetime.combine(months_before(context.today, SETTLED_MONTHS), time(), context.zone)
    settled = made.settled(area.id, lately)

    def part(filter: HarmFilter) -> Part:
        query = query_of(context, filter, rules)
        keys = [place.person for place in tx.offender_list.page(query, limit=most)]
        people = tx.listed_people.of(keys, on=query.on, before=day)
        return Part(filter, people, tx.offender_list.total(query, most=MOST_COUNTED))

    suggested = whole_number(tx, FLEX_SUGGESTIONS, area.id)
    named = {one.person for part in (waiting, ended, deselected) for one in part.first}
    unmanaged = part(HarmFilter(home_area=area.code, bands=HIGH_BANDS, managed=tuple(NOT_MANAGED)))
    return Agenda(
        area=area,
        since=day,
        last=last,
        waiting=waiting,
        unmanaged=unmanaged,
        moved=part(HarmFilter(home_area=area.code, moved_since=day)),
        flex=_flex(context, tx, area, rules=rules, before=day, settled=settled, most=suggested),
        predicted=_predicted(context, tx, area, rules=rules, settled=settled, most=suggested),
        ended=ended,
        deselected=deselected,
        called=called(tx, named),
        recommended=made.waiting_about([one.person for one in unmanaged.people]),
        as_at=as_at(tx),
    )


def _day(meeting: ClosedMeeting, context: Context) -> date:
    """The day on which it was closed, where the agency is."""
    return meeting.closed_at.astimezone(context.zone).date()


def _reported(tx: Transaction, meeting: ClosedMeeting | None) -> frozenset[int]:
    """The recommendations whose result is in the minutes of a meeting."""
    lines = () if meeting is None else tx.minutes.lines(meeting.id)
    ended = (line.recommendation for line in lines if line.section in (DECIDED, DESELECTED))
    return frozenset(key for key in ended if key is not None)


def _flex(
    context: Context,
    tx: Transaction,
    area: Office,
    *,
    rules: HarmRules,
    before: date,
    settled: Collection[int],
    most: int,
) -> tuple[ListedPerson, ...]:
    """Those with the highest harm scores who are in no cohort, and not managed as far as is known.

    Nobody is suggested about whom a recommendation waits or was accepted in the last months: their
    registration or plan may not be on record yet.
    """
    query = query_of(context, _for_flex(area), rules)
    places = tx.offender_list.page(query, limit=most + len(settled))
    keys = [place.person for place in places if place.person not in settled]
    return tx.listed_people.of(keys[:most], on=context.today, before=before)


def _predicted(
    context: Context,
    tx: Transaction,
    area: Office,
    *,
    rules: HarmRules,
    settled: Collection[int],
    most: int,
) -> FlexByPrediction | None:
    """The same by the prediction: only people not yet high harm, at the usual cut-off or above."""
    query = query_of(context, _for_flex(area), rules)
    found = highest_predicted(tx, query, limit=most, left_out=settled)
    return None if found is None else FlexByPrediction(*found)


def _for_flex(area: Office) -> HarmFilter:
    return HarmFilter(home_area=area.code, managed=tuple(NOT_MANAGED), cohorts=(NO_COHORT,))


def _totals(now: Agenda) -> Mapping[str, int]:
    """Section → how many people it has, if these are more than are kept."""
    totals = {
        WAITING: now.waiting.total,
        UNMANAGED: now.unmanaged.total,
        MOVED: now.moved.total,
        DECIDED: now.ended.total,
        DESELECTED: now.deselected.total,
    }
    return {section: total for section, total in totals.items() if total > MOST_KEPT}


def _lines(tx: Transaction, now: Agenda, *, on: date) -> Iterator[MinutesLine]:
    """The minutes in the order of the page. Who has no case records any more is left out."""
    records = tx.details.records_of(now.people) if now.people else {}
    about = list({one.person for one in now.recommendations})
    listed = {one.person: one for one in tx.listed_people.of(about, on=on, before=now.since)}
    sections: dict[str, tuple[ListedPerson, ...] | tuple[Recommendation, ...]] = {
        WAITING: now.waiting.first,
        UNMANAGED: now.unmanaged.people,
        MOVED: now.moved.people,
        FLEX: now.flex,
        DECIDED: now.ended.first,
        DESELECTED: now.deselected.first,
    }
    for section, entries in sections.items():
        for entry in entries:
            if entry.person not in records:
                continue
            record = records[entry.person][0].id
            if isinstance(entry, Recommendation):
                of_person = listed.get(entry.person)
                yield _line(section, entry.person, record, of_person, entry)
            else:
                yield _line(section, entry.person, record, entry, None)


def _line(
    section: str, person: int, record: int, listed: ListedPerson | None, made: Recommendation | None
) -> MinutesLine:
    then = {} if listed is None else {name: getattr(listed, name) for name in OF_LISTED}
    return MinutesLine(
        section,
        person,
        record,
        recommendation=None if made is None else made.id,
        state=None if made is None else str(made.state),
        **then,
    )
