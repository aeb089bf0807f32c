"""A CSV file of cases and its decisions: one row in, one row out, in the same order.

The columns of the file stay, and those of the decision come after them. A row that cannot be decided has the
reason in `problems`.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TextIO

from rms.csv_text import is_blank, other_separator, wrong_length
from rms.errors import InvalidInput, Problem, listed
from rms.records.lines import first_line, pointer
from rms.rules.decision import Decision, Value
from rms.rules.needs import NeedRules
from rms.rules.rule_book import ANSWER_COLUMN, Rule

RECORDS = "records"  # only JSON has them
JOINT = " | "
ADDED = ("rule_set", "outcome", "reasons", "flags", "problems")
Cells = list[str]


def decided(
    stream: TextIO, file: str, rule: Rule, *, today: date, version: str | None = None
) -> Iterator[Cells]:
    """The header and the rows of the result.

    Raises
    ------
    InvalidInput
        If the file is no CSV text, or has none of the columns that the rule asks.
    """
    header = _header(first_line(stream, file), file)
    asked = [name for name in rule.asks(version or rule.in_force(today)) if name != RECORDS]
    if not _known(header, asked):
        detail = f"The file has none of the columns of {rule.name}. They are {listed(asked)}."
        raise InvalidInput([Problem(pointer(file, 1), "no_header", detail)])
    added = (*rule.results, *ADDED)
    kept = [at for at, name in enumerate(header) if name not in added]
    yield [*(header[at] for at in kept), *added]
    for row in csv.reader(stream):
        if not is_blank(row):
            answer = _answer(row, header, rule, today=today, version=version)
            padded = [*row, *[""] * (len(header) - len(row))]
            yield [*(padded[at] for at in kept), *(answer.get(name, "") for name in added)]


def _header(line: str, file: str) -> Sequence[str]:
    if detail := other_separator(line):
        raise InvalidInput([Problem(pointer(file, 1), "wrong_separator", detail)])
    names = [name.strip() for name in next(csv.reader([line]), [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        detail = f"The column {twice[0]} is there more than once."
        raise InvalidInput([Problem(pointer(file, 1, twice[0]), "doubled_column", detail)])
    return names


def _known(header: Sequence[str], asked: Sequence[str]) -> bool:
    return any(name in asked or name.startswith(ANSWER_COLUMN) for name in header)


def _answer(
    row: Cells, header: Sequence[str], rule: Rule, *, today: date, version: str | None
) -> Mapping[str, str]:
    if detail := wrong_length(row, header):
        return {"problems": detail}
    try:
        case = {name: cell for name, cell in zip(header, row, strict=True) if name != RECORDS}
        return _shown(rule.decide(case, today=today, version=version))
    except InvalidInput as error:
        return {"problems": JOINT.join(problem.detail for problem in error.problems)}


def _shown(decision: Decision) -> Mapping[str, str]:
    return {
        **{name: shown_value(value) for name, value in decision.results.items()},
        "rule_set": decision.rule_set,
        "outcome": decision.outcome or "",
        "reasons": JOINT.join(reason.says for reason in decision.reasons),
        "flags": JOINT.join(flag.says for flag in decision.flags),
    }


def shown_value(value: Value) -> str:
    """A value as a cell has it: numbers at full precision, days as 2026-03-04.

    >>> [shown_value(value) for value in (0.1, True, None, date(2026, 3, 4), "B2")]
    ['0.1', 'yes', '', '2026-03-04', 'B2']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def oasys_columns(rules: NeedRules) -> tuple[str, ...]:
    """The columns of a file with the OASys answers that the needs ask."""
    return tuple(f"{ANSWER_COLUMN}{question}" for need in rules.needs for question in need.questions)
