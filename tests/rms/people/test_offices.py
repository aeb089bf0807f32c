"""The tree of offices: walks that do not recurse, and what is too deep."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.people.offices import MOST_LEVELS, OfficeTree, in_tree_order

DEEP = 5_000  # more than Python lets a function call itself


@st.composite
def trees(draw: st.DrawFn) -> dict[int, int | None]:
    """Key → key above, in any order; 0 is the top."""
    parents: dict[int, int | None] = {0: None}
    for office in range(1, draw(st.integers(1, 30))):
        parents[office] = draw(st.integers(0, office - 1))
    return {office: parents[office] for office in draw(st.permutations(list(parents)))}


def plainly(
    parents: dict[int, int | None], above: int | None = None, depth: int = 0
) -> Iterator[tuple[int, int]]:
    for office, parent in parents.items():
        if (parent if parent in parents else None) == above:
            yield depth, office
            yield from plainly(parents, office, depth + 1)


def chain(levels: int) -> dict[int, int | None]:
    """0 is the top; each office is below the one before it."""
    return {0: None, **{office: office - 1 for office in range(1, levels + 1)}}


@given(trees(), st.sets(st.integers(0, 30)))
def test_the_order_is_that_of_the_plain_walk(parents: dict[int, int | None], hidden: set[int]) -> None:
    shown = {office: parent for office, parent in parents.items() if office not in hidden}
    assert list(in_tree_order(shown)) == list(plainly(shown))


def test_a_tree_may_be_deeper_than_the_bound() -> None:
    assert list(in_tree_order(chain(DEEP))) == [(depth, depth) for depth in range(DEEP + 1)]
    tree = OfficeTree(chain(DEEP))
    assert tree.holds(1, DEEP) and not tree.holds(DEEP, 1)
    assert tree.is_too_deep(DEEP)
    assert tree.is_too_deep(DEEP, 1)
    assert not tree.is_too_deep(0, 2)  # still too deep, but less so


def test_walks_over_a_circle_end() -> None:
    tree = OfficeTree({1: 2, 2: 1})
    assert tree.holds(1, 2) and not tree.holds(3, 2)
    assert not tree.is_too_deep(1)
    assert list(in_tree_order({1: 2, 2: 1})) == []


@pytest.mark.parametrize(
    ("parent", "office", "too_deep"),
    [
        (MOST_LEVELS - 1, None, False),
        (MOST_LEVELS, None, True),
        (MOST_LEVELS - 1, 101, False),
        (MOST_LEVELS, 101, True),
        (MOST_LEVELS - 2, 100, False),  # 100 has an office below it
        (MOST_LEVELS - 1, 100, True),
        (0, 100, False),
    ],
)
def test_what_is_too_deep(parent: int, office: int | None, too_deep: bool) -> None:
    tree = OfficeTree({**chain(MOST_LEVELS), 100: 0, 101: 100})
    assert tree.is_too_deep(parent, office) is too_deep


def test_a_moved_office_takes_those_below_it_along() -> None:
    tree = OfficeTree({0: None, 1: 0, 2: 1, 3: 0})
    tree.place(1, 3)
    tree.place(4, 2)
    assert len(tree) == 5
    assert tree.holds(3, 4) and not tree.holds(4, 3)
