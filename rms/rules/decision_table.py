"""A table of rows, each with conditions on the fields of a case: for one case, and for many at once.

A condition names a field and one test: `is_one_of`, `at_least`, `at_most`, `below` or `is` (true or false).
It does not hold where the value is unknown. A row is true where all its conditions hold.
"""

import string
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.errors import Problem, listed
from rms.instrument.shape import FLAG, NUMBER, SOME_TEXTS, WRITTEN, Key, Keys, tables_with
from rms.rules.decision import Reason, Value

Column = NDArray[Any]  # of one field: text, NaN or "" where unknown; true, false or -1 (unknown) as int8
TESTS: Mapping[str, Callable[[Any, Any], Any]] = {
    "is_one_of": lambda value, allowed: value in allowed,
    "at_least": lambda value, bound: value >= bound,
    "at_most": lambda value, bound: value <= bound,
    "below": lambda value, bound: value < bound,
    "is": lambda value, wanted: value == wanted,
}
CONDITION: Keys = {
    "field": Key(WRITTEN, needed=True),
    "is_one_of": Key(SOME_TEXTS),
    "at_least": Key(NUMBER),
    "at_most": Key(NUMBER),
    "below": Key(NUMBER),
    "is": Key(FLAG),
}
ROW: Keys = {
    "name": Key(WRITTEN, needed=True),
    "outcome": Key(WRITTEN, needed=True),
    "says": Key(WRITTEN, needed=True),
    "when": Key(tables_with(CONDITION), needed=True),
}
ROWS = Key(tables_with(ROW), needed=True)


@dataclass(frozen=True)
class Condition:
    field: str
    test: str
    bound: Any

    def holds(self, value: Value) -> bool:
        """Whether it holds of this value; never of None."""
        return value is not None and bool(TESTS[self.test](value, self.bound))

    def holds_of_many(self, column: Column) -> NDArray[np.bool_]:
        """Whether it holds of each value."""
        if self.test == "is_one_of":
            return np.isin(column, np.array(self.bound))
        # NaN is on neither side of any bound; -1 is neither true nor false.
        return np.asarray(TESTS[self.test](column, self.bound), np.bool_)


@dataclass(frozen=True)
class Row:
    """`says` is a sentence with fields in braces: `The RSR is {rsr}, which is 6.9 or more.`"""

    name: str
    outcome: str
    says: str
    when: tuple[Condition, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(condition.field for condition in self.when))

    def is_true(self, case: Mapping[str, Value]) -> bool:
        return all(condition.holds(case[condition.field]) for condition in self.when)

    def is_true_of_many(self, cases: Mapping[str, Column]) -> NDArray[np.bool_]:
        found = [condition.holds_of_many(cases[condition.field]) for condition in self.when]
        every: NDArray[np.bool_] = np.logical_and.reduce(found)
        return every

    def reason(self, case: Mapping[str, Value], records: Mapping[str, str]) -> Reason:
        """The row as a reason. `records`: the ID of the record that a field came from."""
        values = {name: written(value) for name, value in case.items()}
        known = dict.fromkeys(records[name] for name in self.fields if name in records)
        return Reason(self.name, self.says.format_map(values), self.fields, tuple(known))


def rows_of(tables: list[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The rows of a rule set that has been read and has no `row_problems`."""
    return tuple(
        Row(
            name=table["name"],
            outcome=table["outcome"],
            says=table["says"],
            when=tuple(_condition(condition) for condition in table["when"]),
        )
        for table in tables
    )


def _condition(table: Mapping[str, Any]) -> Condition:
    (test,) = table.keys() - {"field"}
    bound = tuple(table[test]) if test == "is_one_of" else table[test]
    return Condition(table["field"], test, bound)


def row_problems(
    tables: list[Mapping[str, Any]], *, fields: Collection[str], outcomes: Collection[str], at: str = "/rows"
) -> Iterator[Problem]:
    """What the rule cannot apply: another field or outcome, no test or two, two rows of one name."""
    names: set[str] = set()
    for place, table in enumerate(tables):
        pointer = f"{at}/{place}"
        if table["name"] in names:
            yield Problem(f"{pointer}/name", "rule_set", f"Two rows are named {table['name']}.")
        names.add(table["name"])
        if table["outcome"] not in outcomes:
            yield Problem(f"{pointer}/outcome", "rule_set", f"outcome must be one of {listed(outcomes)}.")
        used = {name for _, name, _, _ in string.Formatter().parse(table["says"]) if name}
        if unknown := sorted(used - set(fields)):
            yield Problem(f"{pointer}/says", "rule_set", f"There is no field {listed(unknown)}.")
        if not table["when"]:
            yield Problem(f"{pointer}/when", "rule_set", "A row needs at least one condition.")
        for number, condition in enumerate(table["when"]):
            where = f"{pointer}/when/{number}"
            if condition["field"] not in fields:
                yield Problem(f"{where}/field", "rule_set", f"field must be one of {listed(fields)}.")
            if len(condition) != 2:
                yield Problem(where, "rule_set", f"A condition has one test: {listed(TESTS)}.")


def written(value: Value) -> str:
    """A value as a sentence repeats it.

    >>> [written(value) for value in (6.9, 7.0, True, None, "very_high", date(2026, 3, 4))]
    ['6.9', '7', 'yes', 'not known', 'very high', '4 March 2026']
    """
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case float():
            return repr(value).removesuffix(".0")
        case date():
            return f"{value.day} {value:%B %Y}"
        case _:
            return str(value).replace("_", " ")
