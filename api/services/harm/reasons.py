"""Why a person is not on the offender list: a sentence for each criterion that they do not meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from api.services.context import Context
from api.services.harm.explaining import UNKNOWN
from api.services.harm.listing import MOST_COUNTED, query_of, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.services.records.person import name_in
from api.storage import NOBODY, ListPlace, Transaction
from rms.errors import NotFound
from rms.harm.listing import Candidate, HarmFilter, HarmQuery, Reason, reasons_not_listed
from rms.reports import wording


@dataclass(frozen=True)
class WhyNot:
    """Why a person is not on a list: a code and a sentence for each criterion. Without any they are on it.

    `rank`: their position among all who match, counted up to `MOST_COUNTED`; None if they do not match.
    `name` and `number` are those of the person; None: not known.
    """

    reasons: tuple[tuple[str, str], ...]
    rank: int | None
    name: str | None = None
    number: str | None = None

    @property
    def is_listed(self) -> bool:
        return not self.reasons


def why_not_listed(context: Context, who: int | str, filter: HarmFilter, *, rules: HarmRules) -> WhyNot:
    """Why the person, given by key or offender number, is not on the list of this filter.

    Raises
    ------
    NotFound
        If the user may not see such a person.
    InvalidInput
        If there is no such area.
    """
    query = query_of(context, filter, rules)
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)
        person = (tx.people.key(who) if isinstance(who, str) else who) or NOBODY
        if not tx.offender_list.may_see(person):
            tx.audit.looked("harm.reasons_refused", person=NOBODY)
        else:
            tx.audit.looked("harm.reasons_read", person=person)
            name, number = name_in(tx.details.records(person)), tx.people.number(person)
            return replace(_why_not(tx, person, query), name=name, number=number)
    raise NotFound(UNKNOWN)


def _why_not(tx: Transaction, person: int, query: HarmQuery) -> WhyNot:
    candidate = tx.listed_people.candidate(person)
    reasons = tuple(reasons_not_listed(candidate, query))
    if reasons or candidate.score is None:
        found = ((reason.code, _sentence(reason, candidate, query.filter)) for reason in reasons)
        return WhyNot(tuple(found), None)
    place = ListPlace(candidate.score, person)
    rank = tx.offender_list.rank(query, place, most=MOST_COUNTED)
    size = query.filter.size
    if size is None or rank <= size:
        return WhyNot((), rank)
    ended = f"The list has {_people(size)}. This person is number {rank:,} of those who match."
    return WhyNot((("size", ended),), rank)


def _people(size: int) -> str:
    return f"{size:,} {'person' if size == 1 else 'people'}"


Sentence = Callable[[Reason, Candidate, HarmFilter], str]


def _always(text: str) -> Sentence:
    return lambda _reason, _person, _filter: text


def _in_custody(reason: Reason, _person: Candidate, _filter: HarmFilter) -> str:
    if reason.day is None:
        return "The person is in custody, and no release date is on record."
    shown_from = wording.day(reason.day)
    return f"The person is in custody. The list shows them from {shown_from}, before their release."


def _home_area(_reason: Reason, person: Candidate, _filter: HarmFilter) -> str:
    if not person.home_areas:
        return "No home area is on record."
    return "The person’s home area is outside the home area of the filter."


def _offence(_reason: Reason, _person: Candidate, filter: HarmFilter) -> str:
    assert filter.offence is not None
    return f"No counted offence of the person is of the kind “{filter.offence.name}”."


def _offence_since(reason: Reason, _person: Candidate, _filter: HarmFilter) -> str:
    assert reason.day is not None
    return f"The person has committed no such offence since {wording.day(reason.day)}."


def _band(_reason: Reason, person: Candidate, _filter: HarmFilter) -> str:
    return "The person has no band yet." if person.band is None else f"The person’s band is {person.band}."


def _not_moved(reason: Reason, person: Candidate, _filter: HarmFilter) -> str:
    assert reason.day is not None
    if person.band_on(reason.day) is None:
        return f"The person had no band on {wording.day(reason.day)}."
    return f"The person’s band is the same as on {wording.day(reason.day)}."


def _cohort(_reason: Reason, person: Candidate, _filter: HarmFilter) -> str:
    return f"The person’s cohort is {person.cohort}." if person.cohort else "The person is in no cohort."


def _managed(_reason: Reason, person: Candidate, _filter: HarmFilter) -> str:
    return {
        True: "The person is managed.",
        False: "The person is not managed.",
        None: "It is not known whether the person is managed.",
    }[person.managed]


SENTENCES: Mapping[str, Sentence] = {
    "no_counted_offence": _always("No offence of the person counts, so there is no harm score."),
    "not_calculated": _always(
        "The harm score has not been calculated since the person’s records were loaded."
    ),
    "deceased": _always("The person has died."),
    "in_custody": _in_custody,
    "home_area": _home_area,
    "offence": _offence,
    "offence_since": _offence_since,
    "offence_area": _always("No such offence was committed in the area of offending of the filter."),
    "elsewhere": _always("No such offence was committed in a known area outside the home area."),
    "age_not_known": _always("No date of birth is on record."),
    "not_under_25": _always("The person is 25 or older."),
    "not_adult": _always("The person is under 18."),
    "not_juvenile": _always("The person is 18 or older."),
    "band": _band,
    "not_moved": _not_moved,
    "moved_down": _always("The person has moved to a lower band."),
    "no_release_soon": _always("No release from custody soon is on record."),
    "stage": _always("No case of the person is at a stage that the filter asks for."),
    "cohort": _cohort,
    "managed": _managed,
    "name": _always("No record of the person has a name that begins like this."),
    "disagreements": _always(
        "The band and the example-based score do not disagree, or one of them is not there."
    ),
}


def _sentence(reason: Reason, person: Candidate, filter: HarmFilter) -> str:
    return SENTENCES[reason.code](reason, person, filter)
