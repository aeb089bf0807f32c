"""What is wrong with a library as a value: each fault put in by hand, each named with row and column."""

from dataclasses import replace

import numpy as np
import pytest

from reference_library import problems
from rms.engine.library import Library
from tests.rms.engine.libraries import library, past_cases

SOUND = library(past_cases(1, count=150))


def with_value(row: int, column: int, value: float) -> Library:
    values = SOUND.cases.values.copy()
    values[row, column] = value
    return replace(SOUND, cases=replace(SOUND.cases, values=values))


def with_process(**changes: object) -> Library:
    return replace(SOUND, processes=(replace(SOUND.processes[0], **changes), *SOUND.processes[1:]))


def with_numbers(numbers: np.ndarray) -> Library:
    return replace(SOUND, cases=replace(SOUND.cases, case_number=numbers))


def test_a_sound_library_has_no_problem():
    assert list(problems(SOUND)) == []


@pytest.mark.parametrize(
    ("faulty", "sentence"),
    [
        (with_value(4, 2, 7.0), "Row 5, column drug: 7 is not one of 0, 1, 2, 3."),
        (with_value(0, 2, 1.5), "Row 1, column drug: 1.5 is not one of 0, 1, 2, 3."),
        (with_value(149, 4, -1.0), "Row 150, column thefts: -1 is not a whole number from 0 to 99."),
        (with_value(9, 1, 200.0), "Row 10, column age: 200 is not a whole number from 10 to 110 (years)."),
        (
            with_numbers(SOUND.cases.case_number[::-1]),
            "Row 2, column case_number: the numbers are not in ascending order.",
        ),
        (
            with_process(actual=np.full(150, 3, np.uint8)),
            "Row 1, process recidivism: an actual of 3 must be 1 or 2.",
        ),
        (
            with_process(rows=SOUND.processes[0].rows + 1),
            "The process recidivism has row numbers that do not exist or are not in ascending order.",
        ),
        (
            with_process(actual=SOUND.processes[0].actual[:-1]),
            "The process recidivism has 150 rows, but not as many outcomes, coordinates and distances.",
        ),
    ],
)
def test_a_fault_is_named(faulty, sentence):
    assert sentence in list(problems(faulty))
