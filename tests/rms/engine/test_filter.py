"""What a filter's values mean, apart from any caseload."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.engine.filter import Bounds, Filter
from rms.engine.scale import QUARTERS, hundredths, score_text
from rms.errors import InvalidInput
from rms.reports.wording import fixed


@given(st.floats(1.0, 2.0))
def test_a_score_is_compared_as_it_is_shown(score):
    assert score_text(hundredths(score)) == fixed(score, places=2)


@given(st.floats(1.0, 2.0))
def test_every_score_lies_in_one_quarter(score):
    assert sum(quarter.low <= hundredths(score) <= quarter.high for quarter in QUARTERS) == 1


@pytest.mark.parametrize("score", [0.999, 2.001, -1e300, 1e300])
def test_there_is_no_score_beyond_the_scale(score):
    assert hundredths(score) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"submitted": Bounds(date(2026, 1, 2), date(2026, 1, 1))}, ["/submitted_from", "/submitted_to"]),
        ({"needs": {"DRUG": Bounds(2, 1)}}, ["/need.drug.min", "/need.drug.max"]),
        ({"processes": ()}, ["/process"]),
    ],
)
def test_what_can_match_nothing_is_refused(wrong, named):
    with pytest.raises(InvalidInput) as refused:
        Filter(**wrong)
    assert [problem.pointer for problem in refused.value.problems] == named


@pytest.mark.parametrize(
    ("asked", "empty"),
    [
        ({}, True),
        ({"what_ifs": True}, True),
        ({"everything": True}, False),
        ({"latest": True}, False),
        ({"processes": ("violence",)}, False),
    ],
)
def test_what_is_a_criterion(asked, empty):
    assert Filter(**asked).is_empty is empty


def test_everything_sets_the_rest_aside():
    asked = Filter(latest=True, offender="1", what_ifs=True, everything=True)
    assert asked.in_force() == Filter(what_ifs=True)
