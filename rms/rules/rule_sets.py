"""The head of every rule set: its version, source and the days on which it is in force."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from rms.errors import InvalidInput, NotFound, Problem, listed
from rms.instrument.reading import placed, read_toml
from rms.instrument.shape import DATE, WRITTEN, Key, Keys, Kind, wrong_keys


def named_tables(kind: Kind) -> Kind:
    """A table whose every value is such a table."""

    def inner(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        for name, table in value.items():
            if kind.fits(table):
                yield from kind.inner(table, f"{pointer}/{name}")
            else:
                yield Problem(f"{pointer}/{name}", "wrong_key", f"{name} must be {kind.called}.")

    return Kind("a table of tables", lambda value: isinstance(value, dict), inner)


HEAD: Keys = {
    "rule": Key(WRITTEN, needed=True),
    "version": Key(WRITTEN, needed=True),
    "title": Key(WRITTEN, needed=True),
    "source": Key(WRITTEN, needed=True),
    "in_force_from": Key(DATE),
    "in_force_to": Key(DATE),
}


@dataclass(frozen=True)
class RuleSetHead:
    """What a rule set says of itself.

    `in_force_from`, `in_force_to`: its first and last day. A set without a first day is never chosen by a
    date. It is used where somebody names it. A set without a last day is in force until another follows.
    """

    rule: str
    version: str
    title: str
    source: str
    in_force_from: date | None = None
    in_force_to: date | None = None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """The head of a table that `read_rule_set` has read."""
        return cls(**{name: table[name] for name in HEAD if name in table})

    def is_in_force(self, day: date) -> bool:
        first, last = self.in_force_from, self.in_force_to
        return first is not None and first <= day and (last is None or day <= last)


def in_force(heads: Iterable[RuleSetHead], day: date, *, of: str = "") -> RuleSetHead:
    """The head of the rule set of that day. Of several, the one that began last.

    Raises
    ------
    NotFound
        If none was in force. `of` says whose rule sets they are.
    """
    known = tuple(heads)
    valid = [head for head in known if head.is_in_force(day)]
    if not valid:
        names = listed(head.version for head in known)
        named = f"rule set of {of}" if of else "rule set"
        raise NotFound(f"No {named} was in force on {day.isoformat()}; there are {names}.")
    return max(valid, key=lambda head: head.in_force_from or date.min)


def read_rule_set(text: str, keys: Keys) -> Mapping[str, Any]:
    """The tables of a rule set from the text of its TOML file: its head, and what `keys` name.

    Raises
    ------
    InvalidInput
        With every problem. The pointer is the line and the key: `/12/slope`.
    """
    table = read_toml(text)
    if problems := [*wrong_keys(table, {**HEAD, **keys}), *_wrong_days(table)]:
        raise InvalidInput(placed(problems, text))
    return table


def _wrong_days(table: Mapping[str, Any]) -> Iterable[Problem]:
    first, last = table.get("in_force_from"), table.get("in_force_to")
    if last is not None and (first is None or type(first) is type(last) and last < first):
        yield Problem("/in_force_to", "rule_set", "in_force_to is before in_force_from, or has none.")
