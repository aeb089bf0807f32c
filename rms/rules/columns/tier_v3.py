"""The tier, version 3, of many cases at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rms.rules.columns.days import months_before_day, months_between_each
from rms.rules.columns.fields import Days, Kinds, columns_of_fields, days, flags, numbers, texts
from rms.rules.decision_table import Column
from rms.rules.tier_v3 import LETTERS, MISSING, NOT_SUPERVISED, TierV3Case, TierV3Rules

KINDS: Kinds = {
    "supervised": flags,
    "serious_reoffending": numbers,
    "all_reoffending": numbers,
    "contact_band": texts,
    "contact_percent": numbers,
    "risk_reduction": flags,
    "life": flags,
    "released_on": days,
    "mappa": flags,
    "rosh": texts,
    "domestic_abuse": flags,
    "stalking": flags,
    "child_protection": flags,
    "sexual_history": flags,
}


@dataclass(frozen=True)
class TierV3Columns:
    """Shape (n,)."""

    outcome: NDArray[np.str_]
    provisional: NDArray[np.bool_]


def columns_of(cases: Sequence[TierV3Case]) -> dict[str, Column]:
    """The columns by field."""
    return columns_of_fields(cases, KINDS)


def tier_v3_of_many(cases: Mapping[str, Column], rules: TierV3Rules, *, today: date) -> TierV3Columns:
    """The tier of each case."""
    known = {**cases, "months_since_release": _months_since(cases["released_on"], today)}
    place = _grid(cases, rules)
    for row in rules.rows:
        at = LETTERS.index(row.outcome)
        np.minimum(place, at, out=place, where=row.is_true_of_many(known))
    names = np.array([*LETTERS, MISSING], np.str_)
    supervised = cases["supervised"] == 1
    percents = (cases["serious_reoffending"], cases["all_reoffending"])
    unknown = np.isnan(percents[0]) | np.isnan(percents[1])
    return TierV3Columns(np.where(supervised, names[place], NOT_SUPERVISED), unknown & supervised)


def _grid(cases: Mapping[str, Column], rules: TierV3Rules) -> NDArray[np.int64]:
    """The place of the letter in the grid, that of `MISSING` outside it."""
    letters = np.array([[LETTERS.index(letter) for letter in row] for _, row in rules.grid])
    outside = len(LETTERS)
    letters = np.pad(letters, ((0, 1), (0, 1)), constant_values=outside)
    row = _place([start for start, _ in rules.grid], cases["serious_reoffending"])
    column = _place(list(rules.all_reoffending), cases["all_reoffending"])
    place: NDArray[np.int64] = letters[row, column]
    return place


def _place(falling: list[float], values: Column) -> NDArray[np.int64]:
    """Of the first bound that the value reaches; one after the last where it reaches none or is unknown."""
    below = np.searchsorted(np.array(falling[::-1]), values, side="right")
    return np.where(np.isnan(values), len(falling), len(falling) - below)


def _months_since(released_on: Days, today: date) -> NDArray[np.float64]:
    day = np.datetime64(today, "D")
    whole = months_between_each(released_on, np.full(released_on.shape, day))
    whole = np.where(released_on > day, np.nan, whole)
    return whole + (months_before_day(day, whole) > released_on)
