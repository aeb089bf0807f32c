"""Places on land, on the coast and on small islands; points in the sea and in other countries."""

import pytest

from rms.records.land import is_near_land

ON_LAND = {
    "Birmingham": (52.48, -1.89),
    "Brighton pier": (50.814, -0.137),
    "Dover": (51.13, 1.31),
    "Lowestoft": (52.48, 1.76),
    "Holyhead": (53.31, -4.63),
    "Lundy": (51.18, -4.67),
    "Isles of Scilly": (49.92, -6.29),
    "Saint Helier": (49.19, -2.1),
    "Douglas": (54.15, -4.48),
    "Belfast": (54.6, -5.93),
    "Enniskillen": (54.34, -7.64),
    "Stornoway": (58.2, -6.38),
    "Fair Isle": (59.53, -1.63),
    "Lerwick": (60.15, -1.15),
}
ELSEWHERE = {
    "North Sea": (55.0, 1.5),
    "English Channel": (50.2, -1.0),
    "Irish Sea": (53.7, -4.6),
    "off the Bristol Channel": (51.3, -5.2),
    "off the Thames": (51.5, 1.75),
    "Dublin": (53.35, -6.26),
    "Cherbourg": (49.64, -1.62),
}


@pytest.mark.parametrize("point", ON_LAND.values(), ids=ON_LAND)
def test_a_place_on_land(point: tuple[float, float]) -> None:
    assert is_near_land(*point)


@pytest.mark.parametrize("point", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_point_in_the_sea_or_in_another_country(point: tuple[float, float]) -> None:
    assert not is_near_land(*point)
