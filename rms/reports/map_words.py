"""What the pages of maps say."""

from rms.suppression import LEAST_SHOWN

KINDS = {
    "force": "Force",
    "local_policing_area": "Local policing areas",
    "neighbourhood": "Neighbourhoods",
    "ward": "Wards",
}
NO_AREA = "No area on record"
APPROXIMATE = (
    "The number in a circle says how many offences it stands for. Where several offences share one point, "
    "their place is only approximate: many records give only the middle of a street or an area. The table "
    "counts each offence in the area given in its record, even if its point on the map is in another area."
)


def people_and_offences(
    *,
    people: int,
    home_areas: int,
    without_home: int,
    offences: int,
    without_location: int,
    without_area: int,
) -> str:
    """The most important thing of the map of a list, in a sentence or two.

    >>> none = {"without_location": 0, "without_area": 0}
    >>> people_and_offences(people=516, home_areas=9, without_home=0, offences=1204, **none)
    '516 people live in 9 areas. 1,204 offences on record.'
    >>> people_and_offences(people=1, home_areas=1, without_home=0, offences=1, **none)
    '1 person lives in 1 area. 1 offence on record.'
    >>> people_and_offences(people=3, home_areas=1, without_home=2, offences=0, **none)
    '3 people: 1 lives in 1 area, 2 have no home area on record. No offences on record.'
    """
    at_home = people - without_home
    where = f"{_lives(at_home)} in {counted(home_areas, 'area', 'areas')}"
    if without_home == 0:
        first = f"{counted(people, 'person', 'people')} {where}"
    elif at_home == 0:
        first = f"{counted(people, 'person', 'people')} without a home area on record"
    else:
        no_home = f"{without_home:,} {'has' if without_home == 1 else 'have'} no home area on record"
        first = f"{counted(people, 'person', 'people')}: {at_home:,} {where}, {no_home}"
    return f"{first}. {offences_on_record(offences, without_location, without_area)}"


def shared_people_and_offences(*, people: int, offences: int) -> str:
    """The same for a printed copy, without counts that could identify people.

    >>> shared_people_and_offences(people=516, offences=4)
    '516 people. Fewer than 5 offences on record.'
    """
    words = [
        f"fewer than {LEAST_SHOWN} {several}" if number < LEAST_SHOWN else f"{number:,} {several}"
        for number, several in ((people, "people"), (offences, "offences on record"))
    ]
    return "".join(f"{one[0].upper()}{one[1:]}. " for one in words).strip()


def offences_on_record(offences: int, without_location: int, without_area: int) -> str:
    """How many there are, and how many of them the map or the table cannot place.

    >>> offences_on_record(3588, 109, 144)
    '3,588 offences on record. 109 of them have no point on the map, and 144 have no area.'
    >>> offences_on_record(3, 0, 1), offences_on_record(0, 0, 0)
    ('3 offences on record. 1 of them has no area.', 'No offences on record.')
    >>> offences_on_record(1, 1, 1)
    '1 offence on record. It has no point on the map and no area.'
    """
    if offences == 0:
        return "No offences on record."
    first = f"{counted(offences, 'offence', 'offences')} on record."
    missing = [
        (number, what)
        for number, what in ((without_location, "no point on the map"), (without_area, "no area"))
        if number
    ]
    if not missing:
        return first
    if offences == 1:
        return f"{first} It has {' and '.join(what for _, what in missing)}."
    (number, what), *others = missing
    rest = "".join(f", and {_have(other)} {no}" for other, no in others)
    of_them = _have(number).replace(" ", " of them ")
    return f"{first} {of_them} {what}{rest}."


def range_of(first: int, last: int) -> str:
    """
    >>> range_of(1, 1), range_of(11, 15)
    ('1 person', '11 to 15 people')
    """
    return counted(first, "person", "people") if first == last else f"{first:,} to {last:,} people"


def location(latitude: float | None, longitude: float | None) -> str:
    """
    >>> location(52.48, -1.891234), location(None, None)
    ('52.4800, −1.8912', 'no location')
    """
    if latitude is None or longitude is None:
        return "no location"
    return f"{latitude:.4f}, {longitude:.4f}".replace("-", "−")


def shared(number: int | None) -> str | None:
    """A count on a printed copy; None if it is too small to be shown."""
    return None if number is None else f"{number:,}"


def counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _have(number: int) -> str:
    return f"{number:,} {'has' if number == 1 else 'have'}"


def _lives(number: int) -> str:
    return "lives" if number == 1 else "live"
