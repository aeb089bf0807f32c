"""Whether a point can be where an offence took place.

A box around the United Kingdom finds exchanged axes, other grids and gross errors. Its coast finds points in
the sea or in another country.
"""

from rms.errors import Problem
from rms.records.land import is_near_land

LOWEST_LATITUDE, HIGHEST_LATITUDE = 49, 61  # degrees, WGS 84
LOWEST_LONGITUDE, HIGHEST_LONGITUDE = -9, 2
ALLOWED = f"latitude {LOWEST_LATITUDE} to {HIGHEST_LATITUDE}, longitude −9 to {HIGHEST_LONGITUDE}"
NOT_ON_LAND = (
    "The point is in the sea or in another country. Give a point in the United Kingdom, the Isle of Man or "
    "the Channel Islands, or leave latitude and longitude blank."
)


def is_in_box(latitude: float, longitude: float) -> bool:
    """Whether the point lies in the box around the United Kingdom.

    >>> is_in_box(52.48, -1.89), is_in_box(-1.89, 52.48)
    (True, False)
    """
    return (
        LOWEST_LATITUDE <= latitude <= HIGHEST_LATITUDE and LOWEST_LONGITUDE <= longitude <= HIGHEST_LONGITUDE
    )


def wrong_with_point(latitude: float | None, longitude: float | None) -> Problem | None:
    """What is wrong with the coordinates of an offence; None if they are usable or both are missing.

    >>> wrong_with_point(52.48, -1.89)
    >>> [wrong_with_point(*point).code for point in ((-1.89, 52.48), (406689, 286822), (48.1, 11.6))]
    ['swapped_coordinates', 'other_grid', 'outside_uk']
    >>> wrong_with_point(53.7, -4.6).code
    'not_on_land'
    """
    if latitude is None or longitude is None:
        if latitude is longitude:
            return None
        blank = "latitude" if latitude is None else "longitude"
        detail = f"{blank} is blank. Give both latitude and longitude, or neither."
        return Problem(f"/{blank}", "half_a_point", detail)
    if is_in_box(latitude, longitude):
        return None if is_near_land(latitude, longitude) else Problem("/latitude", "not_on_land", NOT_ON_LAND)
    if is_in_box(longitude, latitude):
        detail = f"latitude and longitude seem to be exchanged. Allowed: {ALLOWED}."
        return Problem("/latitude", "swapped_coordinates", detail)
    if abs(latitude) > 180 and abs(longitude) > 180:
        detail = "latitude and longitude seem to be of another grid. Convert them to degrees (WGS 84)."
        return Problem("/latitude", "other_grid", detail)
    detail = f"The point is outside the United Kingdom. Allowed: {ALLOWED}."
    inside = LOWEST_LATITUDE <= latitude <= HIGHEST_LATITUDE
    return Problem("/longitude" if inside else "/latitude", "outside_uk", detail)
