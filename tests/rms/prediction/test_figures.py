"""Four figures from one matrix, intervals, calibration and AUC."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from rms.prediction.figures import (
    ConfusionMatrix,
    auc,
    bins,
    calibration_error,
    confusion_matrix,
    wilson,
)

COUNTS = st.integers(0, 5_000)


def test_the_four_figures_of_a_matrix() -> None:
    # The published counts of October 2021 and two months after it, as far as they can be derived.
    matrix = ConfusionMatrix(193, 38_400, 152, 310_255)
    assert [(one.name, round(one.value or 0, 3)) for one in matrix.figures] == [
        ("accuracy", 0.890),
        ("sensitivity", 0.559),
        ("specificity", 0.890),
        ("precision", 0.005),
    ]
    assert (matrix.people, matrix.outcomes, matrix.predicted) == (349_000, 345, 38_593)


@pytest.mark.parametrize(("outcomes", "is_too_few"), [(0, True), (9, True), (10, False)])
def test_fewer_than_ten_outcomes_are_too_few(outcomes: int, is_too_few: bool) -> None:
    matrix = ConfusionMatrix(outcomes, 20, 0, 100)
    assert matrix.is_too_few == is_too_few
    assert matrix.sensitivity.is_too_few == is_too_few
    assert not matrix.specificity.is_too_few


def test_a_figure_of_nobody_has_no_value() -> None:
    matrix = ConfusionMatrix(0, 0, 3, 5)
    assert matrix.precision.value is None
    assert matrix.precision.interval == (0, 1)


@given(COUNTS, COUNTS)
def test_the_interval_is_that_of_scipy(part: int, others: int) -> None:
    whole = part + others
    if whole:
        expected = binomtest(part, whole).proportion_ci(method="wilson")
        assert wilson(part, whole) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_probability_at_the_cut_off_is_predicted() -> None:
    predicted, became = np.array([0.6, 0.59999, 0.9, 0.1]), np.array([True, True, False, False])
    assert confusion_matrix(predicted, became, cut_off=0.6) == ConfusionMatrix(1, 1, 1, 1)


def test_calibration_by_hand() -> None:
    predicted = np.array([0.1, 0.1, 0.9, 0.9, 1.0])
    became = np.array([False, True, True, True, True])
    assert [(one.people, one.became) for one in bins(predicted, became)] == [(2, 1), (3, 3)]
    assert calibration_error(predicted, became) == pytest.approx((2 * 0.4 + 3 * (1 - 2.8 / 3)) / 5)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=50))
def test_auc_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    score, became = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = auc(score, became)
    if became.all() or not became.any():
        assert found is None
    else:
        assert found == pytest.approx(roc_auc_score(became, score))
