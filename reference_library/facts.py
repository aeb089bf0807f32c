"""The facts about past cases that a TOML file adds to a library's manifest."""

import math
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from rms.engine.result import PRINTED_FACTS
from rms.errors import InvalidInput, Problem, field_in_words

MOST_BYTES = 1024**2
LARGEST = 2**63  # of whole numbers: TOML and most readers of JSON have no larger ones
# The names in a manifest that RMS writes itself.
RESERVED = frozenset(
    {
        *("format", "name", "version", "sha256", "files"),
        *("instrument", "policy", "processes", "need_errors", "cases", "labels"),
    }
)
IN_LINES = "\n\t"  # control characters that text may have


def read_facts(path: Path) -> dict[str, Any]:
    """The facts in a TOML file. Dates and times become text, as in the file.

    Raises
    ------
    InvalidInput
        If the file is not TOML or too large, or naming each fact that a library cannot have.
    """
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise _refused("", "too_large", f"{path.name} can have up to {MOST_BYTES:,} bytes.")
        facts = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise _refused("", "no_file", f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or a number of thousands of digits
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise _refused("", "not_toml", f"{path.name} is not TOML: {reason}.") from error
    refuse_reserved(facts)
    if problems := [problem for name, fact in facts.items() for problem in _problems(name, fact)]:
        raise InvalidInput(problems)
    return {name: _with_dates_as_text(fact) for name, fact in facts.items()}


def refuse_reserved(names: Iterable[str]) -> None:
    """
    Raises
    ------
    InvalidInput
        If facts have a name that RMS writes itself.
    """
    if taken := sorted(RESERVED.intersection(names)):
        rest = f"itself. Facts cannot have the names {', '.join(sorted(RESERVED))}."
        raise InvalidInput(
            Problem(f"/{name}", "reserved_name", f"RMS writes {name} {rest}") for name in taken
        )


def _refused(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput([Problem(pointer, code, detail)])


def _problems(name: str, fact: object) -> Iterator[Problem]:
    if name == "synthetic" and not isinstance(fact, bool):
        yield Problem(f"/{name}", "not_a_flag", "synthetic must be true or false, without quotes.")
    elif name in PRINTED_FACTS and not isinstance(fact, str | date | datetime | time):
        yield Problem(f"/{name}", "not_text", f"{name} must be text, because every result prints it.")
    else:
        yield from _impossible(f"/{name}", fact)


def _impossible(pointer: str, fact: object) -> Iterator[Problem]:
    """Values that cannot be written to a manifest, or not be read from it by every program."""
    if isinstance(fact, dict | list):
        entries = fact.items() if isinstance(fact, dict) else enumerate(fact)
        for key, inner in entries:
            yield from _impossible(f"{pointer}/{key}", inner)
        return
    name = field_in_words(pointer)
    if isinstance(fact, float) and not math.isfinite(fact):
        yield Problem(pointer, "not_finite", f"{name} must be a finite number.")
    elif type(fact) is int and not -LARGEST <= fact < LARGEST:
        yield Problem(pointer, "too_large", f"{name} must be a whole number of up to 64 bits.")
    elif isinstance(fact, str) and any(_is_control(character) for character in fact):
        yield Problem(pointer, "control_character", f"{name} must not have control characters.")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in IN_LINES


def _with_dates_as_text(fact: Any) -> Any:
    if isinstance(fact, dict):
        return {name: _with_dates_as_text(inner) for name, inner in fact.items()}
    if isinstance(fact, list):
        return [_with_dates_as_text(inner) for inner in fact]
    return fact.isoformat() if isinstance(fact, date | datetime | time) else fact
