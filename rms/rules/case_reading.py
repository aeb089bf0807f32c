"""From values with names, as JSON or a CSV file has them, to the case of a rule.

A blank or null value is not known. What a field accepts follows from the type of the dataclass.
"""

import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from datetime import date
from functools import cache
from typing import Any, TypeVar

from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.parsing import as_whole, date_in, number_in

Case = TypeVar("Case")
Choices = Mapping[str, Sequence[str]]
Given = Mapping[str, object]
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)  # months around them can be counted
WRONG_VALUE = "wrong_value"
NEEDED = "required"
_FLAGS = {"yes": True, "true": True, "no": False, "false": False}


class _NotAllowed(Exception):
    """The value is not allowed; the argument says what is."""


def case_from(
    kind: Callable[..., Case],
    given: Given,
    *,
    choices: Choices,
    spellings: Mapping[str, str],
    **known: object,
) -> Case:
    """The case that these values make. Other names in `given` are left alone.

    `choices`: the values that a field of text accepts. `spellings`: other ways to write such a value.
    `known`: fields that are there already.

    Raises
    ------
    InvalidInput
        With every value that is not allowed or missing; the pointer is its name.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, read, is_needed in _readable_fields(kind):
        value = given.get(name)
        if name in known:
            continue
        if value is None or (isinstance(value, str) and not value.strip()):
            if is_needed:
                problems.append(Problem(f"/{name}", NEEDED, f"{name} is missing."))
            continue
        try:
            found[name] = _chosen(read(value), name, choices, spellings)
        except _NotAllowed as error:
            detail = not_allowed(value, name=name, allowed=str(error))
            problems.append(Problem(f"/{name}", WRONG_VALUE, detail))
    if problems:
        raise InvalidInput(problems)
    case: Case = kind(**found, **known)
    return case


def is_usual_day(day: date) -> bool:
    """Whether a person or a sentence can have this day. 9999-12-31 for “no end” is none."""
    return FIRST_DAY <= day <= LAST_DAY


def field_names(kind: Callable[..., object]) -> tuple[str, ...]:
    """The names that `case_from` reads."""
    return tuple(name for name, _, _ in _readable_fields(kind))


def whole_number(value: object, *, name: str) -> int | None:
    """A whole number, or yes and no as 1 and 0; None if it is blank.

    Raises
    ------
    InvalidInput
        If it is something else.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    with suppress(_NotAllowed):
        return int(_flag(value))
    try:
        return _whole(value)
    except _NotAllowed:
        detail = not_allowed(value, name=name, allowed="a whole number, or yes or no")
        raise InvalidInput([Problem(f"/{name}", WRONG_VALUE, detail)]) from None


def _chosen(value: object, name: str, choices: Choices, spellings: Mapping[str, str]) -> object:
    allowed = choices.get(name)
    if allowed is None or not isinstance(value, str):
        return value
    spelled = spellings.get(value, value)
    by_lower = {one.lower(): one for one in allowed}
    if spelled.lower() not in by_lower:
        raise _NotAllowed(f"one of {listed(allowed)}")
    return by_lower[spelled.lower()]


@cache
def _readable_fields(kind: Any) -> tuple[tuple[str, Callable[[object], object], bool], ...]:
    """The name of each field that can be read, how, and whether a case needs it."""
    hints = typing.get_type_hints(kind)
    return tuple(_readable(kind, hints))


def _readable(kind: type, hints: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[object], object], bool]]:
    for one in fields(kind):
        read = _READERS.get(_without_none(hints[one.name]))
        if read is not None:
            is_needed = one.default is MISSING and one.default_factory is MISSING
            yield one.name, read, is_needed


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        (kind,) = (part for part in typing.get_args(hint) if part is not type(None))
        return kind
    return hint


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _NotAllowed("text")
    return value.strip()


def _number(value: object) -> float:
    number = number_in(value.strip()) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise _NotAllowed("a number")
    return float(number)


def _whole(value: object) -> int:
    number = number_in(value.strip()) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _NotAllowed("a whole number")
    if (whole := as_whole(number)) is None:
        raise _NotAllowed("a whole number")
    return whole


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    raise _NotAllowed("yes or no, in JSON true or false")


def _day(value: object) -> date:
    day = date_in(value.strip()) if isinstance(value, str) else None
    if day is None or not is_usual_day(day):
        raise _NotAllowed(
            f"a date from {FIRST_DAY.year} to {LAST_DAY.year}, such as 2026-03-04; blank if there is none"
        )
    return day


def _parts(value: object) -> list[object]:
    """The entries of a JSON list, or of a text with spaces between them."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [*value.split()]
    raise _NotAllowed("a list, in CSV with spaces between its entries")


def _records(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(id, str) for id in value.values()):
        raise _NotAllowed("an object with the ID of the record of each field")
    return {str(name): id for name, id in value.items()}


_READERS: Mapping[Any, Callable[[object], object]] = {
    str: _text,
    float: _number,
    int: _whole,
    bool: _flag,
    date: _day,
    tuple[str, ...]: lambda value: tuple(_text(part) for part in _parts(value)),
    tuple[date, ...]: lambda value: tuple(_day(part) for part in _parts(value)),
    Mapping[str, str]: _records,
    frozenset[str]: lambda value: frozenset(_text(part) for part in _parts(value)),
}
