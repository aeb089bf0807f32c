"""Which value of a setting is in force for an area: the rule as a table."""

from collections.abc import Mapping

import pytest

from rms.errors import InvalidInput
from rms.harm.practice import Choices, Setting, Value, WholeNumber, value_in_force

NUMBER, LISTS = WholeNumber("flex_suggestions", 3, 0, 5), Choices("ready_made", ("a", "b", "c"))
ABOVE = {1: None, 2: 1, 3: 2, 4: 2, 5: 1}  # the agency, the force, two wards of it, another office

# What is decided, for whom, and the value in force.
TABLE: list[tuple[Mapping[int | None, Value], int | None, int]] = [
    ({}, 3, 3),  # what comes with RMS
    ({}, None, 3),
    ({None: 2}, 3, 2),  # the default of the force
    ({None: 2}, None, 2),
    ({None: 2, 3: 5}, 3, 5),  # the area's own
    ({None: 2, 3: 5}, 4, 2),  # not that of its neighbour
    ({None: 2, 2: 4}, 4, 4),  # that of the area above
    ({None: 2, 2: 4, 4: 0}, 4, 0),  # the nearest one; 0 is a value
    ({None: 2, 2: 4}, None, 2),  # an area decides nothing for the force
    ({3: 5}, 5, 3),
    ({None: 2}, 99, 2),  # an area that is no longer there
]


@pytest.mark.parametrize(("decided", "area", "expected"), TABLE)
def test_which_value_is_in_force(
    decided: Mapping[int | None, Value], area: int | None, expected: int
) -> None:
    assert value_in_force(NUMBER, area, above=ABOVE, decided=decided) == expected


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (NUMBER, 0, 0),
        (NUMBER, 5, 5),
        (NUMBER, 6, None),
        (NUMBER, -1, None),
        (NUMBER, True, None),
        (NUMBER, "3", None),
        (NUMBER, 2.0, None),
        (LISTS, ["c", "a"], ("a", "c")),
        (LISTS, [], ()),
        (LISTS, ["d"], None),
        (LISTS, "ab", None),
        (LISTS, 3, None),
    ],
)
def test_what_can_be_set(setting: Setting, given: object, value: Value | None) -> None:
    if value is None:
        with pytest.raises(InvalidInput):
            setting.value_of(given)
    else:
        assert setting.value_of(given) == value
