"""The boundaries of the fictional force."""

from itertools import pairwise
from pathlib import Path

import pytest

from api.demonstration.force import write_boundaries
from api.demonstration.force.areas import areas
from api.demonstration.force.draws import Stream, stream
from rms.maps.boundaries import read_boundaries

Ring = list[list[float]]


def surface(ring: Ring) -> float:
    """The surface inside a ring in square degrees; positive if it goes against the clock, as it should."""
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(ring)) / 2


@pytest.mark.parametrize("people", [100, 50_000])
def test_every_area_has_a_boundary_and_wards_fill_the_force(tmp_path: Path, people: int) -> None:
    rows = areas(stream(3, Stream.AREAS), people=people).rows
    parents = {code: parent for code, _, _, parent in rows}
    write_boundaries(tmp_path, seed=3, people=people)
    text = (tmp_path / "areas.geojson").read_text(encoding="utf-8")
    rings = {code: one["coordinates"][0] for code, one in read_boundaries(text, known=parents).items()}
    assert rings.keys() == parents.keys()
    assert all(surface(ring) > 0 for ring in rings.values())
    for code in parents:
        inside = [surface(rings[other]) for other, parent in parents.items() if parent == code]
        assert not inside or sum(inside) == pytest.approx(surface(rings[code]))


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_boundaries(tmp_path / name, seed=seed, people=200)
    one, again, other = (
        (tmp_path / name / "areas.geojson").read_bytes() for name in ("one", "again", "other")
    )
    assert one == again != other
