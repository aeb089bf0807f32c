"""Where offences took place, and which areas are counted, from what is on record.

The area of an offence is the one on its record, never the one in which its point lies: points are often moved
to the middle of a street or an area before they are recorded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DECIMALS = 5  # of a degree: about a metre


@dataclass(frozen=True)
class Recorded:
    """How many offences are on record at one point in one area. None: not on record."""

    latitude: float | None
    longitude: float | None
    area: str | None
    offences: int


@dataclass(frozen=True)
class Place:
    """One point with all offences on it. `areas`: how many of them each area has on record."""

    latitude: float
    longitude: float
    areas: Mapping[str | None, int]

    @property
    def offences(self) -> int:
        return sum(self.areas.values())

    @property
    def is_approximate(self) -> bool:
        """Whether several offences are on the point: it stands for the places around it."""
        return self.offences > 1


@dataclass(frozen=True)
class Area:
    """An area, by the code of its kind (`rms.records.choices.AREA_KINDS`), and the one it is part of."""

    code: str
    name: str
    kind: str | None
    parent: str | None


def places(recorded: Iterable[Recorded]) -> tuple[Place, ...]:
    """One place for each point, the one with the most offences first. What has no point is left out.

    >>> here = [Recorded(52.48, -1.89, "W1", 40), Recorded(52.48, -1.89, "W2", 1)]
    >>> [(one.offences, one.is_approximate) for one in places([*here, Recorded(None, None, "W1", 3)])]
    [(41, True)]
    """
    found: dict[tuple[float, float], dict[str | None, int]] = {}
    for one in recorded:
        if one.latitude is not None and one.longitude is not None:
            point = round(one.latitude, DECIMALS), round(one.longitude, DECIMALS)
            areas = found.setdefault(point, {})
            areas[one.area] = areas.get(one.area, 0) + one.offences
    every = (Place(*point, areas) for point, areas in found.items())
    return tuple(sorted(every, key=lambda one: (-one.offences, one.latitude, one.longitude)))


def without_location(recorded: Iterable[Recorded]) -> int:
    """How many offences have no point on record."""
    return sum(one.offences for one in recorded if one.latitude is None or one.longitude is None)


def by_kind(
    counts: Mapping[str | None, int], areas: Mapping[str, Area], kind: str
) -> Mapping[str | None, int]:
    """Counts by area as counts by areas of one kind: a smaller area counts for the one that it is part of.

    What is on record for a larger area stays there.

    >>> areas = {area.code: area for area in (
    ...     Area("F", "Force", "force", None), Area("W1", "Castle", "ward", "F"))}
    >>> dict(by_kind({"W1": 3, "F": 1, None: 2}, areas, "force"))
    {'F': 4, None: 2}
    >>> dict(by_kind({"W1": 3, "F": 1}, areas, "ward"))
    {'W1': 3, 'F': 1}
    """
    found: Counter[str | None] = Counter()
    for code, count in counts.items():
        found[_of_kind(code, areas, kind)] += count
    return found


def _of_kind(code: str | None, areas: Mapping[str, Area], kind: str) -> str | None:
    above = areas.get(code or "")
    while above is not None:
        if above.kind == kind:
            return above.code
        above = areas.get(above.parent or "")
    return code
