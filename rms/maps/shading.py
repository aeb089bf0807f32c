"""The shades of a map: ranges of counts, as wide as each other, from a step that is easy to read."""

MOST_SHADES = 5


def shade_step(highest: int) -> int:
    """How many counts one shade stands for: the least of 1, 2, 5, 10, 20, 50 … with which five are enough.

    >>> [shade_step(highest) for highest in (0, 5, 6, 25, 26, 516)]
    [1, 1, 2, 5, 10, 200]
    """
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if step * MOST_SHADES >= highest:
                return step
        power *= 10


def shades(highest: int) -> tuple[tuple[int, int], ...]:
    """First and last count of each shade, the palest first. Nobody (0) has no shade.

    >>> shades(3), shades(23), shades(0)
    (((1, 1), (2, 2), (3, 3)), ((1, 5), (6, 10), (11, 15), (16, 20), (21, 25)), ())
    """
    step = shade_step(highest)
    return tuple((first, first + step - 1) for first in range(1, highest + 1, step))


def shade_of(number: int, highest: int) -> int:
    """Which shade a count has, from 1; 0 if it is nobody.

    >>> [shade_of(number, 23) for number in (0, 1, 5, 6, 23)]
    [0, 1, 1, 2, 5]
    """
    return 0 if number == 0 else (number - 1) // shade_step(highest) + 1
