"""Whether a point lies on the land of the United Kingdom, the Isle of Man or the Channel Islands, or near it.

`land.toml` has the outlines: the coast and 8 km of sea around it, so that a pier or a harbour is on land.
"""

import tomllib
from functools import cache, lru_cache
from importlib.resources import files

Corner = tuple[float, float]  # latitude, longitude
CELLS = 100  # in a degree: a point is looked up by its cell of about a kilometre
MOST_CELLS = 65_536  # kept at once; a force has a few thousand


def is_near_land(latitude: float, longitude: float) -> bool:
    """Whether the point is on land or at most 8 km from it, give or take a kilometre.

    >>> is_near_land(52.48, -1.89), is_near_land(53.7, -4.6)
    (True, False)
    """
    return _is_cell_near_land(round(latitude * CELLS), round(longitude * CELLS))


@lru_cache(MOST_CELLS)
def _is_cell_near_land(latitude: int, longitude: int) -> bool:
    return any(_is_inside(latitude / CELLS, longitude / CELLS, outline) for outline in _outlines())


@cache
def _outlines() -> tuple[tuple[Corner, ...], ...]:
    text = files("rms.records").joinpath("land.toml").read_text()
    return tuple(tuple((up, across) for up, across in outline) for outline in tomllib.loads(text)["outlines"])


def _is_inside(latitude: float, longitude: float, outline: tuple[Corner, ...]) -> bool:
    """Whether a line from the point to the east crosses the outline an odd number of times."""
    inside = False
    for (up, across), (next_up, next_across) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (up > latitude) != (next_up > latitude):
            crossing = across + (latitude - up) / (next_up - up) * (next_across - across)
            inside ^= longitude < crossing
    return inside
