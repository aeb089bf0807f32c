"""What the script of a map draws, as JSON in attributes of its element."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.context import application
from api.services.maps.boundaries import ReadBoundaries
from api.services.maps.mapping import AreaCount
from rms.maps.places import Place
from rms.maps.shading import shade_of, shades
from rms.reports import map_words


@dataclass(frozen=True)
class Drawing:
    """The areas and places of a map.

    `areas`: code, name, people, offences, shade. `names`: of the areas of `places`. `places`: latitude,
    longitude, offences, whether it is approximate, and the place of each area in `names` with its offences.
    `view`: codes of the areas that the map shows at first. `legend`: first and last number of each shade.
    `broken`: files of boundaries that have problems.
    """

    areas: list[tuple[str, str, int, int, int]]
    names: list[str]
    places: list[tuple[float, float, int, int, list[tuple[int, int]]]]
    view: list[str]
    kind: str
    version: str
    legend: tuple[tuple[int, int], ...]
    has_boundaries: bool
    broken: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.has_boundaries or self.places)


def drawing(
    counts: Iterable[AreaCount],
    places: Iterable[Place],
    names: Mapping[str, str],
    *,
    kind: str,
    view: Iterable[str],
    within: Iterable[str],
) -> Drawing:
    """The map of these areas and places. `within`: the codes of all areas of this kind."""
    known = boundaries()
    counted = [one for one in counts if one.area is not None and one.area.code in known.of_areas]
    highest = max((one.people for one in counted), default=0)
    shown_areas = [
        (one.area.code, one.area.name, one.people, one.offences, shade_of(one.people, highest))
        for one in counted
        if one.area is not None
    ]
    order: dict[str | None, int] = {}
    shown_places = [
        (
            one.latitude,
            one.longitude,
            one.offences,
            int(one.is_approximate),
            [
                (order.setdefault(code, len(order)), number)
                for code, number in sorted(one.areas.items(), key=lambda area: -area[1])
            ],
        )
        for one in places
    ]
    return Drawing(
        areas=shown_areas,
        names=[names.get(code or "", map_words.NO_AREA) for code in order],
        places=shown_places,
        view=list(view),
        kind=kind,
        version=known.version,
        legend=shades(highest),
        has_boundaries=any(code in known.of_areas for code in within),
        broken=tuple(known.problems),
    )


def boundaries() -> ReadBoundaries:
    return application().boundaries.now()
