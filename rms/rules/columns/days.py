"""The arithmetic of `rms.calendar` on columns of days. What follows from an unknown day is unknown."""

import numpy as np
from numpy.typing import NDArray

from rms.rules.columns.fields import Days

_MONTH, _DAY = "datetime64[M]", "datetime64[D]"


def months_after_each(days: Days, months: int) -> Days:
    """`months_after` of each day; before it, if `months` is negative.

    >>> months_after_each(np.array(["2026-08-31", "2024-02-29"], _DAY), 6)
    array(['2027-02-28', '2024-08-29'], dtype='datetime64[D]')
    """
    return _shifted(days, np.full(days.shape, months, np.int64))


def months_before_each(days: Days, months: int) -> Days:
    """`months_before` of each day."""
    return months_after_each(days, -months)


def _shifted(days: Days, months: NDArray[np.int64]) -> Days:
    first = days.astype(_MONTH)
    day_of_month = days - first.astype(_DAY)
    then = first + months.astype("timedelta64[M]")
    last = (then + np.timedelta64(1, "M")).astype(_DAY) - np.timedelta64(1, "D")
    shifted: Days = np.minimum(then.astype(_DAY) + day_of_month, last)
    return shifted


def months_between_each(earlier: Days, later: Days) -> NDArray[np.float64]:
    """`months_between` of each pair, NaN where a day is unknown."""
    of_earlier, of_later = earlier.astype(_MONTH), later.astype(_MONTH)
    with np.errstate(invalid="ignore"):
        months = (of_later - of_earlier).astype(np.float64)
    begun = (later - of_later.astype(_DAY)) < (earlier - of_earlier.astype(_DAY))
    return np.where(np.isnat(earlier) | np.isnat(later), np.nan, months - begun)


def months_before_day(day: np.datetime64, months: NDArray[np.float64]) -> Days:
    """`months_before` of one day for each number of months; unknown where that is NaN."""
    known = np.nan_to_num(months).astype(np.int64)
    days = _shifted(np.full(months.shape, day, _DAY), -known)
    return np.where(np.isnan(months), np.datetime64("NaT", "D"), days)
