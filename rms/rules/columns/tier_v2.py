"""The tier, version 2, of many cases at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from rms.rules.columns.fields import Kinds, columns_of_fields, days, flags, numbers, texts
from rms.rules.decision_table import Column
from rms.rules.needs import SEVERE
from rms.rules.tier_v2 import UNSUPERVISED, TierV2Case, TierV2Rules

KINDS: Kinds = {
    "sex": texts,
    "rsr": numbers,
    "rosh": texts,
    "mappa_level": numbers,
    "parenting": flags,
    "impulsive": flags,
    "enforcement": flags,
    "mandate": flags,
    "assessed_on": days,
    "ogrs": numbers,
    "iom": flags,
    "supervised": flags,
}


@dataclass(frozen=True)
class TierV2Columns:
    """Shape (n,). `outcome` is "" where `tier_v2` refuses the case. `change_points`: NaN where none count."""

    outcome: NDArray[np.str_]
    protect_points: NDArray[np.int64]
    change_points: NDArray[np.float64]


def columns_of(cases: Sequence[TierV2Case], rules: TierV2Rules) -> dict[str, Column]:
    """The columns by field. `complexity`: how many codes count, -1 where one is unknown.

    `need_points`: of all needs, as `need_points_of_many` counts them.
    """
    return {
        **columns_of_fields(cases, KINDS),
        "complexity": np.array([_complexity(case, rules) for case in cases], np.int64),
        "need_points": np.array([_need_points(case) for case in cases], np.int64),
    }


def _complexity(case: TierV2Case, rules: TierV2Rules) -> int:
    return len(case.complexity) if case.complexity <= set(rules.complexity) else -1


def _need_points(case: TierV2Case) -> int:
    return sum(
        found.rule.tier_weight * (2 if found.severity == SEVERE else 1)
        for found in case.needs
        if found.is_present
    )


def tier_v2_of_many(cases: Mapping[str, Column], rules: TierV2Rules, *, today: date) -> TierV2Columns:
    """The tier of each case."""
    protect, change = _protect(cases, rules), _change_points(cases, rules)
    assessed = _is_assessed(cases, rules, today)
    number = _reached(change, rules.change)
    number = np.where(assessed, number, str(rules.change_without_assessment))
    number = np.where(cases["mandate"] == 1, number, "0")
    suffix = np.where(cases["supervised"] == 1, "", UNSUPERVISED)
    outcome = np.char.add(np.char.add(_reached(protect, rules.letters), number), suffix)
    return TierV2Columns(
        outcome=np.where(_is_refused(cases, rules), "", outcome),
        protect_points=protect,
        change_points=np.where(assessed & (cases["mandate"] == 1), change, np.nan),
    )


def _is_refused(cases: Mapping[str, Column], rules: TierV2Rules) -> NDArray[np.bool_]:
    rsr, rosh, mappa = cases["rsr"], cases["rosh"], cases["mappa_level"]
    refused: NDArray[np.bool_] = (
        ((rsr < 0) | (rsr > rules.highest_rsr))
        | ~np.isin(rosh, ["", *rules.rosh])
        | ~(np.isnan(mappa) | np.isin(mappa, [float(level) for level in rules.mappa]))
        | (cases["complexity"] < 0)
    )
    return refused


def _protect(cases: Mapping[str, Column], rules: TierV2Rules) -> NDArray[np.int64]:
    size = cases["rsr"].shape
    of_rsr, of_rosh, of_mappa = (np.zeros(size, np.int64) for _ in range(3))
    for bound, points in reversed(rules.rsr):
        of_rsr[cases["rsr"] >= _at_least(bound)] = points
    for name, points in rules.rosh.items():
        of_rosh[cases["rosh"] == name] = points
    for level, points in rules.mappa.items():
        of_mappa[cases["mappa_level"] == float(level)] = points
    women = sum(cases[name] == 1 for name in ("parenting", "impulsive", "enforcement"))
    total: NDArray[np.int64] = (
        np.maximum(of_rsr, of_rosh)
        + of_mappa
        + rules.complexity_points * np.maximum(cases["complexity"], 0)
        + rules.women_points * np.where(cases["sex"] == "female", women, 0)
    )
    return total


def _at_least(bound: Decimal) -> float:
    """The smallest float that, as it is written, is not below the bound."""
    value = float(bound)
    return value if Decimal(repr(value)) >= bound else float(np.nextafter(value, np.inf))


def _is_assessed(cases: Mapping[str, Column], rules: TierV2Rules, today: date) -> NDArray[np.bool_]:
    first = np.datetime64(today - timedelta(weeks=rules.weeks_of_assessment), "D")
    assessed: NDArray[np.bool_] = (cases["assessed_on"] >= first) & (
        cases["assessed_on"] <= np.datetime64(today, "D")
    )
    return assessed


def _change_points(cases: Mapping[str, Column], rules: TierV2Rules) -> NDArray[np.int64]:
    of_ogrs = np.nan_to_num(cases["ogrs"] // rules.ogrs_divisor).astype(np.int64)
    points: NDArray[np.int64] = cases["need_points"] + of_ogrs + rules.iom_points * (cases["iom"] == 1)
    return points


def _reached(points: NDArray[np.int64], falling: tuple[tuple[int, str], ...]) -> NDArray[np.str_]:
    """The name of the highest bound that the points reach."""
    starts = np.array([start for start, _ in reversed(falling)])
    names = np.array([name for _, name in reversed(falling)], np.str_)
    return names[np.maximum(np.searchsorted(starts, points, side="right") - 1, 0)]
