"""Instruments read from TOML files: parsed and checked."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from rms.errors import InstrumentInvalid, NotFound, ProtectedAttribute
from rms.instrument.model import (
    HISTORY,
    Columns,
    DaysOutcome,
    FlagOutcome,
    Instrument,
    Item,
    ItemKind,
    Level,
    Need,
    PersonMark,
    Process,
    Source,
)

# Never model features: words that the name of such a column is likely to contain.
PROTECTED = re.compile(
    r"(^|[^a-z])(races?|racial|ethnic\w*|religio\w*|faith|nationalit\w*|citizenship"
    r"|post(al)?[ _-]?codes?|zip[ _-]?codes?|zip)([^a-z]|$)"
)
CODE = re.compile(r"[a-z][a-z0-9_]*")
AGE_RANGE = (10, 110)


@cache
def names() -> tuple[str, ...]:
    """The instruments shipped with RMS, by name."""
    return tuple(
        sorted(entry.name[:-5] for entry in files(__package__).iterdir() if entry.name.endswith(".toml"))
    )


@cache
def instrument(name: str) -> Instrument:
    """The shipped instrument of that name.

    Raises
    ------
    NotFound
        If there is none of that name; the message lists the names.
    """
    if name not in names():
        raise NotFound(f"There is no instrument {name!r}. Choose one of: {', '.join(names())}.")
    return instrument_from(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def instrument_from(text: str) -> Instrument:
    """An instrument from the text of its TOML file.

    Raises
    ------
    InstrumentInvalid
        If the text is not TOML, is incomplete, or contradicts itself.
    ProtectedAttribute
        If an item names a protected attribute in its code, label or column.
    """
    try:
        built = _built(tomllib.loads(text), text)
        problem = next(_problems(built), None)
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InstrumentInvalid(f"The instrument cannot be read: {error!r}.") from error
    if problem:
        raise InstrumentInvalid(f"Instrument {built.name}: {problem}.")
    return built


def _built(source: Mapping[str, Any], text: str) -> Instrument:
    return Instrument(
        name=source["name"],
        version=source["version"],
        title=source["title"],
        description=source["description"],
        sections=dict(source["sections"]),
        items=tuple(_item(entry) for entry in source["items"]),
        needs=tuple(Need(**entry) for entry in source.get("needs", [])),
        processes=tuple(_process(entry) for entry in source["processes"]),
        columns=_columns(source["csv"]),
        shown=dict(source.get("comparables", {})),
        datasheet=dict(source.get("datasheet", {})),
        text=text,
    )


def _item(entry: Mapping[str, Any]) -> Item:
    given = dict(entry)
    kind = ItemKind(given.pop("kind"))
    source = Source(given.pop("source", "answer"))
    levels = tuple(
        Level(level["value"], level["label"], level.get("anchor", ""), level.get("csv", str(level["value"])))
        for level in given.pop("levels", [])
    )
    if kind is ItemKind.DATE:
        given = {"minimum": AGE_RANGE[0], "maximum": AGE_RANGE[1], "unit": "years", **given}
    given.setdefault("column", given["code"])
    given.setdefault("question", given["label"])
    return Item(kind=kind, source=source, levels=levels, **given)


def _process(entry: Mapping[str, Any]) -> Process:
    given = dict(entry)
    outcome = given.pop("outcome")
    rule = (
        DaysOutcome(**outcome)
        if "event" in outcome
        else FlagOutcome(outcome["column"], tuple(outcome["stayed"]), tuple(outcome["returned"]))
    )
    return Process(outcome=rule, **given)


def _columns(entry: Mapping[str, Any]) -> Columns:
    given = dict(entry)
    for lists in ("audit_only", "benchmark_only"):
        given[lists] = tuple(given.get(lists, ()))
    given["person_mark"] = PersonMark(given.get("person_mark", PersonMark.BEFORE_HYPHEN))
    return Columns(**given)


def _problems(built: Instrument) -> Iterator[str]:
    for item in built.items:
        _refuse_protected(item, built)
        yield from (f"item {item.code}: {problem}" for problem in _item_problems(item, built))
    yield from (
        f"the item code {code} is used twice" for code in _repeated(item.code for item in built.items)
    )
    yield from _need_problems(built)
    yield from _column_problems(built)
    if not built.processes:
        yield "it has no process; add at least one"
    yield from (
        f"the process code {code} is used twice" for code in _repeated(p.code for p in built.processes)
    )


def _refuse_protected(item: Item, built: Instrument) -> None:
    named = " | ".join((item.code, item.label, item.column))
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", named).lower()  # HomePostcode is two words
    if protected := PROTECTED.search(words):
        raise ProtectedAttribute(
            f"Instrument {built.name}: item {item.code} names a protected attribute "
            f"({protected.group(2)}). Race, ethnicity, religion, nationality and postcode are "
            "for audit only and must not be model features."
        )
    if item.column in (*built.columns.audit_only, *built.columns.benchmark_only):
        raise ProtectedAttribute(
            f"Instrument {built.name}: item {item.code} reads column {item.column}, which is "
            "audit_only or benchmark_only and must not be a model feature."
        )


def _item_problems(item: Item, built: Instrument) -> Iterator[str]:
    if not CODE.fullmatch(item.code):
        yield "its code must start with a lower-case letter, followed by lower-case letters, digits or _"
    if item.section not in built.sections:
        yield f"its section {item.section} is not among the sections"
    if item.kind in (ItemKind.ORDINAL, ItemKind.CHOICE):
        yield from _level_problems(item)
    elif item.levels or not _is_range(item.minimum, item.maximum):
        yield "it must have a minimum below a maximum, and no levels"
    if (item.kind is ItemKind.DATE) != (item.source is Source.DATE_OF_BIRTH):
        yield "an item has kind date if, and only if, its source is date_of_birth"
    if item.need is not None and item.kind is not ItemKind.ORDINAL:
        yield "a need must be rated on an ordinal item"


def _level_problems(item: Item) -> Iterator[str]:
    values = [level.value for level in item.levels]
    if len(values) < 2:
        yield "it must have two levels or more"
    if _repeated(values) or _repeated(level.csv for level in item.levels):
        yield "two of its levels have the same value or the same spelling in a CSV"
    if item.kind is ItemKind.CHOICE and any(type(value) is not str for value in values):
        yield "the values of its levels must be text"
    if item.kind is ItemKind.ORDINAL and (
        any(type(value) is not int for value in values) or values != sorted(values)
    ):
        yield "the values of its levels must be whole numbers in ascending order"


def _is_range(minimum: float | None, maximum: float | None) -> bool:
    """A finite range: with a bound of NaN, no answer is valid; with an infinite bound, too many are."""
    return minimum is not None and maximum is not None and -math.inf < minimum < maximum < math.inf


def _need_problems(built: Instrument) -> Iterator[str]:
    rated = {item.code: item.need for item in built.items}
    for need in built.needs:
        if rated.get(need.item) != need.code:
            yield f"need {need.code} points at item {need.item}, which does not point back"
    listed = Counter(need.code for need in built.needs)
    for item in built.items:
        if item.need is not None and listed[item.need] != 1:
            yield f"item {item.code} rates need {item.need}, which must be listed once among the needs"


def _column_problems(built: Instrument) -> Iterator[str]:
    for shown, code in built.shown.items():
        if shown not in HISTORY:
            yield f"comparables have no column {shown}; use {', '.join(HISTORY)}"
        if code not in built.position:
            yield f"comparables show {code}, which is not an item"
    outcomes = {column for process in built.processes for column in _outcome_columns(process)}
    for item in built.items:
        if item.column in outcomes:
            yield f"item {item.code} reads {item.column}, which is an outcome"


def _outcome_columns(process: Process) -> tuple[str, ...]:
    rule = process.outcome
    return (rule.column,) if isinstance(rule, FlagOutcome) else (rule.event, rule.follow_up)


def _repeated(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, times in Counter(values).items() if times > 1]
