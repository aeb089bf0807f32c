"""What makes an instrument sound: its items, levels, needs, columns and outcomes fit together."""

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from rms.errors import Problem
from rms.instrument.model import HISTORY, Combination, Instrument, Item, ItemKind, Process, Source
from rms.parsing import number_in

# Never model features: words that the name of such a column is likely to contain.
PROTECTED = re.compile(
    r"(^|[^a-z])(races?|racial|ethnic\w*|religio\w*|faith|nationalit\w*|citizenship"
    r"|post(al)?[ _-]?codes?|zip[ _-]?codes?|zip)([^a-z]|$)"
)
PROTECTED_ATTRIBUTE = "protected_attribute"
CODE = re.compile(r"[a-z][a-z0-9_]*")


def broken_rules(built: Instrument) -> Iterator[Problem]:
    """Every rule that the instrument breaks.

    A pointer follows the tables of the instrument's file: `/items/2/levels/0/value` is the value of the
    first level of the third item. The code is "protected_attribute" or "instrument_rule".
    """
    for at, item in enumerate(built.items):
        yield from _protected(item, built, f"/items/{at}")
        for key, problem in _item_problems(item, built):
            yield _rule(f"/items/{at}/{key}".rstrip("/"), f"item {item.code}: {problem}")
    yield from _used_twice("items", "item", (item.code for item in built.items))
    yield from _need_problems(built)
    yield from _column_problems(built)
    for name, fact in built.datasheet.items():
        if not isinstance(fact, str):
            yield _rule(f"/datasheet/{name}", f"the fact {name} of its datasheet must be text, in quotes")
    if not built.processes:
        yield _rule("/processes", "it has no process; add at least one")
    yield from _used_twice("processes", "process", (process.code for process in built.processes))


def _rule(pointer: str, detail: str) -> Problem:
    return Problem(pointer, "instrument_rule", detail)


def _used_twice(table: str, what: str, codes: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, code in enumerate(codes):
        if code in seen:
            yield _rule(f"/{table}/{at}/code", f"the {what} code {code} is used twice")
        seen.add(code)


def _protected(item: Item, built: Instrument, pointer: str) -> Iterator[Problem]:
    columns = [name for column in item.every_column for name in _names_of(column, built)]
    named = " | ".join((item.code, item.label, *columns))
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", named).lower()  # HomePostcode is two words
    if protected := PROTECTED.search(words):
        detail = (
            f"item {item.code} names a protected attribute ({protected.group(2)}). Race, ethnicity, "
            "religion, nationality and postcode are for audit only and must not be model features"
        )
        yield Problem(pointer, PROTECTED_ATTRIBUTE, detail)
    not_for_items = {
        name
        for column in (*built.columns.audit_only, *built.columns.benchmark_only)
        for name in _names_of(column, built)
    }
    for column in columns:
        if column in not_for_items:
            detail = (
                f"item {item.code} reads column {column}, which is audit_only or benchmark_only and must not "
                "be a model feature"
            )
            yield Problem(pointer, PROTECTED_ATTRIBUTE, detail)


def _names_of(column: str, built: Instrument) -> tuple[str, ...]:
    return (column, *built.columns.other_names.get(column, ()))


def _item_problems(item: Item, built: Instrument) -> Iterator[tuple[str, str]]:
    """The key of the item, and what is wrong with it."""
    if not CODE.fullmatch(item.code):
        yield (
            "code",
            "its code must start with a lower-case letter, followed by lower-case letters, digits or _",
        )
    if item.section not in built.sections:
        yield "section", f"its section {item.section} is not among the sections"
    if item.kind in (ItemKind.ORDINAL, ItemKind.CHOICE):
        yield from _level_problems(item)
    elif item.levels or not _is_range(item.minimum, item.maximum):
        yield "maximum", "it must have a minimum below a maximum, and no levels"
    else:
        yield from _spelling_problems(item)
    if (item.kind is ItemKind.DATE) != (item.source is Source.DATE_OF_BIRTH):
        yield (
            "source",
            "an item has kind date if, and only if, its source is date_of_birth. If the file has ages in "
            'bands, keep both and say which age a band counts as: csv = { "48 or older" = 55 }',
        )
    if item.whole and item.kind is not ItemKind.NUMBER:
        yield "whole", "only a number can be said to be whole"
    if item.need is not None and item.kind is not ItemKind.ORDINAL:
        yield "need", "a need must be rated on an ordinal item"
    if len(item.columns) == 1 or _repeated(item.columns):
        yield "columns", "columns are two or more different columns; one column is named by column"
    if item.columns and item.column != item.columns[0]:
        yield "column", "it names both column and columns; use one of them"
    if bool(item.described_by) != bool(item.words):
        yield "described_by", "described_by needs a table of words, and words need described_by"
    for value in item.words.keys() - {str(level.value) for level in item.levels}:
        yield "words", f"there are words for {value}, which is not the value of a level"
    if item.columns and item.described_by:
        yield "described_by", "it names both columns and described_by; use one of them"
    if item.combine is Combination.SUM and any(level.minimum is None for level in item.levels):
        yield "combine", "a sum needs levels with a minimum"


def _level_problems(item: Item) -> Iterator[tuple[str, str]]:
    values = [level.value for level in item.levels]
    if len(values) < 2:
        yield "levels", "it must have two levels or more"
    spellings = [spelling for level in item.levels for spelling in level.spellings]
    if _repeated(values) or _repeated(spellings) or not all(level.spellings for level in item.levels):
        yield "levels", "two of its levels have the same value or the same spelling in a CSV"
    if item.kind is ItemKind.CHOICE and any(type(value) is not str for value in values):
        yield "levels", "the values of its levels must be text"
    if item.kind is ItemKind.ORDINAL and (
        any(type(value) is not int for value in values) or values != sorted(values)
    ):
        yield "levels", "the values of its levels must be whole numbers in ascending order"
    if item.spellings:
        yield "csv", "an item with levels has its spellings at the levels"
    yield from _band_problems(item)


def _band_problems(item: Item) -> Iterator[tuple[str, str]]:
    """The numbers that levels stand for: no number may stand for two, and no spelling contradict its band."""
    bands = [level for level in item.levels if (level.minimum, level.maximum) != (None, None)]
    ends = [(_low(level.minimum), _high(level.maximum)) for level in bands]
    if any(not low <= high for low, high in ends):
        yield "levels", "a level must have a minimum that is not above its maximum"
    for (_, high), (low, _) in zip(sorted(ends), sorted(ends)[1:], strict=False):
        if low <= high:
            yield "levels", "the numbers of two of its levels overlap"
    for level, (low, high) in zip(bands, ends, strict=True):
        for spelling in level.spellings:
            number = number_in(spelling)
            if number is not None and not low <= number <= high:
                yield "levels", f"the spelling {spelling} of a level is not between its minimum and maximum"


def _low(minimum: float | None) -> float:
    return -math.inf if minimum is None else minimum


def _high(maximum: float | None) -> float:
    return math.inf if maximum is None else maximum


def _spelling_problems(item: Item) -> Iterator[tuple[str, str]]:
    for text, number in item.spellings.items():
        in_range = (
            item.minimum is not None and item.maximum is not None and item.minimum <= number <= item.maximum
        )
        if not in_range or (not item.takes_fractions and number != int(number)):
            yield "csv", f"the spelling {text} must mean {item.allowed}"
        if number_in(text) is not None:
            yield "csv", f"the spelling {text} is a number, which is read as it is"


def _is_range(minimum: float | None, maximum: float | None) -> bool:
    """A finite range: with a bound of NaN, no answer is valid; with an infinite bound, too many are."""
    return minimum is not None and maximum is not None and -math.inf < minimum < maximum < math.inf


def _need_problems(built: Instrument) -> Iterator[Problem]:
    rated = {item.code: item.need for item in built.items}
    for at, need in enumerate(built.needs):
        if rated.get(need.item) != need.code:
            detail = f"need {need.code} points at item {need.item}, which does not point back"
            yield _rule(f"/needs/{at}/item", detail)
    listed = Counter(need.code for need in built.needs)
    for at, item in enumerate(built.items):
        if item.need is not None and listed[item.need] != 1:
            detail = f"item {item.code} rates need {item.need}, which must be listed once among the needs"
            yield _rule(f"/items/{at}/need", detail)


def _column_problems(built: Instrument) -> Iterator[Problem]:
    for shown, code in built.shown.items():
        if shown not in HISTORY:
            detail = f"comparables have no column {shown}; use {', '.join(HISTORY)}"
            yield _rule(f"/comparables/{shown}", detail)
        if code not in built.position:
            yield _rule(f"/comparables/{shown}", f"comparables show {code}, which is not an item")
    outcomes = {
        name
        for process in built.processes
        for column in outcome_columns(process)
        for name in _names_of(column, built)
    }
    for at, item in enumerate(built.items):
        for column in item.every_column:
            if not outcomes.isdisjoint(_names_of(column, built)):
                detail = f"item {item.code} reads {column}, which is an outcome"
                yield _rule(f"/items/{at}/column", detail)


def outcome_columns(process: Process) -> tuple[str, ...]:
    """The columns that hold the outcome, in any of the files that are read."""
    otherwise = process.otherwise.every_column if process.otherwise else ()
    return (*process.outcome.every_column, *otherwise)


def _repeated(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, times in Counter(values).items() if times > 1]
