"""What the TOML file of an instrument may contain: its tables, their keys, and the kind of each value."""

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rms.errors import Problem, shown
from rms.instrument.model import Combination, ItemKind, PersonMark, Source

WRONG_KEY = "wrong_key"


@dataclass(frozen=True)
class Kind:
    """A kind of value: what it is called, whether a value is one, and the tables inside it."""

    called: str
    fits: Callable[[Any], bool]
    inner: Callable[[Any, str], Iterator[Problem]] = field(default=lambda value, pointer: iter(()))


@dataclass(frozen=True)
class Key:
    kind: Kind
    needed: bool = False


Keys = Mapping[str, Key]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _one_of(values: type[ItemKind | Source | Combination | PersonMark]) -> Kind:
    *others, last = values
    return Kind(f"{', '.join(others)} or {last}", lambda value: _is_text(value) and value in list(values))


TEXT = Kind("text in quotes", _is_text)
WRITTEN = Kind("text in quotes that is not empty", lambda value: _is_text(value) and bool(value.strip()))
FLAG = Kind("true or false, without quotes", lambda value: isinstance(value, bool))
NUMBER = Kind("a number", _is_number)
DAYS = Kind("a whole number of days, 1 or more", lambda value: type(value) is int and value >= 1)
LEVEL_VALUE = Kind("a whole number or text in quotes", lambda value: type(value) in (int, str))
WHOLE = Kind("a whole number", lambda value: type(value) is int)
DATE = Kind("a date without quotes, such as 2026-01-01", lambda value: type(value) is date)
TEXTS = Kind("a list of texts in quotes", _is_list_of_text)
SOME_TEXTS = Kind(
    "a list of one text in quotes or more", lambda value: _is_list_of_text(value) and bool(value)
)
SPELLINGS = Kind(
    "text in quotes, or a list of such texts",
    lambda value: _is_text(value) or (_is_list_of_text(value) and bool(value)),
)
TABLE_OF_TEXT = Kind("a table of texts in quotes", _is_table_of(_is_text))
TABLE_OF_NUMBERS = Kind("a table of texts and the number that each means", _is_table_of(_is_number))
TABLE_OF_WORDS = Kind("a table of lists of words", _is_table_of(SOME_TEXTS.fits))
TABLE_OF_SPELLINGS = Kind("a table of column names", _is_table_of(SPELLINGS.fits))


def table_with(keys: Keys) -> Kind:
    """A table with these keys."""
    return Kind(
        "a table", lambda value: isinstance(value, dict), lambda value, at: wrong_keys(value, keys, at=at)
    )


def tables_with(keys: Keys | Callable[[Mapping[str, Any]], Keys]) -> Kind:
    """A list of tables with these keys, or with those that follow from the table itself."""

    def inner(value: Any, pointer: str) -> Iterator[Problem]:
        for at, entry in enumerate(value):
            if isinstance(entry, dict):
                of_entry = keys(entry) if callable(keys) else keys
                yield from wrong_keys(entry, of_entry, at=f"{pointer}/{at}")
            else:
                yield _wrong(f"{pointer}/{at}", f"{shown(entry)} must be a table, in braces")

    return Kind("a list of tables", lambda value: isinstance(value, list), inner)


LEVEL: Keys = {
    "value": Key(LEVEL_VALUE, needed=True),
    "label": Key(TEXT, needed=True),
    "anchor": Key(TEXT),
    "csv": Key(SPELLINGS),
    "minimum": Key(NUMBER),
    "maximum": Key(NUMBER),
}
ITEM: Keys = {
    "code": Key(WRITTEN, needed=True),
    "label": Key(WRITTEN, needed=True),
    "question": Key(WRITTEN),
    "kind": Key(_one_of(ItemKind), needed=True),
    "section": Key(TEXT, needed=True),
    "dynamic": Key(FLAG, needed=True),
    "source": Key(_one_of(Source)),
    "levels": Key(tables_with(LEVEL)),
    "minimum": Key(NUMBER),
    "maximum": Key(NUMBER),
    "whole": Key(FLAG),
    "unit": Key(TEXT),
    "required": Key(FLAG),
    "unknown_allowed": Key(FLAG),
    "need": Key(WRITTEN),
    "column": Key(WRITTEN),
    "columns": Key(SOME_TEXTS),
    "combine": Key(_one_of(Combination)),
    "described_by": Key(WRITTEN),
    "words": Key(TABLE_OF_WORDS),
    "csv": Key(TABLE_OF_NUMBERS),
    "blank_means": Key(TEXT),
}


def _item_keys(item: Mapping[str, Any]) -> Keys:
    """With several columns, the file must say how they become one answer: no way goes without saying."""
    return {**ITEM, "combine": replace(ITEM["combine"], needed="columns" in item)}


NEED: Keys = {name: Key(WRITTEN, needed=True) for name in ("code", "label", "item")}
FLAG_OUTCOME: Keys = {
    "column": Key(WRITTEN, needed=True),
    "stayed": Key(SOME_TEXTS, needed=True),
    "returned": Key(SOME_TEXTS, needed=True),
}
DAYS_OUTCOME: Keys = {
    "event": Key(WRITTEN, needed=True),
    "follow_up": Key(WRITTEN, needed=True),
    "within": Key(DAYS),
    "free": Key(DAYS),
}
DATES_OUTCOME: Keys = {
    "start": Key(WRITTEN, needed=True),
    "event": Key(WRITTEN, needed=True),
    "within": Key(DAYS),
}


def _outcome_keys(value: Any, pointer: str) -> Iterator[Problem]:
    keys = DATES_OUTCOME if "start" in value else DAYS_OUTCOME if "event" in value else FLAG_OUTCOME
    yield from wrong_keys(value, keys, at=pointer)


OUTCOME = Kind("a table", lambda value: isinstance(value, dict), _outcome_keys)
PROCESS: Keys = {
    "code": Key(WRITTEN, needed=True),
    "label": Key(WRITTEN, needed=True),
    "stayed": Key(WRITTEN, needed=True),
    "returned": Key(WRITTEN, needed=True),
    "outcome": Key(OUTCOME, needed=True),
    "otherwise": Key(OUTCOME),
    "stayed_short": Key(WRITTEN),
    "returned_short": Key(WRITTEN),
}
CSV: Keys = {
    "case_number": Key(WRITTEN, needed=True),
    "person": Key(TEXT, needed=True),
    "person_mark": Key(_one_of(PersonMark)),
    "sex": Key(TEXT),
    "sex_values": Key(TABLE_OF_TEXT),
    "birth_year": Key(TEXT),
    "audit_only": Key(TEXTS),
    "benchmark_only": Key(TEXTS),
    "other_names": Key(TABLE_OF_SPELLINGS),
}
INSTRUMENT: Keys = {
    "name": Key(WRITTEN, needed=True),
    "version": Key(WRITTEN, needed=True),
    "title": Key(WRITTEN, needed=True),
    "description": Key(TEXT, needed=True),
    "sections": Key(TABLE_OF_TEXT, needed=True),
    "items": Key(tables_with(_item_keys), needed=True),
    "needs": Key(tables_with(NEED)),
    "processes": Key(tables_with(PROCESS), needed=True),
    "csv": Key(table_with(CSV), needed=True),
    "comparables": Key(TABLE_OF_TEXT),
    "datasheet": Key(TABLE_OF_TEXT),
}


def wrong_keys(table: Mapping[str, Any], keys: Keys = INSTRUMENT, *, at: str = "") -> Iterator[Problem]:
    """Keys that are missing or unknown, and values of the wrong kind, in the table at the pointer `at`."""
    for name, key in keys.items():
        if name not in table:
            if key.needed:
                yield _wrong(at, f"{name} is missing. It must be {key.kind.called}")
        elif not key.kind.fits(table[name]):
            detail = f"{shown(table[name])} is not allowed. {name} must be {key.kind.called}"
            yield _wrong(f"{at}/{name}", detail)
        else:
            yield from key.kind.inner(table[name], f"{at}/{name}")
    for name in table:
        if name not in keys:
            yield _wrong(f"{at}/{name}", f"There is no key {name} here. {_instead(name, keys)}")


def _instead(name: str, keys: Keys) -> str:
    if similar := difflib.get_close_matches(name, keys, n=1):
        return f"Do you mean {similar[0]}?"
    return f"The keys are {', '.join(keys)}"


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem(pointer, WRONG_KEY, detail)
