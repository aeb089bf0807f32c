"""The cohort of many people at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rms.rules.cohort import NOT_SELECTED, OUTCOMES, CohortCase, CohortRules, neighbourhood_codes
from rms.rules.columns.fields import Kinds, columns_of_fields, flags, numbers
from rms.rules.decision_table import Column

KINDS: Kinds = {
    "severity": numbers,
    "ogrs": numbers,
    "serious_violence": flags,
    "domestic_abuse": flags,
    "organised_crime": flags,
}


def columns_of(cases: Sequence[CohortCase], rules: CohortRules) -> dict[str, Column]:
    """The columns by field. In place of the codes, whether one is of a neighbourhood offence."""
    found = [bool(neighbourhood_codes(case.offence_codes, rules)) for case in cases]
    return {**columns_of_fields(cases, KINDS), "neighbourhood_offence": flags(found)}


def rows_of_many(cases: Mapping[str, Column], rules: CohortRules) -> NDArray[np.bool_]:
    """Which rows are true of which person; shape (n, rows)."""
    known = {
        **cases,
        "ogrs_reached": _reached(cases["ogrs"], rules.ogrs_from),
        "severity_reached": _reached(cases["severity"], rules.severity_from),
    }
    return np.column_stack([row.is_true_of_many(known) for row in rules.rows])


def cohort_of_many(cases: Mapping[str, Column], rules: CohortRules) -> NDArray[np.str_]:
    """The cohort of each person."""
    places = np.array([OUTCOMES.index(row.outcome) for row in rules.rows])
    lowest = np.where(rows_of_many(cases, rules), places, len(OUTCOMES)).min(axis=1)
    names: NDArray[np.str_] = np.array([*OUTCOMES, NOT_SELECTED], np.str_)[lowest]
    return names


def _reached(values: Column, bound: float) -> Column:
    return np.where(np.isnan(values), -1, values >= bound).astype(np.int8)
