"""Boundaries of areas: what is read, and every problem of a file with its place."""

import json
from typing import Any

import pytest

from rms.errors import InvalidInput
from rms.maps.boundaries import read_boundaries, wrong_with_position

RING = [[-1.9, 52.4], [-1.8, 52.4], [-1.8, 52.5], [-1.9, 52.5], [-1.9, 52.4]]
# What is wrong with the file of two areas, W1 and W2; the code of the problem and its place.
RINGS: list[tuple[Any, str, str]] = [
    ([[52.48, -1.89], *RING[1:]], "open_ring", "0"),
    ([[latitude, longitude] for longitude, latitude in RING], "swapped_coordinates", "0/0"),
    ([*RING[:2], [406689, 286822], *RING[2:]], "other_grid", "0/2"),
    ([*RING[:3], [11.6, 48.1], *RING[3:]], "outside_uk", "0/3"),
    (RING[:-1], "open_ring", "0"),
    ([RING[0], RING[1], RING[0]], "no_ring", "0"),
    ("a ring", "no_ring", "0"),
    ([*RING[:1], [-1.85], *RING[1:]], "no_position", "0/1"),
    ([*RING[:1], [-1.85, "52.4"], *RING[1:]], "no_position", "0/1"),
    ([*RING[:1], [-1.85, True], *RING[1:]], "no_position", "0/1"),
    ([*RING[:1], [-1.85, float("nan")], *RING[1:]], "no_position", "0/1"),
    ([*RING[:1], [-1.85, 52.4, float("nan")], *RING[1:]], "no_position", "0/1"),
]


def feature(code: object, geometry: object = None) -> dict[str, Any]:
    shape = geometry if geometry is not None else {"type": "Polygon", "coordinates": [RING]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": shape}


def text(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def problems(content: str, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        read_boundaries(content, **options)
    return [(one.pointer, one.code) for one in refused.value.problems]


def test_polygons_and_multipolygons_by_the_code_of_their_area() -> None:
    several = {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}
    read = read_boundaries(text(feature("W1"), feature("W2", several)), known={"W1", "W2"})
    assert read == {"W1": {"type": "Polygon", "coordinates": [RING]}, "W2": several}


@pytest.mark.parametrize(("ring", "code", "place"), RINGS)
def test_what_is_wrong_with_a_ring_is_told_with_its_place(ring: Any, code: str, place: str) -> None:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    found = problems(text(feature("W1"), feature("W2", geometry)))
    assert (f"/features/1/geometry/coordinates/{place}", code) in found
    deeper = {"type": "MultiPolygon", "coordinates": [[RING], [ring]]}
    found = problems(text(feature("W2", deeper)))
    assert (f"/features/0/geometry/coordinates/1/{place}", code) in found


def test_longitude_comes_before_latitude() -> None:
    """Latitude 52.48 and longitude −1.89 are [−1.89, 52.48]. Metres of another grid are refused."""
    assert wrong_with_position([-1.89, 52.48]) is None
    swapped, other = wrong_with_position([52.48, -1.89]), wrong_with_position([406689, 286822])
    assert swapped and other
    assert swapped.detail == "[52.48, -1.89] has latitude and longitude exchanged. Give the longitude first."
    assert other.detail == "[406689, 286822] is in another grid. Convert the file to degrees (WGS 84)."


def test_of_one_kind_only_the_first_problem_of_an_area_is_told() -> None:
    exchanged = {"type": "Polygon", "coordinates": [[[y, x] for x, y in RING]]}
    assert problems(text(feature("W1", exchanged), feature("W2", exchanged))) == [
        (f"/features/{place}/geometry/coordinates/0/0", "swapped_coordinates") for place in (0, 1)
    ]


@pytest.mark.parametrize(
    ("wrong", "place", "code"),
    [
        (feature("W9"), "/features/1/properties/code", "unknown_area"),
        (feature("W1"), "/features/1/properties/code", "code_twice"),
        (feature(None), "/features/1/properties/code", "no_code"),
        (feature(12), "/features/1/properties/code", "no_code"),
        ({"type": "Feature"}, "/features/1/properties/code", "no_code"),
        ("W2", "/features/1", "not_geojson"),
        (feature("W2", {"type": "Point", "coordinates": [-1.9, 52.4]}), "/features/1/geometry", "no_polygon"),
        (feature("W2", {"type": "Polygon"}), "/features/1/geometry/coordinates", "no_ring"),
        (
            feature("W2", {"type": "MultiPolygon", "coordinates": [[]]}),
            "/features/1/geometry/coordinates/0",
            "no_ring",
        ),
    ],
)
def test_what_is_wrong_with_a_feature(wrong: object, place: str, code: str) -> None:
    assert (place, code) in problems(text(feature("W1"), wrong), known={"W1", "W2"})


def test_every_problem_is_told() -> None:
    open_ring = {"type": "Polygon", "coordinates": [RING[:-1]]}
    assert problems(text(feature("W9", open_ring), feature(None)), known={"W1"}) == [
        ("/features/0/properties/code", "unknown_area"),
        ("/features/0/geometry/coordinates/0", "open_ring"),
        ("/features/1/properties/code", "no_code"),
    ]


@pytest.mark.parametrize(
    ("content", "place", "code"),
    [
        ('{"type": "FeatureCollection",\n "features": [}', "/2", "not_json"),
        ("", "/1", "not_json"),
        ("[" * 100_000, "", "not_json"),
        (f"[{'9' * 5000}]", "", "not_json"),
        ("[]", "/type", "not_geojson"),
        ('{"type": "Topology"}', "/type", "not_geojson"),
        ('{"type": "FeatureCollection"}', "/features", "no_features"),
        ('{"type": "FeatureCollection", "features": []}', "/features", "no_features"),
    ],
)
def test_what_is_no_collection_of_features(content: str, place: str, code: str) -> None:
    assert problems(content) == [(place, code)]
