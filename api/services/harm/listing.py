"""The offender list: the people whom a user may see, by harm score, a page at a time.

The formula of the score is RMS’s own. The formula that the police use is not public.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from api.services.harm.rules import HarmRules
from api.services.search.saved import SavedKind
from api.storage import NOBODY, ListedPerson, ListedSimulation, ListPlace, Source, Transaction
from rms.errors import InvalidInput, ListChanged, Problem, listed, near, near_it
from rms.harm.listing import HarmFilter, HarmQuery
from rms.reports.harm_words import LEFT_OUT

NO_AREA_NAMES: Mapping[str, str] = {}  # areas are said by their codes
MOST_COUNTED = 10_000  # people; a longer list is "10,000 or more"
SAVED_LISTS = SavedKind(lambda tx: tx.harm_lists, "lists", "You have no saved list with this name.")


@dataclass(frozen=True)
class Ranked:
    """A person in the list. `rank` is the position, from 1, within the filter.

    `simulations`: process → the latest example-based score, as far as the user may see it.
    """

    rank: int
    person: ListedPerson
    simulations: Mapping[str, ListedSimulation]


@dataclass(frozen=True)
class PageEnd:
    """Where a page ends: its last person, and their rank."""

    place: ListPlace
    rank: int


@dataclass(frozen=True)
class AsAt:
    """What the list describes: the day of the scores (None: never calculated), and of each source system."""

    scores: date | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class OffenderPage:
    """A page of the list. `next` is None on the last one.

    `total` is counted only on request, up to `MOST_COUNTED`, and never exceeds the size of the list.
    """

    people: tuple[Ranked, ...]
    next: PageEnd | None
    total: int | None
    as_at: AsAt


def offender_list(
    context: Context,
    filter: HarmFilter,
    *,
    rules: HarmRules,
    limit: int,
    after: PageEnd | None = None,
    counted: bool = False,
) -> OffenderPage:
    """Up to `limit` people after a page's end. The arguments are the parts of one query.

    Raises
    ------
    InvalidInput
        If there is no such area.
    """
    query = query_of(context, filter, rules)
    before = 0 if after is None else after.rank
    left = limit if filter.size is None else max(0, min(limit, filter.size - before))
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)
        places = tx.offender_list.page(query, limit=left + 1, after=None if after is None else after.place)
        shown = places[:left]
        people = ranked(tx, [place.person for place in shown], on=query.on, before=before)
        tx.audit.looked(
            "harm.listed",
            person=NOBODY,
            people=[place.person for place in shown],
            criteria=audited_criteria(filter),
        )
        return OffenderPage(
            people=people,
            next=_end(places, left=left, before=before, size=filter.size),
            total=_total(query, tx) if counted else None,
            as_at=as_at(tx),
        )


def number_listed(context: Context, filter: HarmFilter, *, rules: HarmRules) -> int:
    """How many people match, counted up to `MOST_COUNTED`. It names nobody."""
    with context.store.reading() as tx:
        return _total(query_of(context, filter, rules), tx)


def page_end(context: Context, person: int, *, rank: int) -> PageEnd:
    """The end of a page whose last person is known by key.

    Raises
    ------
    ListChanged
        If the person has no score any more.
    """
    with context.store.reading() as tx:
        row = tx.harm.of(person)
    if row is None:
        raise ListChanged
    return PageEnd(ListPlace(row.score, person), rank)


def query_of(context: Context, filter: HarmFilter, rules: HarmRules) -> HarmQuery:
    """The list of this filter today."""
    return HarmQuery(filter, context.today, rules.settings.outcomes)


def ranked(tx: Transaction, keys: list[int], *, on: date, before: int) -> tuple[Ranked, ...]:
    """These people, in order, who come after so many others. Their assessments are seen too."""
    latest = {one.offender_number: one for one in tx.submissions.latest_of(keys)} if keys else {}
    people = {one.person: one for one in tx.listed_people.of(keys, on=on)}
    found = []
    for rank, key in enumerate(keys, start=before + 1):
        submission = latest.get(people[key].offender_number or "")
        simulations = submission.simulations if submission else ()
        found.append(Ranked(rank, people[key], {one.process: one for one in simulations}))
    return tuple(found)


def as_at(tx: Transaction) -> AsAt:
    """What the scores and the records describe now."""
    refresh = tx.harm.last_refresh()
    return AsAt(None if refresh is None else refresh.day, tx.records.sources())


def check_areas(context: Context, filter: HarmFilter) -> None:
    """
    Raises
    ------
    InvalidInput
        If there is no such area.
    """
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)


def refuse_unknown_areas(filter: HarmFilter, tx: Transaction) -> None:
    """
    Raises
    ------
    InvalidInput
        If the home area or the area of offences does not exist; the message lists the areas.
    """
    given = {"home_area": filter.home_area, "offence_area": filter.offence_area}
    unknown = [name for name, code in given.items() if code and not tx.offender_list.areas_below(code)]
    if unknown:
        codes = [office.code for office in tx.offices.all() if office.code]
        detail = f"There is no area with this code. The areas are {listed(codes) or 'not loaded yet'}."
        raise InvalidInput(
            Problem(f"/{name}", "unknown_area", f"{detail}{near_it(near(given[name] or '', codes))}")
            for name in unknown
        )


def _total(query: HarmQuery, tx: Transaction) -> int:
    size = query.filter.size
    return tx.offender_list.total(query, most=MOST_COUNTED if size is None else min(size, MOST_COUNTED))


def _end(places: tuple[ListPlace, ...], *, left: int, before: int, size: int | None) -> PageEnd | None:
    rank = before + left
    if left == 0 or len(places) <= left or rank == size:
        return None
    return PageEnd(places[left - 1], rank)


def audited_criteria(filter: HarmFilter, *, area_names: Mapping[str, str] = NO_AREA_NAMES) -> str:
    """The criteria in words, as the audit log has them. They say that a name was searched for, but not which.

    `area_names`: code → name, to say areas by their names.

    >>> audited_criteria(HarmFilter(surname="OKORO", home_area="W1", bands=("high",)))
    'home area W1; band high; name. Left out: people who have died, and people in custody who have no \
release date or will not be released soon (in 3 months, unless another number is set)'
    >>> audited_criteria(HarmFilter(show_hidden=True, under_25=True))
    'under 25; with people in custody and people who have died'
    >>> audited_criteria(HarmFilter(home_area="W1", show_hidden=True), area_names={"W1": "Mill"})
    'home area Mill; with people in custody and people who have died'
    """
    return ("; ".join(audited_parts(filter, area_names)) or "none") + left_out(filter)


def left_out(filter: HarmFilter) -> str:
    """Who is left out, as a sentence that follows the criteria; "" if nobody is."""
    return "" if filter.show_hidden else f". Left out: {LEFT_OUT}"


def audited_parts(filter: HarmFilter, area_names: Mapping[str, str] = NO_AREA_NAMES) -> Iterator[str]:
    if filter.home_area is not None:
        yield f"home area {area_names.get(filter.home_area, filter.home_area)}"
    if filter.offence is not None:
        yield f"offence {filter.offence.name}"
    if filter.offence_since is not None:
        yield f"offence since {filter.offence_since}"
    if filter.offence_area is not None:
        yield f"offence in {area_names.get(filter.offence_area, filter.offence_area)}"
    if filter.elsewhere:
        yield "offends elsewhere"
    if filter.under_25:
        yield "under 25"
    if filter.age_group is not None:
        yield filter.age_group
    for name, words in (
        ("band", filter.bands),
        ("stage", filter.stages),
        ("cohort", filter.cohorts),
        ("managed", filter.managed),
    ):
        if words:
            yield f"{name} {' or '.join(word.replace('_', ' ') for word in words)}"
    if filter.moved_since is not None:
        yield f"moved {'up a band' if filter.moved_up else 'band'} since {filter.moved_since}"
    if filter.release_soon:
        yield "release soon"
    if filter.forename is not None or filter.surname is not None:
        yield "name"
    if filter.disagreements:
        yield "disagreements"
    if filter.show_hidden:
        yield "with people in custody and people who have died"
    if filter.size is not None:
        yield f"the first {filter.size}"
