"""Days as whole numbers, so that they can be drawn for many rows at once: `date.toordinal`, 0 for a blank."""

from datetime import date

import numpy as np

from api.demonstration.force.draws import Generator, Integers, between

BLANK = 0
YEAR, TEN_YEARS = 365.25, 3652  # days; ten years have at least 3,652
_EPOCH_YEAR = 1970  # from which numpy counts
_EPOCH = date(_EPOCH_YEAR, 1, 1).toordinal()


def later_birthday(born: Integers, years: int) -> Integers:
    """The day on which people reach an age. Someone born on 29 February does so on 1 March in other years."""
    dates = (born - _EPOCH).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    since_first = dates - months.astype("datetime64[D]")
    birthday = (months + np.timedelta64(12 * years, "M")).astype("datetime64[D]") + since_first
    return np.asarray(birthday.astype(np.int64) + _EPOCH, dtype=np.int64)


def year_of(days: Integers) -> Integers:
    """The year of each day."""
    return (days - _EPOCH).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + _EPOCH_YEAR


class DayTexts:
    """The text of each day between two days, blank for `BLANK`."""

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        days = (date.fromordinal(day).isoformat() for day in range(first, last + 1))
        self._texts = np.array(["", *days], dtype=object)

    def __call__(self, days: Integers) -> list[str]:
        places = np.where(days == BLANK, 0, days - self._first + 1)
        texts: list[str] = self._texts[places].tolist()
        return texts


def periods(
    rng: Generator, earliest: Integers, latest: Integers, *, day: int, ended: float
) -> tuple[Integers, Integers]:
    """First and last days between two days. The last is `BLANK` if the period has not ended on the day `day`.

    `ended`: the share of those that have. A period of someone who has died has ended.
    """
    first = between(rng, earliest, latest)
    has_ended = (rng.random(len(first)) < ended) | (latest < day)
    return first, np.where(has_ended, between(rng, first, latest), BLANK)
