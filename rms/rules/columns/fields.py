"""The columns of cases: one array for each field."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.rules.decision_table import Column

Days = NDArray[np.datetime64]  # of one field, in days; NaT is unknown
Kinds = Mapping[str, Callable[[Sequence[Any]], Column]]  # one of the functions below for each field


def texts(values: Sequence[str | None]) -> Column:
    """Unknown is ""."""
    return np.array([value or "" for value in values], np.str_)


def numbers(values: Sequence[float | None]) -> Column:
    """Unknown is NaN."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


def flags(values: Sequence[bool]) -> Column:
    return np.array(values, np.int8)


def days(values: Sequence[date | None]) -> Days:
    """Unknown is NaT."""
    return np.array(values, "datetime64[D]")


def columns_of_fields(cases: Sequence[Any], kinds: Kinds) -> dict[str, Column]:
    """The columns of these cases, in this order, by field."""
    return {name: column([getattr(case, name) for case in cases]) for name, column in kinds.items()}
