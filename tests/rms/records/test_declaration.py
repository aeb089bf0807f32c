"""`import.toml`."""

from datetime import date

import pytest

from rms.errors import InvalidInput
from rms.records.declaration import DateFormat, Declaration, read_declaration
from rms.records.reading import place

GOOD = {"source": '"crime records"', "as_at": "2026-11-30", "dates": '"year-month-day"'}


def text_of(**changed: str | None) -> str:
    keys = {**GOOD, **changed}
    return "".join(f"{key} = {value}\n" for key, value in keys.items() if value is not None)


def test_a_declaration() -> None:
    expected = Declaration("crime records", date(2026, 11, 30), DateFormat.YEAR_MONTH_DAY)
    assert read_declaration(text_of()) == expected
    assert read_declaration("\ufeff" + text_of(as_at='"2026-11-30"')) == expected
    assert read_declaration(text_of(dates='"day/month/year"')).dates is DateFormat.DAY_MONTH_YEAR


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        (text_of(source=None), "import.toml, source", "missing_key"),
        (text_of(as_at=None), "import.toml, as_at", "missing_key"),
        (text_of(dates=None), "import.toml, dates", "missing_key"),
        (text_of(colour="1"), "import.toml, colour", "unknown_key"),
        (text_of(source='" "'), "import.toml, source", "invalid_value"),
        (text_of(source="1"), "import.toml, source", "invalid_value"),
        (text_of(as_at="2026-11-30T10:00:00"), "import.toml, as_at", "invalid_value"),
        (text_of(as_at='"30/11/2026"'), "import.toml, as_at", "invalid_value"),
        (text_of(dates='"month/day/year"'), "import.toml, dates", "invalid_value"),
        (text_of(dates="[]"), "import.toml, dates", "invalid_value"),
        ("source = ", "import.toml", "not_toml"),
        ("as_at = " + "9" * 5000, "import.toml", "not_toml"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_key(text: str, where: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_declaration(text)
    assert [(place(problem), problem.code) for problem in refused.value.problems] == [(where, code)]
