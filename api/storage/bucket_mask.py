"""What was found of an assessment, in one number that says what cannot be there.

Each need and each process has one of fifteen places of four bits, one bit for each quarter of its scale. A
number that has none of the bits asked for is of an assessment that does not meet the criterion; of one that
has some, the figures themselves are asked. So two that share a place cost time and change nothing.

The number stands in the indexes that searches walk along: millions are passed by for the price of a
comparison, where to look up each one's figures would take minutes.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from zlib import crc32

from rms.engine.filter import NEED_RANGES, Bounds, whole_percent
from rms.engine.result import Result
from rms.engine.scale import HIGHEST, LOWEST, QUARTERS, hundredths

PLACES = 15
WIDTH = 4
APART = 1288  # found by trial: with it the needs and processes of the form that comes with RMS share no place
ANYTHING = -1  # every bit: what is not known can hold all

_SCORES = tuple(quarter.high for quarter in QUARTERS)
_PERCENTS = tuple(high for _, high in NEED_RANGES)


def bucket_mask(result: Result) -> int:
    """The bits of all that was found; what is withheld or unknown has none."""
    return of_figures(
        ((one.process, hundredths(one.score)) for one in result.simulations),
        ((one.need, whole_percent(one.actual)) for one in result.needs),
    )


def of_figures(scores: Iterable[tuple[str, int | None]], needs: Iterable[tuple[str, int | None]]) -> int:
    """The same of figures as they are shown: process and hundredths, need and whole percent."""
    return sum({*_bits(scores, _SCORES), *_bits(needs, _PERCENTS)})


def score_bits(processes: Iterable[str], bounds: Bounds[int]) -> int:
    """The bits of which an assessment has one, if one of these scores is within the bounds."""
    low, high = LOWEST if bounds.low is None else bounds.low, HIGHEST if bounds.high is None else bounds.high
    return sum({_bit(process, place) for process in processes for place in _between(low, high, _SCORES)})


def need_bits(code: str, bounds: Bounds[int]) -> int:
    """The bits of which an assessment has one, if this need is within the bounds."""
    low, high = 0 if bounds.low is None else bounds.low, 100 if bounds.high is None else bounds.high
    return sum(_bit(code, place) for place in _between(low, high, _PERCENTS))


def _bits(figures: Iterable[tuple[str, int | None]], highest: tuple[int, ...]) -> Iterator[int]:
    for code, figure in figures:
        if figure is not None:
            yield _bit(code, _quarter(figure, highest))


def _bit(code: str, quarter: int) -> int:
    return 1 << _first_bit(code) + quarter


@lru_cache(maxsize=1000)
def _first_bit(code: str) -> int:
    return crc32(code.encode(), APART) % PLACES * WIDTH


def _between(low: int, high: int, highest: tuple[int, ...]) -> range:
    return range(_quarter(low, highest), _quarter(high, highest) + 1)


def _quarter(figure: int, highest: tuple[int, ...]) -> int:
    return sum(figure > end for end in highest[:-1])
