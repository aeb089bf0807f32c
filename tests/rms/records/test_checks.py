"""Checks that need more than one row, and which rows of a file were there before."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.records.checks import (
    OFFENCE_BEFORE_BIRTH,
    areas_in_themselves,
    at_line,
    check_offence,
    unknown_reference,
)
from rms.records.layout import LAYOUT
from rms.records.reading import place
from rms.records.rows import OffenceRow
from rms.records.seen_rows import NEW, REPEATED, SeenRows

BORN = date(1990, 9, 14)


@pytest.mark.parametrize(
    ("day", "born", "refused"),
    [
        (date(1990, 9, 13), BORN, True),
        (BORN, BORN, False),
        (date(1890, 1, 1), None, False),
    ],
)
def test_an_offence_before_birth_is_refused(day: date, born: date | None, refused: bool) -> None:
    problem = check_offence(OffenceRow("C0001", "P0001", "02803", day), person_born=born)
    assert problem == (OFFENCE_BEFORE_BIRTH if refused else None)


REFERENCES = [(file.name, c) for file in LAYOUT.values() for c in file.columns if c.refers_to]


@pytest.mark.parametrize(("file", "column"), REFERENCES, ids=str)
def test_an_unknown_reference_names_its_place(file: str, column: object) -> None:
    problem = at_line(unknown_reference(column), file=f"{file}.csv", line=12)
    assert place(problem) == f"{file}.csv, line 12, {column.name}"
    assert problem.code in {"unknown_area", "unknown_person", "unknown_offence"}


@pytest.mark.parametrize(
    ("parents", "looped"),
    [
        ({}, set()),
        ({"force": None, "ward": "force"}, set()),
        ({"ward": "elsewhere"}, set()),
        ({"a": "a"}, {"a"}),
        ({"a": "b", "b": "c", "c": "a", "d": "a", "e": "d"}, {"a", "b", "c"}),
        ({"x": "a", "a": "b", "b": "a", "c": "d", "d": "c"}, {"a", "b", "c", "d"}),
    ],
)
def test_areas_in_themselves(parents: dict[str, str | None], looped: set[str]) -> None:
    assert areas_in_themselves(parents) == looped


ROWS = st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), max_size=40)


@given(ROWS, st.integers(1, 10))
def test_seen_rows_are_those_a_dictionary_finds(rows: list[tuple[int, int]], size: int) -> None:
    seen = SeenRows()
    first: dict[int, tuple[int, int]] = {}
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        lines = list(range(start + 2, start + 2 + len(part)))
        expected = []
        for (id, content), line in zip(part, lines, strict=True):
            kept = first.setdefault(id, (content, line))
            expected.append(NEW if kept[1] == line else REPEATED if kept[0] == content else kept[1])
        assert seen.look_up([i for i, _ in part], [c for _, c in part], lines).tolist() == expected
