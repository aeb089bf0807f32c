"""The boundaries of the fictional areas, as GeoJSON: the grid of the wards, with its corners moved a little.

Areas side by side share their corners. A point near the edge of its ward may lie in the next one, as in real
records.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from api.demonstration.force.areas import DEGREE, LATITUDES, LONGITUDES, POLICING_AREAS, Areas, areas
from api.demonstration.force.draws import Floats, Stream, stream

FILE = "areas.geojson"
MOVED = 0.35  # how far a corner is moved at most, as a share of half a ward
Cell = tuple[int, int]  # of a ward in the grid: across and up


def write_boundaries(folder: Path, *, seed: int, people: int) -> None:
    """Write the boundaries of all areas of the force with these arguments into `folder`."""
    where = areas(stream(seed, Stream.AREAS), people=people)
    cells = dict(zip(where.codes, _cells(where), strict=True))
    corners = _corners(where, seed)
    features = []
    for code, *_ in where.rows:
        within = [cell for ward, cell in cells.items() if ward.startswith(code)]
        ring = [corners[across, up].tolist() for across, up in _around(within)]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")


def _shape(where: Areas) -> Cell:
    """How many wards a policing area has across and up."""
    return len(where.codes) // len(POLICING_AREAS) // where.wards_each, where.wards_each


def _cells(where: Areas) -> Iterator[Cell]:
    """The cell of each ward; the policing areas lie two by two."""
    across, up = _shape(where)
    for place in range(len(where.codes)):
        quarter, within = divmod(place, across * up)
        column, row = divmod(within, up)
        yield quarter % 2 * across + column, quarter // 2 * up + row


def _corners(where: Areas, seed: int) -> Floats:
    """Longitude and latitude of each corner of the grid in degrees, shape (across, up, 2)."""
    across, up = (2 * count + 1 for count in _shape(where))
    even = np.stack(
        np.meshgrid(np.linspace(*LONGITUDES, across), np.linspace(*LATITUDES, up), indexing="ij"), axis=-1
    )
    moved = stream(seed, Stream.BOUNDARIES).uniform(-MOVED, MOVED, even.shape) * where.reach[::-1]
    corners: Floats = np.round((even + moved) / DEGREE, 4)
    return corners


def _around(cells: list[Cell]) -> Iterator[Cell]:
    """The corners around cells that make a rectangle, against the clock, each once."""
    left, right = min(across for across, _ in cells), max(across for across, _ in cells) + 1
    bottom, top = min(up for _, up in cells), max(up for _, up in cells) + 1
    yield from ((across, bottom) for across in range(left, right))
    yield from ((right, up) for up in range(bottom, top))
    yield from ((across, top) for across in range(right, left, -1))
    yield from ((left, up) for up in range(top, bottom, -1))
