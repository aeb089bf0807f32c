"""Places of offences, counts by area and shades."""

from hypothesis import given
from hypothesis import strategies as st

from rms.maps.places import Area, Recorded, by_kind, places, without_location
from rms.maps.shading import MOST_SHADES, shade_of, shades

AREAS = {
    area.code: area
    for area in (
        Area("F", "Force", "force", None),
        Area("N1", "Carrow", "neighbourhood", "F"),
        Area("W1", "Castle", "ward", "N1"),
        Area("W2", "Mill", "ward", "N1"),
        Area("loop", "Loop", "ward", "nowhere"),
    )
}
recorded = st.lists(
    st.builds(
        Recorded,
        st.none() | st.sampled_from([52.4, 52.5]),
        st.sampled_from([-1.9, -1.8]),
        st.none() | st.sampled_from(list(AREAS)),
        st.integers(1, 50),
    ),
    max_size=30,
)


def test_many_offences_on_one_point_are_one_place_with_the_areas_on_record() -> None:
    """41 offences on one point: one place, approximate, and the area comes from the record."""
    snapped = [Recorded(52.48, -1.89, "W1", 1)] * 40 + [Recorded(52.48, -1.89, "W2", 1)]
    [place] = places([*snapped, Recorded(None, None, "W1", 2)])
    assert (place.offences, place.is_approximate) == (41, True)
    assert place.areas == {"W1": 40, "W2": 1}
    [alone] = places([Recorded(52.48, -1.89, None, 1)])
    assert not alone.is_approximate and alone.areas == {None: 1}


@given(recorded)
def test_no_offence_is_lost(rows: list[Recorded]) -> None:
    found = places(rows)
    assert sum(one.offences for one in found) + without_location(rows) == sum(one.offences for one in rows)
    assert len({(one.latitude, one.longitude) for one in found}) == len(found)
    assert [one.offences for one in found] == sorted((one.offences for one in found), reverse=True)


def test_a_smaller_area_counts_for_the_larger_one_and_not_the_other_way_round() -> None:
    counts = {"W1": 3, "W2": 4, "N1": 2, "F": 1, "loop": 5, None: 6}
    assert by_kind(counts, AREAS, "ward") == counts
    assert by_kind(counts, AREAS, "neighbourhood") == {"N1": 9, "F": 1, "loop": 5, None: 6}
    assert by_kind(counts, AREAS, "force") == {"F": 10, "loop": 5, None: 6}


@given(st.integers(1, 10**6))
def test_shades_cover_every_count_once(highest: int) -> None:
    ranges = shades(highest)
    assert 1 <= len(ranges) <= MOST_SHADES
    assert ranges[0][0] == 1 and ranges[-1][0] <= highest <= ranges[-1][1]
    assert all(later[0] == earlier[1] + 1 for earlier, later in zip(ranges, ranges[1:], strict=False))
    for shade, (first, last) in enumerate(ranges, start=1):
        assert shade_of(first, highest) == shade_of(min(last, highest), highest) == shade
