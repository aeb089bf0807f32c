"""A TOML text as tables, and problems of the tables with the line of each."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rms.errors import InvalidInput, Problem
from rms.instrument.places import line_at, lines_of
from rms.instrument.shape import WRONG_KEY

TOML_PLACE = re.compile(r"(.*) \(at (?:line ([0-9]+), column [0-9]+|end of document)\)", re.DOTALL)


def read_toml(text: str) -> dict[str, Any]:
    """
    Raises
    ------
    InvalidInput
        If the text is not TOML; the pointer of the one problem is its line: `/12`.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = _not_toml(str(error), text)
    except (RecursionError, ValueError) as error:  # ValueError: a number of thousands of digits
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        problem = Problem("/1", "not_toml", f"The file is not TOML: {reason}.")
    raise InvalidInput([problem])


def placed(problems: Iterable[Problem], text: str) -> list[Problem]:
    """Problems with the line and key in place of the pointer in the tables, in the order of the lines."""
    lines = lines_of(text)
    return sorted((_placed(problem, lines) for problem in dict.fromkeys(problems)), key=_line)


def _not_toml(message: str, text: str) -> Problem:
    match = TOML_PLACE.fullmatch(message)
    if match is None:
        return Problem("/1", "not_toml", f"The file is not TOML: {message}.")
    line = match[2] or text.count("\n") + 1
    return Problem(f"/{line}", "not_toml", f"The file is not TOML: {match[1]}.")


def _placed(problem: Problem, lines: Mapping[str, int]) -> Problem:
    key = problem.pointer.rpartition("/")[2]
    named = f"/{key}" if key and not key.isdecimal() else ""
    detail = problem.detail if problem.detail.endswith((".", "?")) else f"{problem.detail}."
    if problem.code != WRONG_KEY:  # which begins with the name of a key
        detail = detail[:1].upper() + detail[1:]
    return replace(problem, pointer=f"/{line_at(problem.pointer, lines)}{named}", detail=detail)


def _line(problem: Problem) -> int:
    return int(problem.pointer.split("/")[1])
