"""The map of the offender list: where its people live, and where their offences took place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from flask import Response, jsonify, render_template, request
from werkzeug.datastructures import MultiDict

from api.auth import allow_roles
from api.auth.roles import OFFENDER_LISTS
from api.context import application, request_context
from api.services.access.offices import areas_in_scope, offices
from api.services.long_reads import long_read
from api.services.maps.mapping import MOST_MAPPED, AreaCount, ListMap, map_of_list
from api.static_files import CACHED
from api.web.blueprint import blueprint
from api.web.harm.criteria import Criteria, address, criteria
from api.web.maps.drawing import boundaries, drawing
from api.web.paging import Sorting
from rms.errors import NotFound
from rms.maps.places import Area, Place
from rms.reports import map_words

NO_MAP = "This address is not of a map. Start again from the offender list."
MOST_PLACES = 100  # rows: those with the most offences
OWN = ("kind", "sort")  # in the address, beside the criteria of the list
SORTS = ("area", "people", "offences")
USUAL = "-people"


@dataclass(frozen=True)
class PlaceRow:
    """A point with its offences, as a line of a table. `areas`: those on record, with their numbers."""

    latitude: float
    longitude: float
    location: str
    offences: str
    areas: str


@blueprint.get("/harm/map")
@allow_roles(OFFENDER_LISTS)
def harm_map() -> str:
    """The map of the list with the criteria in the query. `kind`: of areas; `sort`: of the table.

    A long read.
    """
    chosen = _criteria()
    sort = request.args.get("sort", USUAL)
    kind = request.args.get("kind")
    if sort.removeprefix("-") not in SORTS or (kind is not None and kind not in map_words.KINDS):
        raise NotFound(NO_MAP)
    with long_read(request_context().by):
        return _page(chosen, kind, sort)


def _page(chosen: Criteria, kind: str | None, sort: str) -> str:
    known = boundaries()
    found = map_of_list(
        request_context(), chosen.filter, rules=application().harm, kind=kind, drawn=known.of_areas
    )
    names = {code: area.name for code, area in found.every_area.items()}
    of_kind = [area.code for area in found.every_area.values() if area.kind == found.kind]
    return render_template(
        "maps/list.html",
        criteria=chosen,
        address=address,
        map=found,
        sentence=_sentence(found),
        shared_sentence=map_words.shared_people_and_offences(people=found.people, offences=found.offences),
        drawing=drawing(
            found.areas,
            found.places,
            names,
            kind=found.kind,
            view=_view(chosen, found, of_kind),
            within=of_kind,
        ),
        rows=_sorted(found.areas, sort),
        places=[_place_row(one, names) for one in found.places[:MOST_PLACES]],
        sorts=_sorts(chosen, sort),
        kinds=[
            (map_words.KINDS[one], chosen.address("web.harm_map", kind=one), one == found.kind)
            for one in reversed(found.kinds)
        ],
        words=map_words,
        most=MOST_MAPPED,
    )


@blueprint.get("/harm/map/boundaries")
@allow_roles(OFFENDER_LISTS)
def map_boundaries() -> Response:
    """The boundaries of the areas of one kind, for the script of the map, as GeoJSON.

    They are of no person. `version` in the address is another one when a file has changed.
    """
    known = boundaries()
    features = [
        {
            "type": "Feature",
            "properties": {"code": area.code, "name": area.name},
            "geometry": known.of_areas[area.code],
        }
        for area in offices(request_context())
        if area.code is not None and area.code in known.of_areas and area.kind == request.args.get("kind")
    ]
    answer = jsonify({"type": "FeatureCollection", "features": features})
    if request.args.get("version") == known.version:
        answer.headers["Cache-Control"] = CACHED.replace("public", "private")
    return answer


def _criteria() -> Criteria:
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in OWN]
    chosen = criteria(MultiDict(pairs))
    if chosen.errors:
        raise NotFound(NO_MAP)
    return chosen


def _sentence(found: ListMap) -> str:
    return map_words.people_and_offences(
        people=found.people,
        home_areas=found.home_areas,
        without_home=found.without_home,
        offences=found.offences,
        without_location=found.without_location,
        without_area=found.offences_without_area,
    )


def _place_row(one: Place, names: Mapping[str, str]) -> PlaceRow:
    areas = sorted(one.areas.items(), key=lambda area: -area[1])
    named = [(names.get(code or "", map_words.NO_AREA), number) for code, number in areas]
    return PlaceRow(
        one.latitude,
        one.longitude,
        map_words.location(one.latitude, one.longitude),
        f"{one.offences:,}",
        ", ".join(f"{name} {number:,}" if len(named) > 1 else name for name, number in named),
    )


def _view(chosen: Criteria, found: ListMap, of_kind: list[str]) -> list[str]:
    """The areas that the map shows at first: of the home area in the filter, or where people may live."""
    wanted = chosen.filter.home_area
    seen = {wanted} if wanted else {area.code for area in areas_in_scope(request_context())}
    return [code for code in of_kind if seen.intersection(_upwards(code, found.every_area))]


def _upwards(code: str | None, areas: Mapping[str, Area]) -> Iterator[str]:
    """The area and all above it."""
    while code is not None and code in areas:
        yield code
        code = areas[code].parent


def _sorted(areas: tuple[AreaCount, ...], sort: str) -> list[AreaCount]:
    """In the order of the table; what has no area on record always comes last."""
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    known = sorted((one for one in areas if one.area), key=_name, reverse=descending and key == "area")
    if key != "area":
        known.sort(key=attrgetter(key), reverse=descending)
    return known + [one for one in areas if one.area is None]


def _name(one: AreaCount) -> str:
    return one.area.name if one.area else ""


def _sorts(chosen: Criteria, sort: str) -> dict[str, Sorting]:
    """The column → its link. Columns of numbers begin with the highest."""
    kept = {"kind": request.args["kind"]} if "kind" in request.args else {}
    links = {}
    for key in SORTS:
        is_current = sort.removeprefix("-") == key
        descending = not sort.startswith("-") if is_current else key != "area"
        links[key] = Sorting(
            chosen.address("web.harm_map", **kept, sort=f"{'-' if descending else ''}{key}"),
            ("descending" if sort.startswith("-") else "ascending") if is_current else "none",
            _direction(key, descending=descending),
        )
    return links


def _direction(key: str, *, descending: bool) -> str:
    if key == "area":
        return "from Z to A" if descending else "from A to Z"
    return "from high to low" if descending else "from low to high"
