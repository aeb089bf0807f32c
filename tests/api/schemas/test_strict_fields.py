import sys
from typing import Any

import pytest
from marshmallow import ValidationError, fields

from api.schemas.strict_fields import Answer, Flag, OneOf, SafeText, StrictDate, StrictInt
from rms.errors import shown

TEXT, DAY = SafeText(longest=5), StrictDate()
NUMBER, FLAG, WORD, ANSWER = StrictInt(least=1, most=200), Flag(), OneOf("a", "b"), Answer()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (TEXT, value)
            for value in (
                "",
                "abcdef",
                1,
                None,
                True,
                ["a"],
                "a\0",
                "\ud800",
                "a\n",
                "\x7f",
                "\uffff",
                "\U0010fffe",
            )
        ),
        *((DAY, value) for value in ("2025-W01-1", "20250101", "2025-1-1", "2025-02-30", "2025-01-01T00:00")),
        *((DAY, value) for value in ("", 20250101, None, "٢٠٢٥-٠١-٠١", "0000-01-01", " 2025-01-01")),
        *((NUMBER, value) for value in ("0", "201", "1.5", "1_0", "-1", "+1", " 1", "١", "9" * 400, "", 5)),
        *((FLAG, value) for value in ("1", "True", "yes", "", True, 1)),
        *((WORD, value) for value in ("c", "", "A", 1, ["a"])),
        *((ANSWER, value) for value in (True, None, [], {})),
    ],
)
def test_refused(field: fields.Field[Any], value: object) -> None:
    with pytest.raises(ValidationError):
        field.deserialize(value)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (TEXT, "Zoë €", "Zoë €"),
        (DAY, "2024-02-29", "2024-02-29"),
        (NUMBER, "200", 200),
        (FLAG, "false", False),
        (WORD, "b", "b"),
        (ANSWER, 0, 0),
        (ANSWER, 2.5, 2.5),
        (ANSWER, 1.0, 1),
        (ANSWER, 1e300, 1e300),
        (ANSWER, "yes", "yes"),
    ],
)
def test_taken(field: fields.Field[Any], value: object, expected: object) -> None:
    taken = field.deserialize(value)
    assert (taken == expected and type(taken) is type(expected)) or str(taken) == expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Zoë", '"Zoë"'),
        ("\ud800\x1b", '"\\ud800\\u001b"'),
        (False, "false"),
        (1.5, "1.5"),
        ({}, "An object"),
        ("x" * 41, f'"{"x" * 38}…'),
        (10**4000, f"1{'0' * 38}…"),
    ],
)
def test_a_value_is_repeated_as_it_was_spelled_and_short(value: object, told: str) -> None:
    assert shown(value) == told


def test_every_lone_surrogate_and_control_character_is_refused() -> None:
    dangerous = [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)]
    for code in dangerous:
        with pytest.raises(ValidationError):
            TEXT.deserialize(f"a{chr(code)}")
    assert sys.maxunicode == 0x10FFFF


@pytest.mark.parametrize("character", ["\U0001fae8", "\U0001f6d8", "\u1c89", "\U00010d40", "ŵ", "\ue000"])
def test_characters_newer_than_the_tables_of_python_are_kept(character: str) -> None:
    """Unicode 15 and later: Python 3.11 knows them as unassigned."""
    assert TEXT.deserialize(f"a{character}") == f"a{character}"
