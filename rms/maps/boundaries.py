"""The boundaries of an agency's areas: GeoJSON (RFC 7946) in degrees of WGS 84, longitude before latitude.

A file is a FeatureCollection. Each feature is one area: a Polygon or a MultiPolygon whose property `code` is
the code of the area, as in `areas.csv`.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rms.errors import InvalidInput, Problem, shown
from rms.records.places import ALLOWED, is_in_box

Geometry = Mapping[str, Any]  # of GeoJSON
Boundaries = Mapping[str, Geometry]  # code of an area → its boundary

LEAST_CORNERS = 4  # of a ring: a triangle whose last position is its first
# Type of a geometry → how deep its rings lie in `coordinates`.
DEPTHS = {"Polygon": 1, "MultiPolygon": 2}


def read_boundaries(text: str, *, known: Collection[str] | None = None) -> Boundaries:
    """The boundary of each area in the text of a file. `known`: the codes of all areas, to compare with.

    Raises
    ------
    InvalidInput
        With every problem. Of one kind, only the first of each area. Each pointer leads to its place in the
        file; if it is not JSON, to the line.
    """
    features = _features(text)
    problems: list[Problem] = []
    found: dict[str, Geometry] = {}
    for place, feature in enumerate(features):
        at = f"/features/{place}"
        code, of_code = _code(feature, at=at, known=known, earlier=found)
        problems += of_code
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        problems += _first_of_each(_wrong_with_geometry(geometry, at=f"{at}/geometry"), area=code)
        if code is not None and isinstance(geometry, dict):
            found[code] = geometry
    if problems:
        raise InvalidInput(problems)
    return found


def _features(text: str) -> list[Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        detail = f"The file is not JSON: {error.msg}, at column {error.colno}."
        raise InvalidInput([Problem(f"/{error.lineno}", "not_json", detail)]) from error
    except RecursionError as error:
        raise InvalidInput([Problem("", "not_json", "The file is nested too deeply.")]) from error
    except ValueError as error:  # a whole number of thousands of digits
        detail = "The file contains a number that is too long."
        raise InvalidInput([Problem("", "not_json", detail)]) from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        detail = "The file must be a GeoJSON FeatureCollection."
        raise InvalidInput([Problem("/type", "not_geojson", detail)])
    features = content.get("features")
    if not isinstance(features, list) or not features:
        detail = "The file has no features. Give a list with a feature for each area."
        raise InvalidInput([Problem("/features", "no_features", detail)])
    return features


def _code(
    feature: Any, *, at: str, known: Collection[str] | None, earlier: Collection[str]
) -> tuple[str | None, list[Problem]]:
    """The code of the feature's area, if it has one, and what is wrong with it."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [Problem(at, "not_geojson", "This must be a GeoJSON Feature.")]
    properties = feature.get("properties")
    code = properties.get("code") if isinstance(properties, dict) else None
    at = f"{at}/properties/code"
    if not isinstance(code, str) or not code:
        return None, [Problem(at, "no_code", "Give the code of an area, as in areas.csv, as a text.")]
    if code in earlier:
        detail = f"{shown(code)} is the code of an earlier feature. Give each area one feature."
        return None, [Problem(at, "code_twice", detail)]
    if known is not None and code not in known:
        detail = f"There is no area with the code {shown(code)}. Import it first, or correct the code."
        return code, [Problem(at, "unknown_area", detail)]
    return code, []


def _first_of_each(problems: Iterator[Problem], *, area: str | None) -> Iterator[Problem]:
    """The first problem of each kind, with the name of the area: a file may have the same at every corner."""
    seen = set()
    for problem in problems:
        if problem.code not in seen:
            seen.add(problem.code)
            whose = "" if area is None else f"Area {area}: "
            yield Problem(problem.pointer, problem.code, f"{whose}{problem.detail}")


def _wrong_with_geometry(geometry: Any, *, at: str) -> Iterator[Problem]:
    if not isinstance(geometry, dict) or geometry.get("type") not in DEPTHS:
        yield Problem(at, "no_polygon", "The geometry must be a Polygon or a MultiPolygon.")
        return
    depth = DEPTHS[geometry["type"]]
    for ring, where in _rings(geometry.get("coordinates"), depth, f"{at}/coordinates"):
        yield from _wrong_with_ring(ring, at=where)


def _rings(coordinates: Any, depth: int, at: str) -> Iterator[tuple[Any, str]]:
    """Each ring with its place. What should be a list of rings and is none comes as a ring."""
    if not isinstance(coordinates, list) or not coordinates:
        yield None, at
        return
    for place, part in enumerate(coordinates):
        if depth == 1:
            yield part, f"{at}/{place}"
        else:
            yield from _rings(part, depth - 1, f"{at}/{place}")


def _wrong_with_ring(ring: Any, *, at: str) -> Iterator[Problem]:
    if not isinstance(ring, list) or len(ring) < LEAST_CORNERS:
        yield Problem(at, "no_ring", f"A ring must be a list of {LEAST_CORNERS} positions or more.")
        return
    if ring[0] != ring[-1]:
        detail = "The ring is open. Its last position must be the same as its first."
        yield Problem(at, "open_ring", detail)
    for place, position in enumerate(ring):
        if problem := wrong_with_position(position, at=f"{at}/{place}"):
            yield problem


def wrong_with_position(position: Any, *, at: str = "") -> Problem | None:
    """What is wrong with a position of GeoJSON, which has the longitude first; None if it is usable.

    >>> wrong_with_position([-1.89, 52.48])
    >>> [wrong_with_position(one).code for one in ([52.48, -1.89], [406689, 286822], [11.6, 48.1], ["x"])]
    ['swapped_coordinates', 'other_grid', 'outside_uk', 'no_position']
    """
    if not isinstance(position, list) or len(position) < 2 or not all(map(_is_number, position)):
        return Problem(at, "no_position", "A position must be a list of numbers: longitude, then latitude.")
    longitude, latitude = position[:2]
    if is_in_box(latitude, longitude):
        return None
    words = f"[{longitude:g}, {latitude:g}]" if max(map(abs, position[:2])) < 1e5 else f"{position[:2]}"
    if is_in_box(longitude, latitude):
        detail = f"{words} has latitude and longitude exchanged. Give the longitude first."
        return Problem(at, "swapped_coordinates", detail)
    if max(abs(longitude), abs(latitude)) > 180:
        detail = f"{words} is in another grid. Convert the file to degrees (WGS 84)."
        return Problem(at, "other_grid", detail)
    return Problem(at, "outside_uk", f"{words} is outside the United Kingdom. Allowed: {ALLOWED}.")


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))
