"""`import.toml`: what an import folder says about all of its files."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rms.errors import InvalidInput, Problem, listed, shown
from rms.parsing import date_in
from rms.safe_text import is_safe

FILE = "import.toml"
LONGEST_SOURCE = 64  # characters


class DateFormat(StrEnum):
    """How the files of a folder write days."""

    YEAR_MONTH_DAY = "year-month-day"
    DAY_MONTH_YEAR = "day/month/year"

    @property
    def example(self) -> str:
        return "2026-11-30" if self is DateFormat.YEAR_MONTH_DAY else "30/11/2026"


@dataclass(frozen=True)
class Declaration:
    """The source system, the last day that its data cover, and how its files write days."""

    source: str
    as_at: date
    dates: DateFormat = DateFormat.YEAR_MONTH_DAY


def read_declaration(text: str) -> Declaration:
    """The declaration in the text of `import.toml`.

    Raises
    ------
    InvalidInput
        With every problem; a pointer names the key: `/import.toml/as_at`.

    Examples
    --------
    >>> text = 'source = "crime records"\\nas_at = 2026-11-30\\ndates = "day/month/year"'
    >>> read_declaration(text).dates.value
    'day/month/year'
    """
    try:
        given = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise InvalidInput([_problem("", "not_toml", f"{FILE} is not TOML: {error}.")]) from error
    if problems := list(_problems(given)):
        raise InvalidInput(problems)
    return Declaration(given["source"].strip(), _day(given["as_at"]) or date.min, DateFormat(given["dates"]))


def _problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    for key in given:
        if key not in KEYS:
            detail = f"{shown(key)} is not a key of {FILE}. The keys are {listed(KEYS)}."
            yield _problem(f"/{key}", "unknown_key", detail)
    for key, (is_right, allowed) in KEYS.items():
        if key not in given:
            yield _problem(f"/{key}", "missing_key", f"{FILE} has no {key}. It must be {allowed}.")
        elif not is_right(given[key]):
            yield _problem(f"/{key}", "invalid_value", f"{key} must be {allowed}.")


def _is_source(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= LONGEST_SOURCE and is_safe(value)


def _day(value: object) -> date | None:
    if isinstance(value, str):
        return date_in(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


KEYS = {
    "source": (_is_source, f"the source system’s name in quotes, of 1 to {LONGEST_SOURCE} characters"),
    "as_at": (lambda value: _day(value) is not None, "the last day that the data cover, such as 2026-11-30"),
    "dates": (
        lambda value: isinstance(value, str) and value in set(DateFormat),
        " or ".join(f'"{format}"' for format in DateFormat),
    ),
}


def _problem(pointer: str, code: str, detail: str) -> Problem:
    return Problem(f"/{FILE}{pointer}", code, detail)
