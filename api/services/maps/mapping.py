"""The map of the offender list: where its people live, and where their offences took place.

A map has the people of the list with the same filter, and those of their offences that meet the criteria
about offences. No coordinates of homes exist: people are counted by home area.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from api.services.context import Context
from api.services.harm.explaining import OffencePart, explain_score
from api.services.harm.listing import AsAt, as_at, audited_criteria, query_of, refuse_unknown_areas
from api.services.harm.rules import HarmRules
from api.services.records.person import Person, person_in
from api.storage import NOBODY, Office, PeopleSet
from rms.harm.listing import LARGEST_LIST, HarmFilter
from rms.maps.places import Area, Place, Recorded, by_kind, places, without_location
from rms.records.choices import AREA_KINDS
from rms.suppression import shown_parts

MOST_MAPPED = LARGEST_LIST  # people: those with the highest scores


@dataclass(frozen=True)
class AreaCount:
    """How many people live in an area, and how many of the offences shown are on record there.

    `area`: None for what is on record without an area. `shared_people` and `shared_offences` are for a copy
    that leaves RMS: None where the count is too small to be shown. Nobody is 0: that identifies no one.
    """

    area: Area | None
    people: int
    offences: int
    shared_people: int | None
    shared_offences: int | None


@dataclass(frozen=True)
class ListMap:
    """The map of a list. `areas` are of one `kind`, and what is on record for larger areas or for none.

    `kinds`: the kinds of areas, the largest first. `is_cut`: only the first `MOST_MAPPED` people are counted.
    `every_area`: by code.
    """

    people: int
    offences: int
    without_location: int
    kind: str
    kinds: tuple[str, ...]
    areas: tuple[AreaCount, ...]
    places: tuple[Place, ...]
    is_cut: bool
    every_area: Mapping[str, Area]
    as_at: AsAt

    @property
    def home_areas(self) -> int:
        """In how many areas somebody lives."""
        return sum(one.people > 0 for one in self.areas if one.area)

    @property
    def without_home(self) -> int:
        """How many people have no home area on record."""
        return sum(one.people for one in self.areas if one.area is None)

    @property
    def offences_without_area(self) -> int:
        """How many offences have no area on record."""
        return sum(one.offences for one in self.areas if one.area is None)


@dataclass(frozen=True)
class PersonMap:
    """A person's offences, oldest first, without those that they are only suspected of, and their places.

    `kind`: of the areas that are drawn. Areas of places are names.
    """

    person: Person
    offences: tuple[OffencePart, ...]
    places: tuple[Place, ...]
    kind: str
    every_area: Mapping[str, Area]

    @property
    def without_location(self) -> int:
        return len(self.offences) - sum(place.offences for place in self.places)

    @property
    def without_area(self) -> int:
        return sum(part.offence.area is None for part in self.offences)


def map_of_list(
    context: Context,
    filter: HarmFilter,
    *,
    rules: HarmRules,
    kind: str | None = None,
    drawn: Container[str] = (),
) -> ListMap:
    """The map by areas of one kind, by default of the smallest of which any boundary is known (`drawn`).

    Raises
    ------
    InvalidInput
        If there is no such area.
    """
    query = query_of(context, filter, rules)
    most = MOST_MAPPED if filter.size is None else filter.size
    with context.store.reading() as tx:
        refuse_unknown_areas(filter, tx)
        listed = [place.person for place in tx.offender_list.page(query, limit=most + 1)]
        people = listed[:most]
        homes = tx.mapped.homes(people)
        recorded = tx.mapped.offences(people, query)
        areas = _areas(tx.offices.all())
        tx.audit.looked(
            "harm.mapped", person=NOBODY, people=PeopleSet(people), criteria=audited_criteria(filter)
        )
        described = as_at(tx)
    kinds = _kinds(areas.values())
    chosen = kind if kind in kinds else smallest_kind(areas, drawn)
    return ListMap(
        people=len(people),
        offences=sum(one.offences for one in recorded),
        without_location=without_location(recorded),
        kind=chosen,
        kinds=kinds,
        areas=_counts(homes, recorded, areas, chosen),
        places=places(recorded),
        is_cut=filter.size is None and len(listed) > most,
        every_area=areas,
        as_at=described,
    )


def map_of_person(
    context: Context, person: int, *, rules: HarmRules, drawn: Container[str] = ()
) -> PersonMap:
    """
    Raises
    ------
    NotFound
        If the caller may not see the person, or there are no case records of them.
    """
    with context.store.reading() as tx:
        found = person_in(tx, person, on=context.today)
        areas = _areas(tx.offices.all())
    explanation = explain_score(context, person, rules=rules)
    offences = tuple(part for part in explanation.offences if not part.suspected)
    recorded = [
        Recorded(part.offence.latitude, part.offence.longitude, part.offence.area, 1) for part in offences
    ]
    return PersonMap(found, offences, places(recorded), smallest_kind(areas, drawn), areas)


def smallest_kind(areas: Mapping[str, Area], drawn: Container[str]) -> str:
    """The smallest kind of areas of which any boundary is known; the smallest of all if there is none."""
    with_boundary = _kinds(area for area in areas.values() if area.code in drawn)
    return (with_boundary or _kinds(areas.values()) or AREA_KINDS)[-1]


def _kinds(areas: Iterable[Area]) -> tuple[str, ...]:
    """The kinds of these areas, the largest first."""
    there = {area.kind for area in areas}
    return tuple(kind for kind in AREA_KINDS if kind in there)


def _areas(offices: tuple[Office, ...]) -> dict[str, Area]:
    codes = {office.id: office.code for office in offices}
    return {
        office.code: Area(office.code, office.name, office.kind, codes.get(office.parent or 0))
        for office in offices
        if office.code
    }


def _counts(
    homes: Mapping[str | None, int], recorded: tuple[Recorded, ...], areas: Mapping[str, Area], kind: str
) -> tuple[AreaCount, ...]:
    """The areas with people or offences, the one with most people first."""
    committed: dict[str | None, int] = {}
    for one in recorded:
        committed[one.area] = committed.get(one.area, 0) + one.offences
    people, offences = by_kind(homes, areas, kind), by_kind(committed, areas, kind)
    codes = sorted({*people, *offences}, key=lambda code: areas[code].name if code else "")
    shared_people, shared_offences = _shared(people), _shared(offences)
    counts = [
        AreaCount(
            areas[code] if code else None,
            people.get(code, 0),
            offences.get(code, 0),
            shared_people.get(code, 0),
            shared_offences.get(code, 0),
        )
        for code in codes
    ]
    return tuple(sorted(counts, key=lambda one: (one.area is None, -one.people, -one.offences)))


def _shared(counts: Mapping[str | None, int]) -> Mapping[str | None, int | None]:
    return shown_parts({code: number for code, number in counts.items() if number})
