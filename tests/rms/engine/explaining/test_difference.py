"""What moved between two results, and when that is no more than chance."""

import numpy as np
import pytest

from rms.engine.explaining.difference import CLEAR_FROM, differences
from rms.engine.result import Evidence, LibraryReference, Result, Simulation, Status
from rms.engine.simulation import simulate
from tests.rms.engine.assessments import ANSWERS, assessment
from tests.rms.engine.libraries import library, past_cases


def result(score: float, numbers: list[int], weights: list[float], *, sha256: str = "a") -> Result:
    evidence = Evidence(np.array(numbers), np.zeros(len(numbers)), np.array(weights))
    simulation = Simulation("recidivism", Status.SIMULATED, score, evidence=evidence)
    return Result((simulation,), (), np.zeros(1), LibraryReference("small", "1", sha256), "1")


def test_the_paired_standard_error_by_hand() -> None:
    before, after = result(1.4, [1, 2, 3], [0.5, 0.3, 0.2]), result(1.6, [2, 3, 4], [0.3, 0.3, 0.4])
    [moved] = differences(before, after)
    assert moved.change == pytest.approx(0.2)
    # Σ(w′ − w)² = .25 + 0 + .01 + .16, times ½ · ½
    assert moved.standard_error == pytest.approx((0.42 * 0.25) ** 0.5)
    assert (moved.kept, moved.left, moved.joined) == (2, 1, 1)
    assert not moved.clear


@pytest.mark.parametrize(("factor", "clear"), [(0.99, False), (1.01, True)])
def test_clear_from_1_28_standard_errors(factor: float, clear: bool) -> None:
    error = (0.02 * 0.25) ** 0.5  # .1 of the weight has moved between two cases
    change = factor * CLEAR_FROM * error
    before = result(1.5 - change / 2, [1, 2], [0.5, 0.5])
    [moved] = differences(before, result(1.5 + change / 2, [1, 2], [0.4, 0.6]))
    assert moved.standard_error == pytest.approx(error)
    assert moved.clear is clear


def test_no_change_is_never_clear_and_other_libraries_are_not_compared() -> None:
    same = result(2.0, [1], [1.0])
    [unmoved] = differences(same, same)
    assert (unmoved.change, unmoved.standard_error, unmoved.clear) == (0.0, 0.0, False)
    [elsewhere] = differences(same, result(1.0, [1], [1.0], sha256="b"))
    assert (elsewhere.change, elsewhere.standard_error, elsewhere.clear) == (None, None, False)


def test_of_what_the_engine_finds() -> None:
    known = library(past_cases(31, count=400))
    before = simulate(assessment(), known)
    for one in differences(before, simulate(assessment(answers={**ANSWERS, "drug": 0}), known)):
        assert one.change == pytest.approx((one.after.score or 0) - (one.before.score or 0))
        assert one.kept + one.left == one.kept + one.joined == 100
