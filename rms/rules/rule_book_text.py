"""The rule book: every rule set as text and tables, made from its TOML file.

What a policy officer reads is what the rules apply: nothing here is written twice.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rms.rules.catalogue import (
    HANDOVER_TASKS,
    NEEDS,
    OFFENCE_CATEGORIES,
    OSP_CONTACT,
    SCHEDULE_15,
    SNSV,
    SNSV_CATEGORIES,
)
from rms.rules.editions import Editions, text_of
from rms.rules.rule_book import RULES
from rms.rules.rule_sets import HEAD, RuleSetHead

TESTS = {
    "is_one_of": "is {}",
    "at_least": "is {} or more",
    "at_most": "is {} or less",
    "below": "is below {}",
    "is": "{}",
}
SUPPORTING: tuple[tuple[str, Editions[Any]], ...] = (
    ("OASys needs, which the tier uses", NEEDS),
    ("Offence categories, which OGRS3 uses", OFFENCE_CATEGORIES),
    ("Serious violence (SNSV), a part of RSR", SNSV),
    ("Offence categories, which SNSV uses", SNSV_CATEGORIES),
    ("Sexual offending by direct contact (OSP/DC), a part of RSR", OSP_CONTACT),
    ("Schedule 15, which allocation uses", SCHEDULE_15),
    ("Tasks of a handover", HANDOVER_TASKS),
)


@dataclass(frozen=True)
class Table:
    """`rows` have a cell for each of the columns."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class SetText:
    """`notes`: what the file says of itself. `values`: single values, such as a limit.

    `last_day`: the last day in force: its own, or the one before the next set of the rule begins.
    """

    head: RuleSetHead
    last_day: date | None
    notes: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class RuleText:
    title: str
    outcomes: str
    sets: tuple[SetText, ...]


def rule_book() -> list[RuleText]:
    """All rules and what they use, in the order in which the rule book has them."""
    rules = [RuleText(rule.title, rule.outcomes, _texts(rule.heads())) for rule in RULES.values()]
    used = [
        RuleText(title, "", _texts([one.head for one in editions.every()])) for title, editions in SUPPORTING
    ]
    return [*rules, *used]


def _texts(heads: list[RuleSetHead]) -> tuple[SetText, ...]:
    return tuple(set_text(head, others=heads) for head in heads)


def set_text(head: RuleSetHead, *, others: Iterable[RuleSetHead] = ()) -> SetText:
    """A rule set as text and tables. `others`: the sets of its rule, which may follow it."""
    text = text_of(head.version)
    given = {name: value for name, value in tomllib.loads(text).items() if name not in HEAD}
    return SetText(
        head=head,
        last_day=_last_day(head, others),
        notes=tuple(_notes(text)),
        values=tuple((_named(name), _cell(value)) for name, value in given.items() if _is_cell(value)),
        tables=tuple(table for name, value in given.items() for table in _tables(name, value)),
    )


def period(shown: SetText) -> str:
    """On which days the set is in force, as a sentence."""
    first, last = shown.head.in_force_from, shown.last_day
    if first is None:
        return "Not in force by date: it is used only where somebody names it."
    return f"In force from {first} {f'to {last}' if last else 'on'}."


def _last_day(head: RuleSetHead, others: Iterable[RuleSetHead]) -> date | None:
    first = head.in_force_from
    later = [one.in_force_from for one in others if first and one.in_force_from and one.in_force_from > first]
    following = min(later) - timedelta(days=1) if later else None
    return min((day for day in (head.in_force_to, following) if day is not None), default=None)


def _notes(text: str) -> Iterator[str]:
    """The paragraphs of the comment at the top of the file."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    for paragraph in "\n".join(lines).split("\n\n"):
        yield " ".join(paragraph.split())


def _tables(name: str, value: object) -> Iterator[Table]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield _table_of_rows(name, value)
    elif isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
        yield _table_of_rows(name, [{"name": key, **one} for key, one in value.items()])
    elif isinstance(value, dict):
        rows = tuple((_named(key), _cell(one)) for key, one in value.items())
        yield Table(_named(name), ("", ""), rows)


def _table_of_rows(name: str, rows: list[dict[str, Any]]) -> Table:
    columns = tuple(dict.fromkeys(key for row in rows for key in row))
    cells = tuple(tuple(_cell(row.get(column)) for column in columns) for row in rows)
    return Table(_named(name), tuple(map(_named, columns)), cells)


def _is_cell(value: object) -> bool:
    return not isinstance(value, dict) and not (
        isinstance(value, list) and value and isinstance(value[0], dict)
    )


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case {"field": str() as field, **test}:
            return _condition(field, {str(name): bound for name, bound in test.items()})
        case {"before": str() as anchor, "months": int() as months, "days": int() as days}:
            parts = [f"{months} months" if months else "", f"{days} days" if days else ""]
            return f"{' and '.join(part for part in parts if part)} before {_named(anchor).lower()}"
        case dict():
            return ", ".join(f"{_named(key).lower()} {_cell(one)}" for key, one in value.items())
        case [{"field": _}, *_]:
            return "; ".join(map(_cell, value))
        case list():
            return ", ".join(map(_cell, value))
        case "":
            return "blank"
        case str():
            return value.replace("_", " ")
        case _:
            return str(value)


def _condition(field: str, test: Mapping[str, Any]) -> str:
    ((name, bound),) = test.items()
    written = " or ".join(map(_cell, bound)) if isinstance(bound, list) else _cell(bound)
    return (
        f"{_named(field).lower()} {TESTS[name].format(written)}"
        if name != "is"
        else (f"{_named(field).lower()}: {written}")
    )


def _named(name: str) -> str:
    """
    >>> _named("in_force_from"), _named("Drink driving"), _named("3")
    ('In force from', 'Drink driving', '3')
    """
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def markdown() -> str:
    """The rule book as Markdown, for `docs/rules.md`."""
    return "\n".join(line for rule in rule_book() for line in _rule_lines(rule))


def _rule_lines(rule: RuleText) -> Iterator[str]:
    yield from (f"## {rule.title}", "")
    if rule.outcomes:
        yield from (f"Outcome: {rule.outcomes}", "")
    for one in rule.sets:
        yield from (f"### {one.head.title} (`{one.head.version}`)", "", period(one), "")
        yield from (f"Source: {one.head.source}", "")
        for note in one.notes:
            yield from (note, "")
        if one.values:
            yield from (f"- {name}: {value}" for name, value in one.values)
            yield ""
        for table in one.tables:
            yield from _table_lines(table)


def _table_lines(table: Table) -> Iterator[str]:
    yield from (f"**{table.caption}**", "")
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{'---|' * len(table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
    yield ""
