"""The people of the fictional force, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.demonstration.force.areas import Areas
from api.demonstration.force.days import BLANK, TEN_YEARS, YEAR, later_birthday
from api.demonstration.force.draws import (
    Floats,
    Generator,
    Integers,
    Stream,
    between,
    chosen,
    spread,
    stream,
)
from api.demonstration.force.identifiers import (
    FIRST_OFFENDER_NUMBER,
    WITH_CRO,
    WITH_NUMBER,
    WITHOUT_PNC,
    recorded_years,
)
from api.demonstration.force.known import Known
from api.demonstration.force.names import GROUPS
from api.demonstration.force.offence_codes import PATTERN_SHARES, SHOPS
from rms.people.dates_of_birth import PLACEHOLDERS
from rms.people.sexes import SEXES

MALE = 1  # the first two of `SEXES` have forenames of their own
SEX_SHARES = (0.185, 0.8, 0.005, 0.01)
# Share of people → age in years: most are 18 to 35.
AGES = {0.0: 10.3, 0.06: 18, 0.2: 22.5, 0.42: 29, 0.6: 35, 0.78: 45, 0.93: 59, 1.0: 79.9}
# Share of people → years from their first to their last offence, and since their last one.
CAREERS = {0.0: 0, 0.3: 0.5, 0.6: 2.5, 0.9: 7, 1.0: 10}
QUIET = {0.0: 0, 0.45: 0.3, 0.6: 1.5, 0.8: 5, 1.0: 9.9}
WITHOUT_OFFENCE, NO_HOME, IN_FAMILY = 0.03, 0.03, 0.08  # shares
IN_CUSTODY, CUSTODY_UNKNOWN, RELEASED_LATELY, DECEASED = 0.065, 0.05, 0.06, 0.005
CUSTODY, (NO, YES, UNKNOWN) = ("no", "yes", ""), range(3)
NATIONALITIES: Mapping[str, float] = {
    "British": 0.85,
    "Irish": 0.015,
    "Polish": 0.015,
    "Romanian": 0.015,
    "Pakistani": 0.01,
    "Indian": 0.008,
    "Jamaican": 0.006,
    "Nigerian": 0.005,
    "Albanian": 0.005,
    "French": 0.004,
    "Vietnamese": 0.003,
    "British and Irish": 0.006,
    "British and Pakistani": 0.005,
    "British and Jamaican": 0.003,
    "": 0.05,
}
FORENAMES: tuple[str, ...] = tuple(
    name for group in GROUPS for names in (group.female, group.male) for name in names
)
SURNAMES: tuple[str, ...] = tuple(name for group in GROUPS for name in group.surnames)


@dataclass(frozen=True)
class People:
    """Columns of all people, shape (people,). Words are positions in lists, -1 where blank.

    `end`: the last day on which something can be recorded. `active_from`, `active_to`: when they offended.
    `family`: whether the person before is of the same family.
    """

    day: int
    born: Integers
    tenth_birthday: Integers
    end: Integers
    sex: Integers
    forename: Integers
    surname: Integers
    family: Integers
    ward: Integers
    pattern: Integers
    offences: Integers
    active_from: Integers
    active_to: Integers
    custody: Integers
    custody_from: Integers
    release: Integers
    deceased: Integers
    pnc_year: Integers
    cro_year: Integers
    nationality: Integers
    offender_numbers: Mapping[int, str]  # by position, of those who have one

    def __len__(self) -> int:
        return len(self.born)


def draw_people(
    seed: int, areas: Areas, *, people: int, day: date, offences: int, known: Sequence[Known] = ()
) -> People:
    """People of a force on a day, with this number of offences in all, and among them those who are known."""
    rng, numbering, today = stream(seed, Stream.PEOPLE), stream(seed, Stream.NUMBERS), day.toordinal()
    places = np.arange(len(known)) * (people // max(len(known), 1))
    sex, born = chosen(rng, SEX_SHARES, people), _born(rng, people, today)
    sex[places] = [SEXES.index(one.sex) for one in known]
    born[places] = [one.date_of_birth.toordinal() for one in known]
    tenth = later_birthday(born, 10)
    if (tenth > today - 60).any():
        raise ValueError("Everyone of the force must be older than ten.")
    deceased = np.where(
        rng.random(people) < DECEASED, _since(rng, np.maximum(tenth + 60, today - 1500), today), 0
    )
    custody, custody_from, release = _custody(rng, tenth, deceased, today)
    end = np.where(deceased == BLANK, today, deceased)
    free_until = np.where(custody_from == BLANK, end, custody_from) - 1
    forename, surname, family, ward = _names_and_wards(rng, sex, areas)
    pattern = chosen(rng, PATTERN_SHARES, people)
    counts = _offences(rng, (today - tenth) / TEN_YEARS, pattern, offences)
    earliest = np.maximum(tenth, today - TEN_YEARS)
    quiet = spread(rng, QUIET, people) / (1 + counts / 8) * np.where(custody == YES, 0.1, 1)
    active_to = np.maximum(earliest, free_until - (quiet * YEAR).astype(np.int64))
    career = (spread(rng, CAREERS, people) * YEAR).astype(np.int64) + 12 * counts
    return People(
        day=today,
        born=born,
        tenth_birthday=tenth,
        end=end,
        sex=sex,
        forename=forename,
        surname=surname,
        family=family,
        ward=ward,
        pattern=pattern,
        offences=counts,
        active_from=np.maximum(earliest, active_to - career),
        active_to=active_to,
        custody=custody,
        custody_from=custody_from,
        release=release,
        deceased=deceased,
        pnc_year=recorded_years(numbering, tenth, end, numbering.random(people) >= WITHOUT_PNC),
        cro_year=recorded_years(numbering, tenth, end, numbering.random(people) < WITH_CRO),
        nationality=chosen(numbering, list(NATIONALITIES.values()), people),
        offender_numbers={
            **_offender_numbers(numbering, people),
            **{int(place): one.offender_number for place, one in zip(places, known, strict=True)},
        },
    )


def _offender_numbers(rng: Generator, people: int) -> dict[int, str]:
    chosen_people = np.flatnonzero(rng.random(people) < WITH_NUMBER).tolist()
    return {person: str(FIRST_OFFENDER_NUMBER + person) for person in chosen_people}


def _since(rng: Generator, first: Integers, today: int) -> Integers:
    return between(rng, first, np.full_like(first, today))


def _born(rng: Generator, people: int, today: int) -> Integers:
    born = today - (spread(rng, AGES, people) * YEAR).astype(np.int64)
    return born + np.isin(born, [day.toordinal() for day in PLACEHOLDERS])


def _custody(
    rng: Generator, tenth: Integers, deceased: Integers, today: int
) -> tuple[Integers, Integers, Integers]:
    """Whether people are in custody, since when and until when. Of others, some were released lately."""
    draw = rng.random(len(tenth))
    eligible = (deceased == BLANK) & (tenth + 5 * YEAR < today - 30)
    inside = eligible & (draw < IN_CUSTODY)
    unknown = (deceased == BLANK) & (draw > 1 - CUSTODY_UNKNOWN)
    released = eligible & ~inside & ~unknown & (draw < IN_CUSTODY + RELEASED_LATELY)
    earliest = np.maximum((tenth + 5 * YEAR).astype(np.int64), today - 900)
    since = _since(rng, np.minimum(earliest, today - 30), today - 30)
    ahead = today + 1 + (1500 * rng.random(len(tenth)) ** 2.5).astype(np.int64)
    ahead = np.where(rng.random(len(tenth)) < 0.12, BLANK, ahead)
    custody = np.select([inside, unknown], [YES, UNKNOWN], NO)
    custody_from = np.where(inside | released, since, BLANK)
    back = between(rng, since + 14, np.full_like(since, today - 1))
    return custody, custody_from, np.select([inside, released], [ahead, back], BLANK)


def _names_and_wards(
    rng: Generator, sex: Integers, areas: Areas
) -> tuple[Integers, Integers, Integers, Integers]:
    """Forenames, surnames, whether in a family with the person before, wards. Families share the last two."""
    people = len(sex)
    head = np.arange(people)
    family = (rng.random(people) < IN_FAMILY) & (head > 0)
    head = np.maximum.accumulate(np.where(family, 0, head))
    group = chosen(rng, [group.share for group in GROUPS], people)[head]
    lists = np.array([(len(group.female), len(group.male)) for group in GROUPS])
    starts = np.concatenate([[0], np.cumsum(lists.ravel())[:-1]]).reshape(lists.shape)
    which = np.where(sex <= MALE, sex, rng.integers(0, 2, people))
    forename = starts[group, which] + (rng.random(people) ** 1.6 * lists[group, which]).astype(np.int64)
    sizes = np.array([len(group.surnames) for group in GROUPS])
    first = np.cumsum(sizes) - sizes
    surname = first[group] + (rng.random(people) ** 1.2 * sizes[group]).astype(np.int64)[head]
    ward = np.where(rng.random(people) < NO_HOME, -1, chosen(rng, areas.weight.tolist(), people))[head]
    return forename, surname, family.astype(np.int64), ward


def _offences(rng: Generator, decades: Floats, pattern: Integers, total: int) -> Integers:
    """How many offences each person has: most few, some very many, `total` in all."""
    people = len(decades)
    some = rng.random(people) >= WITHOUT_OFFENCE
    weight = np.exp(1.5 * np.minimum(rng.standard_normal(people), 2.8)) * np.minimum(decades, 1.0)
    weight = some * weight * np.where(pattern == SHOPS, 1.5, 1.0)
    running = np.cumsum(weight)
    shared = np.floor(running / running[-1] * (total - np.count_nonzero(some)))
    return np.asarray(some + np.diff(shared, prepend=0.0), dtype=np.int64)
