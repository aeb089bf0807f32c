import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.suppression import LEAST_SHOWN, shown_count, shown_parts


@pytest.mark.parametrize(("count", "shown"), [(0, None), (4, None), (5, 5)])
def test_count(count, shown):
    assert shown_count(count) == shown


@given(st.lists(st.integers(0, 40), max_size=6))
def test_no_small_part_can_be_told_from_the_others(counts):
    shown = list(shown_parts(dict(enumerate(counts))).values())
    hidden = [count for count, told in zip(counts, shown, strict=True) if told is None]
    assert all(count >= LEAST_SHOWN for count in shown if count is not None)
    assert not hidden or len(counts) == len(hidden) or (len(hidden) > 1 and sum(hidden) >= LEAST_SHOWN)
