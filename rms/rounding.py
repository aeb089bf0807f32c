"""Rounding as a person does it: half up, on the shortest decimal form of a figure."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache


def half_up(value: float, *, places: int = 0) -> Decimal:
    """`value` rounded to that many decimals; a negative `places` rounds to tens, hundreds and so on.

    >>> half_up(1.005, places=2), half_up(0.5), half_up(200 / 3)
    (Decimal('1.01'), Decimal('1'), Decimal('67'))
    """
    rounded = Decimal(repr(float(value))).quantize(_unit(places), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
