"""The bucket of one number against one that is filled and emptied drop by drop."""

from datetime import timedelta
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.access.rate_limits import MOST_NAMES, Allowance, Rate, TooManyRequests
from tests.api.conftest import START

# Waits of every size: within a burst, about as long as one request takes, long enough to fill the bucket.
WAITS = st.one_of(st.just(0), st.integers(0, 2_000_000), st.integers(0, 70_000_000))


class Plain:
    """A level between 0 and `allowed` that rises with the time."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.level = Fraction(allowed)

    def wait(self, microseconds: int) -> None:
        risen = Fraction(microseconds * self.allowed, 60_000_000)
        self.level = min(self.level + risen, Fraction(self.allowed))

    def take(self) -> tuple[bool, Allowance, int]:
        """Whether there was one, what is left, and how long until there is one."""
        a_second = Fraction(self.allowed, 60)
        there = self.level >= 1
        wait = 0 if there else ceil((1 - self.level) / a_second)
        self.level -= there
        reset = ceil((self.allowed - self.level) / a_second)
        return there, Allowance(self.allowed, floor(self.level), reset), wait


@given(st.integers(1, 1000), st.lists(WAITS, max_size=80))
def test_as_a_plain_bucket(allowed: int, waits: list[int]) -> None:
    rate, plain, at = Rate(allowed), Plain(allowed), START
    for wait in waits:
        at += timedelta(microseconds=wait)
        plain.wait(wait)
        there, left, retry_after = plain.take()
        if there:
            assert rate.take("x", at=at) == left
        else:
            with pytest.raises(TooManyRequests) as refused:
                rate.take("x", at=at)
            assert (refused.value.allowance, refused.value.retry_after) == (left, retry_after)


@given(st.integers(1, 50))
def test_waiting_as_long_as_told_is_enough_and_no_more_than_needed(allowed: int) -> None:
    rate = Rate(allowed)
    for _ in range(allowed):
        rate.take("x", at=START)
    with pytest.raises(TooManyRequests) as refused:
        rate.take("x", at=START)
    wait = timedelta(seconds=refused.value.retry_after)
    with pytest.raises(TooManyRequests):
        rate.take("x", at=START + wait - timedelta(seconds=1))
    assert rate.take("x", at=START + wait)


def test_each_has_their_own_bucket() -> None:
    rate = Rate(1)
    rate.take("x", at=START)
    assert rate.take("y", at=START) == Allowance(1, 0, 60)


def test_no_limit() -> None:
    assert [Rate(0).take("x", at=START) for _ in range(100)] == [None] * 100


def test_a_clock_set_back_does_not_block_callers() -> None:
    rate = Rate(2)
    rate.take("x", at=START + timedelta(days=1))
    with pytest.raises(TooManyRequests) as refused:
        rate.take("x", at=START)
    assert refused.value.retry_after == 30


def test_made_up_names_do_not_fill_the_memory() -> None:
    """The names that were used longest ago are forgotten; their next request counts as their first."""
    rate = Rate(3)
    for number in range(MOST_NAMES + 10):
        rate.take(str(number), at=START)
    assert rate.take("10", at=START) == Allowance(3, 1, 40)
    assert rate.take("9", at=START) == Allowance(3, 2, 20)
