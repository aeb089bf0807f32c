from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from rms.errors import InvalidInput
from rms.harm.catalogue import harm_settings
from rms.harm.settings import BANDS, settings_from

TEXT = (Path(__file__).parents[3] / "rms/harm/rms-harm-1.toml").read_text(encoding="utf-8")


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        settings_from(text)
    return [(problem.pointer, problem.detail) for problem in refused.value.problems]


def test_every_constant_of_the_formula():
    settings = harm_settings()
    assert settings.version == "rms-harm-1" and settings.severity_table == "cchi-2026"
    assert isinstance(settings.changed_on, date) and settings.owner == "RMS"
    assert settings.outcomes == {1, 2, 3, 4, 6, 7, 8}
    assert settings.suspect_outcomes == {9, 10, 11, 12, 13, 14, 15, 16, 21}
    assert list(settings.weights.values()) == [0.2, 0.2, 0.4, 0.1, 0.1]
    assert (settings.year, settings.recency.half_life) == (365.25, 1)
    assert (settings.frequency.window, settings.frequency.cap) == (5, 40)
    assert (settings.severity.half_life, settings.severity.cap) == (3, 5475)
    assert settings.drugs == {"personal_use": 40, "class_a_dependent": 70, "supply": 100}
    assert (settings.intelligence.months, settings.intelligence.cap) == (12, 10)
    assert settings.intelligence.grades == {"A": 1, "B": 0.8, "C": 0.5, "D": 0.2, "E": 0}


def test_the_bands_and_their_exact_percentiles():
    assert BANDS == ("low", "low-medium", "medium-high", "high", "super-high")
    assert list(harm_settings().bands.items()) == [
        ("low-medium", Decimal("80")),
        ("medium-high", Decimal("94.9")),
        ("high", Decimal("98.5")),
        ("super-high", Decimal("99.7")),
    ]


# What is replaced in the file by what, the key of the problem, and what it says.
WRONG = [
    ("severity = 0.40", "severity = 0.50", "weights", "The weights add to 1.1. They must add to 1."),
    ("severity = 0.40", "severity = -0.40", "severity", "severity must be a number from 0 to 1."),
    ("severity = 0.40\n", "", "weights", "severity is missing"),
    ("half_life = 1 ", "half_life = 0 ", "half_life", "half_life must be a number above 0."),
    ("half_life = 3 ", "half_life = inf ", "half_life", "half_life must be a number"),
    ("half_life = 3 ", 'half_life = "3" ', "half_life", '"3" is not allowed. half_life must be a number'),
    ("window = 5 ", "window = -5 ", "window", "window must be a number above 0"),
    ("cap = 40 ", "cap = 0 ", "cap", "cap must be a number above 0"),
    ("cap = 5475 ", "cap = 0 ", "cap", "cap must be a number above 0"),
    ("cap = 10 ", "cap = 0 ", "cap", "cap must be a number above 0"),
    ("months = 12 ", "months = 0 ", "months", "months must be a number above 0"),
    ("months = 12 ", "months = 1.5 ", "months", "1.5 is not allowed. months must be a whole number."),
    ("supply = 100", "supply = 101", "supply", "supply must be a number from 0 to 100."),
    ("supply = 100", "supplies = 100", "supplies", "There is no key supplies here. Do you mean supply?"),
    ("D = 0.2", "D = 1.2", "D", "D must be a number from 0 to 1."),
    ("7, 8]", "7, 8, 23]", "outcomes", "must be Home Office outcomes from 1 to 22."),
    ("= [1, 2, 3, 4, 6, 7, 8]", "= []", "outcomes", "At least one outcome must count."),
    ("[9, 10", "[1, 10", "suspect_outcomes", "1 cannot be in outcomes and in suspect_outcomes."),
    ("high = 98.5", "high = 94.9", "bands", "must be rising percentiles above 0, up to 100."),
    ("super-high = 99.7", "super-high = 100.1", "bands", "must be rising percentiles above 0, up to 100."),
    ("low-medium = 80", "low-medium = 0", "bands", "must be rising percentiles above 0, up to 100."),
    ("year = 365.25 ", "year = 0 ", "year", "year must be a number above 0"),
    ("changed_on = 2026-11-30", 'changed_on = "soon"', "changed_on", "must be a date without quotes"),
    ('owner = "RMS"', 'owner = " "', "owner", "owner must be text in quotes that is not empty"),
    ('version = "rms-harm-1"', 'version = "My version"', "version", "must be up to 64 lower-case letters"),
]


@pytest.mark.parametrize(("old", "new", "key", "detail"), WRONG)
def test_a_problem_has_its_line_and_key_and_says_what_is_allowed(old, new, key, detail):
    assert old in TEXT
    lines = TEXT.replace(old, new, 1).splitlines()
    (pointer,) = [pointer for pointer, text in problems("\n".join(lines)) if detail in text]
    _, line, *named = pointer.split("/")
    assert key in lines[int(line) - 1]
    assert named in ([key], [])


def test_bands_out_of_order_are_refused():
    bands = dict(reversed(harm_settings().bands.items()))
    with pytest.raises(
        InvalidInput, match="must be low-medium, medium-high, high, super-high, in this order"
    ):
        replace(harm_settings(), bands=bands)


def test_settings_are_checked_however_they_are_made():
    with pytest.raises(InvalidInput, match="a table of personal_use, class_a_dependent, supply"):
        replace(harm_settings(), drugs={"supply": 100})
    with pytest.raises(InvalidInput, match="owner must be the name of who decided"):
        replace(harm_settings(), owner="")
