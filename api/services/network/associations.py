"""The people whom a person is connected with, one and two steps away, and the person's place in the network.

Only people whom the caller may see, and only what connects these: nobody else is counted or hinted at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from api.services.context import Context
from api.services.network.place import Place, place_of
from api.services.records.person import Person, name_in, person_in
from api.storage import Association
from rms.records.current import is_in_force

MOST_NEAR = 200  # people who are directly connected and shown
MOST_SHOWN = 60  # people two steps away: more cannot be read in one picture
MOST_READ = 20_000  # rows about associations of those who are directly connected, the strongest


@dataclass(frozen=True)
class Connection:
    """What connects two people: from its first to its last day, both included."""

    kind: str
    strength: int | None
    from_day: date | None
    to_day: date | None
    in_force: bool


@dataclass(frozen=True)
class Connected:
    """A person `steps` away. `connections`: with the person of the page, none if two steps away.

    `through`: the keys of the people between, if two steps away. `links`: how many of the people shown they
    are directly connected with, each counted once.
    """

    key: int
    name: str | None
    number: str | None
    steps: int
    connections: tuple[Connection, ...]
    through: tuple[int, ...]
    links: int


@dataclass(frozen=True)
class Network:
    """A person and the people around them: nearest first. `ties` are pairs of keys, the lower first.

    `all_near`: how many people are or were directly connected, `near_now` of them today; up to `MOST_NEAR` of
    them, the strongest first, are shown. `more`: there are more people two steps away than are shown. `place`
    is None if no association of the person is in force, or if too many are.
    """

    person: Person
    place: Place | None
    connected: tuple[Connected, ...]
    ties: frozenset[tuple[int, int]]
    all_near: int
    near_now: int
    more: bool

    @property
    def near(self) -> tuple[Connected, ...]:
        return tuple(one for one in self.connected if one.steps == 1)

    @property
    def far(self) -> tuple[Connected, ...]:
        return tuple(one for one in self.connected if one.steps != 1)


def network_of(context: Context, person: int) -> Network:
    """
    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        found = person_in(tx, person, on=context.today)
        first = _by_other(tx.details.associations([person]), person)
        near = _strongest(first)
        second = tx.details.associations(near, most=MOST_READ) if near else ()
        neighbours = _neighbours((*chain.from_iterable(first[key] for key in near), *second))
        reached = neighbours.keys() - first.keys() - {person}
        far = sorted(reached)[:MOST_SHOWN]
        shown = {*near, *far}
        records = tx.details.records_of(shown)
        numbers = tx.people.numbers(shown)
        place = place_of(tx, person, context=context)
        tx.audit.looked(
            "person.associations_read", person=person, people=shown, whole_agency=_is_of_agency(place)
        )
    drawn = shown | {person}
    names = {key: name_in(of_person) for key, of_person in records.items()}
    connected = [
        Connected(
            key,
            names.get(key),
            numbers.get(key),
            steps=1 if key in first else 2,
            connections=tuple(_connection(one, context.today) for one in first.get(key, ())),
            through=() if key in first else tuple(sorted(neighbours[key] & set(near))),
            links=len(neighbours[key] & drawn),
        )
        for key in shown
    ]
    in_order = tuple(sorted(connected, key=_order))
    now = sum(any(_connection(one, context.today).in_force for one in ties) for ties in first.values())
    return Network(
        found,
        place,
        in_order,
        _ties(neighbours, drawn),
        all_near=len(first),
        near_now=now,
        more=len(reached) > len(far),
    )


def _by_other(associations: Sequence[Association], person: int) -> dict[int, list[Association]]:
    """The associations of a person, by the person on the other side."""
    by_other: dict[int, list[Association]] = {}
    for association in associations:
        other = association.other if association.one == person else association.one
        if other != person:
            by_other.setdefault(other, []).append(association)
    return by_other


def _strongest(by_other: Mapping[int, Sequence[Association]]) -> list[int]:
    """The people with the strongest associations, up to `MOST_NEAR`."""

    def strongest_first(key: int) -> tuple[int, int]:
        return -max(association.strength or 0 for association in by_other[key]), key

    return sorted(by_other, key=strongest_first)[:MOST_NEAR]


def _neighbours(associations: Iterable[Association]) -> dict[int, set[int]]:
    neighbours: dict[int, set[int]] = {}
    for association in associations:
        if association.one != association.other:
            neighbours.setdefault(association.one, set()).add(association.other)
            neighbours.setdefault(association.other, set()).add(association.one)
    return neighbours


def _ties(neighbours: Mapping[int, set[int]], drawn: set[int]) -> frozenset[tuple[int, int]]:
    """Pairs of people who are drawn and connected."""
    return frozenset(
        (one, other) for one in drawn & neighbours.keys() for other in neighbours[one] & drawn if one < other
    )


def _is_of_agency(place: Place | None) -> bool:
    """Whether the figures tell of people of the whole agency."""
    return place is not None and place.refresh is not None


def _connection(one: Association, today: date) -> Connection:
    shown = Connection(one.kind, one.strength, one.first_day, one.last_day, in_force=False)
    return Connection(one.kind, one.strength, one.first_day, one.last_day, in_force=is_in_force(shown, today))


def _order(one: Connected) -> tuple[int, int, str, int]:
    """Near before far, then the strongest connection, then the name."""
    strongest = max((connection.strength or 0 for connection in one.connections), default=0)
    return one.steps, -strongest, one.name or "", one.key
