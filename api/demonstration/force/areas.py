"""The areas of the fictional force, and where they lie: a grid of invented wards in a fixed box."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from api.demonstration.force.draws import Flags, Floats, Generator, Integers
from api.demonstration.force.tables import texts
from rms.records.choices import AREA_KINDS

FORCE, POLICING_AREA, NEIGHBOURHOOD, WARD = AREA_KINDS
FORCE_CODE, FORCE_NAME = "WSM", "Westmarch Police (fictional)"
POLICING_AREAS = ("Northmarch", "Eastmarch", "Southmarch", "Westfold")

# From this many people on: neighbourhoods in a local policing area, wards in a neighbourhood.
SIZES = ((0, 2, 4), (50_000, 5, 4), (500_000, 10, 5))

# The box in ten-thousandths of a degree.
DEGREE = 10_000
LATITUDES, LONGITUDES = (524_000, 526_000), (-20_500, -17_500)
AT_CENTRE = 0.15  # share of the points

NEIGHBOURHOOD_STARTS = ("Carrow", "Dunmer", "Ellisk", "Fenwar", "Garrith", "Hollin", "Ivermore", "Jessom")
NEIGHBOURHOOD_ENDS = ("bridge", "gate", "market", "cross", "quarter")
WARD_STARTS = (
    *("Amber", "Bram", "Corvel", "Damsel", "Emmet", "Farrow", "Glimmer", "Harl", "Iddel", "Jorrel"),
    *("Kestle", "Lanner", "Marl", "Nettle", "Orrin", "Pell", "Quill", "Russet", "Sallow", "Tansel"),
)
WARD_ENDS = (
    *("acre", "beck", "croft", "dell", "end", "fold", "green", "holt", "lea", "mead", "nook", "park"),
)


@dataclass(frozen=True)
class Areas:
    """`rows` of the file. Arrays have a value for each ward; the wards of a neighbourhood stand together.

    `latitude`, `longitude`: the ward's centre, in ten-thousandths of a degree; `reach`: how far the ward goes
    from there, north and east.
    """

    rows: tuple[tuple[str, str, str, str], ...]
    codes: tuple[str, ...]
    wards_each: int  # in a neighbourhood
    weight: Floats  # share of the people who live there
    latitude: Integers
    longitude: Integers
    reach: tuple[int, int]

    def neighbour(self, wards: Integers, draw: Floats) -> Integers:
        """A ward of the same neighbourhood."""
        return wards - wards % self.wards_each + (draw * self.wards_each).astype(np.int64)


def areas(rng: Generator, *, people: int) -> Areas:
    """The areas of a force with that many people on record."""
    neighbourhoods, wards_each = next(
        (neighbourhoods, wards) for least, neighbourhoods, wards in reversed(SIZES) if people >= least
    )
    rows = tuple(_rows(rng, neighbourhoods, wards_each))
    wards = len(POLICING_AREAS) * neighbourhoods * wards_each
    place = np.arange(wards)
    quarter, within = np.divmod(place, neighbourhoods * wards_each)
    across, up = np.divmod(within, wards_each)
    height = (LATITUDES[1] - LATITUDES[0]) // 2 // wards_each
    width = (LONGITUDES[1] - LONGITUDES[0]) // 2 // neighbourhoods
    return Areas(
        rows=rows,
        codes=tuple(code for code, _, kind, _ in rows if kind == WARD),
        wards_each=wards_each,
        weight=0.4 + rng.random(wards),
        latitude=LATITUDES[0] + quarter // 2 * 1_000 + up * height + height // 2,
        longitude=LONGITUDES[0] + quarter % 2 * 1_500 + across * width + width // 2,
        reach=(height // 2 - 1, width // 2 - 1),
    )


def _rows(rng: Generator, neighbourhoods: int, wards_each: int) -> Iterator[tuple[str, str, str, str]]:
    towns = _shuffled(rng, NEIGHBOURHOOD_STARTS, NEIGHBOURHOOD_ENDS)
    villages = _shuffled(rng, WARD_STARTS, WARD_ENDS)
    yield FORCE_CODE, FORCE_NAME, FORCE, ""
    for letter, name in zip("ABCD", POLICING_AREAS, strict=True):
        code = f"{FORCE_CODE}{letter}"
        yield code, name, POLICING_AREA, FORCE_CODE
        for town in range(1, neighbourhoods + 1):
            within = f"{code}{town:02}"
            yield within, next(towns), NEIGHBOURHOOD, code
            for ward in range(1, wards_each + 1):
                yield f"{within}{ward:02}", next(villages), WARD, within


def _shuffled(rng: Generator, starts: tuple[str, ...], ends: tuple[str, ...]) -> Iterator[str]:
    names = [start + end for start in starts for end in ends]
    return iter([names[place] for place in rng.permutation(len(names))])


def coordinates(
    rng: Generator, areas: Areas, wards: Integers, *, unknown: Flags
) -> tuple[list[str], list[str]]:
    """Points in these wards as texts, with four decimal places, some of them at the ward's centre."""
    centred = rng.random(len(wards)) < AT_CENTRE
    latitude, longitude = (
        centre[wards] + np.where(centred, 0, (reach * (2 * rng.random(len(wards)) - 1)).astype(np.int64))
        for centre, reach in zip((areas.latitude, areas.longitude), areas.reach, strict=True)
    )
    return (
        texts(_degrees(*LATITUDES), np.where(unknown, -1, latitude - LATITUDES[0])),
        texts(_degrees(*LONGITUDES), np.where(unknown, -1, longitude - LONGITUDES[0])),
    )


@cache
def _degrees(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{place / DEGREE:.4f}" for place in range(first, last + 1))
