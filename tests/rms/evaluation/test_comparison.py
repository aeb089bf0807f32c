"""Matching people on a list with people who are not: by hand, and the fast form against the plain one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.evaluation.comparison import MOST_DISTANCE, Subject, distance, matched, matched_plainly


def person(id: int, score: float = 50, age: int | None = 30, **more: str | None) -> Subject:
    return Subject(id, score, (score,) * 5, age, **{"sex": "male", "area_kind": "ward", **more})


# What is so, those on the list, the others, and the pairs.
TABLE = [
    ("nobody", [], [person(9)], {}),
    ("the nearest", [person(1)], [person(8, 52), person(9, 51)], {1: 9}),
    ("the lowest ID of equals", [person(1)], [person(9), person(8)], {1: 8}),
    ("another sex", [person(1)], [person(9, sex="female")], {}),
    ("sex not known is a value of its own", [person(1, sex=None)], [person(8), person(9, sex=None)], {1: 9}),
    ("another kind of area", [person(1)], [person(9, area_kind="division")], {}),
    ("an unknown age", [person(1, age=None)], [person(8), person(9, age=None)], {1: 9}),
    ("as far as is allowed", [person(1)], [person(9, age=40)], {1: 9}),
    ("too far", [person(1)], [person(9, age=41)], {}),
    ("nobody is chosen twice", [person(1, 60), person(2, 59)], [person(9, 59)], {1: 9}),
    (
        "the highest score chooses first",
        [person(2, 59), person(1, 60)],
        [person(8, 59), person(9, 60)],
        {1: 9, 2: 8},
    ),
]


@pytest.mark.parametrize(
    ("listed", "others", "pairs"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_who_is_matched_with_whom(
    listed: list[Subject], others: list[Subject], pairs: dict[int, int]
) -> None:
    assert matched_plainly(listed, others) == pairs
    assert matched(listed, others) == pairs


def test_the_distance() -> None:
    one = Subject(1, 50, (10, 20, 30, 40, 50), 30)
    assert distance(one, one) == 0
    assert distance(one, Subject(2, 45, (20, 20, 20, 40, 50), 32)) == pytest.approx(0.5 + 0.2 + 0.2)


numbers = st.integers(0, 100) | st.floats(0, 100)
subjects = st.builds(
    Subject,
    st.just(0),
    numbers,
    st.tuples(numbers, numbers),
    st.none() | st.integers(10, 40),
    st.sampled_from(["male", "female", None]),
    st.sampled_from(["ward", None]),
)


@given(st.lists(subjects, max_size=8), st.lists(subjects, max_size=25))
def test_the_fast_form_finds_the_same_pairs(one: list[Subject], other: list[Subject]) -> None:
    listed = [Subject(at, *list(vars(each).values())[1:]) for at, each in enumerate(one)]
    others = [Subject(100 + at, *list(vars(each).values())[1:]) for at, each in enumerate(other)]
    pairs = matched(listed, others)
    assert pairs == matched_plainly(listed, others)
    by_id = {each.id: each for each in (*listed, *others)}
    assert len(set(pairs.values())) == len(pairs)
    assert all(distance(by_id[a], by_id[b]) <= MOST_DISTANCE for a, b in pairs.items())
