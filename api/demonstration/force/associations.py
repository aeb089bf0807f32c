"""Associations of the fictional people: families, people who offend together, and a few gangs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.demonstration.force.days import DayTexts, periods
from api.demonstration.force.draws import Generator, Integers, Stream, stream
from api.demonstration.force.people import People
from api.demonstration.force.tables import person_ids, table, texts
from rms.records.choices import ASSOCIATION_KINDS

TOGETHER, NEAREST = 0.45, 0.5  # share of the people; of the pairs that are next to each other in age
GANG_MEMBERS, GANG_TIES, PEOPLE_PER_GANG = (8, 16), 0.4, 2_500
OTHERS = 0.02  # for each person
TIES_OF_STRENGTH_1 = (0.45, 0.6, 0.3, 0.8)  # share in each of `ASSOCIATION_KINDS`
LONGEST_AGO, ENDED = 9 * 365, 0.25


@dataclass(frozen=True)
class Associations:
    """Columns of the file. `kind`: a place in `ASSOCIATION_KINDS`. `last`: `BLANK` if still in force."""

    one: Integers
    other: Integers
    kind: Integers
    strength: Integers
    first: Integers
    last: Integers


def draw_associations(seed: int, people: People) -> Associations:
    """Each pair of people once for each kind, nobody with themselves."""
    rng = stream(seed, Stream.ASSOCIATIONS)
    neighbours = _neighbours(rng, people)
    pairs = (
        _together(rng, people, neighbours),
        _families(people),
        _gangs(rng, people, neighbours),
        _others(rng, people),
    )
    parts = [_of_kind(rng, people, kind, *pair) for kind, pair in enumerate(pairs)]
    return Associations(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _of_kind(
    rng: Generator, people: People, kind: int, one: Integers, other: Integers
) -> tuple[Integers, ...]:
    earliest, latest = _known_between(people, one, other)
    possible = earliest <= latest
    one, other = one[possible], other[possible]
    first, last = periods(rng, earliest[possible], latest[possible], day=people.day, ended=ENDED)
    strength = rng.geometric(TIES_OF_STRENGTH_1[kind], len(one))
    return one, other, np.full_like(one, kind), strength, first, last


def write_associations(folder: Path, drawn: Associations, *, days: DayTexts) -> None:
    """`associations.csv`."""
    with table(folder, "associations", prefix="A") as associations:
        associations.add(
            person_ids(drawn.one),
            person_ids(drawn.other),
            texts(ASSOCIATION_KINDS, drawn.kind),
            drawn.strength.astype(str).tolist(),
            *(days(column) for column in (drawn.first, drawn.last)),
        )


def _known_between(people: People, one: Integers, other: Integers) -> tuple[Integers, Integers]:
    earliest = np.maximum(people.tenth_birthday[one], people.tenth_birthday[other])
    return np.maximum(earliest, people.day - LONGEST_AGO), np.minimum(people.end[one], people.end[other])


def _neighbours(rng: Generator, people: People) -> Integers:
    """Some of those with offences and a home, ward by ward, in about the order of their age."""
    some = np.flatnonzero((people.offences > 1) & (people.ward >= 0) & (rng.random(len(people)) < TOGETHER))
    age = people.born[some] + rng.normal(0, 500, len(some))
    return some[np.lexsort((age, people.ward[some]))]


def _together(rng: Generator, people: People, neighbours: Integers) -> tuple[Integers, Integers]:
    place = np.repeat(np.arange(len(neighbours)), rng.poisson(1.6, len(neighbours)))
    partner = place + rng.geometric(NEAREST, len(place))
    place, partner = place[partner < len(neighbours)], partner[partner < len(neighbours)]
    one, other = neighbours[place], neighbours[partner]
    same_ward = people.ward[one] == people.ward[other]
    return _once(one[same_ward], other[same_ward], len(people))


def _families(people: People) -> tuple[Integers, Integers]:
    other = np.flatnonzero(people.family)
    return other - 1, other


def _gangs(rng: Generator, people: People, neighbours: Integers) -> tuple[Integers, Integers]:
    pairs = [_gang(rng, neighbours) for _ in range(max(2, len(people) // PEOPLE_PER_GANG))]
    one, other = (np.concatenate(members) for members in zip(*pairs, strict=True))
    return _once(one, other, len(people))


def _gang(rng: Generator, neighbours: Integers) -> tuple[Integers, Integers]:
    """A connected group: everyone is tied to the next one, and to some of the others."""
    size = min(int(rng.integers(*GANG_MEMBERS)), len(neighbours))
    first = int(rng.integers(0, len(neighbours) - size + 1))
    one, other = np.triu_indices(size, 1)
    tied = (other == one + 1) | (rng.random(len(one)) < GANG_TIES)
    return neighbours[first + one[tied]], neighbours[first + other[tied]]


def _others(rng: Generator, people: People) -> tuple[Integers, Integers]:
    one, other = rng.integers(0, len(people), (2, int(OTHERS * len(people))))
    return _once(one[one != other], other[one != other], len(people))


def _once(one: Integers, other: Integers, people: int) -> tuple[Integers, Integers]:
    """Each pair once, whichever way round it was drawn."""
    first, second = np.divmod(np.unique(np.minimum(one, other) * people + np.maximum(one, other)), people)
    return first, second
