"""From the tables of a TOML file to an instrument. What the tables may contain is checked elsewhere."""

from collections.abc import Mapping
from typing import Any

from rms.instrument.model import (
    Columns,
    Combination,
    DatesOutcome,
    DaysOutcome,
    FlagOutcome,
    Instrument,
    Item,
    ItemKind,
    Level,
    Need,
    Outcome,
    PersonMark,
    Process,
    Source,
)

AGE_RANGE = (10, 110)


def instrument_of(source: Mapping[str, Any], *, text: str) -> Instrument:
    """
    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        If a key is missing, unknown or has a value of the wrong kind.
    """
    items = tuple(item_of(entry, sex_column=source["csv"].get("sex")) for entry in source["items"])
    return Instrument(
        name=source["name"],
        version=source["version"],
        title=source["title"],
        description=source["description"],
        sections=dict(source["sections"]),
        items=items,
        needs=tuple(Need(**entry) for entry in source.get("needs", [])),
        processes=tuple(process_of(entry) for entry in source["processes"]),
        columns=columns_of(source["csv"], sex=next((i for i in items if i.source is Source.SEX), None)),
        shown=dict(source.get("comparables", {})),
        datasheet=dict(source.get("datasheet", {})),
        text=text,
    )


def item_of(entry: Mapping[str, Any], *, sex_column: str | None = None) -> Item:
    """`sex_column`: the column of the sex as the section `csv` names it. An item need not name it again."""
    given = dict(entry)
    kind = ItemKind(given.pop("kind"))
    source = Source(given.pop("source", "answer"))
    levels = tuple(_level(level) for level in given.pop("levels", []))
    if kind is ItemKind.DATE:
        given = {"minimum": AGE_RANGE[0], "maximum": AGE_RANGE[1], "unit": "years", **given}
    columns = tuple(given.pop("columns", ()))
    own_column = sex_column if source is Source.SEX and sex_column else given["code"]
    given.setdefault("column", columns[0] if columns else own_column)
    given.setdefault("question", given["label"])
    given["combine"] = Combination(given.get("combine", Combination.FIRST))
    spellings = {text: float(number) for text, number in given.pop("csv", {}).items()}
    words = {level: tuple(texts) for level, texts in given.pop("words", {}).items()}
    return Item(
        kind=kind, source=source, levels=levels, columns=columns, spellings=spellings, words=words, **given
    )


def _level(entry: Mapping[str, Any]) -> Level:
    given = dict(entry)
    return Level(
        value=given.pop("value"),
        label=given.pop("label"),
        anchor=given.pop("anchor", ""),
        spellings=_texts(given.pop("csv", str(entry["value"]))),
        **given,
    )


def _texts(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def process_of(entry: Mapping[str, Any]) -> Process:
    given = dict(entry)
    outcome, otherwise = given.pop("outcome"), given.pop("otherwise", None)
    return Process(
        outcome=_outcome(outcome), otherwise=None if otherwise is None else _outcome(otherwise), **given
    )


def _outcome(given: Mapping[str, Any]) -> Outcome:
    if "start" in given:
        return DatesOutcome(**given)
    if "event" in given:
        return DaysOutcome(**given)
    return FlagOutcome(given["column"], tuple(given["stayed"]), tuple(given["returned"]))


def columns_of(entry: Mapping[str, Any], *, sex: Item | None = None) -> Columns:
    """`sex` is the item that is the sex: its column and its spellings need not be named again."""
    given = dict(entry)
    if sex is not None and not sex.columns:
        given.setdefault("sex", sex.column)
        if given["sex"] == sex.column:
            spelled = {spelling: level.value for level in sex.levels for spelling in level.spellings}
            given.setdefault("sex_values", spelled)
    for lists in ("audit_only", "benchmark_only"):
        given[lists] = tuple(given.get(lists, ()))
    given["person_mark"] = PersonMark(given.get("person_mark", PersonMark.BEFORE_HYPHEN))
    given["other_names"] = {name: _texts(others) for name, others in given.get("other_names", {}).items()}
    return Columns(**given)
