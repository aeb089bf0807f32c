"""The needs of many OASys assessments at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rms.rules.needs import NONE, SEVERE, STANDARD, NeedRules

SEVERITIES = (NONE, STANDARD, SEVERE)


@dataclass(frozen=True)
class NeedColumns:
    """Shape (n, needs), the needs in the order of the rules. `scores`: NaN without any answer. `severities`:
    places in `SEVERITIES`, -1 without any answer. Both are so, too, where `needs_of` refuses the case."""

    scores: NDArray[np.float64]
    severities: NDArray[np.int8]


def answers_of(
    assessments: Sequence[Mapping[str, int | None]], rules: NeedRules
) -> dict[str, NDArray[np.float64]]:
    """The answers by question, NaN where there is none."""
    asked = [question for rule in rules.needs for question in rule.questions]
    return {
        question: np.array(
            [np.nan if (given := one.get(question)) is None else given for one in assessments], np.float64
        )
        for question in asked
    }


def needs_of_many(
    answers: Mapping[str, NDArray[np.float64]], rules: NeedRules, *, by_strengths: NDArray[np.bool_]
) -> NeedColumns:
    """Each need of each assessment. `by_strengths`: which are assessments of strengths and needs (SAN)."""
    scores, severities = [], []
    refused = np.zeros(by_strengths.shape, np.bool_)
    for rule in rules.needs:
        given = np.stack([answers[question] for question in rule.questions])
        known = ~np.isnan(given)
        refused |= (known & ~np.isin(given, (0, 1, 2))).any(axis=0)
        score = np.where(known.any(axis=0), np.where(known, given, 0).sum(axis=0), np.nan)
        present, severe = (
            np.where(by_strengths, getattr(rule.san_limits, name), getattr(rule.limits, name))
            for name in ("present", "severe")
        )
        severity = (score >= present).astype(np.int8) + (score >= severe)
        scores.append(score)
        severities.append(np.where(np.isnan(score), -1, severity).astype(np.int8))
    return NeedColumns(
        np.where(refused[:, None], np.nan, np.column_stack(scores)),
        np.where(refused[:, None], -1, np.column_stack(severities)).astype(np.int8),
    )


def need_points_of_many(needs: NeedColumns, rules: NeedRules) -> NDArray[np.int64]:
    """The points of the needs for change: the weight of each that is present, twice if it is severe."""
    weights = np.array([rule.tier_weight for rule in rules.needs], np.int64)
    return np.maximum(needs.severities, 0).astype(np.int64) @ weights
