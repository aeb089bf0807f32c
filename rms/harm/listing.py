"""The offender list: which people are on it, and which criteria a person who is not on it does not meet.

This is the plain form of the list. The query of the database must find the same people.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from rms.errors import InvalidInput, Problem, listed, near, near_it, not_allowed
from rms.harm.score import SUSPECTED
from rms.harm.settings import BANDS
from rms.harm.severity import SeverityTable
from rms.people.names import name_key
from rms.records.choices import COHORTS
from rms.records.current import MIXED, NOT_STATED, is_juvenile, is_under_25
from rms.records.offence_codes import COMPLETE, codes_near, offence_code

YES, NO, NOT_KNOWN = "yes", "no", "not_known"
MANAGED = {YES: True, NO: False, NOT_KNOWN: None}  # blank in a source is "not known", never "no"
ADULT, JUVENILE = "adult", "juvenile"
AGE_GROUPS = (ADULT, JUVENILE)
# Suspects are no part of the list: nobody is found by what they are only suspected of.
STAGES_LISTED = ("charged", "awaiting_court")
NO_COHORT = "none"
COHORTS_LISTED = (*COHORTS, MIXED, NOT_STATED, NO_COHORT)
LARGEST_LIST = 10_000  # people
HIGH_BANDS, LOW_BANDS = BANDS[3:], BANDS[:1]
# Hundredths of the example-based score of recidivism, from 1.00 to 2.00: below the first is its lowest third,
# above the second its highest.
LOW_SCORE, HIGH_SCORE = 133, 167


@dataclass(frozen=True)
class CodeDays:
    """An offence code, for offences from the day `first` to the day `last`, both included."""

    code: str
    first: date | None = None
    last: date | None = None

    def includes(self, code: str, on: date) -> bool:
        from_then = self.first is None or self.first <= on
        return code == self.code and from_then and (self.last is None or on <= self.last)


@dataclass(frozen=True)
class OffenceChoice:
    """A category, a group or a code of offences, by its name, and all codes that belong to it."""

    name: str
    codes: tuple[CodeDays, ...]

    def includes(self, code: str, on: date) -> bool:
        return any(part.includes(code, on) for part in self.codes)


def chosen_offences(
    table: SeverityTable, *, category: str | None = None, group: str | None = None, code: str | None = None
) -> OffenceChoice | None:
    """The offences of one category, group or code, as the severity table sorts them; None if none is given.

    A code that has meant something else at another time belongs to a group only for offences of the days on
    which it meant that. Any complete code can be chosen, also one that the table does not have.

    Raises
    ------
    InvalidInput
        If more than one is given, or the category, group or code does not exist.
    """
    given = {"offence_category": category, "offence_group": group, "offence_code": code}
    chosen = {name: value for name, value in given.items() if value is not None}
    if len(chosen) > 1:
        detail = f"Choose one of {listed(chosen)}."
        raise InvalidInput(Problem(f"/{name}", "one_offence", detail) for name in chosen)
    if code is not None:
        return OffenceChoice(spelled := _spelled(code, table), (CodeDays(spelled),))
    tree = table.tree()
    if category is not None:
        _refuse_unknown("offence_category", category, tree)
        return OffenceChoice(category, tuple(_codes_of(tree[category], table)))
    if group is not None:
        _refuse_unknown("offence_group", group, table.groups)
        return OffenceChoice(group, tuple(_codes_of([group], table)))
    return None


def unknown_code(choice: OffenceChoice | None, table: SeverityTable) -> str | None:
    """A sentence about a chosen code that the severity table does not have, with those near it.

    It can be chosen all the same: some records may have it.
    """
    if choice is None or choice.codes != (CodeDays(choice.name),) or choice.name in table.codes:
        return None
    found = near_it(codes_near(choice.name, table.codes))
    return f"The severity table does not have the offence code {choice.name}.{found}"


def _spelled(code: str, table: SeverityTable) -> str:
    spelled = offence_code(code)
    if spelled is None:
        wrong = _wrong("offence_code", code, COMPLETE)
        detail = f"{wrong.detail}{near_it(codes_near(code, table.codes))}"
        raise InvalidInput([replace(wrong, detail=detail)])
    return spelled


def _refuse_unknown(field: str, name: str, known: Iterable[str]) -> None:
    if name not in (names := tuple(known)):
        detail = f"{not_allowed(name, allowed=f'one of {listed(names)}')}{near_it(near(name, names))}"
        raise InvalidInput([Problem(f"/{field}", "invalid_value", detail)])


def _codes_of(groups: Iterable[str], table: SeverityTable) -> Iterator[CodeDays]:
    chosen = set(groups)
    for code, periods in sorted(table.codes.items()):
        for period in periods:
            if period.severity.group in chosen:
                yield CodeDays(code, period.first, period.last)


@dataclass(frozen=True)
class HarmFilter:
    """The criteria of a list, all of which must be met. Words are those of this module and of `BANDS`.

    `offence`, `offence_since`, `offence_area` and `elsewhere` are met by one and the same counted offence.
    `home_area` and `offence_area` are codes of areas: the area and all below it. `elsewhere` is an offence
    in a known area outside `home_area`. `moved_since`: the band was another on that day, with `moved_up` a
    lower one. `release_soon`: in custody, to be released soon. `forename` and
    `surname` are beginnings, as `name_key` spells names, of one and the same record. `show_hidden` shows
    people in custody who are not released soon, and people who have died. `size` ends the list.
    """

    offence: OffenceChoice | None = None
    offence_since: date | None = None
    offence_area: str | None = None
    elsewhere: bool = False
    home_area: str | None = None
    under_25: bool = False
    age_group: str | None = None
    bands: tuple[str, ...] = ()
    moved_since: date | None = None
    moved_up: bool = False
    release_soon: bool = False
    stages: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    forename: str | None = None
    surname: str | None = None
    disagreements: bool = False
    show_hidden: bool = False
    size: int | None = None

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise InvalidInput(problems)

    @property
    def has_offence(self) -> bool:
        """Whether there is a criterion that an offence must meet."""
        return bool(self.offence or self.offence_since or self.offence_area or self.elsewhere)

    def _problems(self) -> Iterator[Problem]:
        allowed = {
            "bands": BANDS,
            "stages": STAGES_LISTED,
            "cohorts": COHORTS_LISTED,
            "managed": tuple(MANAGED),
        }
        for name, words in allowed.items():
            for word in getattr(self, name):
                if word not in words:
                    yield _wrong(name, word, f"one of {listed(words)}")
        if self.age_group not in (None, *AGE_GROUPS):
            yield _wrong("age_group", self.age_group, f"one of {listed(AGE_GROUPS)}")
        if self.size is not None and not 1 <= self.size <= LARGEST_LIST:
            yield _wrong("size", self.size, f"a whole number from 1 to {LARGEST_LIST:,}")
        if self.elsewhere and self.home_area is None:
            detail = "Choose a home area: “elsewhere” is outside it."
            yield Problem("/elsewhere", "home_area_needed", detail)
        if self.moved_up and self.moved_since is None:
            detail = "Choose since when: a move up is one since a day."
            yield Problem("/moved_up", "moved_since_needed", detail)
        for name in ("forename", "surname"):
            if (key := getattr(self, name)) is not None and name_key(key) != key:
                yield Problem(f"/{name}", "invalid_value", "This is not the beginning of a name.")


def _wrong(field: str, value: object, allowed: str) -> Problem:
    return Problem(f"/{field}", "invalid_value", not_allowed(value, allowed=allowed))


@dataclass(frozen=True)
class HarmQuery:
    """A list on one day. `outcomes`: the Home Office outcomes with which an offence counts."""

    filter: HarmFilter
    on: date
    outcomes: frozenset[int]


@dataclass(frozen=True)
class CommittedOffence:
    """An offence on record. `areas`: the codes of its area and of all areas above it; empty if not known."""

    code: str
    on: date
    outcome: int | None
    stage: str | None
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """What decides whether a person is on a list.

    `score`: None without a counted offence, or (`is_due`) if it has not been calculated yet. `bands`: the
    day from which each band has been in force, oldest first. `home_areas` as `areas` of an offence. `names`:
    the keys of forename and surname of each record. `recidivism`: hundredths of the latest example-based
    score, as far as the user may see it.
    """

    score: float | None
    band: str | None = None
    bands: tuple[tuple[date, str | None], ...] = ()
    born: date | None = None
    home_areas: tuple[str, ...] = ()
    hidden_until: date | None = None
    deceased: bool = False
    managed: bool | None = None
    cohort: str | None = None
    stage: str | None = None
    names: tuple[tuple[str | None, str | None], ...] = ()
    offences: tuple[CommittedOffence, ...] = ()
    recidivism: int | None = None
    is_due: bool = False

    def band_on(self, day: date) -> str | None:
        """The band at the end of a day; None if there was none."""
        return next((band for since, band in reversed(self.bands) if since <= day), None)


@dataclass(frozen=True)
class Reason:
    """A criterion that a person does not meet; `day` belongs to what it says."""

    code: str
    day: date | None = None


def matches(person: Candidate, query: HarmQuery) -> bool:
    """Whether the person is on the list, if it has room for all."""
    return not any(reasons_not_listed(person, query))


def reasons_not_listed(person: Candidate, query: HarmQuery) -> Iterator[Reason]:
    """Each criterion that the person does not meet; none if they match."""
    if person.score is None:
        yield Reason("not_calculated" if person.is_due else "no_counted_offence")
        return
    filter = query.filter
    if not filter.show_hidden:
        yield from _hidden(person, query.on)
    if filter.home_area is not None and filter.home_area not in person.home_areas:
        yield Reason("home_area")
    if filter.has_offence:
        yield from _offence_reasons(person, query)
    yield from _age_reasons(person, query)
    if filter.bands and person.band not in filter.bands:
        yield Reason("band")
    if filter.moved_since is not None and not _has_moved(person, filter.moved_since):
        yield Reason("not_moved", filter.moved_since)
    elif filter.moved_since is not None and filter.moved_up and not _has_risen(person, filter.moved_since):
        yield Reason("moved_down", filter.moved_since)
    if filter.release_soon and (person.hidden_until is None or query.on < person.hidden_until):
        yield Reason("no_release_soon")
    if filter.stages and person.stage not in filter.stages:
        yield Reason("stage")
    if filter.cohorts and (person.cohort or NO_COHORT) not in filter.cohorts:
        yield Reason("cohort")
    if filter.managed and person.managed not in [MANAGED[word] for word in filter.managed]:
        yield Reason("managed")
    yield from _name_reasons(person, filter)
    if filter.disagreements and not is_disagreement(person.band, person.recidivism):
        yield Reason("disagreements")


def is_disagreement(band: str | None, recidivism: int | None) -> bool:
    """Whether the band is high and the example-based score (in hundredths) low, or the other way round.

    >>> is_disagreement("high", 132), is_disagreement("high", 133), is_disagreement("low", 168)
    (True, False, True)
    """
    if recidivism is None:
        return False
    is_high = band in HIGH_BANDS and recidivism < LOW_SCORE
    return is_high or (band in LOW_BANDS and recidivism > HIGH_SCORE)


def _has_moved(person: Candidate, since: date) -> bool:
    """Whether the band was another on that day. Somebody who had none has not moved."""
    return person.band is not None and person.band_on(since) not in (None, person.band)


def _has_risen(person: Candidate, since: date) -> bool:
    """Whether the band of somebody who has moved is higher than on that day."""
    before = person.band_on(since)
    return before is not None and person.band is not None and BANDS.index(person.band) > BANDS.index(before)


def _hidden(person: Candidate, on: date) -> Iterator[Reason]:
    if person.deceased:
        yield Reason("deceased")
    if person.hidden_until is not None and on < person.hidden_until:
        yield Reason("in_custody", None if person.hidden_until == date.max else person.hidden_until)


def _offence_reasons(person: Candidate, query: HarmQuery) -> Iterator[Reason]:
    """The first criterion that leaves no offence."""
    left = _counted(person, query)
    for reason, meets in _offence_criteria(query.filter):
        left = [one for one in left if meets(one)]
        if not left:
            yield reason
            return


def matching_offences(person: Candidate, query: HarmQuery) -> list[CommittedOffence]:
    """The counted offences of a person that meet all criteria about offences."""
    criteria = list(_offence_criteria(query.filter))
    return [one for one in _counted(person, query) if all(meets(one) for _, meets in criteria)]


def _counted(person: Candidate, query: HarmQuery) -> list[CommittedOffence]:
    return [
        one
        for one in person.offences
        if one.on <= query.on and one.outcome in query.outcomes and one.stage != SUSPECTED
    ]


def _offence_criteria(filter: HarmFilter) -> Iterator[tuple[Reason, Callable[[CommittedOffence], bool]]]:
    """Each criterion about offences, with the reason to give if no offence meets it."""
    chosen, since, area = filter.offence, filter.offence_since, filter.offence_area
    if chosen is not None:
        yield Reason("offence"), lambda one: chosen.includes(one.code, one.on)
    if since is not None:
        yield Reason("offence_since", since), lambda one: since <= one.on
    if area is not None:
        yield Reason("offence_area"), lambda one: area in one.areas
    if filter.elsewhere:
        yield Reason("elsewhere"), lambda one: bool(one.areas) and filter.home_area not in one.areas


def _age_reasons(person: Candidate, query: HarmQuery) -> Iterator[Reason]:
    filter = query.filter
    if not (filter.under_25 or filter.age_group):
        return
    under_25, juvenile = is_under_25(person.born, query.on), is_juvenile(person.born, query.on)
    if under_25 is None:
        yield Reason("age_not_known")
        return
    if filter.under_25 and not under_25:
        yield Reason("not_under_25")
    if filter.age_group and juvenile is not (filter.age_group == JUVENILE):
        yield Reason(f"not_{filter.age_group}")


def _name_reasons(person: Candidate, filter: HarmFilter) -> Iterator[Reason]:
    if filter.forename is None and filter.surname is None:
        return
    if not any(
        _begins(forename, filter.forename) and _begins(surname, filter.surname)
        for forename, surname in person.names
    ):
        yield Reason("name")


def _begins(key: str | None, beginning: str | None) -> bool:
    return beginning is None or (key is not None and key.startswith(beginning))
