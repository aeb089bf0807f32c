"""Areas come after those around them, in whatever order the file has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.people.offices import MOST_OFFICES
from rms.records.areas import AREAS_AT_ONCE, parents_first
from rms.records.reading import Batch
from rms.records.rows import AreaRow
from tests.rms.records.examples import batches

HEADER = "area,name,kind,parent\n"


def areas(given: list[tuple[int, int | None]]) -> str:
    """A file of areas, each with the area around it."""
    return HEADER + "".join(f"A{code},Area {code},ward,{_code(parent)}\n" for code, parent in given)


def _code(parent: int | None) -> str:
    return "" if parent is None else f"A{parent}"


def in_order(content: str, *, size: int = 10_000) -> list[Batch]:
    return list(parents_first(batches(content, "areas.csv", size=size), file="areas.csv"))


def codes(found: list[Batch]) -> list[str]:
    return [row.area for batch in found for row in batch.rows if isinstance(row, AreaRow)]


@st.composite
def forests(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    parents = [
        None,
        *(draw(st.none() | st.integers(0, code - 1)) for code in range(1, draw(st.integers(1, 40)))),
    ]
    return draw(st.permutations(list(enumerate(parents))))


@given(forests(), st.integers(1, 7))
def test_each_area_comes_once_and_after_the_one_around_it(
    given: list[tuple[int, int | None]], size: int
) -> None:
    (batch,) = in_order(areas(given), size=size)
    found = codes([batch])
    assert sorted(found) == sorted(f"A{code}" for code, _ in given)
    assert all(found.index(_code(up)) < found.index(f"A{code}") for code, up in given if up is not None)
    line_of = {f"A{code}": line for line, (code, _) in enumerate(given, 2)}
    assert batch.lines == [line_of[code] for code in found]
    assert batch.last_line == len(given) + 1


def test_a_circle_and_an_unknown_area_lose_nothing() -> None:
    found = codes(in_order(areas([(1, 2), (2, 3), (3, 1), (4, 1), (5, 99)])))
    assert sorted(found) == ["A1", "A2", "A3", "A4", "A5"]
    assert found.index("A4") > found.index("A1")


def test_batches_are_small_and_end_at_growing_lines() -> None:
    levels = 2 * AREAS_AT_ONCE + 1
    children_first = [(code, code - 1 if code else None) for code in reversed(range(levels))]
    found = in_order(areas(children_first) + "A1,Area 1,street,\n")
    assert [len(batch.rows) for batch in found] == [AREAS_AT_ONCE, AREAS_AT_ONCE, 1]
    assert codes(found) == [f"A{code}" for code in range(levels)]
    assert [batch.last_line for batch in found] == [AREAS_AT_ONCE, 2 * AREAS_AT_ONCE, levels + 2]
    assert [batch.refused for batch in found] == [1, 0, 0]
    assert [len(batch.problems) for batch in found] == [1, 0, 0]


def test_a_file_without_a_good_row_keeps_its_problems() -> None:
    (batch,) = in_order(f"{HEADER}A1,,ward,\n")
    assert (batch.rows, batch.refused, len(batch.problems), batch.last_line) == ([], 1, 1, 2)


def test_a_file_has_no_more_lines_than_rms_can_have_areas() -> None:
    content = HEADER + "\n" * MOST_OFFICES
    assert len(in_order(content)) == 1
    with pytest.raises(InvalidInput) as refused:
        in_order(content + "\n")
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/areas.csv", "too_many_lines")
